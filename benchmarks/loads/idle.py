"""Idle connections: they have had their answer, and stay open."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.loads.http import connect, get, receive

PIECE = bytes(1 << 20)


@contextmanager
def idle_after_get(port: int, path: str, connections: int) -> Iterator[None]:
    """Hold connections open that were answered one GET each."""
    with ExitStack() as stack:
        for _ in range(connections):
            sock = stack.enter_context(connect(port))
            sock.sendall(get(path))
            receive(sock)
        yield


@contextmanager
def idle_after_upload(port: int, path: str, size: int, connections: int) -> Iterator[int]:
    """Hold connections open that have sent a body of `size` bytes each, one after the other.

    Yields:
        How many of them sent the whole body; others were answered, or cut off, before.
    """
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n\r\n".encode()
    with ExitStack() as stack:
        yield sum(_uploaded(stack.enter_context(connect(port)), head, size) for _ in range(connections))


def _uploaded(sock: socket.socket, head: bytes, size: int) -> bool:
    try:
        sock.sendall(head)
        for start in range(0, size, len(PIECE)):
            sock.sendall(PIECE[: size - start])
        receive(sock)
    except OSError:
        return False
    return True
