"""Standing: the accuracy of version after version, and which of them is champion."""

from collections.abc import Sequence

from report.charts.axes import LEFT, RIGHT, horizontal, vertical
from report.charts.scale import Scale
from report.charts.svg import Drawing

TOP, BOTTOM, HEIGHT = 32.0, 212.0, 256.0


def standing(
    name: str, title: str, description: str, points: Sequence[tuple[int, float]], champion: int | None
) -> str:
    """A dot for each (version, accuracy), in the order of versions."""
    drawing = Drawing(name, HEIGHT, title, description)
    x = Scale.whole([version for version, _ in points], LEFT + 16, RIGHT - 16)
    y = Scale.around([accuracy for _, accuracy in points], BOTTOM, TOP)
    vertical(drawing, y, y.share)
    horizontal(drawing, x, BOTTOM, BOTTOM, x.label, "version")
    drawing.path("series-1", [(x(version), y(accuracy)) for version, accuracy in points])
    for version, accuracy in points:
        drawing.dot("series-1", x(version), y(accuracy))
        if version == champion:
            _crown(drawing, x(version), y(accuracy))
    return str(drawing)


def _crown(drawing: Drawing, x: float, y: float) -> None:
    drawing.dot("good", x, y, 6.5)
    near = x - LEFT < 40 or RIGHT - x < 40  # noqa: PLR2004  half of the word
    anchor = ("start" if x < (LEFT + RIGHT) / 2 else "end") if near else "middle"
    drawing.text("good", "champion", x, y - 12, anchor, font_weight="600")
