"""Small systems whose answers are known: from a formula, from another method, or worked out by hand.

scikit-learn lowers a sum where a network lowers the mean over m examples, so a weight decay of wd is
alpha = m wd in its Ridge and C = 1 / (m wd) in its LogisticRegression. It leaves the biases alone, too.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from model.network.network import Network, predicted_classes
from model.training.backprop import backprop
from model.training.buffers import Workspace
from model.training.loop import train
from model.training.optimizers import RULES, Optimizer

LINEAR = ("identity", "quadratic")
LOGISTIC = ("sigmoid", "bernoulli_cross_entropy")
SOFTMAX = ("softmax", "categorical_cross_entropy")
DECAY = 0.03
EXACT = {"rtol": 1e-10, "atol": 1e-12}


def gradient_of(network, X, Y):
    return backprop(network, X, Y, Workspace(network, X.shape[1]))


def descend(network, X, Y, rate, steps, weight_decay=0.0):
    """Take steps down the gradient of all examples; the cost before each."""
    optimizer = Optimizer(network.parameters, RULES["sgd"](), lambda _: rate, weight_decay)
    return [report.training_cost for report in train(network, [(X, Y)], optimizer, steps)]


def one_layer(kind, X, Y, rate, weight_decay=0.0):
    """W and b, as one matrix (n_1, n_0 + 1), of a layer that has come to rest."""
    output, cost = kind
    network = Network.build((len(X), len(Y)), (output,), cost, np.float64)
    descend(network, X, Y, rate, 400, weight_decay)
    return np.hstack([network.parameters.W[0], network.parameters.b[0]])


def scikit_learn_s(peer, X, targets):
    """The same of a peer."""
    peer.fit(X.T, targets)
    return np.column_stack([np.atleast_2d(peer.coef_), np.atleast_1d(peer.intercept_)])


def with_ones(X):
    return np.vstack([X, np.ones(X.shape[1])])


# Linear regression: identity and quadratic cost.


@pytest.fixture
def line(rng):
    """X (3, 200) and Y (2, 200): a linear map of X, an offset, and noise."""
    X = rng.standard_normal((3, 200))
    noise = 0.3 * rng.standard_normal((2, 200))
    return X, np.array([[1, -2, 0.5], [0, 3, -1]]) @ X + [[4], [-1]] + noise


def test_linear_regression_is_the_least_squares_solution(line):
    X, Y = line
    expected = np.linalg.lstsq(with_ones(X).T, Y.T)[0].T
    np.testing.assert_allclose(one_layer(LINEAR, X, Y, rate=0.5), expected, **EXACT)


def test_linear_regression_is_scikit_learn_s(line):
    X, Y = line
    expected = scikit_learn_s(LinearRegression(), X, Y.T)
    np.testing.assert_allclose(one_layer(LINEAR, X, Y, rate=0.5), expected, **EXACT)


def test_linear_regression_with_weight_decay_is_ridge_regression(line):
    X, Y = line
    expected = scikit_learn_s(Ridge(alpha=X.shape[1] * DECAY), X, Y.T)
    np.testing.assert_allclose(one_layer(LINEAR, X, Y, 0.5, DECAY), expected, **EXACT)


# Logistic regression: sigmoid or softmax, and the cross-entropy that belongs to it.


@pytest.fixture
def clouds(rng):
    """X (2, 300), three clouds that run into each other, and the cloud (300,) that each is of."""
    labels = np.arange(300) % 3
    return np.array([[1, -1, 0], [0, 0.5, -1]])[:, labels] + rng.standard_normal((2, 300)), labels


@pytest.fixture
def two_clouds(clouds):
    """X (2, 300) and Y (1, 300): whether an example is of the first cloud."""
    X, labels = clouds
    return X, (labels == 0)[np.newaxis].astype(float)


def newton(X, Y):
    """The likeliest W and b (1, n_0 + 1), by Newton's method: iteratively reweighted least squares."""
    X, theta = with_ones(X), np.zeros((1, len(X) + 1))
    for _ in range(10):
        P = 1 / (1 + np.exp(-theta @ X))
        theta += np.linalg.solve((X * P * (1 - P)) @ X.T, X @ (Y - P).T).T
    return theta


def logistic_peer(decay, m):
    return LogisticRegression(C=1 / (m * decay) if decay else np.inf, solver="newton-cholesky", tol=1e-12)


def test_logistic_regression_is_the_likeliest(two_clouds):
    X, Y = two_clouds
    np.testing.assert_allclose(one_layer(LOGISTIC, X, Y, rate=3.0), newton(X, Y), **EXACT)


@pytest.mark.parametrize("decay", [0, DECAY])
def test_logistic_regression_is_scikit_learn_s(decay, two_clouds):
    X, Y = two_clouds
    expected = scikit_learn_s(logistic_peer(decay, X.shape[1]), X, Y[0])
    np.testing.assert_allclose(one_layer(LOGISTIC, X, Y, 3.0, decay), expected, **EXACT)


