"""Metrics: what a network's answers are worth, from its outputs and the true classes."""

from dataclasses import dataclass

import numpy as np

from model.arrays import Array
from model.evaluation.calibration import Bin, bins_of, calibration_error, sure_from


@dataclass(frozen=True)
class Metrics:
    """The quality of a set of answers.

    Attributes:
        accuracy: share of right answers.
        balanced_accuracy: mean of the recall of all classes that have examples; of two, it is 0.5 where
            always the same one is answered, however frequent that is.
        cost: mean cost of an example.
        precision: for each class, the share of right answers among those that name it; 0 where none does.
        recall: for each class, the share of its examples that were recognised; 0 where it has none.
        confusion: confusion[true][predicted], counts.
        calibration_error: expected calibration error.
        calibration: how often answers of like confidence were right.
        sure_from: the least confidence from which on they were often enough; None where there is none.
    """

    accuracy: float
    balanced_accuracy: float
    cost: float
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration_error: float
    calibration: list[Bin]
    sure_from: float | None


def measure(probabilities: Array, predicted: Array, labels: Array, cost: float) -> Metrics:
    """Metrics of answers to examples whose true class is known.

    Args:
        probabilities: (classes, m).
        predicted: (m,), indices of classes.
        labels: (m,), the true ones.
        cost: mean cost of an example.
    """
    confusion = confusion_matrix(predicted, labels, probabilities.shape[0])
    right, examples = np.diag(confusion), confusion.sum(axis=1)
    recall = right / np.maximum(examples, 1)
    bins = bins_of(probabilities.max(axis=0), predicted == labels)
    return Metrics(
        accuracy=float(right.sum() / len(labels)),
        balanced_accuracy=float(recall[examples > 0].mean()),
        cost=cost,
        precision=_floats(right / np.maximum(confusion.sum(axis=0), 1)),
        recall=_floats(recall),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        calibration_error=calibration_error(bins),
        calibration=bins,
        sure_from=sure_from(bins),
    )


def confusion_matrix(predicted: Array, labels: Array, classes: int) -> Array:
    """Counts (classes, classes): row, the true class; column, the predicted one."""
    cells = labels.astype(np.intp) * classes + predicted.astype(np.intp)
    counts: Array = np.bincount(cells, minlength=classes * classes).reshape(classes, classes)
    return counts


def _floats(shares: Array) -> tuple[float, ...]:
    return tuple(float(share) for share in shares)
