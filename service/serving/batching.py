"""Batching: requests that reach the forward pass in one turn of the loop share it.

A pass takes some time whatever its rows, in which it reads every weight, and some for each row. No request
waits for a timer: those that share a pass were heard in the same turn, and would have had passes in a row.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, TypeAlias

import gevent
import numpy as np
from gevent.hub import Waiter

from model.arrays import Array
from service.event_loop.loop_turn import Turn

Forward: TypeAlias = Callable[[Array], Array]  # rows (m, n_0) -> A_L (n_L, m)
Answer: TypeAlias = tuple[Array, float] | None  # columns of A_L, and seconds of the pass that were theirs
Requests: TypeAlias = "list[tuple[Array, Waiter[Answer]]]"  # rows, and where the answer is waited for

ALONE_TURNS = 8
LOOP_WORK = 1 << 28  # multiplications of a pass in the loop, some milliseconds; one of more has a thread
LOOP_SECONDS = 0.005  # of passes in a turn, or as long as the rest of it took: then others are heard


class Batching:
    """Runs the forward passes of a network.

    Args:
        forward: pass.
        parameters: of the network, which are the multiplications for each row.
        turn: of the loop; None where requests have threads, and so passes of their own.
    """

    def __init__(self, forward: Forward, parameters: int, turn: Turn | None) -> None:
        self._forward, self._turn = forward, turn
        self._most_rows = max(1, LOOP_WORK // parameters)
        self._waiting: Requests = []
        self._has_thread = False
        self._alone = self._last_turn = 0  # requests of late that were alone; the turn of the last one
        self._timer: Any = None

    def run(self, rows: Array) -> Array:
        """Return the output A_L (n_L, m) for rows (m, n_0)."""
        turn = self._turn
        if turn is None or not turn.is_here():
            return self._forward(rows)
        if self._is_alone(turn):
            return self._forward(rows)
        waiter: Waiter[Answer] = Waiter()
        self._waiting.append((rows, waiter))
        self._run_soon(turn)
        start = perf_counter()
        answer: Answer = waiter.get()
        if answer is None:  # the shared pass has failed, and not for these rows
            return self._forward(rows)
        A, seconds = answer
        turn.waited = perf_counter() - start - seconds
        return A

    def _is_alone(self, turn: Turn) -> bool:
        """Whether requests have come one a turn for a while, so that there is nobody to wait for."""
        is_first, self._last_turn = turn.number != self._last_turn, turn.number
        self._alone = self._alone + 1 if is_first and not self._waiting else 0
        return self._alone > ALONE_TURNS

    def _run_soon(self, turn: Turn) -> None:
        """Run passes at the end of this turn, or of the one in which a pass in a thread ends."""
        if self._timer is None:
            self._timer = turn.timer()
        if not self._has_thread and not self._timer.active:
            self._timer.start(self._run_all, turn)

    def _run_all(self, turn: Turn) -> None:
        """Answer those that wait, in their order, as far as there is time in this turn.

        Who is refused, or asks for no pass, has not to wait for all of them. Nor do those that are answered,
        and may ask again at once, come before others.
        """
        self._timer.stop()
        due, end = len(self._waiting), perf_counter() + max(LOOP_SECONDS, turn.seconds)
        while due > 0 and not self._has_thread:
            requests, rows = self._next(due)
            due -= len(requests)
            if rows > self._most_rows:
                self._has_thread = True
                result = gevent.get_hub().threadpool.spawn(self._pass, requests)
                result.rawlink(partial(self._thread_ended, turn, requests))
                return
            _answer(requests, partial(self._pass, requests))
            if perf_counter() > end:
                break
        if self._waiting:
            self._timer.start(self._run_all, turn)

    def _next(self, most: int) -> tuple[Requests, int]:
        """Take the requests that share the next pass, and count their rows."""
        count, rows = 1, len(self._waiting[0][0])
        while count < most and rows + len(self._waiting[count][0]) <= self._most_rows:
            rows += len(self._waiting[count][0])
            count += 1
        requests, self._waiting = self._waiting[:count], self._waiting[count:]
        return requests, rows

    def _pass(self, requests: Requests) -> tuple[Array, float]:
        """Return A_L of all their rows, and the seconds that a row took."""
        start = perf_counter()
        A = self._forward(
            requests[0][0] if len(requests) == 1 else np.concatenate([rows for rows, _ in requests])
        )
        return A, (perf_counter() - start) / A.shape[1]

    def _thread_ended(self, turn: Turn, requests: Requests, result: Any) -> None:
        self._has_thread = False
        _answer(requests, result.get)
        if self._waiting:
            self._timer.start(self._run_all, turn)


def _answer(requests: Requests, get: Callable[[], tuple[Array, float]]) -> None:
    """Hand out the columns of a pass; None to each, where it has failed."""
    A, seconds = None, 0.0
    try:
        with suppress(MemoryError):  # together, they may be too many
            A, seconds = get()
    finally:
        first = 0
        for rows, waiter in requests:
            waiter.switch(None if A is None else (A[:, first : first + len(rows)], seconds * len(rows)))
            first += len(rows)
