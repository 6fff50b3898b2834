"""An open loop: requests that come at random at a rate, whether or not earlier ones were answered."""

import random
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.wrk import Load

MOST_CONNECTIONS = 900


@dataclass
class Seen:
    """What came of some requests: the milliseconds of those with each status, and those never sent."""

    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    unsent: int = 0

    def count(self, status: int) -> int:
        """Answers of a status."""
        return len(self.milliseconds.get(status, ()))

    def percentile(self, share: float, status: int = 200) -> float:
        """Milliseconds that this share of the answers of a status took at most."""
        times = sorted(self.milliseconds.get(status, [float("nan")]))
        return times[min(int(share * len(times)), len(times) - 1)]


@dataclass(eq=False, slots=True)
class _Client:
    sock: socket.socket
    sent: float = 0.0
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
        """Ask at a rate, requests a second, for some seconds, and wait for the answers."""
        seen, end = Seen(), time.perf_counter() + seconds
        due = time.perf_counter()
        while (now := time.perf_counter()) < end or self._busy:
            while due <= now < end:
                self._ask(due, seen)
                due += random.expovariate(rate)
            patience = max(min(due, end) - time.perf_counter(), 0) if now < end else 0.1
            for key, _ in self._selector.select(patience):
                self._go_on(key.data, seen)
            if now > end + 60:
                raise SystemExit(f"{self._busy} requests were not answered within a minute")
        return seen

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop().sock.close()
        self._selector.close()

    def _ask(self, due: float, seen: Seen) -> None:
        if not self._idle:
            if self._busy >= MOST_CONNECTIONS:
                seen.unsent += 1
                return
            sock = socket.create_connection(("127.0.0.1", self._port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self._idle.append(_Client(sock))
        client = self._idle.popleft()
        client.sent, client.rest, client.received = due, memoryview(self._content), b""
        self._busy += 1
        self._selector.register(client.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
        self._send(client)

    def _send(self, client: _Client) -> None:
        try:
            sent = client.sock.send(client.rest)
        except BlockingIOError:
            return
        client.rest = client.rest[sent:]
        if not client.rest:
            self._selector.modify(client.sock, selectors.EVENT_READ, client)

    def _go_on(self, client: _Client, seen: Seen) -> None:
        if client.rest:
            self._send(client)
        try:
            piece = client.sock.recv(1 << 16)
        except BlockingIOError:
            return
        client.received += piece
        head, blank, body = client.received.partition(b"\r\n\r\n")
        if piece and not (blank and len(body) >= _length(head)):
            return
        self._busy -= 1
        self._selector.unregister(client.sock)
        status = int(head.split(b" ", 2)[1]) if piece else 0
        seen.milliseconds.setdefault(status, []).append((time.perf_counter() - client.sent) * 1000)
        if piece:
            self._idle.append(client)
        else:
            client.sock.close()


def request(load: Load, fields: Sequence[str] = ()) -> bytes:
    """The bytes of a request."""
    head = [
        f"POST {load.path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {load.content_type}",
        f"Content-Length: {len(load.body)}",
        *fields,
    ]
    return "\r\n".join([*head, "", ""]).encode() + load.body


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.index(b"content-length:") + len(b"content-length:")
    return int(lowered[start:].split(b"\r\n", 1)[0])
