"""Counts: numbers of prometheus_client that reach its files now and then, rather than each time they change.

Workers count in files that they share. A number that is written there at each count takes some microseconds,
and a request has a dozen of them.
"""

import os
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from prometheus_client import values

_changed: "deque[Deferred]" = deque()
_refreshers: list[Callable[[], None]] = []


def keep_in_process() -> None:
    """Have metrics that are made from now on count in this process, until they are flushed."""
    # a worker need not ask the system who it is at every count
    Deferred.file_value = values.MultiProcessValue(partial(int, os.getpid()))  # type: ignore[no-untyped-call]
    values.ValueClass = Deferred  # any class with these methods


def before_flush(refresh: Callable[[], None]) -> None:
    """Have gauges set before each flush, rather than each time that what they show changes."""
    _refreshers.append(refresh)


def flush() -> None:
    """Write what has changed."""
    for refresh in _refreshers:
        refresh()
    for _ in range(len(_changed)):
        _changed.popleft().flush()


class Deferred:
    """A number that is written later. Threads may count at once: each step is one of CPython's own."""

    file_value: Any  # prometheus_client's class of numbers in files

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._written = self.file_value(*arguments, **options)
        self._amounts: deque[float] = deque()
        self._newest: deque[tuple[float, float | None]] = deque(maxlen=1)
        self._is_marked = False

    def inc(self, amount: float) -> None:
        """Count."""
        self._amounts.append(amount)
        if not self._is_marked:
            self._is_marked = True
            _changed.append(self)

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Be a number."""
        self._newest.append((value, timestamp))
        if not self._is_marked:
            self._is_marked = True
            _changed.append(self)

    def get(self) -> float:
        """Return the number, with what is not written yet."""
        self.flush()
        return float(self._written.get())

    def set_exemplar(self, exemplar: Any) -> None:
        """Keep no exemplar: prometheus_client has none for several processes."""

    def get_exemplar(self) -> None:
        """Return None."""

    def flush(self) -> None:
        """Write it."""
        self._is_marked = False  # before it is read: what comes later marks it again
        if self._newest:
            self._written.set(*self._newest.pop())
        if self._amounts:
            self._written.inc(sum(self._amounts.popleft() for _ in range(len(self._amounts))))
