"""The recipes, each at full size: the project's own, and its sources' against the figures that they tell."""

import numpy as np
import pytest

from pipeline.data.dataset.datasets import only
from pipeline.data.dataset.subsets import divided
from pipeline.data.formats.mnist import load_mnist
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit
from pipeline.training.recipes import RECIPES

pytestmark = pytest.mark.mnist

# before step 0, 100, ... 900, as the source printed it
COSTS_OF_FIVE_OR_EIGHT = [
    0.7043777294167167,
    0.3094035971595143,
    0.19106252272122817,
    0.15772416612846746,
    0.14255528419489316,
    0.1336554279807337,
    0.12762011948747812,
    0.12313725638495653,
    0.11959735842488138,
    0.11667822494436252,
]


@pytest.fixture(scope="module")
def mnist(mnist_folder):
    return load_mnist(mnist_folder)


@pytest.fixture
def trained(mnist):
    """Train a recipe as `python -m pipeline run` does, and measure it on the test images."""

    def train(name):
        recipe = RECIPES[name]
        data = only(mnist, recipe.classes) if recipe.classes else mnist
        seed = recipe.seed or 0
        parts = divided(data.learning, recipe.validation_share, seed, recipe.validation_order)
        fitted = fit(recipe, data, *parts, seed)
        return fitted, evaluate(fitted.network, data.test).metrics.accuracy

    return train


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("quick", 0.985),
        ("nielsen", 0.95),
        ("deshpande", 0.95),
        ("notes", 0.945),
        ("notes-cross-entropy", 0.945),
    ],
)
def test_a_recipe_gives_its_accuracy_again(trained, name, least):
    assert trained(name)[1] >= least


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nielsen-2", "nielsen-2-fast"])
def test_a_source_that_tells_validation_accuracy_gives_it_again(trained, name):
    """On the images that the source takes: the last 10,000 of the training files, easier than most."""
    assert max(entry["validation_accuracy"] for entry in trained(name)[0].history) >= 0.978


@pytest.mark.slow
def test_five_or_eight_gives_its_costs_and_accuracies_again_to_the_last_digit(trained):
    fitted, accuracy = trained("five-or-eight")
    costs = [entry["training_cost"] for entry in fitted.history[::100]]
    np.testing.assert_allclose(costs, COSTS_OF_FIVE_OR_EIGHT, rtol=0, atol=1e-12)
    assert fitted.history[-1]["training_accuracy"] == pytest.approx(0.9599893541518808, abs=1e-12)
    assert accuracy == pytest.approx(0.9598070739549842, abs=1e-12)


@pytest.mark.slow
def test_five_or_eight_with_three_hidden_layers_gives_its_accuracies_again(trained):
    fitted, accuracy = trained("five-or-eight-deep")
    assert round(fitted.history[-1]["training_accuracy"], 5) == 0.94917
    assert round(accuracy, 5) == 0.95552


@pytest.mark.slow
def test_softmax_by_full_batches_gives_its_accuracies_again(trained):
    fitted, accuracy = trained("softmax-50")
    assert fitted.history[-1]["training_accuracy"] == pytest.approx(0.893, abs=0.005)
    assert accuracy == pytest.approx(0.899, abs=0.005)
