"""Lines: how something goes on, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.charts.axes import DASHES, LEFT, RIGHT, horizontal, legend, vertical
from report.charts.scale import Scale
from report.charts.svg import Drawing

TOP, BOTTOM, HEIGHT = 32.0, 212.0, 256.0
FEW = 40  # points that can be told apart


@dataclass(frozen=True)
class Series:
    """Points (x, y) in the order of x, and what they are."""

    label: str
    points: tuple[tuple[float, float], ...]


def line(
    name: str, title: str, description: str, series: Sequence[Series], across: str, *, shares: bool = False
) -> str:
    """A chart of one or two series that have a point or more.

    Args:
        name: unique on a page.
        title: what is shown.
        description: what there is to see.
        series: share both axes.
        across: name of the x axis, of whole numbers.
        shares: whether the values are shares, told in per cent.
    """
    drawing = Drawing(name, HEIGHT, title, description)
    legend(drawing, [each.label for each in series])
    x = Scale.whole([x for each in series for x, _ in each.points], LEFT + 8, RIGHT - 8)
    y = Scale.around([y for each in series for _, y in each.points], BOTTOM, TOP)
    vertical(drawing, y, y.share if shares else y.label)
    horizontal(drawing, x, BOTTOM, BOTTOM, x.label, across)
    for place, each in enumerate(series):
        kind, points = f"series-{place + 1}", [(x(left), y(up)) for left, up in each.points]
        drawing.path(kind, points, stroke_dasharray=DASHES[place])
        for point in points if len(points) <= FEW else ():
            drawing.dot(kind, *point, radius=2.5)
    return str(drawing)
