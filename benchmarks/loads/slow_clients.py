"""Slow clients: each sends half a request, and then a byte now and then."""

import socket
from contextlib import ExitStack

from benchmarks.loads.child import Signalled
from benchmarks.loads.http import connect

BYTE_SECONDS = 0.5


def trickle(stopped: Signalled, port: int, content: bytes, clients: int) -> int:
    """Send requests slowly until stopped; a client that is cut off comes again.

    Returns:
        How often a client was cut off.
    """
    cut_off, half = 0, content[: len(content) // 2]
    with ExitStack() as stack:
        socks = [_half_sent(stack, port, half) for _ in range(clients)]
        while not stopped(BYTE_SECONDS):
            for index, sock in enumerate(socks):
                try:
                    sock.sendall(b"0")
                except OSError:
                    cut_off += 1
                    sock.close()
                    socks[index] = _half_sent(stack, port, half)
    return cut_off


def _half_sent(stack: ExitStack, port: int, half: bytes) -> socket.socket:
    sock = stack.enter_context(connect(port))
    sock.sendall(half)
    return sock
