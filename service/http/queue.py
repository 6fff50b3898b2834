"""The queue: requests that wait for their turn, how long that will take, and who is refused at once."""

import math
import random
from collections import deque
from dataclasses import dataclass
from time import monotonic

from service.http.connection import Request

QUICK_SECONDS = 0.005  # what is answered in the loop itself
QUICK_BYTES = 1 << 16  # the same, of what is not known yet
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
        self._costs: dict[
            int, tuple[float, float]
        ] = {}  # by bits of the size: seconds, and when they were seen
        self._ahead = 0.0  # seconds of work that waits or is being done
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._looks) + len(self._quick) + len(self._long)

    def refusal(self, request: Request, at_once: int) -> Refusal | None:
        """Why a request cannot be answered in time, where it cannot.

        Args:
            request: that has come.
            at_once: requests that are answered at the same time.
        """
        wait = self._ahead / at_once
        if request.only_looks:
            return None
        if request.timeout is None:
            needed, given = wait, self._seconds
        else:
            work, seen = self._costs.get(request.size.bit_length(), (0.0, 0.0))
            is_stale = not self._ahead and monotonic() - seen > FRESH_SECONDS
            needed, given = (0.0 if is_stale else wait + work), request.timeout
        if needed <= given:
            return None
        message = f"overloaded: expected an answer within {_ms(given)}, it would take {_ms(needed)}"
        return Refusal("deadline", message, retry_after(wait))

    def has_no_room(self, there: int, coming: int) -> Refusal | None:
        """Why a body cannot be taken, where it cannot.

        Args:
            there: bytes of requests that are not answered.
            coming: bytes of a request's body.
        """
        if there + coming <= self._most_bytes:
            return None
        message = f"overloaded: expected at most {self._most_bytes} bytes of requests at once"
        return Refusal("bytes", message, retry_after(self._ahead))

    def put(self, request: Request) -> None:
        """Let a request wait for its turn."""
        self.bytes += request.size
        if request.only_looks:
            self._looks.append(request)
            return
        size = request.size
        request.work, _ = self._costs.get(size.bit_length(), (0.0, 0.0))
        self._ahead += request.work
        is_quick = request.work < QUICK_SECONDS if request.work else size <= QUICK_BYTES
        (self._quick if is_quick else self._long).append(request)

    def quick(self) -> Request | None:
        """The next request that hardly holds anybody up."""
        return self._next(self._looks) or self._next(self._quick)

    def any(self) -> Request | None:
        """The next request that does not only look."""
        return self._next(self._quick) or self._next(self._long)

    def look(self) -> Request | None:
        """The next request that only looks."""
        return self._next(self._looks)

    def long(self) -> Request | None:
        """The next request that takes long."""
        return self._next(self._long)

    def done(self, request: Request, seconds: float) -> None:
        """Learn what a request took."""
        self._leave(request)
        if not request.only_looks:
            size, now = request.size.bit_length(), monotonic()
            known, _ = self._costs.get(size, (seconds, now))
            self._costs[size] = known + LEARNING * (seconds - known), now

    def _next(self, waiting: deque[Request]) -> Request | None:
        while waiting:
            request = waiting.popleft()
            if not request.connection.gone:
                return request
            self._leave(request)
        return None

    def _leave(self, request: Request) -> None:
        self._ahead = max(self._ahead - request.work, 0.0)
        self.bytes -= request.size


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def retry_after(wait: float) -> int:
    """Whole seconds, at random, so that those who are refused together do not come again together."""
    return max(1, math.ceil(wait + random.uniform(0, 1 + wait)))  # noqa: S311  nobody needs a secret here
