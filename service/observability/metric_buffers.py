"""Counts: numbers of prometheus_client that reach its files now and then, rather than each time they change.

Workers count in files that they share. A number that is written there at each count takes some microseconds,
and a request has a dozen of them.
"""

import logging
import os
from collections import deque
from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import Any

from prometheus_client import values

log = logging.getLogger(__name__)

_changed: "deque[Deferred]" = deque()
_refreshers: list[Callable[[], None]] = []
_flushing = RLock()  # who asks for metrics does it in a thread, beside the loop that does it again and again
_is_full = False  # whether the disk had no room for a new number


def keep_in_process() -> None:
    """Have metrics that are made from now on count in this process, until they are flushed."""
    # a worker need not ask the system who it is at every count
    Deferred.file_value = values.MultiProcessValue(partial(int, os.getpid()))  # type: ignore[no-untyped-call]
    values.ValueClass = Deferred  # any class with these methods


def before_flush(refresh: Callable[[], None]) -> None:
    """Have gauges set before each flush, rather than each time that what they show changes."""
    _refreshers.append(refresh)


def flush() -> None:
    """Write what has changed. What the disk has no room for is counted here until it has."""
    with _flushing:
        for refresh in _refreshers:
            refresh()
        _flush()


def _flush() -> None:
    global _is_full  # noqa: PLW0603  of this process
    without_room: list[Deferred] = []
    for _ in range(len(_changed)):
        deferred = _changed.popleft()
        if without_room and deferred.is_new:  # one attempt is enough
            without_room.append(deferred)
            continue
        try:
            deferred.flush()
        except OSError:
            without_room.append(deferred)
    if without_room and not _is_full:
        log.error("the disk has no room for more metrics: they are counted in memory until it has")
    _is_full = bool(without_room)
    for deferred in without_room:
        deferred.add_up()
    _changed.extend(without_room)


class Deferred:
    """A number that is written later. Threads may count at once: each step is one of CPython's own."""

    file_value: Any  # prometheus_client's class of numbers in files

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._make = partial(self.file_value, *arguments, **options)
        self._written: Any = None
        self._amounts: deque[float] = deque()
        self._newest: deque[tuple[float, float | None]] = deque(maxlen=1)
        self._is_marked = True  # what nobody has counted is to be read as 0
        _changed.append(self)

    @property
    def is_new(self) -> bool:
        """Whether it is in no file yet."""
        return self._written is None

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
        with _flushing:
            self.flush()
        return float(self._written.get())

    def set_exemplar(self, exemplar: Any) -> None:
        """Keep no exemplar: prometheus_client has none for several processes."""

    def get_exemplar(self) -> None:
        """Return None."""

    def add_up(self) -> None:
        """Have one amount instead of many."""
        self._amounts.append(sum(self._amounts.popleft() for _ in range(len(self._amounts))))

    def flush(self) -> None:
        """Write it.

        Raises:
            OSError: it is new, and there is no room for it.
        """
        if self._written is None:
            self._written = self._make()
        self._is_marked = False  # before it is read: what comes later marks it again
        if self._newest:
            self._written.set(*self._newest.pop())
        if self._amounts:
            self._written.inc(sum(self._amounts.popleft() for _ in range(len(self._amounts))))
