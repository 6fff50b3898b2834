"""Sharing: what it brings that requests share forward passes, and what it costs where they do not."""

from argparse import Namespace
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import wrk
from benchmarks.contenders import BYTES, CONTENDERS, Running, running
from benchmarks.report import circumstances, ratios, spread, table
from benchmarks.serving import published
from benchmarks.wrk import Load, Outcome
from model.activations import Array
from pipeline import idx

PORT, SECONDS, WARM_UP = 8967, 4.0, 1.0
LOADS = (
    ((784, 2500, 2000, 1500, 1000, 500, 10), 32),
    ((784, 2500, 2000, 1500, 1000, 500, 10), 1),
    ((784, 1000, 500, 10), 16),
    ((784, 1000, 500, 10), 1),
    ((784, 100, 10), 16),
    ((784, 100, 10), 1),
)
INTRODUCTION = """\
Requests of one row as bytes, {seconds:g} s a time, in turn (rounds: {rounds}), with sharing and without
(`NUMERAL_THREADS=1`), medians (least to most). Whether passes are shared is decided by their measured cost.
"""


def sharing(folder: Path, options: Namespace) -> str:
    """The section."""
    images = idx.decode((folder / "t10k-images-idx3-ubyte").read_bytes(), "t10k-images").reshape(-1, 784)
    header = (
        "network",
        "connections",
        "requests a second",
        "without sharing",
        "times",
        "p50, of that without",
    )
    lines = [_line(sizes, connections, images[:1], options.rounds) for sizes, connections in LOADS]
    about = circumstances("python -m benchmarks sharing", "flask", "gunicorn")
    introduction = INTRODUCTION.format(seconds=SECONDS, rounds=options.rounds)
    return "\n".join([about, introduction, table(header, lines)])


def _line(sizes: tuple[int, ...], connections: int, rows: Array, rounds: int) -> list[str]:
    load = Load("/predict", BYTES, rows.tobytes(), 1)
    with TemporaryDirectory() as place, ExitStack() as stack:
        variables = published(sizes, Path(place))
        services = [
            stack.enter_context(_service(threads, PORT + threads, variables, Path(place)))
            for threads in (32, 1)
        ]
        for service in services:
            wrk.run(service.url, load, connections, WARM_UP)
        seen: tuple[list[Outcome], list[Outcome]] = ([], [])
        for turn in range(rounds):
            for which in (0, 1) if turn % 2 else (1, 0):
                seen[which].append(wrk.run(services[which].url, load, connections, SECONDS))
            print(f"sharing: {sizes}, {connections} connections, round {turn + 1} of {rounds}", flush=True)
    rates = [[outcome.rate for outcome in outcomes] for outcomes in seen]
    middles = [[outcome.p50 for outcome in outcomes] for outcomes in seen]
    return [
        "-".join(map(str, sizes)),
        str(connections),
        *(spread(each, "{:.0f}") for each in rates),
        spread(ratios(*rates)),
        spread(ratios(*middles)),
    ]


def _service(
    threads: int, port: int, variables: Mapping[str, str], folder: Path
) -> AbstractContextManager[Running]:
    ours = CONTENDERS[0]
    with_threads = replace(ours, variables=lambda at: ours.variables(at) | {"NUMERAL_THREADS": str(threads)})
    return running(with_threads, port, variables, folder)
