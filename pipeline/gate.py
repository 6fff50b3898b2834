"""The gate: whether a new version may become champion."""

from dataclasses import dataclass

import numpy as np

from model.activations import Array
from model.registry import CHAMPION, Registry
from pipeline.datasets import Dataset
from pipeline.evaluate import Evaluation, evaluate

SIGNIFICANCE = 0.05
FALLBACK = "digits"  # what is served until something better can be had
WAYS_OUT = "promote this one by hand, or train it under a name of its own (NUMERAL_MODEL)"


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a new version.

    Attributes:
        promoted: whether it may become champion.
        reason: one sentence, for the log.
        champion: the version that it was compared with; None where there was none.
    """

    promoted: bool
    reason: str
    champion: int | None = None


def gate(registry: Registry, dataset: Dataset, evaluation: Evaluation, floor: float) -> Verdict:
    """Compare a new version with the champion on the data set's test examples.

    Args:
        registry: where the champion is.
        dataset: what the new version was trained on.
        evaluation: the new version's.
        floor: the accuracy that any champion must reach.

    Raises:
        DamagedError: the champion does not verify.
    """
    champion = registry.aliases().get(CHAMPION)
    labels = dataset.test.true_classes()
    if champion is None:
        return Verdict(*judge(labels, evaluation.predicted, None, floor), champion)
    document, manifest = registry.load(champion)
    if manifest.dataset not in (dataset.name, FALLBACK):
        different = f"the champion was trained on {manifest.dataset}, this version on {dataset.name}"
        return Verdict(False, f"{different}: {WAYS_OUT}", champion)
    if (document.input.shape, document.classes) != (dataset.input.shape, dataset.classes):
        return Verdict(False, f"the champion has other inputs or classes: {WAYS_OUT}", champion)
    predicted = evaluate(document.network, dataset.test).predicted
    return Verdict(*judge(labels, evaluation.predicted, predicted, floor), champion)


def judge(labels: Array, challenger: Array, champion: Array | None, floor: float) -> tuple[bool, str]:
    """Whether to promote, and why.

    The challenger must reach the floor and not be worse: it gets more examples right than the champion, or
    fewer by no more than chance explains (McNemar's test, exact and one-sided, p >= 0.05).

    Args:
        labels: (m,) the true classes.
        challenger: (m,) what the new version predicts.
        champion: (m,) what the champion predicts; None where there is none.
        floor: the accuracy that any champion must reach.
    """
    accuracy = float(np.mean(challenger == labels))
    if accuracy < floor:
        return False, f"accuracy {accuracy:.2%} is below the floor of {floor:.2%}"
    if champion is None:
        return True, f"accuracy {accuracy:.2%}; there was no champion"
    gained = int(np.sum((challenger == labels) & (champion != labels)))
    lost = int(np.sum((challenger != labels) & (champion == labels)))
    p = mcnemar(gained, lost)
    facts = f"accuracy {accuracy:.2%}; against the champion {gained} gained, {lost} lost, McNemar p = {p:.3f}"
    if p < SIGNIFICANCE:
        return False, f"worse than the champion: {facts}"
    return True, f"not worse than the champion: {facts}"


def mcnemar(gained: int, lost: int) -> float:
    """The chance of gaining so few of the examples on which two equally good versions differ."""
    differing = gained + lost
    ways = total = 1  # of choosing k of those that differ
    for k in range(gained):
        ways = ways * (differing - k) // (k + 1)
        total += ways
    return float(total / 2**differing)
