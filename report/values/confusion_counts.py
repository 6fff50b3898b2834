"""Counts: the confusion of the classes, as far as a document tells it rightly."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.document.document import Document
from report.values.typed_values import all_of, count, entries, text

MOST = 30  # classes of which all is shown


@dataclass(frozen=True)
class Confusion:
    """The labels, and rows[true][said]: how many test examples."""

    labels: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """All test examples."""
        return sum(map(sum, self.rows))

    @property
    def right(self) -> int:
        """Those on the diagonal."""
        return sum(row[place] for place, row in enumerate(self.rows))

    def mistakes(self) -> list[tuple[int, str, str]]:
        """Number, true class and said class of each kind of mistake, the most frequent first."""
        return sorted(self._mistakes(), key=lambda mistake: -mistake[0])

    def _mistakes(self) -> Iterator[tuple[int, str, str]]:
        for true, row in enumerate(self.rows):
            for said, number in enumerate(row):
                if number and true != said:
                    yield number, self.labels[true], self.labels[said]


def labels_of(document: Document) -> tuple[str, ...]:
    """What the classes are called."""
    return tuple(text(label) or "?" for label in document.classes)


def confusion_of(document: Document) -> Confusion | None:
    """The confusion, where it is a square of counts of all classes."""
    labels = labels_of(document)
    rows = [all_of(entries(row), count) for row in entries(document.metrics.get("confusion"))]
    whole = [tuple(row) for row in rows if row is not None and len(row) == len(labels)]
    if len(whole) != len(labels) or len(whole) != len(rows):
        return None
    return Confusion(labels, tuple(whole))
