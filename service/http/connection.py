"""A connection: what has come on it, what is still to be sent, and how long it may take."""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto

from service.http import framing
from service.http.framing import Head, Odd

PIECE = 1 << 18  # bytes that are received at once
AHEAD = 1 << 16  # bytes that a client may send before it is answered, beyond its request
KEPT_SECONDS = 75  # without a request; longer than load balancers keep theirs, so that they close first
SILENT_SECONDS = 20  # in the middle of a request, before the first one, or of taking an answer
WHOLE_SECONDS = 300  # from the first byte of a request to its last, and of an answer
LINGER_SECONDS = 2  # until the client closes, too
SHOWN = 100
REPORTS = (b"GET /models/", b"HEAD /models/")
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class State(Enum):
    """What is waited for."""

    REQUEST = auto()  # or the rest of one
    ANSWER = auto()  # from the application
    CLIENT = auto()  # to take all of the answer
    END = auto()  # of a connection that is over: the client closes it, too


class Connection:
    """A client's connection, whose socket is never waited for.

    Args:
        sock: of it.
        client: address.
        server: address.
        limit: bytes of the longest body.

    Attributes:
        state: of it.
        until: the time, of `time.monotonic`, at which it is given up.
        gone: whether the client has left.
        request: that was taken last.
        asked: when its last request was taken, or it came.
        watched: the events, of a selector, that the loop wakes up for.
    """

    def __init__(self, sock: socket.socket, client: object, server: object, limit: int) -> None:
        sock.setblocking(False)
        self.sock, self.client, self.server = sock, client, server
        self.state = State.REQUEST
        self.gone = False
        self.watched = 0
        self.asked = time.monotonic()
        self.request: Request | None = None
        self.until = time.monotonic() + SILENT_SECONDS
        self._limit = limit
        self._received = bytearray()
        self._head: Head | None = None
        self._seen = 0  # bytes in which no head ends
        self._chunk = 0  # where the first chunk starts that is not all there
        self._asks = False  # whether to go on
        self._since: float | None = None  # the first byte of a request came, or of an answer was sent
        self._to_send = memoryview(b"")
        self._ends = False

    @property
    def pending(self) -> int:
        """Bytes of requests that are not answered."""
        return len(self._received)

    @property
    def first_bytes(self) -> bytes:
        """Some, for a look at what is asked."""
        return bytes(self._received[:SHOWN])

    @property
    def head(self) -> Head | None:
        """That of the request which is coming, as far as it is known."""
        return self._head

    @property
    def has_too_much(self) -> bool:
        """Whether the client sends on and on without waiting for its answer."""
        return self.state in (State.ANSWER, State.CLIENT) and len(self._received) > AHEAD

    def receive(self) -> None:
        """Take what has come."""
        try:
            piece = self.sock.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        if not piece:
            self.gone = True
        elif self.state is not State.END:
            self._received += piece
            self._heard()

    def take(self) -> "Request | None":
        """A whole request, or one that is to be refused as far as it is there; None while more is to come."""
        try:
            end = self._end()
        except Odd:
            end, self._ends, self._head = len(self._received), True, None
        if end is None:
            return None
        head = self._head
        size = end if head is None or head.length is None else head.size
        with memoryview(self._received) as received:
            first, rest = bytes(received[:size]), bytes(received[size:end])
        del self._received[:end]
        self._head, self._seen, self._chunk, self._since = None, 0, 0, None
        self.state, self.until, self.asked = State.ANSWER, float("inf"), time.monotonic()
        self.request = Request(self, first, rest if head and head.length is not None else None, head)
        return self.request

    def go_on(self) -> None:
        """Tell the client to send the body, if it asks."""
        if self._asks:
            self._asks = False
            with suppress(OSError):  # who has gone is found out soon enough
                self.sock.send(GO_ON)

    def answer(self, content: bytes, *, goes_on: bool) -> None:
        """Send an answer, as far as it can be sent now; `goes_on` where another request may follow."""
        self._to_send = memoryview(content)
        self._ends |= not goes_on
        self.state, self._since = State.CLIENT, time.monotonic()
        self.send()

    def send(self) -> None:
        """Go on sending."""
        try:
            sent = self.sock.send(self._to_send) if self._to_send else 0
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.gone = True
            return
        self._to_send = self._to_send[sent:]
        self._renew()
        if not self._to_send:
            self._answered()

    def _answered(self) -> None:
        self._since = None
        if not self._ends:
            self.state = State.REQUEST
            self.until = time.monotonic() + KEPT_SECONDS
            if self._received:
                self._heard()
            return
        self.state, self.until = State.END, time.monotonic() + LINGER_SECONDS
        self._received.clear()
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.gone = True

    def _heard(self) -> None:
        if self.state is State.REQUEST:
            self._since = self._since or time.monotonic()
            self._renew()

    def _renew(self) -> None:
        """Wait for another while, but not for ever."""
        if self._since is not None:
            self.until = min(time.monotonic() + SILENT_SECONDS, self._since + WHOLE_SECONDS)

    def _end(self) -> int | None:
        """The end of the first request in what was received; None where that is not there."""
        head = self._head or self._first_lines()
        if head is None:
            return None
        if head.length is None:
            return self._end_of_chunks(head)
        if head.length > self._limit:
            raise Odd  # the head alone is enough to refuse it
        end = head.size + head.length
        return end if len(self._received) >= end else None

    def _first_lines(self) -> Head | None:
        self._head = head = framing.head_of(self._received, self._seen)
        self._seen = len(self._received)
        if head is None:
            return None
        self._chunk = head.size
        self._asks = head.expects and (head.length or 0) <= self._limit
        return head

    def _end_of_chunks(self, head: Head) -> int | None:
        self._chunk, is_whole = framing.chunks_end(self._received, self._chunk)
        if is_whole:
            return self._chunk
        if len(self._received) > head.size + self._limit * 9 // 8 + AHEAD:
            raise Odd  # what is there is enough to refuse it
        return None


@dataclass(slots=True, eq=False)
class Request:
    """A whole request.

    Attributes:
        connection: that it came on.
        content: its first lines; all of it, where it comes in chunks or is odd.
        body: None there.
        head: what the first lines say; None where it is odd.
        arrived: when, of `time.monotonic`.
        work: seconds that it is expected to take.
        is_counted: whether others have to wait for it.
    """

    connection: Connection
    content: bytes
    body: bytes | None = None
    head: Head | None = None
    arrived: float = field(default_factory=time.monotonic)
    work: float = 0.0
    is_counted: bool = False

    @property
    def size(self) -> int:
        """Bytes of it."""
        return len(self.content) + len(self.body or b"")

    @property
    def wants_work(self) -> bool:
        """Whether there may be too much of it; what only reads is never refused."""
        return not self.content.startswith((b"GET ", b"HEAD ", b"OPTIONS "))

    @property
    def only_looks(self) -> bool:
        """Whether it asks for health, metrics or descriptions, which is quick; a report may take long."""
        return not self.wants_work and not self.content.startswith(REPORTS)

    @property
    def is_last(self) -> bool:
        """Whether the connection ends with it."""
        return self.head is None or self.head.is_last

    @property
    def is_dense(self) -> bool:
        """Whether its size says little about the work."""
        return self.head is not None and self.head.is_dense

    @property
    def timeout(self) -> float | None:
        """Seconds that its client gives the service, where it says so."""
        return self.head.timeout if self.head else None
