"""Memory: what a request has freed is kept for the next one.

The C library gives large blocks back to the system as soon as they are free, and the next request pays for
each page of them again: a third of the time of a body of some megabytes.
"""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
KEPT_BYTES, BLOCK_BYTES = 3 << 23, 1 << 24  # free at the end of the heap; larger blocks go back at once


def keep_freed_blocks() -> bool:
    """Have the C library keep them; False where it is not glibc and does as it does."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt and mallopt(MMAP_THRESHOLD, BLOCK_BYTES) and mallopt(TRIM_THRESHOLD, KEPT_BYTES))
