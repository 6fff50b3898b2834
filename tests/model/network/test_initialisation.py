import math

import numpy as np
import pytest

from model.network.initialisation import INITIALISATIONS
from model.network.parameters import Parameters

NAMES = tuple(INITIALISATIONS)
SIZES = (400, 300, 200)


def drawn(name, seed=0, dtype=np.float32):
    parameters = Parameters(SIZES, dtype)
    INITIALISATIONS[name].draw(parameters, np.random.default_rng(seed))
    return parameters


@pytest.mark.parametrize(
    ("name", "deviations"),
    [
        ("unit_normal", (1, 1)),
        ("scaled_normal", (1 / math.sqrt(400), 1 / math.sqrt(300))),
        ("lecun_normal", (1 / math.sqrt(400), 1 / math.sqrt(300))),
        ("he_normal", (math.sqrt(2 / 400), math.sqrt(2 / 300))),
    ],
)
def test_weights_have_the_deviation_that_the_number_of_inputs_asks_for(name, deviations):
    for W, deviation in zip(drawn(name).W, deviations, strict=True):
        assert W.std() == pytest.approx(deviation, rel=0.02)
        assert abs(W.mean()) < 0.02 * deviation


@pytest.mark.parametrize(
    ("name", "deviation"), [("unit_normal", 1), ("scaled_normal", 1), ("lecun_normal", 0), ("he_normal", 0)]
)
def test_biases_are_drawn_or_zero(name, deviation):
    biases = np.concatenate(drawn(name).b)
    assert biases.std() == pytest.approx(deviation, rel=0.1)
    assert abs(biases.mean()) <= 0.1 * deviation


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same_bits(name, dtype):
    first, second = drawn(name, seed=5, dtype=dtype), drawn(name, seed=5, dtype=dtype)
    assert first.flat.tobytes() == second.flat.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_draws_other_weights(name):
    assert not np.isin(drawn(name, seed=5).W[0], drawn(name, seed=6).W[0]).all()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_what_was_there_is_left(name):
    parameters = drawn(name, seed=1)
    parameters.flat[:] = 1e6
    INITIALISATIONS[name].draw(parameters, np.random.default_rng(5))
    assert parameters.flat.tobytes() == drawn(name, seed=5).flat.tobytes()


def test_an_older_generator_draws_as_its_sources_do():
    """randn(rows, columns) / sqrt(columns), one layer after the other."""
    parameters = Parameters(SIZES, np.float64)
    INITIALISATIONS["lecun_normal"].draw(parameters, np.random.RandomState(1))
    source = np.random.RandomState(1)
    for W in parameters.W:
        expected = source.randn(*W.shape) / math.sqrt(W.shape[1])
        np.testing.assert_allclose(W, expected, rtol=1e-15)
