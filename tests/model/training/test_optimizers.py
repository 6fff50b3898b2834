import numpy as np
import pytest

from model.network.network import Network
from model.network.parameters import Parameters
from model.training import optimizers
from model.training.backprop import backprop
from model.training.buffers import Workspace
from model.training.optimizers import RULES, Adam, Momentum, Nesterov, Optimizer, Plain
from model.training.process_group import Team

RATE, DECAY = 0.1, 0.5


def sgd(moved, schedule, decay=0.0):
    return Optimizer(moved, Plain(), schedule, decay)


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
    gradient = backprop(network, X, Y, Workspace(network, 2))
    sgd(network.parameters, lambda _: RATE, decay).step(gradient)
    np.testing.assert_allclose(network.parameters.flat, expected, rtol=1e-14)


def test_regularisation_shrinks_weights_and_leaves_biases_alone():
    moved = parameters(4, -8, 16)
    sgd(moved, lambda _: RATE, DECAY).step(parameters(0, 0, 0))
    np.testing.assert_allclose(moved.flat, [4 * 0.95, -8 * 0.95, 16], rtol=1e-15)


def test_each_step_takes_the_rate_that_the_schedule_gives_it():
    moved, taken = parameters(0, 0, 0), []
    optimizer = sgd(moved, [1.0, 0.5, 0.25].__getitem__)
    for _ in range(3):
        optimizer.step(parameters(1, 1, 1))
        taken.append(-moved.flat[0])
    assert taken == [1.0, 1.5, 1.75]


def test_regularisation_follows_the_schedule():
    moved = parameters(4, 4, 4)
    optimizer = sgd(moved, [0.0, 1.0].__getitem__, DECAY)
    for _ in range(2):
        optimizer.step(parameters(0, 0, 0))
    assert moved.flat.tolist() == [2, 2, 4]


def test_float32_parameters_move_in_place():
    moved = parameters(1, 1, 1, dtype=np.float32)
    flat = moved.flat
    sgd(moved, lambda _: RATE, DECAY).step(parameters(1, 1, 1, dtype=np.float32))
    assert moved.flat is flat
    np.testing.assert_allclose(moved.W[0], 0.85, rtol=1e-6)  # 0.95 - 0.1


def directions(rule, *gradients):
    """What a rule makes of gradients of one parameter, one after another."""
    memory = [np.zeros(1) for _ in rule.memory]
    return [
        float(rule.direction(np.array([gradient]), step, memory)[0])
        for step, gradient in enumerate(gradients, 1)
    ]


def test_momentum_by_hand():
    # v = 1, then 0.5 * 1 + 2 = 2.5, then 0.5 * 2.5 - 1 = 0.25
    assert directions(Momentum(0.5), 1.0, 2.0, -1.0) == [1, 2.5, 0.25]


def test_nesterov_by_hand():
    # v as above: 1, 2.5, 0.25; the direction is g + 0.5 * v
    assert directions(Nesterov(0.5), 1.0, 2.0, -1.0) == [1.5, 3.25, -0.875]


def test_adam_by_hand():
    # m = 0.5 * 2 = 1, of which 1 - 0.5 is one half: 2; v = 0.25 * 4 = 1, of one quarter: 4; 2 / sqrt(4)
    # m = 0.5 * 1 + 0.5 * 4 = 2.5, over 1 - 0.25; v = 0.75 * 1 + 0.25 * 16 = 4.75, over 1 - 0.5625
    expected = [1.0, (2.5 / 0.75) / np.sqrt(4.75 / 0.4375)]
    assert directions(Adam(0.5, 0.75, epsilon=0.0), 2.0, 4.0) == pytest.approx(expected, rel=1e-14)


def test_adam_divides_by_no_less_than_epsilon():
    assert directions(Adam(epsilon=1e-8), 0.0) == [0.0]


def test_adam_s_first_step_is_as_long_whatever_the_gradient():
    assert directions(Adam(), 1e-3) == pytest.approx(directions(Adam(), 1e3), rel=1e-4)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_keeps_float32(name):
    rule = RULES[name]()
    memory = [np.zeros(3, np.float32) for _ in rule.memory]
    assert rule.direction(np.ones(3, np.float32), 1, memory).dtype == np.float32


@pytest.mark.parametrize("name", RULES)
def test_every_rule_goes_down_a_bowl(name):
    """The least of (w - 3)^2 / 2 is at 3."""
    moved = parameters(0, 0, 0)
    optimizer = Optimizer(moved, RULES[name](), lambda _: RATE)
    for _ in range(300):
        optimizer.step(parameters(*(moved.flat - 3)))
    np.testing.assert_allclose(moved.flat, 3, atol=0.05)


@pytest.mark.parametrize("name", RULES)
def test_decay_is_apart_from_the_direction(name):
    """AdamW: a gradient of zero leaves nothing but the shrinking."""
    moved = parameters(4, -8, 16)
    Optimizer(moved, RULES[name](), lambda _: RATE, DECAY).step(parameters(0, 0, 0))
    np.testing.assert_allclose(moved.flat, [4 * 0.95, -8 * 0.95, 16], rtol=1e-15)


@pytest.mark.parametrize("name", RULES)
def test_spans_make_no_difference(name, monkeypatch, rng):
    """The last of the weights and the first of the biases are never in one span."""

    def moved(span):
        monkeypatch.setattr(optimizers, "SPAN", span)
        network = Parameters((13, 7, 5))
        network.flat[:] = start
        optimizer = Optimizer(network, RULES[name](), lambda _: RATE, DECAY, averaging=0.9)
        for gradient in gradients:
            optimizer.step(Parameters((13, 7, 5), flat=gradient.copy()))
        return network.flat.tobytes(), optimizer.memory["average"].tobytes()

    start, *gradients = rng.standard_normal((4, 13 * 7 + 7 * 5 + 12)).astype(np.float32)
    assert moved(1 << 16) == moved(10) == moved(3)


@pytest.mark.parametrize("size", [2, 3, 6])
def test_the_members_of_a_team_move_every_parameter_once(size):
    team = Team(size)
    flat = team.array(13 * 7 + 7 * 5 + 12, np.float64)
    for rank in range(size):  # as if each were another process
        team.rank = rank
        optimizer = Optimizer(Parameters((13, 7, 5), flat=flat), Plain(), lambda _: 1.0, team=team)
        optimizer.step(Parameters((13, 7, 5), flat=np.full(len(flat), -1.0)))
    assert flat.tolist() == [1.0] * len(flat)


def test_the_average_begins_as_the_mean_of_the_steps_and_then_fades_by_hand():
    moved = parameters(0, 0, 0)
    optimizer = Optimizer(moved, Plain(), lambda _: 1.0, averaging=0.75)
    seen = []
    for _ in range(5):
        optimizer.step(parameters(-1, -1, -1))  # to 1, 2, 3, 4, 5
        seen.append(float(optimizer.memory["average"][0]))
    # the means of 1, 1..2, 1..3, 1..4; then 3/4 of 2.5 and 1/4 of 5
    assert seen == pytest.approx([1, 1.5, 2, 2.5, 3.125], rel=1e-14)


def test_without_averaging_nothing_is_kept():
    assert Optimizer(parameters(0, 0, 0), Plain(), lambda _: RATE).memory == {}
