import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from model.network.activations import ACTIVATIONS
from model.network.costs import COSTS
from model.network.parameters import Parameters
from model.training.backprop import backprop
from model.training.buffers import Workspace

OUTPUTS = [(output, name) for name, cost in COSTS.items() for output in sorted(cost.outputs)]
STEP = 1e-5


def example(sizes, m, seed=3):
    """Random inputs (n_0, m) and one-hot targets (n_L, m)."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((sizes[0], m)), np.eye(sizes[-1])[:, rng.integers(0, sizes[-1], m)]


def gradient_of(network, X, Y):
    return backprop(network, X, Y, Workspace(network, X.shape[1]))


def central_differences(network, X, Y):
    def cost():
        Z, A = network.output(X)
        return network.cost.value(Z, A, Y)

    numeric, flat = Parameters(network.sizes, np.float64), network.parameters.flat
    for place, value in enumerate(flat):
        flat[place] = value + STEP
        above = cost()
        flat[place] = value - STEP
        numeric.flat[place] = (above - cost()) / (2 * STEP)
        flat[place] = value
    return numeric


def distance_from_the_kink(network, X):
    nearest, A = np.inf, X
    for W, b, activation in zip(network.parameters.W, network.parameters.b, network.activations, strict=True):
        Z = W @ A + b
        A = activation.value(Z)
        nearest = min(nearest, np.abs(Z).min()) if activation.name == "relu" else nearest
    return nearest


@pytest.mark.parametrize(("output", "cost"), OUTPUTS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_gradient_equals_central_differences(hidden, output, cost, make_network):
    sizes = (4, 5, 4, 3)
    network, (X, Y) = make_network(sizes, (hidden, hidden, output), cost), example(sizes, m=6)
    assert distance_from_the_kink(network, X) > 100 * STEP, "ReLU has no derivative at 0: take another seed"
    gradient, numeric = gradient_of(network, X, Y), central_differences(network, X, Y)
    for got, expected in zip(gradient.W + gradient.b, numeric.W + numeric.b, strict=True):
        error = np.linalg.norm(got - expected)
        assert error / (np.linalg.norm(got) + np.linalg.norm(expected)) < 1e-6


@pytest.mark.parametrize("m", [1, 2, 7, 1000])
def test_gradient_of_a_batch_is_the_mean_of_its_examples(m, make_network):
    network = make_network((784, 30, 10), ("sigmoid", "softmax"), "categorical_cross_entropy")
    X, Y = example(network.sizes, m)
    mean = sum(gradient_of(network, X[:, [i]], Y[:, [i]]).flat for i in range(m)) / m
    assert np.abs(gradient_of(network, X, Y).flat - mean).max() < 1e-12


def test_gradient_does_not_change_when_every_example_comes_twice(make_network):
    """It is divided by m, the columns; divided by len(X), the inputs, it would double."""
    network = make_network((784, 30, 10), ("sigmoid", "softmax"), "categorical_cross_entropy")
    X, Y = example(network.sizes, m=10)
    once, twice = gradient_of(network, X, Y), gradient_of(network, np.hstack([X, X]), np.hstack([Y, Y]))
    np.testing.assert_allclose(twice.flat, once.flat, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("m", [1, 2, 7, 1000])
def test_gradient_of_a_bias_is_a_column_in_the_flat_vector(m, make_network):
    network = make_network((784, 30, 10), ("sigmoid", "softmax"), "categorical_cross_entropy")
    gradient = gradient_of(network, *example(network.sizes, m))
    assert [b.shape for b in gradient.b] == [(30, 1), (10, 1)]
    assert all(np.shares_memory(b, gradient.flat) for b in gradient.b)


def test_what_the_gradient_held_before_does_not_matter(make_network):
    network = make_network((4, 5, 3), ("relu", "softmax"), "categorical_cross_entropy")
    X, Y = example(network.sizes, m=6)
    used = Workspace(network, 6)
    for array in (*used.Z, *used.A, *used.delta, used.gradient.flat):
        array[...] = np.nan
    assert backprop(network, X, Y, used).flat.tobytes() == gradient_of(network, X, Y).flat.tobytes()


def test_the_answer_stays_in_the_workspace(make_network):
    network = make_network((4, 5, 3), ("tanh", "softmax"), "categorical_cross_entropy")
    X, Y = example(network.sizes, m=6)
    space = Workspace(network, 6)
    backprop(network, X, Y, space)
    for kept, expected in zip((space.Z[-1], space.A[-1]), network.output(X), strict=True):
        np.testing.assert_allclose(kept, expected, rtol=1e-14)


def test_a_step_makes_no_large_array(make_network):
    """The arrays of the workspace take 2 MB; what is allocated beside them is for a moment, and small."""
    network = make_network((784, 100, 10), ("relu", "softmax"), "categorical_cross_entropy", np.float32)
    X, Y = (array.astype(np.float32) for array in example(network.sizes, m=1000))
    space = Workspace(network, 1000)
    tracemalloc.start()
    try:
        backprop(network, X, Y, space)
        assert tracemalloc.get_traced_memory()[1] < 250_000
    finally:
        tracemalloc.stop()


def test_batch_and_parameters_are_left_as_they_were(make_network):
    network = make_network((4, 5, 3), ("identity", "identity"), "quadratic")
    X, Y = example(network.sizes, m=6)
    before = [array.tobytes() for array in (X, Y, network.parameters.flat)]
    gradient_of(network, X, Y)
    assert [array.tobytes() for array in (X, Y, network.parameters.flat)] == before


def test_a_view_of_rows_is_as_good_as_columns(make_network):
    network = make_network((4, 5, 3), ("tanh", "softmax"), "categorical_cross_entropy")
    X, Y = example(network.sizes, m=6)
    rows = np.ascontiguousarray(X.T)
    np.testing.assert_allclose(
        gradient_of(network, rows.T, Y).flat, gradient_of(network, X, Y).flat, rtol=1e-12
    )


@pytest.mark.parametrize(("output", "cost"), OUTPUTS)
def test_float32_stays_float32_on_the_whole_way(output, cost, make_network):
    network, seen = make_network((4, 5, 3), ("sigmoid", output), cost, np.float32), set()

    def spy(A, dA):
        seen.update((A.dtype, dA.dtype))
        return ACTIVATIONS["sigmoid"].backward(A, dA)

    network = replace(
        network, activations=(replace(ACTIVATIONS["sigmoid"], backward=spy), ACTIVATIONS[output])
    )
    X, Y = example(network.sizes, m=6)
    gradient_of(network, X.astype(np.float32), Y.astype(np.float32))
    assert seen == {np.dtype(np.float32)}
