"""Calibration: whether a network that is sure is right as often as it says.

Answers go into bins by their confidence, the largest probability of each (Guo et al. 2017).
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from model.arrays import Array

BINS = 15
SURE = 0.9  # share of right answers from which on a confidence is called sure
EVIDENCE = 10  # answers that say anything about a confidence


# the names are those of the document, and `from` can be no attribute
Bin = TypedDict("Bin", {"from": float, "to": float, "answers": int, "confidence": float, "accuracy": float})


def bins_of(confidence: Array, right: Array) -> list[Bin]:
    """The bins that have answers, the least sure first.

    Args:
        confidence: (m,) of each answer.
        right: (m,) whether it is.
    """
    places = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    confidences = np.bincount(places, weights=confidence, minlength=BINS)
    rights = np.bincount(places, weights=right, minlength=BINS)
    return [
        {
            "from": place / BINS,
            "to": (place + 1) / BINS,
            "answers": int(counts[place]),
            "confidence": float(confidences[place] / counts[place]),
            "accuracy": float(rights[place] / counts[place]),
        }
        for place in np.nonzero(counts)[0].tolist()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: |accuracy - confidence|, averaged over bins by their share of answers."""
    answers = sum(each["answers"] for each in bins)
    return sum(each["answers"] * abs(each["accuracy"] - each["confidence"]) for each in bins) / answers


def sure_from(bins: Sequence[Bin]) -> float | None:
    """The least confidence from which on answers were right often enough to be called sure.

    From the surest bin down, as long as they were; bins with hardly an answer count with those below them.
    None where not even the surest were.
    """
    least: float | None = None
    answers, right = 0, 0.0
    for each in reversed(bins):
        answers += each["answers"]
        right += each["answers"] * each["accuracy"]
        if answers < EVIDENCE:
            continue
        if right < SURE * answers:
            break
        least, answers, right = each["from"], 0, 0.0
    return least
