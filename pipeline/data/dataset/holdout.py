"""The hold-out: which examples of a file are for the test, where the file does not say.

What an image holds decides, not where it stands. So a file that grows leaves each image where it was: what a
champion has learned from is not what it is examined on later.
"""

from hashlib import blake2b

import numpy as np

from model.arrays import Array

SHARE = 0.2  # of the examples, about
DIGEST_BYTES = 8


def held_out(images: Array, labels: Array) -> Array:
    """Which of the examples are for the test: (n,) of bool; some of every class, but not all.

    Images that are the same are on the same side, but in a class that has no others.

    Args:
        images: (n, n_0).
        labels: (n,) the class of each, of which there are two or more.
    """
    drawn = np.array([_drawn(image) for image in images])
    held = drawn < SHARE
    for label in np.unique(labels):
        (rows,) = np.nonzero(labels == label)
        of_class = drawn[rows]
        least, greatest = of_class.min(), of_class.max()
        if least == greatest:
            held[rows] = np.arange(len(rows)) < max(1, round(SHARE * len(rows)))
        else:
            held[rows[of_class == least]] = True
            held[rows[of_class == greatest]] = False
    return held


def _drawn(image: Array) -> float:
    """A number from 0 to 1, always the same of the same image."""
    digest = blake2b(image.tobytes(), digest_size=DIGEST_BYTES).digest()
    return float(int.from_bytes(digest) / 256**DIGEST_BYTES)
