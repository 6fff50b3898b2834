import numpy as np
import pytest

from model.training.backprop import backprop
from model.training.buffers import Workspace
from model.training.dropout import with_dropout

KINDS = (4, 50, 40, 3), ("relu", "sigmoid", "softmax"), "categorical_cross_entropy"


@pytest.fixture
def network(make_network):
    return make_network(*KINDS)


@pytest.fixture
def batch(rng):
    return rng.standard_normal((4, 6)), np.eye(3)[:, [0, 1, 2, 0, 1, 2]]


def activations(network, batch):
    """Of each layer, after a step's way forward."""
    space = Workspace(network, 6)
    backprop(network, *batch, space)
    return space.A


def test_a_hidden_unit_is_left_out_or_scaled_up(network, batch, rng):
    whole, thinned = activations(network, batch)[1], activations(with_dropout(network, 0.75, rng), batch)[1]
    left_out = thinned == 0
    assert (thinned[~left_out] == whole[~left_out] * 4).all()
    assert 0.6 < left_out[whole > 0].mean() < 0.9


def test_each_example_and_each_step_has_a_draw_of_its_own(network, batch, rng):
    thinned = with_dropout(network, 0.5, rng)
    one, other = activations(thinned, batch)[2] == 0, activations(thinned, batch)[2] == 0
    assert (one[:, 0] != one[:, 1]).any()
    assert (one != other).any()


def test_the_output_and_the_parameters_are_the_network_s_own(network, rng):
    thinned = with_dropout(network, 0.5, rng)
    assert thinned.parameters is network.parameters
    assert thinned.activations[-1] is network.activations[-1]


def test_a_rate_of_zero_changes_nothing(network, batch, rng):
    kept = backprop(with_dropout(network, 0.0, rng), *batch, Workspace(network, 6))
    assert kept.flat.tobytes() == backprop(network, *batch, Workspace(network, 6)).flat.tobytes()


@pytest.mark.parametrize("hidden", ["relu", "sigmoid", "tanh", "identity", "softmax"])
def test_the_gradient_is_that_of_the_thinned_network(hidden, make_network, rng):
    """By central differences, every draw the same; units at the kink of ReLU would tell themselves."""
    network = make_network((4, 6, 5, 3), (hidden, hidden, "softmax"), "categorical_cross_entropy")
    X, Y = rng.standard_normal((4, 6)), np.eye(3)[:, [0, 1, 2, 0, 1, 2]]

    def seen():
        space = Workspace(network, 6)
        backprop(with_dropout(network, 0.4, np.random.default_rng(8)), X, Y, space)
        return network.cost.value(space.Z[-1], space.A[-1], Y), space.gradient.flat

    gradient, flat = seen()[1], network.parameters.flat
    for place in range(0, len(flat), 3):
        value = flat[place]
        above, below = (seen()[0] for flat[place] in (value + 1e-5, value - 1e-5))
        flat[place] = value
        assert gradient[place] == pytest.approx((above - below) / 2e-5, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_that_is_no_probability_below_one_is_a_sentence(rate, network, rng):
    with pytest.raises(ValueError, match=f"^dropout: expected 0 or more and less than 1, got {rate}$"):
        with_dropout(network, rate, rng)


def test_float32_stays_float32(make_network, rng):
    network = make_network(*KINDS, np.float32)
    X, Y = rng.standard_normal((4, 6)).astype("f4"), np.eye(3, dtype="f4")[:, [0, 1, 2, 0, 1, 2]]
    assert activations(with_dropout(network, 0.5, rng), (X, Y))[1].dtype == np.float32
