"""Bars: figures that are to be reached, beside what was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.documents.sections import spread, table


@dataclass(frozen=True)
class Bar:
    """A figure that is to be reached.

    Attributes:
        what: is to be reached, in words.
        values: measured, one a round; their median counts.
        least: that the median must be.
        most: that it may be.
        form: of a value.
        note: on what was measured.
    """

    what: str
    values: Sequence[float]
    least: float = float("-inf")
    most: float = float("inf")
    form: str = "{:.2f}"
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether it is; never where nothing was measured, or an undefined value is among it."""
        if not self.values or any(value != value for value in self.values):  # noqa: PLR0124  NaN
            return False
        return self.least <= median(self.values) <= self.most

    @property
    def line(self) -> list[str]:
        """The cells of the table."""
        measured = spread(self.values, self.form) if self.values else "not measured"
        return [
            self.what,
            f"{measured}, {self.note}" if self.note else measured,
            "yes" if self.reached else "no",
        ]


def bar_table(bars: Iterable[Bar]) -> str:
    """Return the table that a section opens with."""
    return table(("to reach", "measured", "reached"), (bar.line for bar in bars))
