"""Scales: from values to places in a drawing, with marks at round numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

MARKS = 5
FINEST = 1e-9  # of what is shown; finer differences are no differences


@dataclass(frozen=True)
class Scale:
    """A straight line of values.

    Attributes:
        low, high: the values at its ends.
        start, end: their places.
        ticks: values that are marked.
        step: from one to the next.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    step: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> "Scale":
        """From a round number below all values to one above them."""
        low, high = min(values), max(values)
        if high - low <= FINEST * max(abs(low), abs(high), FINEST):
            low = high - (abs(high) / 100 if abs(high) > FINEST else 1)
        step = round_step((high - low) / MARKS)
        first, last = math.floor(low / step + FINEST), math.ceil(high / step - FINEST)
        ticks = tuple(index * step for index in range(first, last + 1))
        return cls(ticks[0], ticks[-1], start, end, ticks, step)

    @classmethod
    def whole(cls, values: Sequence[float], start: float, end: float) -> "Scale":
        """From the least to the largest of whole numbers; only whole ones are marked."""
        low, high = min(values), max(values)
        step = max(round_step((high - low) / MARKS), 1) if high > low else 1
        first, last = math.ceil(low / step), math.floor(high / step)
        ticks = tuple(index * step for index in range(first, last + 1))
        return cls(low, high, start, end, ticks, step)

    def __call__(self, value: float) -> float:
        """The place of a value; the middle where all values are the same."""
        part = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start + part * (self.end - self.start)

    def label(self, tick: float) -> str:
        """A tick as people read it, with as many decimals as the step has."""
        if max(abs(self.low), abs(self.high)) >= 1e6 or self.step < 1e-6:  # noqa: PLR2004  too long otherwise
            return f"{tick:.4g}"
        return f"{tick:,.{_decimals(self.step)}f}"

    def share(self, tick: float) -> str:
        """A tick that is a share, in per cent."""
        return f"{tick * 100:.{_decimals(self.step * 100)}f}\u00a0%"


def round_step(least: float) -> float:
    """The next of ..., 0.1, 0.2, 0.5, 1, 2, 5, 10, ... that is not less."""
    power = math.floor(math.log10(least))
    for digit in (1, 2, 5):
        step = float(f"{digit}e{power}")
        if step >= least * (1 - FINEST):
            return step
    return float(f"1e{power + 1}")


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + FINEST))
