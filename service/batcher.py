"""The batcher: requests that come while a forward pass runs share the next one, where that pays.

A pass takes some time whatever its rows, in which it reads every weight, and some for each row. To share one
saves the first part for all but one of those who share, and costs each of them a change of threads.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from model.activations import Array
from service.errors import OVERLOADED, RequestError
from service.http.queue import retry_after

Pass = Callable[[Array], Array]  # rows (m, n_0) -> A_L (n_L, m)

CHANGE_SECONDS = 3e-4  # what it costs at most to wait for another thread
MOST_ROWS = 256  # that share a pass
MOST_WAITING = 20_000  # rows that wait for one
FEW, SOME, TIMES = 1, 8, 5  # rows and repetitions that a pass is measured with


@dataclass(frozen=True)
class Cost:
    """What a pass takes, seconds: `fixed`, and `row` for each of its rows."""

    fixed: float
    row: float

    @classmethod
    def of(cls, run: Pass, inputs: int) -> "Cost":
        """Measured; the first pass, which pays for BLAS's start, does not count."""
        few, some = (_seconds(run, np.zeros((rows, inputs), np.float32)) for rows in (FEW, SOME))
        row = max(some - few, 0.0) / (SOME - FEW)
        return cls(max(few - row, 0.0), row)

    @property
    def is_worth_sharing(self) -> bool:
        """Whether who waits for another thread is answered sooner than who runs a pass alone."""
        return self.fixed > CHANGE_SECONDS


def _seconds(run: Pass, rows: Array) -> float:
    run(rows)
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        run(rows)
        times.append(time.perf_counter() - start)
    return min(times)


@dataclass(eq=False)
class _Request:
    """Rows that wait at a gate, until there is an answer or they lead others."""

    rows: Array
    answer: Array | None = None
    led: "list[_Request]" = field(default_factory=list)
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Batcher:
    """Runs forward passes, one at a time where they are shared.

    Who finds no pass running starts one at once. Who finds one waits, and when it ends, the first of those
    who wait runs a pass for all of them, up to MOST_ROWS.

    Args:
        cost: of a pass; where sharing is not worth it, everybody runs passes of their own.

    Attributes:
        shares: whether it is worth it.
    """

    def __init__(self, cost: Cost) -> None:
        self.shares = cost.is_worth_sharing
        self._cost = cost
        self._rows_waiting = 0
        self._lock = threading.Lock()
        self._waiting: deque[_Request] = deque()
        self._running = False

    def run(self, rows: Array, forward: Pass) -> Array:
        """The output A_L (n_L, m) for rows (m, n_0), from a pass of their own or a shared one.

        Raises:
            RequestError: 429, too many rows wait already.
        """
        if not self.shares:
            return forward(rows)
        request = _Request(rows)
        with self._lock:
            if self._running:
                self._let_wait(request)
            else:
                self._running, request.led = True, [request]
        if not request.led:
            request.gate.acquire()
        if request.led:
            self._lead(request.led, forward)
        # without an answer, the shared pass has failed, and not for these rows
        return forward(rows) if request.answer is None else request.answer

    def _let_wait(self, request: _Request) -> None:
        rows = self._rows_waiting + len(request.rows)
        if self._rows_waiting and rows > MOST_WAITING:
            seconds = self._cost.fixed + self._cost.row * self._rows_waiting
            message = f"overloaded: expected at most {MOST_WAITING} rows to wait, got {rows}"
            raise RequestError(OVERLOADED, message, retry_after(seconds))
        self._rows_waiting = rows
        self._waiting.append(request)

    def _lead(self, requests: list[_Request], forward: Pass) -> None:
        try:
            _answer(requests, forward)
        finally:
            self._hand_over()
            for request in requests[1:]:
                request.gate.release()

    def _hand_over(self) -> None:
        with self._lock:
            if not self._waiting:
                self._running = False
                return
            leader = self._waiting.popleft()
            led, rows = [leader], len(leader.rows)
            while self._waiting and rows + len(self._waiting[0].rows) <= MOST_ROWS:
                led.append(self._waiting.popleft())
                rows += len(led[-1].rows)
            leader.led = led
            self._rows_waiting -= rows
        leader.gate.release()


def _answer(requests: list[_Request], forward: Pass) -> None:
    if len(requests) == 1:
        requests[0].answer = forward(requests[0].rows)
        return
    with suppress(MemoryError):  # together, they may be too many
        A = forward(np.concatenate([request.rows for request in requests]))
        ends = np.cumsum([len(request.rows) for request in requests])
        for request, columns in zip(requests, np.split(A, ends[:-1], axis=1), strict=True):
            request.answer = columns
