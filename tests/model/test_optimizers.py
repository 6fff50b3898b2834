import numpy as np
import pytest

from model.backprop import backprop
from model.network import Network
from model.optimizers import SGD
from model.parameters import Parameters

RATE, DECAY = 0.1, 0.5


def parameters(*values, dtype=np.float64):
    """Two weights and a bias."""
    result = Parameters((2, 1), dtype)
    result.flat[:] = values
    return result


@pytest.mark.parametrize(
    ("decay", "expected"),
    [
        # W = (1, -2) - 0.1 * (0, -3), b = 0.5 - 0.1 * (-1)
        (0, (1.0, -1.7, 0.6)),
        # W shrinks by 1 - 0.1 * 0.5 = 0.95 first: (0.95, -1.9) - 0.1 * (0, -3); b as before
        (DECAY, (0.95, -1.6, 0.6)),
    ],
)
def test_one_step_by_hand(decay, expected):
    network = Network.build((2, 1), ("identity",), "quadratic", np.float64)
    network.parameters.flat[:] = (1, -2, 0.5)
    X, Y = np.array([[1.0, 3.0], [2.0, 0.0]]), np.array([[0.5, 2.5]])
    # A = (1 * 1 - 2 * 2 + 0.5, 1 * 3 - 2 * 0 + 0.5) = (-2.5, 3.5), delta = A - Y = (-3, 1)
    # dC/dW = ((-3 * 1 + 1 * 3) / 2, (-3 * 2 + 1 * 0) / 2) = (0, -3), dC/db = (-3 + 1) / 2 = -1
    gradient = Parameters(network.sizes, np.float64)
    backprop(network, X, Y, gradient)
    SGD(lambda _: RATE, decay).step(network.parameters, gradient)
    np.testing.assert_allclose(network.parameters.flat, expected, rtol=1e-14)


def test_regularisation_shrinks_weights_and_leaves_biases_alone():
    moved = parameters(4, -8, 16)
    SGD(lambda _: RATE, DECAY).step(moved, parameters(0, 0, 0))
    np.testing.assert_allclose(moved.flat, [4 * 0.95, -8 * 0.95, 16], rtol=1e-15)


def test_each_step_takes_the_rate_that_the_schedule_gives_it():
    optimizer, moved = SGD([1.0, 0.5, 0.25].__getitem__), parameters(0, 0, 0)
    taken = []
    for _ in range(3):
        optimizer.step(moved, parameters(1, 1, 1))
        taken.append(-moved.flat[0])
    assert taken == [1.0, 1.5, 1.75]


def test_regularisation_follows_the_schedule():
    optimizer, moved = SGD([0.0, 1.0].__getitem__, DECAY), parameters(4, 4, 4)
    for _ in range(2):
        optimizer.step(moved, parameters(0, 0, 0))
    assert moved.flat.tolist() == [2, 2, 4]


def test_float32_parameters_move_in_place():
    moved = parameters(1, 1, 1, dtype=np.float32)
    flat = moved.flat
    SGD(lambda _: RATE, DECAY).step(moved, parameters(1, 1, 1, dtype=np.float32))
    assert moved.flat is flat
    np.testing.assert_allclose(moved.W[0], 0.85, rtol=1e-6)  # 0.95 - 0.1
