"""Beside: how soon health checks are answered beside work that takes long."""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.contenders.contender import instances
from benchmarks.contenders.numeral import NUMERAL, WORKERS
from benchmarks.contenders.running import running
from benchmarks.datasets.published_networks import NAME, WHY, digits, document, network, published
from benchmarks.documents.sections import circumstances, percentile, spread, table
from benchmarks.documents.targets import Bar, bar_table
from benchmarks.loads.child import Child
from benchmarks.loads.http import request
from benchmarks.loads.probes import probe
from benchmarks.loads.steady_clients import post, post_once
from model.arrays import Array
from model.registry.registry import Registry

PORT, NETWORK, DEEP = 8470, (784, 500, 10), (784, 2500, 2000, 1500, 1000, 500, 10)
CLIENTS, BODY_ROWS, EXPLAINED_ROWS = 2, 1000, 20
PROBES_A_SECOND, SETTLING_SECONDS, SECONDS = 50, 0.5, 5.0
OK, MILLISECONDS = 200, 25
ALONE, LOADING = "alone", "while a version loads"
BODIES = f"beside {CLIENTS} clients that send {BODY_ROWS:,} rows of JSON"
EXPLANATIONS = f"beside {CLIENTS} clients that have {EXPLAINED_ROWS} rows explained"
INTRODUCTION = """\
`/healthz` is asked {probes} times a second, each time over a new connection, for {seconds:g} s, of a service
of {workers} workers for {name}, in turn (rounds: {rounds}). Milliseconds count from when a request was
due. Beside it, {clients} clients send bodies of JSON of {body_rows:,} rows, or have {explained_rows} rows
explained, each as soon as it has its answer; or {clients} clients at once ask for a version of
{deep} that nobody has asked for yet, until they have their answers. Clients and
service share two cores.
"""


@dataclass(frozen=True)
class Beside:
    """What was measured in a round, in one situation.

    Attributes:
        milliseconds: of the health checks.
        others: what the others were answered: requests a second, or seconds until the version answered.
    """

    milliseconds: Sequence[float]
    others: float


Rounds = Mapping[str, Sequence[Beside]]  # by the situation


def beside(folder: Path, options: Namespace) -> str:
    """Return the section."""
    images = digits(folder)
    with TemporaryDirectory() as place:
        variables = published(NETWORK, Path(place))
        _publish_deep(Path(place), options.rounds)
        with running(NUMERAL, PORT, variables, Path(place)):
            measured = [_round(images, turn) for turn in range(options.rounds)]
    rounds = {situation: [each[situation] for each in measured] for situation in measured[0]}
    header = ("`/healthz`", "p50, ms", "p99, ms", "most, ms", "the others")
    return "\n".join(
        [
            circumstances("python -m benchmarks beside", "flask", "gunicorn"),
            _introduction(options.rounds),
            bar_table(bars(rounds)),
            table(header, (_line(situation, each) for situation, each in rounds.items())),
        ]
    )


def bars(rounds: Rounds) -> Iterator[Bar]:
    """Yield what is to be reached."""
    for situation in (BODIES, EXPLANATIONS, LOADING):
        values = [percentile(each.milliseconds, 0.99) for each in rounds[situation]]
        yield Bar(f"{situation}: p99 at most {MILLISECONDS} ms", values, most=MILLISECONDS)


def _introduction(rounds: int) -> str:
    return INTRODUCTION.format(
        probes=PROBES_A_SECOND,
        seconds=SECONDS,
        workers=WORKERS,
        name="-".join(map(str, NETWORK)),
        deep="-".join(map(str, DEEP)),
        rounds=rounds,
        clients=CLIENTS,
        body_rows=BODY_ROWS,
        explained_rows=EXPLAINED_ROWS,
    )


def _line(situation: str, each: Sequence[Beside]) -> list[str]:
    shares = (0.5, 0.99, 1)
    columns = [[percentile(one.milliseconds, share) for one in each] for share in shares]
    others = median(one.others for one in each)
    unit = "s until it answered" if situation == LOADING else "answers a second"
    return [situation, *map(spread, columns), "-" if situation == ALONE else f"{others:.1f} {unit}"]


def _round(images: Array, turn: int) -> dict[str, Beside]:
    bodies = request(instances("/predict")(images[:BODY_ROWS]))
    explanations = request(instances("/explain")(images[:EXPLAINED_ROWS]))
    measured = {
        ALONE: _probed(_sleep),
        BODIES: _beside_clients(bodies),
        EXPLANATIONS: _beside_clients(explanations),
        LOADING: _beside_loading(images[:1], turn + 2),
    }
    print(f"beside: round {turn + 1}", flush=True)
    return measured


def _probed(until: Callable[[], float]) -> Beside:
    """Ask for health until a function returns, whose result is what the others were answered."""
    with Child(probe, PORT, ["/healthz"], PROBES_A_SECOND) as probes:
        others = until()
        return Beside(probes.stop(), others)


def _sleep() -> float:
    time.sleep(SECONDS)
    return float("nan")


def _beside_clients(content: bytes) -> Beside:
    with Child(post, PORT, content, CLIENTS) as clients:
        time.sleep(SETTLING_SECONDS)
        measured = _probed(_sleep)
        tally = clients.stop()
    if wrong := set(tally.statuses) - {OK}:
        raise SystemExit(f"beside: expected answers of {OK}, got {wrong}")
    return Beside(measured.milliseconds, tally.statuses[OK] / (SETTLING_SECONDS + SECONDS))


def _beside_loading(rows: Array, version: int) -> Beside:
    content = request(instances(f"/predict?version={version}")(rows))
    with ExitStack() as stack:
        clients = [stack.enter_context(Child(post_once, PORT, content)) for _ in range(CLIENTS)]

        def until() -> float:
            for client in clients:
                client.signal()
            return max(client.result() for client in clients)

        return _probed(until)


def _publish_deep(folder: Path, versions: int) -> None:
    """Publish versions that nobody has asked for yet, from 2 on."""
    registry, deep = Registry(folder, NAME), document(network(DEEP))
    for _ in range(versions):
        registry.publish(deep, WHY)
