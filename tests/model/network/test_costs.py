import math

import numpy as np
import pytest

from model.network.activations import ACTIVATIONS
from model.network.costs import COSTS

PAIRS = [(output, name) for name, cost in COSTS.items() for output in sorted(cost.outputs)]
LOGITS = np.array([[1e4, -1e4, 1e4, 0.0], [-1e4, 1e4, 1e4, -1e4], [0.0, 1e4, 1e4, 0.0]])
TARGETS = np.array([[1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]])


def cost_of(output, name, Z, Y):
    return COSTS[name].value(Z, ACTIVATIONS[output].value(Z), Y)


def delta_of(output, name, Z, Y):
    return COSTS[name].delta(ACTIVATIONS[output], ACTIVATIONS[output].value(Z), Y, np.empty_like(Z))


def column(*values):
    return np.array(values, dtype=np.float64).reshape(-1, 1)


@pytest.mark.parametrize(
    ("output", "name", "Z", "Y", "expected"),
    [
        # half of 1 squared plus 3 squared
        ("identity", "quadratic", (1, -2), (0, 1), 5.0),
        # A = 3/4: -log(3/4), and -log(1 - 3/4)
        ("sigmoid", "bernoulli_cross_entropy", (math.log(3),), (1,), math.log(4 / 3)),
        ("sigmoid", "bernoulli_cross_entropy", (math.log(3),), (0,), math.log(4)),
        # both units at once: -log(3/4) - log(1/2)
        ("sigmoid", "bernoulli_cross_entropy", (math.log(3), 0), (1, 0), math.log(8 / 3)),
        # A = (1/8, 2/8, 5/8), the second is right: -log(2/8)
        ("softmax", "categorical_cross_entropy", (0, math.log(2), math.log(5)), (0, 1, 0), math.log(4)),
    ],
)
def test_value_by_hand(output, name, Z, Y, expected):
    assert cost_of(output, name, column(*Z), column(*Y)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("output", "name"), PAIRS)
def test_value_is_the_mean_over_columns(output, name, rng):
    Z, Y = rng.standard_normal((3, 5)), np.eye(3)[:, [0, 2, 1, 1, 0]]
    alone = [cost_of(output, name, Z[:, [i]], Y[:, [i]]) for i in range(5)]
    assert cost_of(output, name, Z, Y) == pytest.approx(np.mean(alone), rel=1e-13)


@pytest.mark.parametrize(("output", "name"), PAIRS)
def test_delta_is_the_derivative_of_the_value(output, name, rng):
    """BP1: central differences of the cost of one column with respect to Z."""
    Z, Y, step = rng.standard_normal((3, 1)), column(0, 1, 0), 1e-5
    numeric = np.zeros_like(Z)
    for unit in range(3):
        nudge = np.zeros_like(Z)
        nudge[unit] = step
        numeric[unit] = (cost_of(output, name, Z + nudge, Y) - cost_of(output, name, Z - nudge, Y)) / (
            2 * step
        )
    delta = delta_of(output, name, Z, Y)
    np.testing.assert_allclose(delta, numeric, rtol=1e-7, atol=1e-9)


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("output", "name", "Z", "Y"),
    [
        ("sigmoid", "bernoulli_cross_entropy", (1e4,), (0,)),
        ("sigmoid", "bernoulli_cross_entropy", (-1e4,), (1,)),
        ("softmax", "categorical_cross_entropy", (1e4, 0), (0, 1)),
        ("softmax", "categorical_cross_entropy", (0, -1e4), (0, 1)),
    ],
)
def test_a_confidently_wrong_answer_costs_its_logit(output, name, Z, Y, dtype):
    """Computed from A, which is 0 or 1 by then, it would be infinite."""
    assert cost_of(output, name, column(*Z).astype(dtype), column(*Y).astype(dtype)) == 1e4


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("output", "name"), PAIRS)
def test_costs_and_deltas_of_extremes_are_finite_and_silent(output, name, dtype):
    Z, Y = LOGITS.astype(dtype), TARGETS.astype(dtype)
    delta = delta_of(output, name, Z, Y)
    assert math.isfinite(cost_of(output, name, Z, Y))
    assert np.isfinite(delta).all()
    assert delta.dtype == dtype