@pytest.mark.parametrize("decay", [0, DECAY])
def test_softmax_regression_is_scikit_learn_s(decay, clouds):
    """Softmax leaves open what all rows have in common; both begin with zeros, and keep it at zero."""
    X, labels = clouds
    expected = scikit_learn_s(logistic_peer(decay, X.shape[1]), X, labels)
    np.testing.assert_allclose(one_layer(SOFTMAX, X, np.eye(3)[:, labels], 3.0, decay), expected, **EXACT)


# XOR: what a hidden layer is for.

CORNERS = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
XOR = np.array([[0.0, 1, 1, 0]])
eighths = st.integers(-1000, 1000).map(lambda count: count / 8)  # their sums are exact


def corners_right(w1, w2, b):
    """How many corners of XOR one sigmoid unit gets right."""
    network = Network.build((2, 1), ("sigmoid",), "bernoulli_cross_entropy", np.float64)
    network.parameters.flat[:] = w1, w2, b
    return (predicted_classes(network.forward(CORNERS)) == XOR[0]).sum()


@pytest.mark.parametrize("hidden", [2, 3])
def test_a_hidden_layer_solves_xor(hidden, make_network):
    network = make_network((2, hidden, 1), ("sigmoid", "sigmoid"), "bernoulli_cross_entropy")
    descend(network, CORNERS, XOR, rate=1.0, steps=2000)
    assert np.abs(network.forward(CORNERS) - XOR).max() < 0.05


@given(eighths, eighths, eighths)
def test_no_single_layer_gets_all_four_corners_of_xor(w1, w2, b):
    """It would need b < 0 and w1 + w2 + b < 0, but w1 + b >= 0 and w2 + b >= 0: the sums are the same."""
    assert corners_right(w1, w2, b) <= 3


def test_a_single_layer_gets_three_corners_of_xor():
    assert corners_right(1, 1, -0.5) == 3


# One neuron by hand: z = w x + b, a = sigmoid(z), C = (a - y)^2 / 2, at x = (-1, -2) and y = 1.

x, y = np.array([[-1.0], [-2.0]]), np.array([[1.0]])


@pytest.fixture
def neuron():
    network = Network.build((2, 1), ("sigmoid",), "quadratic", np.float64)
    network.parameters.flat[:] = 2, -3, -3
    return network


def graph(neuron):
    """Every quantity on the way to the cost and back."""
    z, a = neuron.output(x)
    slope = gradient_of(neuron, x, a - 1).b[0]  # dC/dz where dC/da is 1
    gradient = gradient_of(neuron, x, y)
    return {
        "z": z,
        "a": a,
        "C": descend(neuron, x, y, rate=0.0, steps=1),
        "dC/da": gradient.b[0] / slope,
        "da/dz": slope,
        "dC/db = dC/dz": gradient.b[0],
        "dC/dw": gradient.W[0],
    }


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("z", [1]),  # 2 * -1 + -3 * -2 - 3
        ("a", [0.7311]),  # 1 / (1 + 1/e)
        ("C", [0.0362]),  # (0.7311 - 1)^2 / 2
        ("dC/da", [-0.2689]),  # 0.7311 - 1
        ("da/dz", [0.1966]),  # 0.7311 * (1 - 0.7311)
        ("dC/db = dC/dz", [-0.0529]),  # -0.2689 * 0.1966
        ("dC/dw", [0.0529, 0.1058]),  # -0.0529 * (-1, -2)
    ],
)
def test_a_neuron_by_hand(quantity, value, neuron):
    assert np.ravel(graph(neuron)[quantity]) == pytest.approx(value, abs=5e-5)


def test_a_step_of_a_neuron_by_hand(neuron):
    descend(neuron, x, y, rate=1.0, steps=1)
    assert neuron.parameters.flat == pytest.approx([1.9471, -3.1058, -2.9471], abs=5e-5)


def test_a_step_brings_a_neuron_closer_to_its_target(neuron):
    descend(neuron, x, y, rate=1.0, steps=1)
    assert neuron.forward(x) == pytest.approx(0.7887, abs=5e-5)


# A whole batch at once.


def test_the_gradient_of_a_batch_is_the_mean_over_its_columns(make_network, rng):
    network = make_network((784, 30, 10), ("sigmoid", "sigmoid"), "quadratic")
    X, Y = rng.random((784, 1000)), rng.random((10, 1000))
    mean = sum(gradient_of(network, X[:, [j]], Y[:, [j]]).flat for j in range(1000)) / 1000
    np.testing.assert_allclose(gradient_of(network, X, Y).flat, mean, rtol=1e-10, atol=1e-15)
