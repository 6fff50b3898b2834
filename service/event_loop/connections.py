"""Sending: an answer in pieces, each of which is taken in time, and the end of a connection."""

import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gevent
from gevent import Timeout, monkey

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

PIECE_BYTES = 1 << 20
LINGER_SECONDS = 2.0  # in which a client that still sends may read why it was refused
PAUSE_SECONDS = 0.001
ask_system: Any = monkey.get_original("select", "poll")  # gevent's would wait, and does not know of hang-ups
HANG_UP = getattr(select, "POLLRDHUP", 0)  # of its half of a connection, which Linux alone tells
CORK = getattr(socket, "TCP_CORK", None)  # Linux alone has it


def pieces(parts: Sequence[bytes]) -> Iterator[bytes]:
    """Divide an answer into pieces that are not too large."""
    for part in parts:
        if len(part) <= PIECE_BYTES:
            yield part
        else:
            yield from (part[start : start + PIECE_BYTES] for start in range(0, len(part), PIECE_BYTES))


def cork(sock: Any, on: int) -> None:
    """Have the system send an answer's head, which gunicorn writes by itself, with its body."""
    if sock is not None and CORK is not None and sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, CORK, on)


def close_after(start_response: "StartResponse") -> None:
    """Have gunicorn end the connection with this answer: it drops a Connection header of an application."""
    force_close = getattr(getattr(start_response, "__self__", None), "force_close", None)
    if force_close:
        force_close()


def linger(sock: Any) -> None:
    """Take what still comes, for a while: a connection closed before that is reset, and its answer lost."""
    with suppress(OSError), Timeout(LINGER_SECONDS, False):
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(PIECE_BYTES):
            gevent.sleep(PAUSE_SECONDS)  # a client that never pauses would be the only one heard


def has_left(sock: Any) -> bool:
    """Whether a client has closed its end of a connection, which it may do and still read; few do."""
    number = sock.fileno()
    if number < 0:  # closed at this end, too
        return True
    asked = ask_system()
    asked.register(number, HANG_UP)
    return bool(asked.poll(0))
