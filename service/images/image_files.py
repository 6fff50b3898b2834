"""Images: a photo or a drawing of a digit, unpacked within limits, and made grey."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from model.arrays import Array
from model.document.document import Input
from model.preprocessing import mnist_frame
from service.errors import TOO_LARGE, UNPROCESSABLE, UNSUPPORTED_TYPE, RequestError
from service.event_loop.long_work import expect_thread

TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/bmp": "BMP"}
ALSO_CALLED = {  # by Windows, older browsers and SageMaker's clients; the bytes tell which it is
    *("image/jpg", "image/pjpeg", "image/x-png", "image/x-bmp", "image/x-ms-bmp", "application/x-image"),
}
PREPARED = "mnist"  # what a document calls this preparation
MOST_PIXELS, MOST_UNPACKED = 1 << 26, 1 << 24  # that an image has, and is unpacked to
ENOUGH = 512  # pixels of a side: where an image has some times as many, they are averaged
LONGEST = 8192  # pixels of a side, after that
JPEG, SCAN = b"\xff\xd8", b"\xff\xda"
MOST_SCANS = 100  # of a progressive JPEG, each of which is as much work as the image
MOST_SCANNED = 10 * MOST_PIXELS  # pixels in all scans of a request's images; encoders make ten of them
BAD_IMAGE = (  # what Pillow's readers raise
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError),
    *(struct.error, zlib.error),
)

Image.MAX_IMAGE_PIXELS = None  # ours is stricter, and comes before anything is unpacked


def is_type(mimetype: str) -> bool:
    """Whether a media type is that of an image which is taken."""
    return mimetype in TYPES or mimetype in ALSO_CALLED


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
    expect_thread()
    if not are_taken(taken):
        raise RequestError(UNSUPPORTED_TYPE, f"{where}: this model takes rows of numbers, not images")
    places = [where] if len(contents) == 1 else [f"{where}[{index}]" for index in range(len(contents))]
    rows, budget = [], _Budget()
    for content, place in zip(contents, places, strict=True):
        try:
            rows.append(_row(budget.opened(content, place), taken.shape, place))
        except BAD_IMAGE:
            expected = ", ".join(TYPES.values())
            raise RequestError(UNPROCESSABLE, f"{place}: expected a whole image, {expected}") from None
    return np.stack(rows)


class _Budget:
    """What the images of a request may still cost: pixels that are decoded, in all scans, and unpacked."""

    def __init__(self) -> None:
        self._scanned, self._unpacked = MOST_SCANNED, MOST_UNPACKED

    def opened(self, content: bytes, where: str) -> Image.Image:
        image = Image.open(BytesIO(content), formats=list(TYPES.values()))
        if image.width * image.height > MOST_PIXELS:
            size = f"{image.width} x {image.height}"
            raise RequestError(TOO_LARGE, f"{where}: expected at most {MOST_PIXELS} pixels, got {size}")
        self._scanned -= image.width * image.height * _scans(content, where)
        image.draft("RGB", (ENOUGH, ENOUGH))
        self._unpacked -= image.width * image.height
        if self._scanned < 0:
            message = f"{where}: expected at most {MOST_SCANNED} pixels in all scans, got more"
            raise RequestError(TOO_LARGE, message)
        if self._unpacked < 0:
            raise RequestError(TOO_LARGE, f"{where}: expected at most {MOST_UNPACKED} pixels, got more")
        return image


def _scans(content: bytes, where: str) -> int:
    """How often a decoder goes through the pixels of an image."""
    scans = content.count(SCAN) if content.startswith(JPEG) else 1
    if scans > MOST_SCANS:
        raise RequestError(UNPROCESSABLE, f"{where}: expected at most {MOST_SCANS} scans, got more")
    return scans


def _row(image: Image.Image, shape: tuple[int, ...], where: str) -> Array:
    # a PNG may have text under the names of what Pillow expects there
    image.info = {key: value for key, value in image.info.items() if isinstance(value, bytes | int | tuple)}
    formed = mnist_frame.formed(_grey(ImageOps.exif_transpose(image)), shape)
    if formed is None:
        raise RequestError(UNPROCESSABLE, f"{where}: expected a digit, got one shade all over")
    return formed.ravel()


def _grey(image: Image.Image) -> Image.Image:
    """Its shades, what is transparent on a background that its ink stands out from."""
    if image.mode.startswith("I"):  # 16 bits, of which eight are enough
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    image = image.convert("LA" if image.has_transparency_data else "L")
    image = image.reduce(max(1, min(image.size) // ENOUGH, max(image.size) // LONGEST))
    if image.mode == "L":
        return image
    shade, opacity = image.split()
    shown = np.asarray(opacity, np.float32)
    light = (np.asarray(shade) * shown).sum() > shown.sum() * 255 / 2
    return Image.composite(shade, Image.new("L", image.size, 0 if light else 255), opacity)
