"""Turns of gevent's loop: what came since the last one is heard, then answered."""

import threading
from time import perf_counter
from typing import Any

import gevent
from gevent.hub import Waiter

ASLEEP_SECONDS = 5e-4  # of waiting for events, after which nobody has waited for the loop
LAST, AFTER_LAST = -1, -2  # priorities: after all events of a turn


class Turn:
    """The loop of this thread, that all requests share.

    Attributes:
        number: of the turn.
        waited: seconds that the request which runs has waited for others in a shared pass.
    """

    def __init__(self) -> None:
        self.number, self.waited = 0, 0.0
        self._thread = threading.get_ident()
        self._loop = loop = gevent.get_hub().loop
        self._heard = self._ended = perf_counter()
        self._before = 0.0  # seconds of the turn before this one
        self._watchers = loop.check(priority=2), loop.prepare(priority=-2)
        self._watchers[0].start(self._begin)
        self._watchers[1].start(self._end)
        self._yielding: list[Waiter[None]] = []
        self._yields = loop.timer(0, priority=AFTER_LAST)

    def is_here(self) -> bool:
        """Whether the caller runs in the loop, and not in a thread of its own."""
        return threading.get_ident() == self._thread

    def age(self) -> float:
        """Seconds that a request which is heard now may have waited already."""
        return self._before + self.seconds

    @property
    def seconds(self) -> float:
        """Seconds of this turn so far."""
        return perf_counter() - self._heard

    def timer(self) -> Any:
        """Return a timer for the end of a turn: gevent's callbacks come before others are heard."""
        return self._loop.timer(0, priority=LAST)

    def yield_to_others(self) -> None:
        """Let all that have come be heard first."""
        waiter: Waiter[None] = Waiter()
        if not self._yielding:
            self._yields.start(self._go_on)
        self._yielding.append(waiter)
        waiter.get()

    def _go_on(self) -> None:
        self._yields.stop()
        waiting, self._yielding = self._yielding, []
        for waiter in waiting:
            waiter.switch(None)

    def _begin(self) -> None:
        now = perf_counter()
        self._before = 0.0 if now - self._ended > ASLEEP_SECONDS else self._ended - self._heard
        self._heard = now
        self.number += 1

    def _end(self) -> None:
        self._ended = perf_counter()
