"""Matrices: what was true and what was said, counted."""

from collections.abc import Sequence

from report.charts.svg import WIDTH, Drawing, shortened

TOP, RIGHT, WIDEST = 44.0, 4.0, 64.0
LETTER = 7.5  # width of one, about
READABLE = 15  # classes whose counts can be read in their cells
DARKEST = 0.55  # the share of colour under ink that stays legible


def matrix(
    name: str, title: str, description: str, classes: Sequence[str], counts: Sequence[Sequence[int]]
) -> str:
    """A cell for each pair of classes: rows, what is true; columns, what was said.

    Right answers are shaded by their share of the row, wrong ones by their number against the largest.
    """
    left = 48.0 if max(map(len, classes)) <= 3 else 104.0  # noqa: PLR2004  letters that fit
    side = min((WIDTH - left - RIGHT) / len(classes), WIDEST)
    whole = side * len(classes)
    drawing = Drawing(name, TOP + whole + RIGHT, title, description)
    drawing.text("muted", "said", left + whole / 2, 14)
    middle = TOP + whole / 2
    drawing.text("muted", "true", 12, middle, transform=f"rotate(-90 12 {middle:.2f})")
    worst = max((n for row, line in enumerate(counts) for n in (*line[:row], *line[row + 1 :])), default=0)
    for row, label in enumerate(classes):
        _labels(drawing, label, row, (left, side))
        for column, number in enumerate(counts[row]):
            most = sum(counts[row]) if row == column else worst
            corner = (left + column * side, TOP + row * side)
            kind = "series-1" if row == column else "series-2"
            _cell(drawing, kind, corner, side, number / most if most else 0)
            if number and len(classes) <= READABLE:
                _number(drawing, f"{number}", corner, side)
    return str(drawing)


def _cell(drawing: Drawing, kind: str, corner: tuple[float, float], side: float, part: float) -> None:
    x, y = corner
    drawing.rectangle("grid", x + 0.5, y + 0.5, side - 1, side - 1, fill_opacity="0.5", rx="2")
    if part:
        shade = f"{DARKEST * (0.15 + 0.85 * part):.3f}"
        drawing.rectangle(kind, x + 0.5, y + 0.5, side - 1, side - 1, fill_opacity=shade, rx="2")


def _number(drawing: Drawing, number: str, corner: tuple[float, float], side: float) -> None:
    size = f"{min(12.0, 1.55 * side / len(number)):.1f}"
    drawing.text("ink", number, corner[0] + side / 2, corner[1] + side / 2 + 4, font_size=size)


def _labels(drawing: Drawing, label: str, place: int, grid: tuple[float, float]) -> None:
    left, side = grid
    size, middle = f"{min(12.0, side):.1f}", (place + 0.5) * side
    beside, above = shortened(label, int((left - 24) / LETTER)), shortened(label, max(1, int(side / LETTER)))
    drawing.text("ink", beside, left - 6, TOP + middle + 4, "end", font_size=size)
    drawing.text("ink", above, left + middle, TOP - 6, font_size=size)
