"""Attribution: what in an input speaks for a class, by backpropagation and one more step, to the input.

The score of a class is its weighted input z_L, before the output's activation; where one class is held
against another, the difference of their scores. A single unit's z_L is the score of the second class, and
-z_L that of the first. A score is a cost whose delta at the output is 1 for its class: BP1 to BP4 stay as
they are.
"""

from dataclasses import dataclass, replace

import numpy as np

from model.activations import ACTIVATIONS, Activation, Array
from model.backprop import backprop
from model.costs import Cost
from model.network import Network
from model.workspace import Workspace

STEPS = 32  # on the straight line from black to the input
TRIES = 4  # places in each that are looked at
SWAPS = 4  # of a place for another one in its step


@dataclass(frozen=True)
class Attribution:
    """What m inputs have to say for their classes.

    Attributes:
        scores: (m,) of the classes.
        baselines: (m,) the same of a black input.
        gradient: (n_0, m) of each score, by each pixel.
        integrated: (n_0, m) integrated gradients: what each pixel adds to the score on the way from black to
            what it is; their sum is the difference of the two scores (Sundararajan et al. 2017).
    """

    scores: Array
    baselines: Array
    gradient: Array
    integrated: Array


def attribute(network: Network, X: Array, signs: Array) -> Attribution:
    """Ask every pixel of a batch what it does to a score.

    Args:
        network: that answered.
        X: (n_0, m), one input a column.
        signs: (n_L, m) of each output in the score, as `signs_of` makes them.
    """
    baseline = network.output(np.zeros_like(X[:, :1]))[0]
    return Attribution(
        scores=(network.output(X)[0] * signs).sum(axis=0),
        baselines=(baseline * signs).sum(axis=0),
        gradient=input_gradient(network, X, signs),
        integrated=_integrated(network, X, signs),
    )


def signs_of(network: Network, classes: Array, against: Array | None = None) -> Array:
    """The score of a class (m,), less that of another (m,): signs (n_L, m), 1, 0 or -1.

    A single unit's score holds one class against the other already.
    """
    outputs, dtype = network.sizes[-1], network.parameters.flat.dtype
    if outputs == 1:
        return np.where(classes == 1, 1, -1).astype(dtype)[None]
    units = np.arange(outputs)[:, None]
    signs: Array = (units == classes).astype(dtype)
    if against is not None:
        signs -= units == against
    return signs


def input_gradient(network: Network, X: Array, signs: Array) -> Array:
    """The gradient (n_0, m) of each column's score by its input."""
    *hidden, _ = network.activations
    scored = replace(network, activations=(*hidden, ACTIVATIONS["identity"]), cost=SCORE)
    space = Workspace(scored, X.shape[1])
    backprop(scored, X, signs, space)
    gradient: Array = network.parameters.W[0].T @ space.delta[0]
    gradient *= X.shape[1]  # a score is no mean over the columns
    return gradient


def _integrated(network: Network, X: Array, signs: Array) -> Array:
    """The mean gradient along each line, times its input; the steps of all lines are one pass."""
    n, m = X.shape
    inputs = (X[:, :, None] * _places(network, X, signs)).reshape(n, m * STEPS)
    gradients = input_gradient(network, inputs, np.repeat(signs, STEPS, axis=1))
    integrated: Array = gradients.reshape(n, m, STEPS).mean(axis=2) * X
    return integrated


def _places(network: Network, X: Array, signs: Array) -> Array:
    """Where (m, STEPS) each step of each line has its gradient taken, from 0, black, to 1, the input.

    A gradient in the middle of every step misses the bends of the score between them: on deep networks a few
    hundredths of it. So each is taken, of TRIES places in its step, where the score's slope is nearest to its
    mean slope in that step; and then a few elsewhere, so that together they are what the score has gained.
    """
    m, places = X.shape[1], np.linspace(0, 1, STEPS * TRIES + 1, dtype=X.dtype)
    scores, slopes = _along(network, X, signs, places)
    tried = slopes[:, :-1].reshape(m, STEPS, TRIES)
    gained = STEPS * np.diff(scores[:, ::TRIES], axis=1)
    chosen = np.abs(tried - gained[:, :, None]).argmin(axis=2)
    for _ in range(SWAPS):
        taken = np.take_along_axis(tried, chosen[:, :, None], axis=2)
        missing = gained.sum(axis=1) - taken.sum(axis=(1, 2))
        left = np.abs(missing[:, None, None] - (tried - taken))
        step, place = np.divmod(left.reshape(m, -1).argmin(axis=1), TRIES)
        chosen[np.arange(m), step] = place
    taken_at: Array = places[np.arange(STEPS) * TRIES + chosen]
    return taken_at


def _along(network: Network, X: Array, signs: Array, places: Array) -> tuple[Array, Array]:
    """The score (m, p) at p places of each line, and its slope there, both in one pass forward."""
    n, m = X.shape
    A, slope = (X[:, :, None] * places).reshape(n, -1), np.repeat(X, len(places), axis=1)
    *hidden, (W, b, _) = zip(network.parameters.W, network.parameters.b, network.activations, strict=True)
    for W_l, b_l, f in hidden:
        A = f.value(W_l @ A + b_l)
        slope = f.backward(A, W_l @ slope)  # the Jacobian of each activation is symmetric
    signs = np.repeat(signs, len(places), axis=1)
    scores, slopes = ((W @ A + b) * signs).sum(axis=0), ((W @ slope) * signs).sum(axis=0)
    return scores.reshape(m, -1), slopes.reshape(m, -1)


def _value(Z: Array, _: Array, signs: Array) -> float:
    return float((Z * signs).sum() / Z.shape[1])


def _delta(_: Activation, __: Array, signs: Array, out: Array) -> Array:
    np.copyto(out, signs)
    return out


SCORE = Cost("score", _value, _delta, frozenset({"identity"}))
