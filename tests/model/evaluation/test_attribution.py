import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.attribution import STEPS, attribute, input_gradient, signs_of
from model.network.initialisation import INITIALISATIONS
from model.network.network import Network

HIDDEN = ("sigmoid", "tanh", "relu", "identity", "softmax")
OUTPUTS = {
    "softmax": "categorical_cross_entropy",
    "sigmoid": "bernoulli_cross_entropy",
    "identity": "quadratic",
}


def network_of(sizes, activations, dtype=np.float64, seed=4):
    network = Network.build(sizes, activations, OUTPUTS[activations[-1]], dtype)
    rng = np.random.default_rng(seed)
    INITIALISATIONS["he_normal"].draw(network.parameters, rng)
    for b in network.parameters.b:
        b[...] = rng.normal(0, 0.3, b.shape)
    return network


def score(network, X, signs):
    return (network.output(X)[0] * signs).sum(axis=0)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("against", [None, np.array([0, 2, 1])], ids=["alone", "against"])
def test_the_gradient_is_that_of_central_differences(rng, hidden, output, against):
    network = network_of((6, 7, 5, 3), (hidden, hidden, output))
    X = rng.uniform(0.1, 1, (6, 3))
    signs = signs_of(network, np.array([1, 0, 2]), against)
    gradient, step = input_gradient(network, X, signs), 1e-6
    for pixel in range(6):
        moved = np.zeros_like(X)
        moved[pixel] = step
        slope = (score(network, X + moved, signs) - score(network, X - moved, signs)) / (2 * step)
        assert gradient[pixel] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_the_network_is_as_it_was(rng):
    network = network_of((6, 7, 3), ("relu", "softmax"))
    before = network.parameters.flat.copy()
    attribute(network, rng.uniform(0, 1, (6, 2)), signs_of(network, np.array([0, 1])))
    assert (network.parameters.flat == before).all()
    assert network.activations[-1].name == "softmax"


@given(
    st.integers(0, 1000),
    st.sampled_from(["sigmoid", "tanh", "identity"]),
    st.lists(st.integers(1, 40), min_size=1, max_size=3),
)
def test_integrated_gradients_add_up_to_the_difference_of_the_scores(seed, hidden, layers):
    check_completeness(network_of((30, *layers, 4), (*[hidden] * len(layers), "softmax"), np.float32, seed))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("layers", [(100,), (200, 100), (300, 200, 100)], ids=len)
def test_they_do_where_the_score_has_bends(seed, layers):
    check_completeness(network_of((100, *layers, 4), (*["relu"] * len(layers), "softmax"), np.float32, seed))


@pytest.mark.parametrize("seed", range(3))
def test_each_pixel_s_share_is_that_of_endlessly_many_steps(seed):
    network = network_of((100, 200, 100, 4), ("relu", "relu", "softmax"), np.float64, seed)
    X = np.random.default_rng(1).uniform(0, 1, (100, 1))
    signs = signs_of(network, np.array([0]))
    places = (np.arange(8192) + 0.5) / 8192
    slopes = input_gradient(network, X * places, np.repeat(signs, len(places), axis=1))
    exact = slopes.mean(axis=1, keepdims=True) * X
    error = np.abs(attribute(network, X, signs).integrated - exact).sum()
    assert error < 0.005 * np.abs(exact).sum()


def test_what_the_steps_leave_of_the_difference_is_told():
    network = network_of((100, 200, 100, 4), ("relu", "relu", "softmax"))
    X = np.random.default_rng(1).uniform(0, 1, (100, 3))
    found = attribute(network, X, signs_of(network, np.array([0, 1, 2])))
    gained = found.scores - found.baselines
    assert found.convergence_deltas == pytest.approx(found.integrated.sum(axis=0) - gained)
    assert (np.abs(found.convergence_deltas) > 1e-9).all()  # nothing is bent to fit


def check_completeness(network):
    X = np.random.default_rng(1).uniform(0, 1, (network.sizes[0], 3)).astype(np.float32)
    signs = signs_of(network, np.array([0, 1, 2]))
    found = attribute(network, X, signs)
    assert found.scores == pytest.approx(score(network, X, signs), rel=1e-4, abs=1e-5)
    missing = found.integrated.sum(axis=0) - (found.scores - found.baselines)
    assert (np.abs(missing) <= 0.01 * np.abs(found.integrated).sum(axis=0) + 1e-4).all()


def test_of_a_linear_score_every_step_is_the_same(rng):
    network = network_of((6, 3), ("softmax",))
    X = rng.uniform(0, 1, (6, 4))
    found = attribute(network, X, signs_of(network, np.array([0, 1, 2, 0])))
    W = network.parameters.W[0]
    assert found.gradient == pytest.approx(W[[0, 1, 2, 0]].T)
    assert found.integrated == pytest.approx(W[[0, 1, 2, 0]].T * X)


def test_a_black_pixel_adds_nothing(rng):
    network = network_of((6, 5, 3), ("relu", "softmax"))
    X = rng.uniform(0, 1, (6, 1))
    X[2] = 0
    found = attribute(network, X, signs_of(network, np.array([1])))
    assert found.integrated[2] == 0
    assert found.gradient[2] != 0


def test_each_column_is_explained_as_if_it_were_alone(rng):
    network = network_of((6, 9, 3), ("tanh", "softmax"))
    X, classes = rng.uniform(0, 1, (6, 5)), np.array([0, 1, 2, 1, 0])
    together = attribute(network, X, signs_of(network, classes))
    for place in range(5):
        alone = attribute(network, X[:, [place]], signs_of(network, classes[[place]]))
        assert together.gradient[:, place] == pytest.approx(alone.gradient[:, 0])
        assert together.integrated[:, place] == pytest.approx(alone.integrated[:, 0])


class TestSigns:
    def test_a_class_alone_and_against_another(self):
        network = network_of((2, 3), ("softmax",))
        assert signs_of(network, np.array([2, 0])).T.tolist() == [[0, 0, 1], [1, 0, 0]]
        assert signs_of(network, np.array([2]), np.array([1])).T.tolist() == [[0, -1, 1]]

    def test_a_single_unit_speaks_for_the_second_class_and_against_the_first(self):
        network = network_of((2, 1), ("sigmoid",))
        assert signs_of(network, np.array([0, 1])).tolist() == [[-1, 1]]
        assert signs_of(network, np.array([1]), np.array([0])).tolist() == [[1]]

    def test_they_are_of_the_network_s_precision(self):
        network = network_of((2, 3), ("softmax",), np.float32)
        assert signs_of(network, np.array([0]), np.array([1])).dtype == np.float32


def test_there_are_as_many_steps_as_said():
    assert STEPS == 128
