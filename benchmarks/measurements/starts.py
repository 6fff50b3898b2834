"""Starts: whether a service is as fast after each of its starts, and under each way to start it."""

import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contenders.contender import Contender, Form, instances
from benchmarks.contenders.numeral import CONTAINER, GUNICORN, MAKE, MODULE, NUMERAL, WORKERS, build_image
from benchmarks.contenders.running import running
from benchmarks.datasets.published_networks import digits, published
from benchmarks.documents.comparison import Standing, compare, rate_table, times
from benchmarks.documents.sections import circumstances, table
from benchmarks.documents.targets import Bar, bar_table
from benchmarks.loads import wrk
from benchmarks.loads.wrk import Load
from model.arrays import Array

PORT, NETWORK, STARTS, CONNECTIONS = 8480, (784, 500, 10), 10, 16
SETTLING_SECONDS, SECONDS = 1.0, 2.0
FORM = Form("JSON", 64, CONNECTIONS)
EVENNESS, NEARNESS = 0.75, 0.05
INTRODUCTION = """\
{starts} starts of `python -m service` with {workers} workers for {name}. A second after each is ready,
wrk asks over {connections} new connections for {seconds:g} s, with one row of JSON; half-way, the connections
that each worker has accepted are counted.
"""
WAYS = """\
The same service under each way to start it that the documentation has, {form}, in turn (rounds: {rounds}).
`make run` finds a champion and does not train. "times ours" is that of `python -m service` in the same round.
"""


@dataclass(frozen=True)
class Start:
    """A start: requests a second, and the connections of each worker."""

    rate: float
    connections: Sequence[int]


def starts(folder: Path, options: Namespace) -> str:
    """Return the section."""
    images = digits(folder)
    with TemporaryDirectory() as place:
        variables = published(NETWORK, Path(place))
        load = instances("/predict")(images[:1])
        measured = [_start(load, variables, Path(place), index) for index in range(STARTS)]
    ways, without = _ways(images, options.rounds)
    lines = (
        [str(index), f"{start.rate:.0f}", " + ".join(map(str, start.connections))]
        for index, start in enumerate(measured, 1)
    )
    return "\n".join(
        [
            circumstances("python -m benchmarks starts", "flask", "gunicorn"),
            _introduction(),
            bar_table([*bars(measured), *way_bars(ways)]),
            table(("start", "requests a second", "connections of each worker"), lines),
            "\n".join([WAYS.format(form=FORM, rounds=options.rounds), *([without, ""] if without else [])]),
            rate_table(ways, FORM),
        ]
    )


def bars(measured: Sequence[Start]) -> Iterator[Bar]:
    """Yield what is to be reached at each start."""
    rates = [start.rate for start in measured]
    what = f"the slowest of {len(measured)} starts at least {EVENNESS} times the fastest"
    yield Bar(what, [min(rates) / max(rates)], least=EVENNESS)
    fewest = min(min(start.connections, default=0) for start in measured)
    yield Bar("no worker without a connection", [fewest], least=1, form="{:.0f} at least")


def way_bars(ways: Sequence[Standing]) -> Iterator[Bar]:
    """Yield what is to be reached by each way to start, but the first, which others are held against."""
    first, *others = ways
    for standing in others:
        what = f"{standing.contender.name} within {NEARNESS:.0%} of {first.contender.name}"
        ratios = times(standing.outcomes.get(FORM, {}), first.outcomes.get(FORM, {}))
        yield Bar(what, ratios, least=1 - NEARNESS, most=1 + NEARNESS)


def _introduction() -> str:
    return INTRODUCTION.format(
        starts=STARTS,
        workers=WORKERS,
        name="-".join(map(str, NETWORK)),
        connections=CONNECTIONS,
        seconds=SECONDS,
    )


def _start(load: Load, variables: Mapping[str, str], folder: Path, index: int) -> Start:
    with running(NUMERAL, PORT, variables, folder) as service, ThreadPoolExecutor(1) as pool:
        time.sleep(SETTLING_SECONDS)
        outcome = pool.submit(wrk.run, service.url, load, CONNECTIONS, SECONDS)
        time.sleep(SECONDS / 2)
        connections = sorted(service.connections().values(), reverse=True)
        start = Start(outcome.result().rate, connections)
    print(f"starts: {index + 1} of {STARTS}, {start}", flush=True)
    return start


def _ways(images: Array, rounds: int) -> tuple[list[Standing], str | None]:
    """Return what each way reached, and why one of them was left out."""
    without = build_image()
    ways: list[Contender] = [MODULE, GUNICORN, MAKE, *([] if without else [CONTAINER])]
    return compare(ways, NETWORK, [FORM], images, rounds), without
