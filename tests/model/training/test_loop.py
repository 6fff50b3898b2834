import os
from dataclasses import replace

import numpy as np
import pytest
from server import children

from model.errors import TrainingError
from model.network.network import predicted_classes
from model.network.parameters import Parameters
from model.training import loop
from model.training.loop import EpochReport, train
from model.training.optimizers import Momentum, Optimizer, Plain
from model.training.process_group import Team

X = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=np.float32)
XOR = np.array([[0, 1, 1, 0]], dtype=np.float32)


class Batches:
    """The four examples of XOR in shuffled batches of 3 and 1; it counts the epochs that were begun."""

    def __init__(self, seed=0, dtype=np.float32):
        self.rng = np.random.default_rng(seed)
        self.dtype = dtype
        self.begun = 0

    def __iter__(self):
        self.begun += 1
        order = self.rng.permutation(4)
        for chosen in (order[:3], order[3:]):
            yield X[:, chosen].astype(self.dtype), XOR[:, chosen].astype(self.dtype)


@pytest.fixture
def network(make_network):
    return make_network((2, 6, 1), ("tanh", "sigmoid"), "bernoulli_cross_entropy", np.float32)


def sgd(network, rate=0.5):
    return Optimizer(network.parameters, Plain(), lambda _: rate)


def trained(network, seed=0, epochs=5):
    list(train(network, Batches(seed), sgd(network), epochs))
    return network.parameters.flat.tobytes()


def test_a_network_learns_what_no_single_layer_can(network):
    list(train(network, Batches(), sgd(network), 500))
    assert predicted_classes(network.forward(X)).tolist() == [0, 1, 1, 0]


def test_one_report_an_epoch_counted_from_one(network):
    assert [report.epoch for report in train(network, Batches(), sgd(network), 3)] == [1, 2, 3]


def test_no_epoch_begins_before_it_is_asked_for(network):
    batches = Batches()
    reports = train(network, batches, sgd(network), 3)
    begun = [batches.begun]
    for _ in range(2):
        next(reports)
        begun.append(batches.begun)
    assert begun == [0, 1, 2]


def test_the_network_is_trained_by_the_time_of_its_report(network):
    untrained = network.parameters.flat.copy()
    next(train(network, Batches(), sgd(network), 1))
    assert (network.parameters.flat != untrained).all()


def test_training_cost_and_accuracy_are_means_over_examples(network):
    """Not over batches: they are of 3 and of 1."""
    Z, A = network.output(X)
    expected = network.cost.value(Z, A, XOR)
    (report,) = train(network, Batches(), sgd(network, rate=0), 1)
    right = (A.argmax(axis=0) == XOR.argmax(axis=0)).mean() if len(XOR) > 1 else ((A >= 0.5) == XOR).mean()
    assert report == EpochReport(1, pytest.approx(expected, rel=1e-6), right)


def test_the_training_cost_is_taken_before_the_step(network):
    Z, A = network.output(X)
    expected = network.cost.value(Z, A, XOR)
    (report,) = train(network, [(X, XOR)], sgd(network), 1)
    assert report.training_cost == pytest.approx(expected, rel=1e-6)


def test_the_same_seeds_train_the_same_bits(make_network):
    kinds = (2, 6, 1), ("tanh", "sigmoid"), "bernoulli_cross_entropy", np.float32
    assert trained(make_network(*kinds, seed=1)) == trained(make_network(*kinds, seed=1))


