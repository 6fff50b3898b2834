"""Drawings: MNIST's digits as people draw them on a screen, or write them on paper and take a photo."""

import math
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.datasets.strokes import placed, redrawn, thickened
from model.arrays import Array


@dataclass(frozen=True)
class Kind:
    """A way to draw; each draw is uniform between these bounds.

    Attributes:
        side: of the picture, pixels.
        height: of the digit, or its width where that is more, as a share of the side.
        aside: most, from the centre (0) to the edge (1).
        pen: its width, as a share of the digit's height; None keeps MNIST's strokes.
        wider: by which MNIST's strokes are thickened, in its pixels.
        rotation: most, degrees to either side.
        ink, paper: shades from 0 to 255, of red, green and blue apart; without a choice, the picture is grey.
    """

    side: tuple[int, int] = (280, 280)
    height: tuple[float, float] = (0.5, 0.75)
    aside: float = 0.1
    pen: tuple[float, float] | None = None
    wider: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    ink: tuple[int, int] = (0, 0)
    paper: tuple[int, int] = (255, 255)

    def draw(self, digit: Array, rng: np.random.Generator) -> bytes:
        """A PNG of a digit (28, 28) uint8, light on dark."""
        return _packed(self._painted(self._ink(digit, rng), rng), "PNG", compress_level=1)

    def _ink(self, digit: Array, rng: np.random.Generator) -> Image.Image:
        if self.pen:
            strokes = redrawn(digit, rng.uniform(*self.pen))
        else:
            strokes = thickened(digit, rng.uniform(*self.wider))
        side = rng.integers(*self.side, endpoint=True)
        aside = rng.uniform(-self.aside, self.aside, 2)
        angle = math.radians(rng.uniform(-self.rotation, self.rotation))
        return placed(strokes, side, side * rng.uniform(*self.height), aside, angle)

    def _painted(self, ink: Image.Image, rng: np.random.Generator) -> Image.Image:
        share = np.arange(256) / 255
        grey = self.ink == (0, 0) and self.paper == (255, 255)
        tables = [
            rng.uniform(*self.paper) * (1 - share) + rng.uniform(*self.ink) * share
            for _ in ("L" if grey else "RGB")
        ]
        painted = [ink.point(table.round().astype(int).tolist()) for table in tables]
        return painted[0] if grey else Image.merge("RGB", painted)


@dataclass(frozen=True)
class Photo(Kind):
    """A photo of paper, as a JPEG.

    Attributes:
        light: where there is least of it, as a share of the most; it changes evenly from edge to edge.
        shadow: what is left of it on one side of a line across.
        grain: standard deviation, shades.
        specks: most, near the border.
        quality: of the JPEG.
    """

    side: tuple[int, int] = (240, 400)
    height: tuple[float, float] = (0.35, 0.75)
    aside: float = 0.5
    rotation: float = 5
    ink: tuple[int, int] = (20, 90)
    paper: tuple[int, int] = (190, 245)
    light: tuple[float, float] = (0.5, 0.9)
    shadow: tuple[float, float] = (1.0, 1.0)
    grain: tuple[float, float] = (1.0, 6.0)
    specks: int = 0
    quality: tuple[int, int] = (50, 85)

    def draw(self, digit: Array, rng: np.random.Generator) -> bytes:
        """A JPEG of a digit (28, 28) uint8, light on dark."""
        ink = self._ink(digit, rng)
        _speckle(ink, rng.integers(0, self.specks, endpoint=True), rng)
        painted = np.asarray(self._painted(ink.filter(ImageFilter.GaussianBlur(0.8)), rng), np.float32)
        painted = painted * self._light(ink.width, rng)[..., None]
        painted += rng.standard_normal(painted.shape[:2], np.float32)[..., None] * rng.uniform(*self.grain)
        photo = Image.fromarray(painted.clip(0, 255).astype(np.uint8))
        return _packed(photo, "JPEG", quality=int(rng.integers(*self.quality, endpoint=True)))

    def _light(self, side: int, rng: np.random.Generator) -> Array:
        """What falls on each pixel (h, w), as a share of the most."""
        light = 1 - _across(side, rng) * np.float32(1 - rng.uniform(*self.light))
        edge, soft = np.float32(rng.uniform(0.3, 0.7)), np.float32(rng.uniform(0.01, 0.05))
        shadow = ((_across(side, rng) - edge) / soft + np.float32(0.5)).clip(0, 1)
        lit: Array = light * (1 - shadow * np.float32(1 - rng.uniform(*self.shadow)))
        return lit


KINDS = {
    "other sizes": Kind(side=(200, 400), height=(0.12, 0.98)),
    "off centre": Kind(height=(0.3, 0.6), aside=1),
    "thin strokes": Kind(pen=(0.015, 0.05)),
    "thick strokes": Kind(wider=(1, 2)),
    "dark on light": Kind(ink=(0, 110), paper=(170, 255)),
    "slightly rotated": Kind(rotation=15),
    "a photo": Photo(),
    "a photo, a shadow across, specks": Photo(shadow=(0.5, 0.8), specks=4),
}


def plain(digit: Array) -> bytes:
    """A PNG of a digit (28, 28) uint8 as it is."""
    return _packed(Image.fromarray(digit), "PNG")


def contact_sheet(digits: Array, side: int = 100) -> Image.Image:
    """A row of each kind, of digits (m, 28, 28) uint8, to look at."""
    sheet = Image.new("RGB", (len(digits) * side, len(KINDS) * side), (0, 0, 128))
    for row, kind in enumerate(KINDS.values()):
        for column, digit in enumerate(digits):
            drawn = Image.open(BytesIO(kind.draw(digit, np.random.default_rng((row, column)))))
            sheet.paste(drawn.convert("RGB").resize((side - 2, side - 2)), (column * side, row * side))
    return sheet


def _across(side: int, rng: np.random.Generator) -> Array:
    """From 0 to 1 in some direction, (side, side)."""
    angle = rng.uniform(0, math.tau)
    place = np.linspace(-0.5, 0.5, side, dtype=np.float32)
    sine, cosine = np.float32(math.sin(angle)), np.float32(math.cos(angle))
    ramp: Array = (place[:, None] * sine + place * cosine) / (abs(sine) + abs(cosine)) + np.float32(0.5)
    return ramp


def _speckle(ink: Image.Image, count: int, rng: np.random.Generator) -> None:
    for _ in range(count):
        x, y = rng.uniform(0, ink.width, 2)
        radius = rng.uniform(0.5, 2.5)
        if rng.random() < 0.5:  # near the left or right, or near the top or bottom
            x = rng.choice([0.03, 0.97]) * ink.width
        else:
            y = rng.choice([0.03, 0.97]) * ink.height
        ImageDraw.Draw(ink).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _packed(picture: Image.Image, form: str, **options: int) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()
