"""Probes: health and metrics are asked for at a fixed rate, each over a new connection."""

import math
import time
from collections.abc import Sequence
from itertools import cycle

from benchmarks.loads.child import Signalled
from benchmarks.loads.http import connect, get, receive

HTTP_OK = 200


def probe(stopped: Signalled, port: int, paths: Sequence[str], rate: float) -> list[float]:
    """Ask for paths in turn until stopped.

    Args:
        stopped: tells when to end.
        port: of the service.
        paths: that are asked for.
        rate: requests a second.

    Returns:
        The milliseconds from when each request was due until its answer: one that is late because the one
        before it took long counts from when it was due. Infinite where the answer was no 200.
    """
    start, milliseconds = time.perf_counter(), []
    for index, path in enumerate(cycle(paths)):
        due = start + index / rate
        if stopped(max(due - time.perf_counter(), 0)):
            break
        with connect(port) as sock:
            sock.sendall(get(path))
            status = receive(sock).status
        milliseconds.append((time.perf_counter() - due) * 1000 if status == HTTP_OK else math.inf)
    return milliseconds
