"""Reliability: how often answers are right that are given with some confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.charts.axes import LEFT, RIGHT, horizontal, vertical
from report.charts.scale import Scale
from report.charts.svg import Drawing

TOP, BOTTOM, STRIP, HEIGHT = 32.0, 232.0, 36.0, 320.0


@dataclass(frozen=True)
class Bin:
    """Answers whose confidence lies from `low` to `high`: how many, how confident, the share right."""

    low: float
    high: float
    answers: int
    confidence: float
    accuracy: float


def reliability(name: str, title: str, description: str, bins: Sequence[Bin], sure_from: float | None) -> str:
    """A bar for each bin against the diagonal of honest confidence; below it, where the answers are."""
    drawing = Drawing(name, HEIGHT, title, description)
    x, y = Scale.around((0, 1), LEFT, RIGHT), Scale.around((0, 1), BOTTOM, TOP)
    vertical(drawing, y, y.share)
    horizontal(drawing, x, BOTTOM, BOTTOM, x.share, "")
    for each in bins:
        width = x(each.high) - x(each.low) - 2
        bar = y(0) - y(each.accuracy)
        drawing.rectangle("series-1", x(each.low) + 1, y(each.accuracy), width, bar, fill_opacity="0.75")
    drawing.path("ink", [(x(0), y(0)), (x(1), y(1))], stroke_dasharray="4 4", stroke_width="1.5")
    _answers(drawing, bins, x)
    if sure_from is not None:
        _sure(drawing, x(sure_from), sure_from)
    return str(drawing)


def _answers(drawing: Drawing, bins: Sequence[Bin], x: Scale) -> None:
    foot, most = BOTTOM + 24 + STRIP, max(each.answers for each in bins)
    for each in bins:
        height = STRIP * each.answers / most if most else 0
        width = x(each.high) - x(each.low) - 2
        drawing.rectangle("muted", x(each.low) + 1, foot - height, width, height)
    drawing.line("axis", (LEFT, foot), (RIGHT, foot))
    drawing.text("muted", "answers", LEFT - 6, foot, "end")
    drawing.text("muted", "confidence", (LEFT + RIGHT) / 2, foot + 18)


def _sure(drawing: Drawing, at: float, sure_from: float) -> None:
    drawing.line("good", (at, TOP - 8), (at, BOTTOM), stroke_width="2")
    anchor = "start" if at < (LEFT + RIGHT) / 2 else "end"
    drawing.text(
        "good", f"sure from {sure_from * 100:.0f}\u00a0% on", at, TOP - 14, anchor, font_weight="600"
    )
