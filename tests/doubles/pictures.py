"""Pictures to be sent: a seven in many forms."""

import struct
import zlib
from io import BytesIO
from itertools import product

import numpy as np
from PIL import Image, ImageDraw

from model.document.document import Input
from service.images.image_files import decode

MNIST = Input()
SIDE = 140
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def draw(size=(SIDE, SIDE), at=(30, 20), scale=1.0, pen=12) -> Image.Image:
    """A seven, black on white."""
    image = Image.new("L", size, 255)
    corners = [(0, 0), (70, 0), (30, 100)]
    points = [(at[0] + x * scale, at[1] + y * scale) for x, y in corners]
    ImageDraw.Draw(image).line(points, fill=0, width=round(pen * scale), joint="curve")
    return image


def content(image: Image.Image, form="PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def seen(image: Image.Image, form="PNG", **options) -> np.ndarray:
    """What the network is given."""
    return decode([content(image, form, **options)], MNIST, "body").reshape(28, 28)


def alike(one, other) -> float:
    """The mean difference of a pixel, as a share of the mean ink; a centre may be rounded either way."""
    moved = [np.roll(one, shift, (0, 1)) for shift in product((-1, 0, 1), repeat=2)]
    return float(min(np.abs(each - other).mean() for each in moved) / other.mean())


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(header: bytes, lines: np.ndarray) -> bytes:
    """A PNG that Pillow would not write."""
    data = zlib.compress(b"".join(b"\0" + line.tobytes() for line in lines))
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
