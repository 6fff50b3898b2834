"""Serving: requests a second beside the peers and the controls, and how long a start and a change take."""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, product
from pathlib import Path
from statistics import median

from benchmarks.contenders.contender import Contender, Form
from benchmarks.contenders.controls import FORMER
from benchmarks.contenders.environments import PINS
from benchmarks.contenders.line_up import CONTENDERS
from benchmarks.contenders.numeral import NUMERAL, WORKERS
from benchmarks.contenders.peers import FASTAPI, HEAVY, MOSEC
from benchmarks.contenders.version_changes import Changes, measure_changes
from benchmarks.datasets.published_networks import digits
from benchmarks.documents.comparison import (
    LONG_ROWS,
    LONG_SECONDS,
    SECONDS,
    Outcomes,
    Standing,
    compare,
    memory_table,
    rate_table,
    times,
)
from benchmarks.documents.sections import circumstances
from benchmarks.documents.targets import Bar, bar_table

NETWORKS = ((784, 500, 10), (784, 100, 10))
CONNECTIONS = 16
ONE_CLIENT = Form("JSON", 1, 1)
MANY_CLIENTS = tuple(Form(kind, rows, CONNECTIONS) for kind in ("JSON", "bytes") for rows in (1, 64, 1000))
FORMS = (ONE_CLIENT, *MANY_CLIENTS)
READY_SECONDS, MEBIBYTES_A_WORKER, TAIL = 0.5, 80, 3
TIMES: Sequence[tuple[Form, Contender, float]] = (  # what is to be reached, in each network
    (Form("JSON", 1, CONNECTIONS), FASTAPI, 1.1),
    (Form("JSON", 1, CONNECTIONS), MOSEC, 1.1),
    (Form("JSON", 1, CONNECTIONS), FORMER, 2.2),
    (Form("JSON", 64, CONNECTIONS), FASTAPI, 1.4),
    (Form("JSON", 64, CONNECTIONS), MOSEC, 1.6),
    (Form("JSON", 1000, CONNECTIONS), FASTAPI, 3),
    (Form("JSON", 1000, CONNECTIONS), MOSEC, 3),
    (ONE_CLIENT, FORMER, 1.4),
    (Form("bytes", 64, CONNECTIONS), FORMER, 1.5),
)
INTRODUCTION = """\
The same network, weights and rows, images of MNIST's test set as `json.dumps` writes them (pixels / 255) or
as bytes, asked over loopback by wrk for {seconds:g} s ({long_seconds:g} s with {long_rows} rows), in turn
(rounds: {rounds}; MLServer, LitServe and BentoML in every {heavy}rd). Each service has two worker processes,
one BLAS thread each, and shares the two cores with wrk. Requests a second, median (least to most); "times
ours" is taken within each round.

Numeral is started by `python -m service`; its access log, metrics and validation are on, as they always are.
No application can pass the ceiling: another one, of a few lines, on the same worker of gunicorn's.
Standard error goes nowhere, for every service. Peers have their own environments: {pins}.
"""

Standings = Mapping[tuple[int, ...], Sequence[Standing]]  # by the sizes of the network


def serving(folder: Path, options: Namespace) -> str:
    """Return the section."""
    images = digits(folder)
    standings = {sizes: compare(CONTENDERS, sizes, FORMS, images, options.rounds) for sizes in NETWORKS}
    changes = measure_changes(options.rounds)
    parts = [
        circumstances("python -m benchmarks serving", "flask", "gunicorn"),
        _introduction(options.rounds),
    ]
    parts += [bar_table(bars(standings, changes))]
    for sizes, measured in standings.items():
        parts += [f"### {name(sizes)}\n"]
        for form in FORMS:
            parts += [f"{form}:\n", rate_table(measured, form)]
        parts += ["Start, memory (PSS of all processes), and what is installed, Python apart:\n"]
        parts += [memory_table(measured)]
    return "\n".join([*parts, changes.table()])


def _introduction(rounds: int) -> str:
    return INTRODUCTION.format(
        seconds=SECONDS,
        long_seconds=LONG_SECONDS,
        long_rows=LONG_ROWS,
        rounds=rounds,
        heavy=HEAVY,
        pins=", ".join(chain.from_iterable(PINS.values())),
    )


def name(sizes: tuple[int, ...]) -> str:
    """Return how a network is called."""
    return "-".join(map(str, sizes))


def bars(standings: Standings, changes: Changes) -> Iterator[Bar]:
    """Yield what is to be reached."""
    for (form, contender, least), (sizes, measured) in product(TIMES, standings.items()):
        ours, theirs = (_outcomes(measured, which, form) for which in (NUMERAL, contender))
        what = f"{name(sizes)}, {form}: {least:g} times {contender.name}"
        yield Bar(what, times(ours, theirs), least=least)
    for rows in (1, 64, 1000):
        yield _tail(standings, rows)
    yield Bar(f"ready within {READY_SECONDS} s", changes.ready, most=READY_SECONDS)
    for sizes, measured in standings.items():
        (ours,) = (each for each in measured if each.contender is NUMERAL)
        what = f"{name(sizes)}: at most {MEBIBYTES_A_WORKER} MiB a worker before the first request"
        yield Bar(what, [ours.at_start / WORKERS], most=MEBIBYTES_A_WORKER, form="{:.0f}")


def _outcomes(measured: Sequence[Standing], contender: Contender, form: Form) -> Outcomes:
    (standing,) = (each for each in measured if each.contender is contender)
    return standing.outcomes.get(form, {})


def _tail(standings: Standings, rows: int) -> Bar:
    """Return the bar for the longest tail of all networks and kinds with so many rows."""
    what = (
        f"{'1 row' if rows == 1 else f'{rows} rows'}, {CONNECTIONS} connections: p99 at most {TAIL} times p50"
    )
    tails = []
    for form, (sizes, measured) in product(MANY_CLIENTS, standings.items()):
        if form.rows == rows:
            values = [outcome.tail for outcome in _outcomes(measured, NUMERAL, form).values()]
            tails.append(Bar(what, values, most=TAIL, note=f"{name(sizes)}, {form.kind}"))
    return max(tails, key=lambda bar: median(bar.values))
