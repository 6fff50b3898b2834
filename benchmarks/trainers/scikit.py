"""scikit-learn's MLPClassifier. It has no quadratic cost: with sigmoids, too, it ends in a softmax."""

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from benchmarks.trainers.problems import Row, flat
from model.arrays import Array


class SharedOrder(np.random.RandomState):
    """Shuffles as everyone else does."""

    generator = np.random.default_rng(0)

    def shuffle(self, x: Array) -> None:
        """Put x into the next order."""
        x[...] = x[self.generator.permutation(len(x))]


class Contender:
    """One training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, labels: Array) -> None:
        sklearn.set_config(assume_finite=True)  # it need not look for NaN in every epoch
        self._images, self._labels = images / np.float32(255), labels
        order = SharedOrder(0)
        self._model = MLPClassifier(
            row.sizes[1:-1],
            "logistic" if row.quadratic else "relu",
            solver="sgd",
            alpha=0,
            batch_size=row.mini_batch,
            learning_rate_init=row.learning_rate,
            momentum=0,
            random_state=order,
        )
        some = slice(row.mini_batch)
        self._model.partial_fit(self._images[some], labels[some], classes=np.arange(row.sizes[-1]))
        for (W, b), coefs, intercepts in zip(
            row.layers(), self._model.coefs_, self._model.intercepts_, strict=True
        ):
            coefs[...], intercepts[...] = W.T, b
        order.generator = row.shuffling()
        self._same_cost = not row.quadratic

    def epoch(self) -> float | None:
        """Its mean training cost, where it is ours."""
        self._model.partial_fit(self._images, self._labels)
        return self._model.loss_ if self._same_cost else None

    def parameters(self) -> Array | None:
        """All of them, as model.network.parameters has them, where its cost is ours."""
        layers = zip(self._model.coefs_, self._model.intercepts_, strict=True)
        return flat([(W.T, b) for W, b in layers]) if self._same_cost else None
