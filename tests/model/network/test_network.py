import dataclasses

import numpy as np
import pytest

from model.network.activations import ACTIVATIONS
from model.network.costs import COSTS
from model.network.network import Network, class_probabilities, predicted_classes

REFUSED_PAIRS = [
    (output, name) for name, cost in COSTS.items() for output in ACTIVATIONS if output not in cost.outputs
]


def test_forward_by_hand():
    network = Network.build((2, 2, 1), ("relu", "identity"), "quadratic", np.float64)
    network.parameters.W[0][...] = [[1, -1], [2, 3]]
    network.parameters.b[0][...] = [[0], [-4]]
    network.parameters.W[1][...] = [[10, 1]]
    network.parameters.b[1][...] = [[5]]
    # x = (1, 1): Z = (0, 1),  A = (0, 1), 10 * 0 + 1 * 1 + 5 = 6
    # x = (3, 0): Z = (3, 2),  A = (3, 2), 10 * 3 + 1 * 2 + 5 = 37
    # x = (0, 1): Z = (-1, -1), A = (0, 0), 5
    assert network.forward(np.array([[1.0, 3.0, 0.0], [1.0, 0.0, 1.0]])).tolist() == [[6, 37, 5]]


def test_output_gives_the_weighted_inputs_too(make_network, rng):
    network = make_network((3, 4, 2), ("tanh", "softmax"), "categorical_cross_entropy")
    Z, A = network.output(rng.standard_normal((3, 5)))
    np.testing.assert_array_equal(A, ACTIVATIONS["softmax"].value(Z))


def test_columns_do_not_see_each_other(make_network, rng):
    network = make_network((3, 4, 2), ("tanh", "softmax"), "categorical_cross_entropy")
    X = rng.standard_normal((3, 5))
    alone = [network.forward(X[:, [i]]) for i in range(5)]
    np.testing.assert_allclose(network.forward(X), np.hstack(alone), rtol=1e-12)


def test_float32_stays_float32(make_network, rng):
    network = make_network((3, 4, 2), ("sigmoid", "softmax"), "categorical_cross_entropy", np.float32)
    Z, A = network.output(rng.standard_normal((3, 5), np.float32))
    assert (Z.dtype, A.dtype) == (np.float32, np.float32)


def test_a_new_network_is_float32_and_zero():
    flat = Network.build([3, 2], ["softmax"], "categorical_cross_entropy").parameters.flat
    assert (flat.dtype, flat.any()) == (np.float32, False)


def test_a_network_cannot_be_changed_but_in_its_parameters():
    network = Network.build((3, 2), ("softmax",), "categorical_cross_entropy")
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.sizes = (3, 4)


@pytest.mark.parametrize(
    ("sizes", "activations", "cost", "sentence"),
    [
        ([4], [], "quadratic", r"sizes: expected two or more positive integers, got \[4\]"),
        ([4, 0], ["relu"], "quadratic", r"sizes: expected .* positive integers, got \[4, 0\]"),
        ([4, 2.0], ["relu"], "quadratic", r"sizes: expected .* integers, got \[4, 2.0\]"),
        ([4, True], ["relu"], "quadratic", r"sizes: expected .* integers, got \[4, True\]"),
        ([10**9, 10**9], ["relu"], "quadratic", r"sizes: expected a network that fits into memory, got"),
        ([10**30, 1], ["relu"], "quadratic", r"sizes: expected a network that fits into memory, got"),
        ([4, 2], ["relu", "relu"], "quadratic", "activations: expected 1, one for each layer, got 2"),
        ([4, 2], ["swish"], "quadratic", r"activations\[0\]: expected one of .*softmax, got 'swish'"),
        ([4, 2], [["relu"]], "quadratic", r"activations\[0\]: expected one of .*, got \['relu'\]"),
        ([4, 2], ["relu"], "hinge", "cost: expected one of quadratic, .*, got 'hinge'"),
    ],
)
def test_a_network_that_cannot_be_is_refused(sizes, activations, cost, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Network.build(sizes, activations, cost)


@pytest.mark.parametrize(("output", "cost"), REFUSED_PAIRS)
def test_a_cost_is_refused_at_an_output_that_it_is_not_defined_for(output, cost):
    (expected,) = COSTS[cost].outputs
    with pytest.raises(ValueError, match=f"^cost {cost}: expected {expected} at the output, got {output}$"):
        Network.build((4, 3), (output,), cost)


def test_the_predicted_class_is_the_likeliest():
    A = np.array([[0.2, 0.1, 0.5, 0.1], [0.3, 0.8, 0.1, 0.1], [0.5, 0.1, 0.4, 0.8]])
    assert predicted_classes(A).tolist() == [2, 1, 0, 2]


def test_a_single_unit_says_class_1_from_one_half_on():
    below = np.nextafter(0.5, 0)
    assert predicted_classes(np.array([[0.0, below, 0.5, 1.0]])).tolist() == [0, 0, 1, 1]


def test_the_probabilities_of_a_single_unit_are_those_of_two_classes():
    assert class_probabilities(np.array([[0.25, 1.0]])).tolist() == [[0.75, 0.0], [0.25, 1.0]]


def test_the_probabilities_of_many_units_are_the_output():
    A = np.array([[0.25, 1.0], [0.75, 0.0]])
    assert class_probabilities(A) is A
