"""Images: a photo or a drawing of a digit, brought to the form that MNIST's have.

Grey, light on dark, cropped to its ink, fitted into a box of 20 x 20 with its aspect kept, and moved until
its centre of mass is the centre of 28 x 28 (LeCun et al. 1998); other sizes in proportion.
"""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from model.activations import Array
from model.document import Input
from service.errors import TOO_LARGE, UNPROCESSABLE, UNSUPPORTED_TYPE, RequestError

TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/bmp": "BMP"}
PREPARED = "mnist"  # what a document calls this preparation
MOST_PIXELS, MOST_UNPACKED = 1 << 26, 1 << 24  # that an image has, and is unpacked to
ENOUGH = 512  # pixels of a side: where an image has some times as many, they are averaged
LONGEST = 8192  # pixels of a side, after that
SCAN, MOST_SCANS = b"\xff\xda", 100  # of a progressive JPEG, each of which is as much work as the image
BOX = 20 / 28  # of a side, that a digit is fitted into
DEVIATIONS = 4  # from the background that are noise
FAINT = 0.2  # of the darkest ink: what is lighter bounds no digit
SHADES = 1 / 16  # of all: what differs less is no ink
BAD_IMAGE = (  # what Pillow's readers raise
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError),
    *(struct.error, zlib.error),
)

Image.MAX_IMAGE_PIXELS = None  # ours is stricter, and comes before anything is unpacked


def are_taken(taken: Input) -> bool:
    """Whether a model takes images, and not rows of numbers."""
    return taken.preprocessing == PREPARED and len(taken.shape) == len("hw")


def decode(contents: Sequence[bytes], taken: Input, where: str) -> Array:
    """The rows (m, n_0) float32 of images.

    Args:
        contents: PNG, JPEG, WebP or BMP; of an animation, its first frame counts.
        taken: by the model.
        where: they are, for the message.

    Raises:
        RequestError: 413, they have too many pixels; 415, the model takes no images; 422, one is none, or
            shows nothing.
    """
    if not are_taken(taken):
        raise RequestError(UNSUPPORTED_TYPE, f"{where}: this model takes rows of numbers, not images")
    places = [where] if len(contents) == 1 else [f"{where}[{index}]" for index in range(len(contents))]
    rows, left = [], MOST_UNPACKED
    for content, place in zip(contents, places, strict=True):
        try:
            image = _opened(content, place)
            left -= image.width * image.height
            if left < 0:
                raise RequestError(TOO_LARGE, f"{place}: expected at most {MOST_UNPACKED} pixels, got more")
            rows.append(_row(image, taken.shape, place))
        except BAD_IMAGE:
            expected = ", ".join(TYPES.values())
            raise RequestError(UNPROCESSABLE, f"{place}: expected a whole image, {expected}") from None
    return np.stack(rows)


def _opened(content: bytes, where: str) -> Image.Image:
    if content.count(SCAN) > MOST_SCANS:
        raise RequestError(UNPROCESSABLE, f"{where}: expected at most {MOST_SCANS} scans, got more")
    image = Image.open(BytesIO(content), formats=list(TYPES.values()))
    if image.width * image.height > MOST_PIXELS:
        size = f"{image.width} x {image.height}"
        raise RequestError(TOO_LARGE, f"{where}: expected at most {MOST_PIXELS} pixels, got {size}")
    image.draft("RGB", (ENOUGH, ENOUGH))
    return image


def _row(image: Image.Image, shape: tuple[int, ...], where: str) -> Array:
    # a PNG may have text under the names of what Pillow expects there
    image.info = {key: value for key, value in image.info.items() if isinstance(value, bytes | int | tuple)}
    ink = _ink(_grey(ImageOps.exif_transpose(image)))
    if ink is None:
        raise RequestError(UNPROCESSABLE, f"{where}: expected a digit, got one shade all over")
    return _centred(_fitted(_cropped(ink), shape), shape).ravel()


def _grey(image: Image.Image) -> Array:
    """Shades (h, w) from 0 to 1, what is transparent on a background that its ink stands out from."""
    if image.mode.startswith("I"):  # 16 bits, of which eight are enough
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    image = image.convert("LA" if image.has_transparency_data else "L")
    image = image.reduce(max(1, min(image.size) // ENOUGH, max(image.size) // LONGEST))
    shades = np.asarray(image, np.float32) / np.float32(255)
    if shades.ndim == len("hw"):
        return shades
    shade, opacity = shades[..., 0], shades[..., 1]
    light = (shade * opacity).sum() > opacity.sum() / 2
    grey: Array = shade * opacity + (0 if light else 1) * (1 - opacity)
    return grey


def _ink(grey: Array) -> Array | None:
    """How much ink there is, from 0 to 1; None where there is none. Most of the border is background."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    background = np.median(border)
    noise = DEVIATIONS * np.median(np.abs(border - background))
    difference = grey - background
    light = difference.max() > -difference.min()
    ink: Array = (difference if light else -difference) - noise
    darkest = ink.max()
    return (ink / darkest).clip(0, 1) if darkest > SHADES else None


def _cropped(ink: Array) -> Array:
    rows, columns = np.nonzero((ink > FAINT).any(axis=1))[0], np.nonzero((ink > FAINT).any(axis=0))[0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fitted(ink: Array, shape: tuple[int, ...]) -> Array:
    height, width = ink.shape
    scale = min(BOX * shape[0] / height, BOX * shape[1] / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    fitted = Image.fromarray(ink).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(fitted, np.float32).clip(0, 1)


def _centred(ink: Array, shape: tuple[int, ...]) -> Array:
    image = np.zeros(shape, np.float32)
    mass = ink.sum()
    places = []
    for axis, whole in enumerate(shape):
        length = ink.shape[axis]
        centre = (ink.sum(axis=1 - axis) * (np.arange(length) + 0.5)).sum() / mass
        places.append(int(np.clip(round(whole / 2 - centre), 0, whole - length)))
    row, column = places
    image[row : row + ink.shape[0], column : column + ink.shape[1]] = ink
    return image
