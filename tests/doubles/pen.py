"""A pen: digits as people draw them, drawn on the page by a mouse; and what the page sends of them."""

import math
from base64 import b64decode

from playwright.sync_api import Page, expect

STEPS = 10  # of an arc: the browser takes one in a frame
Point = tuple[float, float]
Stroke = list[Point]

KEEP_SENT = """
(() => {
  const fetch = window.fetch;
  const base64 = (blob) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1]);
    reader.readAsDataURL(blob);
  });
  window.sent = [];
  window.fetch = async (path, options) => {
    const body = options?.body;
    if (body) window.sent.push([body.type, await base64(body)]);
    return fetch(path, options);
  };
})()
"""


def arc(x: float, y: float, width: float, height: float, start: float, end: float) -> Stroke:
    """Points of an ellipse, from one angle to another: degrees, clockwise, 0 to the right."""
    angles = [math.radians(start + (end - start) * step / STEPS) for step in range(STEPS + 1)]
    return [(x + width * math.cos(angle), y + height * math.sin(angle)) for angle in angles]


DIGITS: dict[str, list[Stroke]] = {
    "0": [arc(0.5, 0.5, 0.19, 0.32, -90, 275)],
    "1": [[(0.5, 0.18), (0.5, 0.5), (0.5, 0.82)]],
    "2": [[*arc(0.49, 0.35, 0.18, 0.17, -160, 30), (0.5, 0.64), (0.31, 0.8), (0.5, 0.79), (0.71, 0.79)]],
    "3": [[*arc(0.48, 0.34, 0.18, 0.16, -140, 90), *arc(0.48, 0.66, 0.2, 0.17, -90, 140)]],
    "4": [[(0.36, 0.18), (0.32, 0.52), (0.7, 0.52)], [(0.62, 0.2), (0.6, 0.5), (0.58, 0.84)]],
    "5": [[(0.68, 0.2), (0.36, 0.2), (0.35, 0.46), *arc(0.48, 0.63, 0.19, 0.19, -110, 140)]],
    "6": [[(0.5, 0.14), (0.4, 0.4), (0.37, 0.6), *arc(0.5, 0.68, 0.13, 0.13, 170, -190)]],
    "7": [[(0.28, 0.2), (0.5, 0.2), (0.72, 0.2), (0.6, 0.5), (0.48, 0.83)]],
    "8": [[*arc(0.5, 0.34, 0.15, 0.16, 60, -240), *arc(0.5, 0.66, 0.17, 0.17, -110, 250)]],
    "9": [[*arc(0.48, 0.32, 0.15, 0.13, -20, -360), (0.63, 0.36), (0.62, 0.6), (0.5, 0.82), (0.38, 0.82)]],
}
SCRIBBLE: list[Stroke] = [
    [(0.1 + 0.8 * ((step * 7) % 16) / 16, 0.1 + 0.8 * ((step * 11) % 16) / 16) for step in range(33)]
]


def draw(page: Page, strokes: list[Stroke]) -> None:
    """Draw in the square, in parts of its side."""
    box = page.locator("#square").bounding_box()
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def settled(page: Page, answer: str = "#answer") -> None:
    """Wait until what is shown is about the drawing as it is."""
    expect(page.locator(f"{answer}[data-settled=true]")).to_be_visible()


def keep_sent(page: Page) -> None:
    """Keep what the page sends from now on; the browser's own tools do not tell it."""
    page.evaluate(KEEP_SENT)


def sent(page: Page) -> list[tuple[str, bytes]]:
    """The types and contents that were sent."""
    return [(kind, b64decode(content)) for kind, content in page.evaluate("window.sent")]
