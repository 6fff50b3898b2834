"""Makes the bundled `digits` files from scikit-learn's load_digits: python pipeline/data/digits/make.py."""

import gzip
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from pipeline.data.formats import idx

FOLDER = Path(__file__).parent
LEVELS = 16  # of ink in a pixel of the source


def main() -> None:
    """Write images (1797, 8, 8), 0..255, and labels, gzipped without a time stamp so that bytes repeat."""
    digits = load_digits()
    images = np.round(digits.images * 255 / LEVELS).astype(np.uint8)
    for name, array in (
        ("images-idx3-ubyte.gz", images),
        ("labels-idx1-ubyte.gz", digits.target.astype(np.uint8)),
    ):
        (FOLDER / name).write_bytes(gzip.compress(idx.encode(array), mtime=0))


if __name__ == "__main__":
    main()
