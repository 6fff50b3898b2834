"""Dots: two shares of each of several things, on an axis that begins where they do."""

from collections.abc import Sequence

from report.charts.axes import LEFT, RIGHT, horizontal
from report.charts.scale import Scale
from report.charts.svg import Drawing, shortened

TOP, ROW = 30.0, 20.0
FEW = 5  # letters that fit beside an ordinary axis
SIZES = (5.5, 3.5)  # so that one is seen on the other


def dots(
    name: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
) -> str:
    """A row for each label, with a dot for each series' share and a line between them."""
    bottom = TOP + ROW * len(labels)
    drawing = Drawing(name, bottom + 44, title, description)
    left = LEFT if max(map(len, labels)) <= FEW else 2 * LEFT
    x = Scale.around([value for _, values in series for value in values], left + 8, RIGHT - 16)
    horizontal(drawing, x, TOP, bottom, x.share, "share of examples", left)
    for row, label in enumerate(labels):
        y = TOP + (row + 0.5) * ROW
        places = [x(values[row]) for _, values in series]
        drawing.text("ink", shortened(label), left - 8, y + 4, "end")
        drawing.line("axis", (min(places), y), (max(places), y))
        for place, at in enumerate(places):
            drawing.dot(f"series-{place + 1}", at, y, SIZES[place])
    for place, (label, _) in enumerate(series):
        drawing.dot(f"series-{place + 1}", left + 5 + place * 130, 12, SIZES[place])
        drawing.text("ink", label, left + 16 + place * 130, 16, "start")
    return str(drawing)
