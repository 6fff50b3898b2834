"""Sharing: what it brings that requests share forward passes, and what it costs where they do not."""

from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contenders.contender import BYTES
from benchmarks.contenders.controls import GTHREAD, GTHREAD_THREADS
from benchmarks.contenders.numeral import NUMERAL
from benchmarks.contenders.running import running
from benchmarks.datasets.published_networks import digits, published
from benchmarks.documents.sections import circumstances, ratios, spread, table
from benchmarks.loads import wrk
from benchmarks.loads.wrk import Load, Outcome
from model.arrays import Array

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
Requests of one row as bytes, {seconds:g} s a time, in turn (rounds: {rounds}), medians (least to most).
Requests that reach the forward pass in one turn of the loop share it; without a loop, as on gunicorn's
gthread worker ({threads} threads), each has a pass of its own.
"""


def sharing(folder: Path, options: Namespace) -> str:
    """The section."""
    images = digits(folder)
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
    introduction = INTRODUCTION.format(seconds=SECONDS, rounds=options.rounds, threads=GTHREAD_THREADS)
    return "\n".join([about, introduction, table(header, lines)])


def _line(sizes: tuple[int, ...], connections: int, rows: Array, rounds: int) -> list[str]:
    load = Load("/predict", BYTES, rows.tobytes(), 1)
    with TemporaryDirectory() as place, ExitStack() as stack:
        variables = published(sizes, Path(place))
        services = [
            stack.enter_context(running(contender, PORT + index, variables, Path(place)))
            for index, contender in enumerate((NUMERAL, GTHREAD))
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
