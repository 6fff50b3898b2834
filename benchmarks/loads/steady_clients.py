"""Steady clients: each sends a request as soon as the one before is answered, and counts what was lost."""

import select
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.loads.child import Signalled
from benchmarks.loads.http import connect, receive

HTTP_OK = 200
TIMEOUT_SECONDS, RETRY_SECONDS = 30.0, 0.01


@dataclass
class Tally:
    """What became of requests.

    Attributes:
        statuses: how many answers had each.
        lost: requests that were sent whole and not answered.
        lost_at_once: those of them that were the first on their connection.
        closed: connections that were refused, or closed before a request was sent whole. Nothing is lost.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    lost_at_once: int = 0
    closed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.statuses + other.statuses,
            self.lost + other.lost,
            self.lost_at_once + other.lost_at_once,
            self.closed + other.closed,
        )


def post(stopped: Signalled, port: int, content: bytes, clients: int) -> Tally:
    """Send a request over and over with some clients until stopped; connections are kept alive."""
    ended = threading.Event()
    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(_client, ended, port, content) for _ in range(clients)]
        while not stopped(3600):
            pass
        ended.set()
        return sum((future.result() for future in futures), Tally())


def post_once(signalled: Signalled, port: int, content: bytes) -> float:
    """Send a request, once signalled, until it is answered with 200; return the seconds that it took."""
    signalled(TIMEOUT_SECONDS)
    start = time.perf_counter()
    while True:
        with connect(port) as sock:
            sock.sendall(content)
            status = receive(sock).status
        seconds = time.perf_counter() - start
        if status == HTTP_OK:
            return seconds
        if seconds > TIMEOUT_SECONDS:
            raise SystemExit(f"expected 200 within {TIMEOUT_SECONDS:g} s, got {status}")
        time.sleep(RETRY_SECONDS)


def _client(ended: threading.Event, port: int, content: bytes) -> Tally:
    tally = Tally()
    while not ended.is_set():
        try:
            sock = connect(port, TIMEOUT_SECONDS)
        except OSError:
            tally.closed += 1
            ended.wait(RETRY_SECONDS)
            continue
        with sock:
            _use(sock, ended, content, tally)
    return tally


def _use(sock: socket.socket, ended: threading.Event, content: bytes, tally: Tally) -> None:
    """Send requests over a connection until it is closed, and count."""
    answered = 0
    while not ended.is_set():
        if not _sent(sock, content):
            tally.closed += 1
            return
        try:
            answer = receive(sock)
        except OSError:
            tally.lost += 1
            tally.lost_at_once += not answered
            return
        answered += 1
        tally.statuses[answer.status] += 1
        if answer.closes:
            return


def _sent(sock: socket.socket, content: bytes) -> bool:
    """Send a request; return whether it was sent whole over a connection that was not closed before."""
    if select.select([sock], [], [], 0)[0]:  # nothing is due: it is the end of the connection
        return False
    try:
        sock.sendall(content)
    except OSError:
        return False
    return True
