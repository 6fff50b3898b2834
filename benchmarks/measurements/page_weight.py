"""Page: what it weighs, and how soon the answer is seen after a stroke, in Chromium."""

import shutil
from argparse import Namespace
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Page, Response, sync_playwright

from benchmarks.documents.sections import circumstances, table
from benchmarks.measurements.drawn_images import MODELS, services

ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")
SEVEN = ((0.28, 0.2), (0.5, 0.2), (0.72, 0.2), (0.66, 0.35), (0.6, 0.5), (0.54, 0.66), (0.48, 0.83))
DRAWINGS = 60
BYTES, MILLISECONDS = 100_000, 50  # at most
FORGET = "delete document.getElementById('answer').dataset.answeredMs"
INTRODUCTION = """\
The page in Debian's Chromium, which draws without a graphics card, beside the service on the same cores. A 7
is drawn {count} times; the milliseconds are the page's own, from the last movement of the pen until the frame
after the answer, its bars and the image that the network sees were drawn. Bytes are those of all that the
first view loads, unpacked. At most {bytes:,} bytes and {milliseconds} ms are to be reached.
"""


def page(_: Path, options: Namespace) -> str:
    """The section."""
    rows = []
    names = options.model or MODELS
    with services(options.registry, names) as urls, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name, url in zip(names, urls, strict=True):
            opened = browser.new_page()
            rows.append([name, *line(weight(opened, url), [answered(opened) for _ in range(DRAWINGS)])])
            opened.close()
        browser.close()
    header = (
        "model",
        f"bytes ({BYTES:,} at most)",
        f"ms to the answer ({MILLISECONDS} at most)",
        "95 % within",
    )
    return "\n".join(
        [
            circumstances("python -m benchmarks page", "flask", "gunicorn", "playwright"),
            INTRODUCTION.format(count=DRAWINGS, bytes=BYTES, milliseconds=MILLISECONDS),
            table(header, rows),
        ]
    )


def line(weighed: int, milliseconds: list[float]) -> list[str]:
    """What the table says of one model."""
    least, most = min(milliseconds), max(milliseconds)
    middle = f"{median(milliseconds):.0f} ({least:.0f} to {most:.0f})"
    return [f"{weighed:,}", middle, f"{quantiles(milliseconds, n=20)[-1]:.0f} ms"]


def weight(opened: Page, url: str) -> int:
    """Bytes of the first view."""
    answers: dict[str, Response] = {}
    opened.on("response", lambda answer: answers.update({answer.url: answer}))
    opened.goto(url, wait_until="networkidle")
    return sum(len(answer.body()) for answer in answers.values())


def answered(opened: Page) -> float:
    """Milliseconds from the end of a drawing until the answer was drawn."""
    clear = opened.locator("#clear")
    if clear.is_enabled():
        clear.click()
    box = opened.locator("#square").bounding_box()
    if box is None:
        raise SystemExit("page: expected a square to draw in")
    (x, y), *others = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN)
    opened.mouse.move(x, y)
    opened.mouse.down()
    for x, y in others:
        opened.mouse.move(x, y)
    opened.evaluate(FORGET)
    opened.mouse.up()
    return float(opened.locator("#answer[data-answered-ms]").get_attribute("data-answered-ms") or "nan")
