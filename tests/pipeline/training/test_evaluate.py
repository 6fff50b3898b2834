import numpy as np
import pytest

from model.network.network import Network, predicted_classes
from pipeline.training import evaluate as evaluating
from pipeline.training.evaluate import evaluate


@pytest.fixture
def network(make_document):
    return make_document(seed=3).network


def test_answers_are_the_network_s_own_in_the_order_of_the_examples(network, digits):
    X = (digits.learning.images[digits.test.rows] / np.float32(255)).T
    assert (evaluate(network, digits.test).predicted == predicted_classes(network.forward(X))).all()


def test_metrics_are_those_of_the_answers(network, digits):
    evaluation = evaluate(network, digits.test)
    assert evaluation.metrics.accuracy == np.mean(evaluation.predicted == digits.test.true_classes())
    assert sum(map(sum, evaluation.metrics.confusion)) == len(digits.test)


def test_the_cost_is_the_mean_over_examples_whatever_the_batches(network, digits, monkeypatch):
    whole = evaluate(network, digits.test).metrics.cost
    monkeypatch.setattr(evaluating, "BATCH", 7)
    assert evaluate(network, digits.test).metrics.cost == pytest.approx(whole, rel=1e-6)


def test_a_single_output_is_two_classes(digits):
    network = Network.build((784, 1), ("sigmoid",), "bernoulli_cross_entropy")
    network.parameters.b[0][...] = 5
    rows = digits.learning.rows[digits.learning.true_classes() < 2]
    metrics = evaluate(network, digits.learning.part(rows)).metrics
    assert metrics.recall == (0.0, 1.0)
