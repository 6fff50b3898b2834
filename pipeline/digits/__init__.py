"""The digits that come with the project: 1,797 of 8 x 8 pixels, enlarged the way MNIST frames its own."""

import gzip
import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from model.activations import Array
from pipeline import idx
from pipeline.datasets import Dataset, with_test
from pipeline.examples import Examples

CLASSES = tuple("0123456789")
SIDE = 28
INK_SIDE = 20  # MNIST fits its digits into 20 x 20 and centres them in 28 x 28


def load_digits(_: Path) -> Dataset:
    """The bundled digits; they are where the code is."""
    raw = {name: _bundled(name) for name in ("images-idx3-ubyte", "labels-idx1-ubyte")}
    images = idx.decode(raw["images-idx3-ubyte"], "digits images")
    labels = idx.decode(raw["labels-idx1-ubyte"], "digits labels")
    rows = np.stack([_enlarge(image) for image in images]).reshape(len(images), -1)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()}
    return Dataset("digits", *with_test(Examples.of(rows, labels)), CLASSES, digests)


def _bundled(name: str) -> bytes:
    return gzip.decompress((files("pipeline.digits") / f"{name}.gz").read_bytes())


def _enlarge(image: Array) -> Array:
    ink = Image.fromarray(image).resize((INK_SIDE, INK_SIDE), Image.Resampling.BILINEAR)
    return np.pad(np.asarray(ink), (SIDE - INK_SIDE) // 2)