@pytest.mark.parametrize(("network_seed", "batches_seed"), [(1, 2), (2, 1)])
def test_another_seed_trains_another_network(network_seed, batches_seed, make_network):
    kinds = (2, 6, 1), ("tanh", "sigmoid"), "bernoulli_cross_entropy", np.float32
    other = trained(make_network(*kinds, seed=network_seed), batches_seed)
    assert other != trained(make_network(*kinds, seed=1), seed=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays_as_it_is(dtype, make_network):
    seen = set()

    class Spy(Optimizer):
        def step(self, gradient):
            seen.add(gradient.flat.dtype)
            super().step(gradient)

    network = make_network((2, 6, 1), ("tanh", "sigmoid"), "bernoulli_cross_entropy", dtype)
    list(train(network, Batches(dtype=dtype), Spy(network.parameters, Plain(), lambda _: 0.5, 0.1), 2))
    assert seen | {network.forward(X.astype(dtype)).dtype, network.parameters.flat.dtype} == {np.dtype(dtype)}


@pytest.mark.parametrize(("value", "cost"), [(np.nan, "nan"), (1e30, "inf")])
def test_a_cost_that_is_not_finite_ends_the_training(value, cost, make_network):
    network = make_network((2, 1), ("identity",), "quadratic", np.float32)
    reports = train(network, [(X * np.float32(value), XOR)], sgd(network), 2)
    sentence = f"^training cost: expected a finite number, got {cost}; lower the learning rate$"
    with np.errstate(all="ignore"), pytest.raises(TrainingError, match=sentence):
        next(reports)


def test_a_learning_rate_that_is_too_high_ends_the_training(make_network):
    network = make_network((2, 6, 1), ("identity", "identity"), "quadratic", np.float32)
    with np.errstate(all="ignore"), pytest.raises(TrainingError):
        list(train(network, Batches(), sgd(network, rate=1e6), 20))


def shared(network, team):
    """The network with its parameters in the team's memory."""
    flat = team.array(len(network.parameters.flat), network.parameters.flat.dtype)
    flat[...] = network.parameters.flat
    return replace(network, parameters=Parameters(network.sizes, flat=flat))


@pytest.mark.parametrize("size", [2, 3, 7])
@pytest.mark.parametrize("sizes", [(2, 6, 1), (2, 6, 5, 4, 1)])
def test_a_team_learns_what_one_process_does(size, sizes, make_network):
    """Seven have more hands than there are units."""
    hidden = ("tanh",) * (len(sizes) - 2)
    alone = make_network(sizes, (*hidden, "sigmoid"), "bernoulli_cross_entropy")
    team = Team(size)
    together = shared(alone, team)
    optimizer = Optimizer(together.parameters, Momentum(), lambda _: 0.1, 0.01, 0.9, team)
    costs = [
        report.training_cost for report in train(together, Batches(dtype="f8"), optimizer, 20, team=team)
    ]
    expected = Optimizer(alone.parameters, Momentum(), lambda _: 0.1, 0.01, 0.9)
    assert costs == pytest.approx(
        [report.training_cost for report in train(alone, Batches(dtype="f8"), expected, 20)], rel=1e-10
    )
    np.testing.assert_allclose(together.parameters.flat, alone.parameters.flat, rtol=1e-9)
    np.testing.assert_allclose(optimizer.memory["average"], expected.memory["average"], rtol=1e-9)


@pytest.mark.parametrize("epochs", [0, 1, 3])
def test_the_others_end_when_nobody_asks_for_another_epoch(epochs, network):
    team, others = Team(2), children(os.getpid())
    network = shared(network, team)
    optimizer = Optimizer(network.parameters, Plain(), lambda _: 0.5, team=team)
    reports = train(network, Batches(), optimizer, 5, team=team)
    for _ in range(epochs):
        next(reports)
        assert len(children(os.getpid())) == len(others) + 1
    reports.close()
    assert children(os.getpid()) == others


def test_the_cost_of_an_epoch_longer_than_what_is_held_is_still_its_mean(network, monkeypatch):
    monkeypatch.setattr(loop, "COLUMNS", 3)
    Z, A = network.output(X)
    batches = [(X, XOR)] * 2 + [(X[:, :1], XOR[:, :1])]
    (report,) = train(network, batches, sgd(network, rate=0), 1)
    whole, first = network.cost.value(Z, A, XOR), network.cost.value(Z[:, :1], A[:, :1], XOR[:, :1])
    assert report.training_cost == pytest.approx((8 * whole + first) / 9, rel=1e-6)


def test_epochs_are_numbered_from_the_first_that_is_asked_for(network):
    assert [report.epoch for report in train(network, Batches(), sgd(network), 5, first=4)] == [4, 5]
