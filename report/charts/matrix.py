"""Matrices: what was true and what was said, counted."""

from collections.abc import Sequence

from report.charts.drawing import WIDTH, Drawing, shortened

LEFT, TOP, RIGHT = 48.0, 44.0, 4.0
READABLE = 15  # classes whose counts can be read in their cells
DARKEST = 0.55  # the share of colour under ink that stays legible


def matrix(
    name: str, title: str, description: str, classes: Sequence[str], counts: Sequence[Sequence[int]]
) -> str:
    """A cell for each pair of classes: rows, what is true; columns, what was said.

    Right answers are shaded by their share of the row, wrong ones by their number against the largest.
    """
    side = (WIDTH - LEFT - RIGHT) / len(classes)
    drawing = Drawing(name, TOP + side * len(classes) + RIGHT, title, description)
    drawing.text("muted", "said", LEFT + side * len(classes) / 2, 14)
    drawing.text(
        "muted", "true", 12, TOP + side * len(classes) / 2, transform=_turned(12, TOP, side, classes)
    )
    worst = max((_wrong(counts)), default=0)
    for row, label in enumerate(classes):
        _labels(drawing, label, row, side)
        for column, number in enumerate(counts[row]):
            most = sum(counts[row]) if row == column else worst
            _cell(drawing, (row, column), number, number / most if most else 0, side, len(classes))
    return str(drawing)


def _cell(
    drawing: Drawing, place: tuple[int, int], number: int, part: float, side: float, classes: int
) -> None:
    row, column = place
    x, y = LEFT + column * side, TOP + row * side
    drawing.rectangle("grid", x + 0.5, y + 0.5, side - 1, side - 1, fill_opacity="0.5", rx="2")
    if number:
        kind = "series-1" if row == column else "series-2"
        shade = f"{DARKEST * (0.15 + 0.85 * part):.3f}"
        drawing.rectangle(kind, x + 0.5, y + 0.5, side - 1, side - 1, fill_opacity=shade, rx="2")
    if number and classes <= READABLE:
        size = f"{min(12.0, 1.55 * side / len(str(number))):.1f}"
        drawing.text("ink", str(number), x + side / 2, y + side / 2 + 4, font_size=size)


def _labels(drawing: Drawing, label: str, place: int, side: float) -> None:
    size = f"{min(12.0, side):.1f}"
    middle, short = (place + 0.5) * side, shortened(label, 4)
    drawing.text("ink", short, LEFT - 6, TOP + middle + 4, "end", font_size=size)
    drawing.text("ink", short if side > 30 else shortened(label, 2), LEFT + middle, TOP - 6, font_size=size)  # noqa: PLR2004  units of width


def _turned(x: float, top: float, side: float, classes: Sequence[str]) -> str:
    return f"rotate(-90 {x:g} {top + side * len(classes) / 2:.2f})"


def _wrong(counts: Sequence[Sequence[int]]) -> list[int]:
    return [n for row, line in enumerate(counts) for column, n in enumerate(line) if row != column]
