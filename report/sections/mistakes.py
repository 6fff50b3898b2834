"""Mistakes: the test images that it was surest of, and wrong."""

import re
from typing import Any

from model.document.document import Document
from report.sections.elements import Picture, Section
from report.values.typed_values import count, entries, mapping, percent, share, text

NAME, TITLE = "mistakes", "Its most confident mistakes"
MOST, LONGEST, SIDE = 24, 100_000, 96
PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/]*={0,2}")  # base64 of bytes that begin as a PNG does


def mistakes(document: Document) -> Section:
    """Test images with what is true, what was said and how confidently."""
    if len(document.input.shape) != 2:  # noqa: PLR2004  rows and columns
        return Section(
            NAME, TITLE, ("Its inputs are numbers, not images, so there are no pictures of mistakes.",)
        )
    told = document.metrics.get("mistakes")
    pictures = [_picture(mapping(entry)) for entry in entries(told)[:MOST]]
    shown = tuple(picture for picture in pictures if picture)
    if shown:
        return Section(NAME, TITLE, (_reading(len(shown)),), pictures=shown)
    if told == [] and share(document.metrics.get("accuracy")) == 1:
        return Section(NAME, TITLE, ("It made no mistake on the test images.",))
    return Section(NAME, TITLE, ("The document holds no pictures of the test images that it got wrong.",))


def _picture(entry: dict[str, Any]) -> Picture | None:
    true, said, confidence = (
        text(entry.get("true")),
        text(entry.get("predicted")),
        share(entry.get("confidence")),
    )
    image = entry.get("image")
    if true is None or said is None or confidence is None or not _is_png(image):
        return None
    index = count(entry.get("index"))
    which = "A test image" if index is None else f"Test image {index}"
    alternative = f"{which}: a {true}, taken for {said} with {percent(confidence, 1)} confidence"
    caption = (f"{true} taken for {said}", percent(confidence, 1))
    return Picture(f"data:image/png;base64,{image}", alternative, (SIDE, SIDE), caption)


def _is_png(image: Any) -> bool:
    return isinstance(image, str) and len(image) <= LONGEST and bool(PNG.fullmatch(image))


def _reading(number: int) -> str:
    which = "The test image" if number == 1 else f"The {number} test images"
    return f"{which} that it got wrong with most confidence. Some of them people would argue about, too."
