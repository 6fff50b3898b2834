"""Overload: what becomes of requests at three times the load that can be carried, and beside slow clients."""

import socket
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import wrk
from benchmarks.contenders import BYTES, CONTENDERS, Running, running
from benchmarks.open_loop import OpenLoop, Seen, request
from benchmarks.report import circumstances, spread, table
from benchmarks.serving import published
from benchmarks.wrk import Load
from model.activations import Array
from pipeline import idx

PORT, NETWORK, ROWS = 8947, (784, 1000, 500, 10), 64
WARM_UP, SETTLING_SECONDS, SECONDS, SLOW_CLIENTS, BYTE_SECONDS = 1.0, 2.0, 5.0, 200, 0.5
USUAL, TOO_MUCH = 0.8, 3.0
INTRODUCTION = """\
Requests of {rows} rows as bytes for {name}, {seconds:g} s a time (rounds: {rounds}). The peak is what 16
connections of wrk get. Then requests come at random, whether or not earlier ones were answered: at
{usual:.0%} of the peak, and at {too_much:g} times the peak with `X-Request-Timeout-Ms` at what the
99th percentile was before. `/healthz` and `/metrics` are asked in turn all the while. Slow clients
are {slow} connections that send half a request each and then a byte every half second, beside requests at
half the peak. Clients and service share two cores.
"""


def overload(folder: Path, options: Namespace) -> str:
    """The section."""
    images = idx.decode((folder / "t10k-images-idx3-ubyte").read_bytes(), "t10k-images").reshape(-1, 784)
    with TemporaryDirectory() as place:
        variables = published(NETWORK, Path(place))
        with running(CONTENDERS[0], PORT, variables, Path(place)) as service:
            rounds = [_round(service, images[:ROWS], index) for index in range(options.rounds)]
    introduction = INTRODUCTION.format(
        rows=ROWS,
        name="-".join(map(str, NETWORK)),
        seconds=SECONDS,
        rounds=options.rounds,
        usual=USUAL,
        too_much=TOO_MUCH,
        slow=SLOW_CLIENTS,
    )
    lines = [[what, spread([each[what] for each in rounds], "{:.2f}")] for what in rounds[0]]
    about = circumstances("python -m benchmarks overload", "flask", "gunicorn")
    return "\n".join([about, introduction, table(("what", "median (least to most)"), lines)])


def _round(service: Running, rows: Array, index: int) -> dict[str, float]:
    load = Load("/predict", BYTES, rows.tobytes(), len(rows))
    wrk.run(service.url, load, 16, WARM_UP)
    peak = wrk.run(service.url, load, 16, SECONDS).rate
    usual, _ = _asked(load, peak * USUAL)
    timeout = max(round(usual.percentile(0.99)), 1)
    too_much, looks = _asked(load, peak * TOO_MUCH, f"X-Request-Timeout-Ms: {timeout}")
    alone, _ = _asked(load, peak / 2)
    with _slow_clients(load):
        time.sleep(SETTLING_SECONDS)
        beside, _ = _asked(load, peak / 2)
    print(f"overload: round {index + 1}", flush=True)
    return {
        "peak, requests a second": peak,
        f"p99 at {USUAL:.0%} of it, ms": usual.percentile(0.99),
        "timeout, ms": timeout,
        f"asked at {TOO_MUCH:g} times the peak, requests a second": _asked_rate(too_much),
        "of these accepted, of the peak": too_much.count(200) / SECONDS / peak,
        "p99 of the accepted, ms": too_much.percentile(0.99),
        f"p99 of the accepted, of that at {USUAL:.0%}": too_much.percentile(0.99) / usual.percentile(0.99),
        "p99 of the refused, ms": too_much.percentile(0.99, 429),
        "p50 of `/healthz` and `/metrics` then, ms": median(looks),
        "most of these, ms": max(looks),
        "p99 at half the peak, ms": alone.percentile(0.99),
        f"p99 with {SLOW_CLIENTS} slow clients, of that": beside.percentile(0.99) / alone.percentile(0.99),
    }


def _asked_rate(seen: Seen) -> float:
    return (sum(map(len, seen.milliseconds.values())) + seen.unsent) / SECONDS


def _asked(load: Load, rate: float, *fields: str) -> tuple[Seen, list[float]]:
    with _looking() as looks:
        loop = OpenLoop(PORT, request(load, fields))
        seen = loop.run(rate, SECONDS)
        loop.close()
    if wrong := set(seen.milliseconds) - {200, 429}:
        raise SystemExit(f"overload: expected answers of 200 and 429, got {wrong}")
    return seen, looks


@contextmanager
def _looking() -> Iterator[list[float]]:
    """Ask for health and metrics ten times a second, from a process of its own; the milliseconds it took."""
    command = [sys.executable, "-m", "benchmarks.looks", str(PORT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        looks: list[float] = []
        yield looks
        said, _ = process.communicate("stop\n")
        looks += map(float, said.split())


@contextmanager
def _slow_clients(load: Load) -> Iterator[None]:
    content, ended = request(load), threading.Event()
    with ExitStack() as stack:
        clients = []
        for _ in range(SLOW_CLIENTS):
            clients.append(stack.enter_context(socket.create_connection(("127.0.0.1", PORT))))
            clients[-1].sendall(content[: len(content) // 2])

        def trickle() -> None:
            at = len(content) // 2
            while not ended.wait(BYTE_SECONDS):
                for client in clients:
                    client.sendall(content[at : at + 1])
                at += 1

        thread = threading.Thread(target=trickle)
        thread.start()
        yield
        ended.set()
        thread.join()
