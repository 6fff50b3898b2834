"""Axes: the frame that values are drawn in."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from report.charts.scale import Scale
from report.charts.svg import WIDTH, Drawing

Form: TypeAlias = Callable[[float], str]

LEFT, RIGHT = 56.0, WIDTH - 22.0
DASHES = ("none", "6 3")  # series are told apart without colours, too


def horizontal(
    drawing: Drawing, scale: Scale, top: float, bottom: float, form: Form, title: str, left: float = LEFT
) -> None:
    """An x axis below, with its marks and its name; the lines of the marks begin at `top`."""
    for tick in scale.ticks:
        drawing.line("grid", (scale(tick), top), (scale(tick), bottom))
        drawing.text("muted", form(tick), scale(tick), bottom + 16)
    drawing.line("axis", (left, bottom), (RIGHT, bottom))
    drawing.text("muted", title, (left + RIGHT) / 2, bottom + 34)


def vertical(drawing: Drawing, scale: Scale, form: Form) -> None:
    """A y axis on the left, with lines across at its marks."""
    for tick in scale.ticks:
        drawing.line("grid", (LEFT, scale(tick)), (RIGHT, scale(tick)))
        drawing.text("muted", form(tick), LEFT - 6, scale(tick) + 4, "end")


def legend(drawing: Drawing, labels: Sequence[str], y: float = 16) -> None:
    """What each series is, in a row at the top."""
    for place, label in enumerate(labels):
        x, kind = LEFT + place * 130, f"series-{place + 1}"
        drawing.path(kind, [(x, y - 4), (x + 21, y - 4)], stroke_dasharray=DASHES[place])
        drawing.dot(kind, x + 10.5, y - 4, 4)
        drawing.text("ink", label, x + 28, y, "start")
