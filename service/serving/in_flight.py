"""Requests in flight, and what they hold together."""

from threading import Lock
from time import perf_counter
from typing import Any

from service.errors import Overloaded
from service.serving.duration_estimates import Kind

IN_FLIGHT = "numeral.in_flight"  # in a request's environ
WEIGHT = 0.05  # of the newest request
SMALL_BYTES = 1 << 16  # of a request, for which an eighth of the room is kept


class InFlight:
    """A request, from its first lines to the last byte of its answer.

    Attributes:
        client: address.
        connection: its socket, where there is one.
        kind: of it; None until it is known.
        seconds: in which it must be answered, or begin, where its client does not say.
        estimate: seconds of work.
        taken: seconds of work that it took in a thread.
        is_long: whether it has a thread.
        closes: whether the connection ends with it.
        is_received: whether its body has been read.
        bytes: that it holds: of its body, then of its answer.
        work: seconds that the loop is expected to work for it.
        began: when that was, of `time.perf_counter`.
        ahead: seconds of work that there were then, its own among them.
    """

    __slots__ = (
        "ahead",
        "began",
        "bytes",
        "client",
        "closes",
        "connection",
        "estimate",
        "is_long",
        "is_received",
        "kind",
        "seconds",
        "taken",
        "work",
    )

    def __init__(self, client: str, seconds: float, connection: Any = None) -> None:
        self.client, self.seconds, self.connection = client, seconds, connection
        self.kind: Kind | None = None
        self.is_long = self.is_received = self.closes = False
        self.estimate = self.taken = self.work = self.began = self.ahead = 0.0
        self.bytes = 0


class Load:
    """What all requests in flight hold.

    Args:
        most_bytes: of them; an eighth is for small requests, so that no large one shuts them out.

    Attributes:
        requests: how many there are.
        bytes: of their bodies and answers.
        work: seconds that the loop has still to work for them.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.requests = self.bytes = 0
        self.work = 0.0
        self._ahead = self._took = 0.0  # seconds of work of late, and those that passed until it was done
        self._lock = Lock()

    def enter(self) -> None:
        """Count one more."""
        with self._lock:
            self.requests += 1

    def check(self, size: int) -> None:
        """Hold so many bytes more to what there may be.

        Raises:
            Overloaded: there is no room for them.
        """
        if self.bytes + size > self._most(size):
            raise self._overloaded()

    def hold(self, request: InFlight, size: int, most: int | None = None) -> None:
        """Have a request hold so many bytes, instead of those that it holds.

        Args:
            request: that holds them.
            size: bytes.
            most: that there may be then, where that is not the usual.

        Raises:
            Overloaded: there is no room for them.
        """
        with self._lock:
            held = self.bytes - request.bytes + size
            if size > request.bytes and held > (most or self._most(size)):
                raise self._overloaded()
            self.bytes, request.bytes = held, size

    def _most(self, size: int) -> int:
        return self.most_bytes if size <= SMALL_BYTES else self.most_bytes - self.most_bytes // 8

    def _overloaded(self) -> Overloaded:
        return Overloaded(
            "bytes", f"overloaded: expected at most {self.most_bytes} bytes of requests at once", self.work
        )

    @property
    def wait(self) -> float:
        """Seconds until that work is done: the loop hears and refuses others, too, and shares its core."""
        return self.work * max(self._took / self._ahead, 1.0) if self._ahead else self.work

    def begin_work(self, request: InFlight) -> None:
        """Expect the loop to work for a request."""
        with self._lock:
            request.work, request.began = request.estimate, perf_counter()
            self.work += request.work
            request.ahead = self.work

    def end_work(self, request: InFlight) -> None:
        """Expect no more work for it, and learn how long what was ahead of it took."""
        with self._lock:
            if request.work:
                self._ahead += WEIGHT * (request.ahead - self._ahead)
                self._took += WEIGHT * (perf_counter() - request.began - self._took)
            self.work -= request.work
            request.work = 0.0

    def leave(self, request: InFlight) -> None:
        """Release all that a request holds."""
        self.hold(request, 0)
        self.end_work(request)
        with self._lock:
            self.requests -= 1
            if not self.requests:
                self.work = 0.0  # and not what rounding left
