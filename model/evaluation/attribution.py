"""Attribution: what in an input speaks for a class, by backpropagation and one more step, to the input.

The score of a class is its weighted input z_L, before the output's activation; where one class is held
against another, the difference of their scores. A single unit's z_L is the score of the second class, and
-z_L that of the first. A score is a cost whose delta at the output is 1 for its class: BP1 to BP4 stay as
they are.
"""

from dataclasses import dataclass, replace

import numpy as np

from model.arrays import Array
from model.network.activations import ACTIVATIONS, Activation
from model.network.costs import Cost
from model.network.network import Network
from model.training.backprop import backprop
from model.training.buffers import Workspace

STEPS = 128  # on the straight line from black to the input


@dataclass(frozen=True)
class Attribution:
    """What m inputs have to say for their classes.

    Attributes:
        scores: (m,) of the classes.
        baselines: (m,) the same of a black input.
        gradient: (n_0, m) of each score, by each pixel.
        integrated: (n_0, m) integrated gradients: what each pixel adds to the score on the way from black to
            what it is (Sundararajan et al. 2017), by the midpoint rule. Their sum is the difference of the
            two scores, but for what that rule leaves.
    """

    scores: Array
    baselines: Array
    gradient: Array
    integrated: Array

    @property
    def convergence_deltas(self) -> Array:
        """How much (m,) the integrated gradients together are above what the scores have gained."""
        gained = self.scores - self.baselines
        deltas: Array = self.integrated.sum(axis=0) - gained
        return deltas


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
    """The mean gradient along each line, in the middle of every step, times its input; all are one pass."""
    n, m = X.shape
    places = ((np.arange(STEPS) + 0.5) / STEPS).astype(X.dtype)
    inputs = (X[:, :, None] * places).reshape(n, m * STEPS)
    gradients = input_gradient(network, inputs, np.repeat(signs, STEPS, axis=1))
    integrated: Array = gradients.reshape(n, m, STEPS).mean(axis=2) * X
    return integrated


def _value(Z: Array, _: Array, signs: Array) -> float:
    return float((Z * signs).sum() / Z.shape[1])


def _delta(_: Activation, __: Array, signs: Array, out: Array) -> Array:
    np.copyto(out, signs)
    return out


SCORE = Cost("score", _value, _delta, frozenset({"identity"}))
