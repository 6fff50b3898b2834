"""Threads: parts of one piece of work, done at the same time.

That is faster because NumPy lets go of the interpreter while it computes.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

Part = TypeVar("Part")


class Threads:
    """A few threads, the calling one among them; to be used in a `with`.

    Args:
        count: how many.
    """

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self._others = ThreadPoolExecutor(count - 1) if count > 1 else None

    def run(self, work: Callable[[Part], object], parts: Sequence[Part]) -> None:
        """Do `work` on each part, one a thread, and return when all of it is done."""
        futures = [self._others.submit(work, part) for part in parts[1:]] if self._others else []
        for part in parts[:1] if self._others else parts:
            work(part)
        for future in futures:
            future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._others:
            self._others.shutdown()
