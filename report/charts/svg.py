"""Drawings: the pieces of a chart, escaped by the writer of XML and legible without a style sheet."""

from xml.etree.ElementTree import Element, SubElement, tostring

WIDTH = 420
COLOURS = {  # for readers without the page's style sheet, on white
    "paper": "#ffffff",
    "ink": "#1f2937",
    "muted": "#4b5563",
    "axis": "#6b7280",
    "grid": "#e5e7eb",
    "series-1": "#2563eb",
    "series-2": "#d97706",
    "good": "#15803d",
    "bad": "#b91c1c",
}
STROKED = ("line", "polyline")


class Drawing:
    """A picture that grows piece by piece; `str` of it is the SVG.

    Args:
        name: unique on a page: ids begin with it.
        height: in units of which the width has 420.
        title: what is shown, in a few words.
        description: what there is to see, in a sentence or two, for those who cannot see it.
    """

    def __init__(self, name: str, height: float, title: str, description: str) -> None:
        self._root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "class": "chart",
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
                "viewBox": f"0 0 {WIDTH} {plain(height)}",
                "width": f"{WIDTH}",
                "height": plain(height),
                "font-family": "system-ui, sans-serif",
                "font-size": "12",
            },
        )
        SubElement(self._root, "title", {"id": f"{name}-title"}).text = title
        SubElement(self._root, "desc", {"id": f"{name}-desc"}).text = description
        self.rectangle("paper", 0, 0, WIDTH, height)

    def __str__(self) -> str:
        return tostring(self._root, encoding="unicode")

    def rectangle(self, kind: str, x: float, y: float, width: float, height: float, **more: str) -> None:
        """A filled rectangle from its upper left corner on."""
        self._add("rect", kind, {"x": x, "y": y, "width": width, "height": height}, more)

    def line(self, kind: str, start: tuple[float, float], end: tuple[float, float], **more: str) -> None:
        """A straight line."""
        self._add("line", kind, {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}, more)

    def path(self, kind: str, points: list[tuple[float, float]], **more: str) -> None:
        """Straight lines from point to point."""
        corners = " ".join(f"{plain(x)},{plain(y)}" for x, y in points)
        self._add("polyline", kind, {}, {"points": corners, "stroke-width": "2", **more})

    def dot(self, kind: str, x: float, y: float, radius: float = 3.5) -> None:
        """A filled circle."""
        self._add("circle", kind, {"cx": x, "cy": y, "r": radius}, {})

    def text(self, kind: str, words: str, x: float, y: float, anchor: str = "middle", **more: str) -> None:
        """Words whose baseline is at y."""
        self._add("text", kind, {"x": x, "y": y}, {"text-anchor": anchor, **more}).text = words

    def _add(self, tag: str, kind: str, numbers: dict[str, float], more: dict[str, str]) -> Element:
        paint = {"stroke": COLOURS[kind], "fill": "none"} if tag in STROKED else {"fill": COLOURS[kind]}
        places = {name: plain(value) for name, value in numbers.items()}
        words = {name.replace("_", "-"): value for name, value in more.items()}
        return SubElement(self._root, tag, {"class": kind, **places, **paint, **words})


def plain(value: float) -> str:
    """A place in a drawing, to the hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def shortened(label: str, most: int = 12) -> str:
    """A label that fits beside an axis."""
    return label if len(label) <= most else label[: most - 1] + "…"
