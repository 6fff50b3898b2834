"""Weights: what the units of the first layer look for."""

import numpy as np

from model.document.document import Document
from report.charts.weight_images import GAP, sprite
from report.sections.elements import Picture, Section
from report.values.typed_values import decimal

NAME, TITLE = "weights", "What the first layer looks for"
MOST, COLUMNS, LARGEST_SIDE = 100, 10, 64
STRONG = 99.5  # per cent of the weights are weaker than the full colour
UNIT = 60  # CSS pixels of a unit's image


def weights(document: Document) -> Section:
    """The weights of the strongest units as images."""
    shape, W = document.input.shape, np.nan_to_num(document.network.parameters.W[0])
    if len(shape) != 2:  # noqa: PLR2004  rows and columns
        return Section(NAME, TITLE, ("Its inputs are numbers, not images, so its weights make no pictures.",))
    if max(shape) > LARGEST_SIDE:
        said = f"Images of {shape[0]} by {shape[1]} are too large to show the weights of"
        return Section(NAME, TITLE, (f"{said}; {LARGEST_SIDE} by {LARGEST_SIDE} would do.",))
    strongest = np.argsort(-np.linalg.norm(W, axis=1), kind="stable")[:MOST]
    limit = float(np.percentile(np.abs(W[strongest]), STRONG))
    columns = min(COLUMNS, len(strongest))
    source = sprite(W[strongest].reshape(-1, *shape), limit, columns)
    text = (_reading(len(strongest), len(W)), _colours(limit))
    alternative = f"The weights of {len(strongest)} units of the first layer, each as an image of its inputs"
    return Section(NAME, TITLE, text, pictures=(Picture(source, alternative, _size(shape, len(strongest))),))


def _reading(shown: int, units: int) -> str:
    if shown < units:
        return f"The {shown} of its {units:,} units with the largest weights, the strongest first."
    return "Its only unit." if units == 1 else f"Its {units} units, that with the largest weights first."


def _colours(limit: float) -> str:
    meaning = "Blue: ink here speaks for the unit. Orange: against it. Clear: it does not matter."
    return f"{meaning} Full colour stands for weights of {decimal(limit)} and more."


def _size(shape: tuple[int, ...], units: int) -> tuple[int, int]:
    height, width = shape
    columns, lines = min(COLUMNS, units), -(-units // COLUMNS)
    scale = UNIT / max(shape)
    wide = columns * (width + GAP) - GAP
    high = lines * (height + GAP) - GAP
    return round(wide * scale), round(high * scale)
