"""HTTP, as far as the loads need it: requests with a body, and answers whose length is declared."""

import socket
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.loads.wrk import Load

PIECE = 1 << 16


class Answer(NamedTuple):
    """An answer that came whole.

    Attributes:
        status: its code.
        closes: whether the server closes the connection after it.
        body: of it.
    """

    status: int
    closes: bool
    body: bytes


def request(load: Load, fields: Sequence[str] = ()) -> bytes:
    """Return the bytes of a request with a body; `fields` are further lines of its head."""
    head = [
        f"POST {load.path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {load.content_type}",
        f"Content-Length: {len(load.body)}",
        *fields,
    ]
    return "\r\n".join([*head, "", ""]).encode() + load.body


def get(path: str) -> bytes:
    """Return the bytes of a request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def connect(port: int, timeout: float = 60) -> socket.socket:
    """Connect to a port of this machine."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def parse(received: bytes) -> Answer | None:
    """Return the answer that the received bytes are; None while some are missing."""
    head, blank, body = received.partition(b"\r\n\r\n")
    if not blank:
        return None
    lines = [line.lower() for line in head.split(b"\r\n")]
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    if len(body) < length:
        return None
    return Answer(int(lines[0].split(b" ", 2)[1]), b"connection: close" in lines, body)


def receive(sock: socket.socket) -> Answer:
    """Receive an answer.

    Raises:
        ConnectionError: the connection was closed before the answer was whole.
    """
    received = b""
    while (answer := parse(received)) is None:
        piece = sock.recv(PIECE)
        if not piece:
            raise ConnectionError("closed before the answer was whole")
        received += piece
    return answer
