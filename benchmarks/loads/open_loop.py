"""An open loop: requests that come at random at a rate, whether or not earlier ones were answered."""

import random
import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field

from benchmarks.documents.sections import percentile
from benchmarks.loads.child import Signalled
from benchmarks.loads.http import PIECE, connect, parse

MOST_CONNECTIONS = 900
PATIENCE_SECONDS = 60
CUT_OFF = 0  # stands for the status of a request whose connection was closed instead of an answer


@dataclass
class Seen:
    """What came of some requests: the milliseconds of those with each status, and those never sent."""

    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    unsent: int = 0

    def count(self, status: int) -> int:
        """Return the answers of a status."""
        return len(self.milliseconds.get(status, ()))

    def percentile(self, share: float, status: int = 200) -> float:
        """Return the milliseconds that this share of the answers of a status took at most."""
        return percentile(self.milliseconds.get(status, ()), share)


@dataclass(eq=False, slots=True)
class _Client:
    sock: socket.socket
    is_new: bool = True
    due: float = 0.0
    rest: memoryview = field(default_factory=lambda: memoryview(b""))
    received: bytes = b""


class OpenLoop:
    """Asks a server on loopback.

    Args:
        port: of it.
        content: of a request, head and body.
    """

    def __init__(self, port: int, content: bytes) -> None:
        self._port, self._content = port, content
        self._selector = selectors.DefaultSelector()
        self._idle: deque[_Client] = deque()
        self._busy = 0

    def run(self, rate: float, seconds: float) -> Seen:
        """Ask at a rate, requests a second, for some seconds, and wait for the answers.

        Raises:
            SystemExit: some were not answered in PATIENCE_SECONDS.
        """
        seen, end = Seen(), time.perf_counter() + seconds
        due = time.perf_counter()
        while (now := time.perf_counter()) < end or self._busy:
            while due <= now < end:
                self._ask(due, seen)
                due += random.expovariate(rate)
            timeout = max(min(due, end) - time.perf_counter(), 0) if now < end else 0.1
            for key, _ in self._selector.select(timeout):
                self._go_on(key.data, seen)
            if now > end + PATIENCE_SECONDS:
                raise SystemExit(f"{self._busy} requests were not answered in {PATIENCE_SECONDS} s")
        return seen

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop().sock.close()
        self._selector.close()

    def _ask(self, due: float, seen: Seen) -> None:
        if not self._idle and self._busy >= MOST_CONNECTIONS:
            seen.unsent += 1
            return
        self._begin(self._idle.popleft() if self._idle else self._connected(), due)

    def _connected(self) -> _Client:
        sock = connect(self._port)
        sock.setblocking(False)
        return _Client(sock)

    def _begin(self, client: _Client, due: float) -> None:
        client.due, client.rest, client.received = due, memoryview(self._content), b""
        self._busy += 1
        self._selector.register(client.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, client)

    def _go_on(self, client: _Client, seen: Seen) -> None:
        try:
            if client.rest:
                client.rest = client.rest[client.sock.send(client.rest) :]
                if not client.rest:
                    self._selector.modify(client.sock, selectors.EVENT_READ, client)
            piece = client.sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        client.received += piece
        answer = parse(client.received)
        if answer or not piece:
            self._end(
                client, answer.status if answer else CUT_OFF, seen, keep=bool(answer) and not answer.closes
            )

    def _end(self, client: _Client, status: int, seen: Seen, *, keep: bool) -> None:
        self._busy -= 1
        self._selector.unregister(client.sock)
        if keep:
            client.is_new = False
            self._idle.append(client)
        else:
            client.sock.close()
        if status == CUT_OFF and not client.is_new and not client.received:
            self._begin(self._connected(), client.due)  # it had been idle for too long, as HTTP allows
            return
        seen.milliseconds.setdefault(status, []).append((time.perf_counter() - client.due) * 1000)


def ask(_: Signalled, port: int, content: bytes, rate: float, seconds: float) -> Seen:
    """Ask at a rate for some seconds, and return what came of it."""
    loop = OpenLoop(port, content)
    try:
        return loop.run(rate, seconds)
    finally:
        loop.close()
