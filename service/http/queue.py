"""The queue: requests that wait for their turn, how long that will take, and who is refused at once."""

import math
import random
from collections import deque
from dataclasses import dataclass
from time import monotonic

from service.http.connection import Request

QUICK_SECONDS = 0.02  # what is answered in the loop itself
QUICK_BYTES = 1 << 16  # the same, of what is not known yet
MOST_QUICK_BYTES = 1 << 20  # the same, whatever is known
LEARNING = 0.2  # the weight of the newest request in what one like it takes
FRESH_SECONDS = 1.0  # how long that is believed without another look


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused, by a word and a sentence, and the seconds after which it may come again."""

    reason: str
    message: str
    retry_after: int


class Queue:
    """Requests in order, but that those which only look overtake, and quick ones do not wait for long ones.

    Args:
        seconds: that a request may have to wait where its client does not say.
        most_bytes: of all requests that are there or on their way.

    Attributes:
        bytes: of requests that wait or are being answered.
    """

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._seconds, self._most_bytes = seconds, most_bytes
        self._looks: deque[Request] = deque()
        self._quick: deque[Request] = deque()
        self._long: deque[Request] = deque()
        self._costs: dict[tuple[int, bool], tuple[float, float]] = {}  # of a kind: seconds, and when seen
        self._quick_work = self._long_work = 0.0  # seconds that wait or are being done
        self._looked = False
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._looks) + len(self._quick) + len(self._long)

    def refusal(self, request: Request, at_once: int = 1) -> Refusal | None:
        """Why a request cannot be answered in time, where it cannot; its work, as far as known, is noted.

        Args:
            request: that has come.
            at_once: requests that are answered at the same time, quick or not.
        """
        if not request.wants_work:
            return None
        request.work, seen = self._costs.get(_kind(request), (0.0, 0.0))
        wait = self._wait(request, at_once)
        if request.timeout is None:
            needed, given = wait, self._seconds
        else:  # what is known of its kind may be long over
            work = request.work if monotonic() - seen <= FRESH_SECONDS else 0.0
            needed, given = wait + work, request.timeout
        if needed <= given:
            return self.has_no_room(self.bytes, request.size, wait)
        message = f"overloaded: expected an answer within {_ms(given)}, it would take {_ms(needed)}"
        return Refusal("deadline", message, retry_after(wait))

    def has_no_room(self, there: int, coming: int, wait: float = 0.0) -> Refusal | None:
        """Why a request cannot be taken, where it cannot.

        Args:
            there: bytes of requests that are not answered.
            coming: bytes of it that are to come.
            wait: seconds until there may be room.
        """
        if there + coming <= self._most_bytes:
            return None
        message = f"overloaded: expected at most {self._most_bytes} bytes of requests at once"
        return Refusal("bytes", message, retry_after(wait))

    def put(self, request: Request) -> None:
        """Let a request wait for its turn."""
        self.bytes += request.size
        request.is_counted = True
        if request.only_looks:
            self._looks.append(request)
        elif _is_quick(request):
            self._quick_work += request.work
            self._quick.append(request)
        else:
            self._long_work += request.work
            self._long.append(request)

    def quick(self) -> Request | None:
        """The next request that hardly holds anybody up: one that looks and one that works, in turn."""
        first, second = (self._quick, self._looks) if self._looked else (self._looks, self._quick)
        request = self._next(first) or self._next(second)
        self._looked = request is not None and request.only_looks
        return request

    def any(self) -> Request | None:
        """The next request that does not only look."""
        return self._next(self._quick) or self._next(self._long)

    def look(self) -> Request | None:
        """The next request that only looks."""
        return self._next(self._looks)

    def long(self) -> Request | None:
        """The next request that takes long."""
        return self._next(self._long)

    def done(self, request: Request, seconds: float | None) -> None:
        """Learn what a request took; None where that is no measure for others."""
        self.forget(request)
        if seconds is not None and request.wants_work:
            now, kind = monotonic(), _kind(request)
            known, _ = self._costs.get(kind, (seconds, now))
            self._costs[kind] = known + LEARNING * (seconds - known), now

    def _wait(self, request: Request, at_once: int) -> float:
        if at_once == 1 and _is_quick(request):
            return self._quick_work  # long ones have a thread of their own
        return (self._quick_work + self._long_work) / at_once

    def _next(self, waiting: deque[Request]) -> Request | None:
        while waiting:
            request = waiting.popleft()
            if not request.connection.gone:
                return request
        return None

    def forget(self, request: Request) -> None:
        """Nobody waits for it any more."""
        if not request.is_counted:
            return
        request.is_counted = False
        self.bytes -= request.size
        if request.only_looks:
            return
        if _is_quick(request):
            self._quick_work = max(self._quick_work - request.work, 0.0)
        else:
            self._long_work = max(self._long_work - request.work, 0.0)


def _kind(request: Request) -> tuple[int, bool]:
    """Requests of a kind are expected to take about as long: those of like size, and as dense."""
    return request.size.bit_length(), request.is_dense


def _is_quick(request: Request) -> bool:
    if not request.wants_work:
        return request.only_looks
    if request.size <= QUICK_BYTES and not request.is_dense and not request.work:
        return True
    most = QUICK_BYTES if request.body is None else MOST_QUICK_BYTES  # what comes in chunks may be many
    return 0 < request.work < QUICK_SECONDS and request.size <= most


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def retry_after(wait: float) -> int:
    """Whole seconds, at random, so that those who are refused together do not come again together."""
    return max(1, math.ceil(wait + random.uniform(0, 2 + wait)))  # noqa: S311  nobody needs a secret here
