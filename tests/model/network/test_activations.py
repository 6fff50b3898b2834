import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.network.activations import ACTIVATIONS

NAMES = tuple(ACTIVATIONS)
EXTREMES = np.array([[1e4, -1e4, 1e4, 0.0], [-1e4, -1e4, 1e4, 1e4], [0.0, -1e4, 1e4, 1.0]])
MATRICES = arrays(np.float64, (3, 4), elements=st.floats(-30, 30))


@pytest.mark.parametrize(
    ("name", "Z", "A"),
    [
        ("identity", [-2.0, 0.0, 3.0], [-2.0, 0.0, 3.0]),
        ("relu", [-2.0, 0.0, 3.0], [0.0, 0.0, 3.0]),
        ("sigmoid", [-math.log(3), 0.0, math.log(3)], [1 / 4, 1 / 2, 3 / 4]),
        ("tanh", [-math.log(2), 0.0, math.log(3)], [-3 / 5, 0.0, 4 / 5]),  # (e^2z - 1) / (e^2z + 1)
        ("softmax", [0.0, math.log(2), math.log(5)], [1 / 8, 2 / 8, 5 / 8]),
    ],
)
def test_value_is_the_formula(name, Z, A):
    column = np.array(Z).reshape(-1, 1)
    np.testing.assert_allclose(ACTIVATIONS[name].value(column).ravel(), A, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize(
    ("name", "limits"),
    [("sigmoid", (0, 1)), ("tanh", (-1, 1)), ("relu", (0, 1e4)), ("identity", (-1e4, 1e4))],
)
def test_value_reaches_its_limits(name, limits):
    assert tuple(ACTIVATIONS[name].value(np.array([-1e4, 1e4]))) == limits


def test_softmax_gives_all_to_the_one_that_is_far_ahead_and_shares_among_equals():
    A = ACTIVATIONS["softmax"].value(EXTREMES)
    np.testing.assert_allclose(
        A[:, :3], [[1, 1 / 3, 1 / 3], [0, 1 / 3, 1 / 3], [0, 1 / 3, 1 / 3]], rtol=1e-15
    )


@given(MATRICES)
def test_softmax_columns_sum_to_one(Z):
    np.testing.assert_allclose(ACTIVATIONS["softmax"].value(Z).sum(axis=0), 1, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
@given(Z=MATRICES, dA=MATRICES)
def test_backward_is_the_derivative_along_any_direction(name, Z, dA):
    """Central differences of sum(f(Z) * dA), away from the kink of ReLU."""
    activation, step = ACTIVATIONS[name], 1e-5
    Z = np.where(np.abs(Z) < 2 * step, 1.0, Z)
    numeric = np.zeros_like(Z)
    for place in np.ndindex(*Z.shape):
        nudge = np.zeros_like(Z)
        nudge[place] = step
        difference = (activation.value(Z + nudge) - activation.value(Z - nudge)) * dA
        numeric[place] = difference.sum() / (2 * step)
    np.testing.assert_allclose(
        activation.backward(activation.value(Z), dA.copy()), numeric, rtol=1e-6, atol=1e-7
    )


def test_relu_passes_nothing_back_at_its_kink():
    assert ACTIVATIONS["relu"].backward(np.zeros((1, 1)), np.ones((1, 1))) == 0


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_values_and_derivatives_of_extremes_are_finite_and_silent(name, dtype):
    activation = ACTIVATIONS[name]
    A = activation.value(EXTREMES.astype(dtype))
    dZ = activation.backward(A, np.full_like(A, 1e4))
    assert np.isfinite(A).all()
    assert np.isfinite(dZ).all()


@pytest.mark.parametrize("name", NAMES)
def test_float32_stays_float32(name):
    A = ACTIVATIONS[name].value(EXTREMES.astype(np.float32))
    assert (A.dtype, ACTIVATIONS[name].backward(A, A).dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("name", NAMES)
@given(Z=MATRICES)
def test_a_value_may_be_written_over_its_argument_or_into_another_array(name, Z):
    value = ACTIVATIONS[name].value
    expected, before, other = value(Z), Z.copy(), np.empty_like(Z)
    assert value(Z, out=other) is other
    assert Z.tobytes() == before.tobytes(), "the argument is left alone"
    assert value(Z, out=Z) is Z
    assert other.tobytes() == Z.tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_backward_is_written_over_what_came_from_behind_and_leaves_the_value_alone(name):
    A = ACTIVATIONS[name].value(np.array([[0.5], [-1.0]]))
    before, dA = A.copy(), np.array([[1.0], [2.0]])
    assert ACTIVATIONS[name].backward(A, dA) is dA
    assert (before == A).all()
