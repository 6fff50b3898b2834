"""The gate: whether a new version may become champion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.arrays import Array
from model.document.document import Document
from model.errors import RegistryError
from model.evaluation.metrics import Metrics
from model.registry.registry import CHAMPION, Registry
from model.settings import PREFIX
from pipeline.data.dataset.datasets import Dataset
from pipeline.release.mcnemar import mcnemar
from pipeline.training.evaluate import Evaluation, evaluate

SIGNIFICANCE = 0.05
FALLBACK = "digits"  # what is served until something better can be had
REPAIR = "restore it, roll back, or promote this one by hand"
RECALL_FLOOR = f"{PREFIX}GATE_RECALL_FLOOR"
WAYS_OUT = "promote this one by hand, or train it under a name of its own (NUMERAL_MODEL)"


@dataclass(frozen=True)
class Floors:
    """What any champion must reach on the test set: an accuracy, and a recall in each class."""

    accuracy: float
    recall: float


@dataclass(frozen=True)
class Comparison:
    """Two versions on the same test examples.

    Attributes:
        version: the other, which was champion.
        both_right, both_wrong: how many examples both got right, or wrong.
        gained, lost: how many the new version alone got right, or wrong.
        p: McNemar's, exact and one-sided: the chance of gaining so few, were both equally good.
    """

    version: int
    both_right: int
    gained: int
    lost: int
    both_wrong: int
    p: float

    @classmethod
    def of(cls, version: int, champion: Array, challenger: Array) -> "Comparison":
        """That of which examples (m,) of bool each got right."""
        gained, lost = int((challenger & ~champion).sum()), int((champion & ~challenger).sum())
        both_right, both_wrong = int((challenger & champion).sum()), int((~challenger & ~champion).sum())
        return cls(version, both_right, gained, lost, both_wrong, mcnemar(gained, lost))


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a new version.

    Attributes:
        promoted: whether it may become champion.
        reason: one sentence, for the log.
        champion: the version that it was compared with; None where there was none.
        comparison: with it; None where there was none, or it answers something else.
    """

    promoted: bool
    reason: str
    champion: int | None = None
    comparison: Comparison | None = None


def gate(registry: Registry, dataset: Dataset, evaluation: Evaluation, floors: Floors) -> Verdict:
    """Compare a new version with the champion on the data set's test examples.

    Args:
        registry: where the champion is.
        dataset: what the new version was trained on.
        evaluation: the new version's.
        floors: what any champion must reach.

    A champion that cannot be read is not replaced: what it could do is not known.

    Raises:
        DamagedError: it is not known which version is champion.
    """
    champion = registry.aliases().get(CHAMPION)
    if champion is None:
        return Verdict(*judge(evaluation.metrics, dataset.classes, None, floors))
    try:
        document, manifest = registry.load(champion)
    except (RegistryError, OSError) as error:
        return Verdict(False, f"the champion cannot be compared with: {error}; {REPAIR}", champion)
    if manifest.dataset not in (dataset.name, FALLBACK):
        different = f"the champion was trained on {manifest.dataset}, this version on {dataset.name}"
        return Verdict(False, f"{different}: {WAYS_OUT}", champion)
    if not _is_alike(document, dataset):
        return Verdict(False, f"the champion has other inputs or classes: {WAYS_OUT}", champion)
    labels = dataset.test.true_classes()
    rival = evaluate(document.network, dataset.test).predicted
    comparison = Comparison.of(champion, rival == labels, evaluation.predicted == labels)
    verdict = judge(evaluation.metrics, dataset.classes, comparison, floors)
    return Verdict(*verdict, champion, comparison)


def _is_alike(document: Document, dataset: Dataset) -> bool:
    """Whether a version can be examined on a data set: it takes the same columns in the same order."""
    names = (document.input.names, dataset.input.names)
    is_named_alike = None in names or names[0] == names[1]
    alike = (document.input.shape, document.classes) == (dataset.input.shape, dataset.classes)
    return alike and is_named_alike


def judge(
    metrics: Metrics, classes: Sequence[str], comparison: Comparison | None, floors: Floors
) -> tuple[bool, str]:
    """Whether to promote, and why.

    The challenger must reach the floors and not be worse: it gets more examples right than the champion, or
    fewer by no more than chance explains (McNemar's test, exact and one-sided, p >= 0.05).

    Args:
        metrics: the new version's.
        classes: what they are called.
        comparison: with the champion; None where there is none.
        floors: what any champion must reach.
    """
    facts = f"accuracy {metrics.accuracy:.2%} (balanced {metrics.balanced_accuracy:.2%})"
    if metrics.accuracy < floors.accuracy:
        return False, f"{facts} is below the floor of {floors.accuracy:.2%}"
    if missed := _missed(metrics, classes, floors.recall):
        return False, f"{facts}, but {missed} is below the floor of {floors.recall:.2%} ({RECALL_FLOOR})"
    if comparison is None:
        return True, f"{facts}; there was no champion"
    gained, lost, p = comparison.gained, comparison.lost, comparison.p
    facts = f"{facts}; against the champion {gained} gained, {lost} lost, McNemar p = {p:.3f}"
    if p < SIGNIFICANCE:
        return False, f"worse than the champion: {facts}"
    return True, f"not worse than the champion: {facts}"


def _missed(metrics: Metrics, classes: Sequence[str], floor: float) -> str | None:
    """The recall of the class that is recognised least, in words, where that is below the floor."""
    confusion = np.array(metrics.confusion)
    examples = confusion.sum(axis=1)
    recall = np.where(examples > 0, metrics.recall, 1)  # a class without test examples says nothing
    least = int(recall.argmin())
    if recall[least] >= floor:
        return None
    count = f"{confusion[least, least]} of {examples[least]}"
    return f"the recall of class {classes[least]}, {recall[least]:.2%} ({count}),"
