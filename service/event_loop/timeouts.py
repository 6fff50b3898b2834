"""Time limits of greenlets, looked at once in a while: a timer for each would cost as much as a log line.

A limit is exact to about a second.
"""

from collections.abc import Iterable
from time import monotonic
from types import TracebackType
from typing import Self

import gevent

from service.event_loop.loop_turn import LAST


class Expired(Exception):  # noqa: N818  as gevent's Timeout is named
    """The time of a greenlet is over."""


class Limits:
    """The time limits that are on."""

    def __init__(self) -> None:
        self._on: set[Limit] = set()

    def within(self, seconds: float) -> "Limit":
        """Return a context that ends in `Expired`, without an error, where it takes longer."""
        return Limit(self._on, seconds)

    def expire(self) -> None:
        """End what has taken too long."""
        now = monotonic()
        self._end(limit for limit in self._on if limit.end <= now)

    def expire_all(self) -> None:
        """End whatever has a limit."""
        self._end(self._on)

    @staticmethod
    def _end(limits: Iterable["Limit"]) -> None:
        """End them once all has been heard that came in this turn of the loop: some may wait no more."""
        due, timer = list(limits), gevent.get_hub().loop.timer(0, priority=LAST)

        def end() -> None:
            timer.stop()
            for limit in due:
                limit.throw()

        if due:
            timer.start(end)


class Limit:
    """A time limit of the greenlet that makes it.

    Attributes:
        end: of `time.monotonic`.
        is_expired: whether its time was over before it ended by itself.
    """

    __slots__ = ("_greenlet", "_on", "end", "is_expired")

    def __init__(self, on: "set[Limit]", seconds: float) -> None:
        self._on, self._greenlet = on, gevent.getcurrent()
        self.end, self.is_expired = monotonic() + seconds, False

    def __enter__(self) -> Self:
        self._on.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._on.discard(self)
        return self.is_expired and kind is Expired

    def throw(self) -> None:
        """End the greenlet's wait, unless what it waits for has come; the loop calls this."""
        if self in self._on:
            self.is_expired = True
            self._greenlet.throw(Expired())
