"""A burst: many clients that connect and send one request each, all at once."""

import selectors
import socket
import time
from contextlib import suppress

from benchmarks.loads.child import Signalled
from benchmarks.loads.http import PIECE, parse

PATIENCE_SECONDS = 20
HTTP_OK = 200


class _Client:
    """A connection that is being made, then sends, then receives."""

    def __init__(self, port: int, content: bytes) -> None:
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.connect_ex(("127.0.0.1", port))
        self.rest, self._received = memoryview(content), b""

    def go_on(self) -> int | None:
        """Do what can be done now; return the answer's status, 0 for none, None for not yet."""
        try:
            if self.rest:
                self.rest = self.rest[self.sock.send(self.rest) :]
                return None
            piece = self.sock.recv(PIECE)
        except BlockingIOError:
            return None
        except OSError:
            return 0
        self._received += piece
        answer = parse(self._received)
        return (answer.status if answer else None) if piece else 0


def burst(_: Signalled, port: int, content: bytes, clients: int) -> list[float]:
    """Return the seconds from the first connection until each answer of 200, in order.

    Fewer than clients are those that were refused, cut off or not answered in PATIENCE_SECONDS.
    """
    answered, start = [], time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _each in range(clients):
            client = _Client(port, content)
            selector.register(client.sock, selectors.EVENT_WRITE, client)
        while selector.get_map() and time.perf_counter() < start + PATIENCE_SECONDS:
            for key, _events in selector.select(0.1):
                status = _went_on(selector, key.data)
                if status == HTTP_OK:
                    answered.append(time.perf_counter() - start)
        for key in [*selector.get_map().values()]:
            key.data.sock.close()
    return answered


def _went_on(selector: selectors.BaseSelector, client: _Client) -> int | None:
    status = client.go_on()
    if status is not None:
        selector.unregister(client.sock)
        with suppress(OSError):
            client.sock.close()
    elif not client.rest:
        selector.modify(client.sock, selectors.EVENT_READ, client)
    return status
