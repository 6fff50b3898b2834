"""A comparison: contenders that serve the same network are loaded in turn, in each form of request."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.contenders.contender import Contender, Form
from benchmarks.contenders.environments import installed
from benchmarks.contenders.running import Running, running
from benchmarks.datasets.published_networks import published
from benchmarks.documents.sections import spread, table
from benchmarks.loads import wrk
from benchmarks.loads.wrk import Outcome
from model.arrays import Array

PORT, PORTS_EACH = 8500, 10
SECONDS, LONG_SECONDS, LONG_ROWS, WARM_UP = 2.0, 3.0, 1000, 1.0
MEMORY = ("service", "seconds to ready", "MiB then", "MiB after all of this", "MiB on disk")

Outcomes = Mapping[int, Outcome]  # by round


@dataclass
class Standing:
    """What was measured of a contender.

    Attributes:
        contender: that it is of.
        ready: seconds from its start until it was ready.
        at_start: PSS of all its processes before the first request, MiB.
        at_end: that after the last one.
        outcomes: by form and round.
    """

    contender: Contender
    ready: float
    at_start: float
    at_end: float = float("nan")
    outcomes: dict[Form, dict[int, Outcome]] = field(default_factory=dict)


def compare(
    contenders: Sequence[Contender], sizes: tuple[int, ...], forms: Sequence[Form], images: Array, rounds: int
) -> list[Standing]:
    """Load contenders in turn in each form, in so many rounds; each round begins with another one."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)  # a container reads it as another user
        variables = published(sizes, Path(folder))
        services = [
            stack.enter_context(running(contender, PORT + PORTS_EACH * index, variables, Path(folder)))
            for index, contender in enumerate(contenders)
        ]
        standings = [Standing(each.contender, each.seconds, each.memory()) for each in services]
        pairs = [*zip(services, standings, strict=True)]
        for turn in range(rounds):
            first = turn % len(pairs)
            for form in forms:
                for service, standing in pairs[first:] + pairs[:first]:
                    _load(service, standing, form, images[: form.rows], turn)
                print(f"{sizes}: round {turn + 1} of {rounds}, {form}", flush=True)
        for service, standing in pairs:
            standing.at_end = service.memory()
    return standings


def _load(service: Running, standing: Standing, form: Form, rows: Array, turn: int) -> None:
    contender = service.contender
    if form.kind not in contender.loads or turn % contender.every:
        return
    load = contender.loads[form.kind](rows)
    outcomes = standing.outcomes.setdefault(form, {})
    if not outcomes:
        wrk.run(service.url, load, form.connections, WARM_UP)
    seconds = LONG_SECONDS if form.rows >= LONG_ROWS else SECONDS
    outcomes[turn] = wrk.run(service.url, load, form.connections, seconds)


def times(outcomes: Outcomes, others: Outcomes) -> list[float]:
    """Return how many times the rate of others the rate was, in each round that both were measured in."""
    both = sorted(outcomes.keys() & others.keys())
    rates = ((outcomes[turn].rate, others[turn].rate) for turn in both)
    return [rate / other if other else float("inf") for rate, other in rates]


def rate_table(standings: Sequence[Standing], form: Form) -> str:
    """Return the table of a form; the first contender is the one that others are held against."""
    measured = [standing for standing in standings if standing.outcomes.get(form)]
    header = ("service", "requests a second", "times ours", "p50, ms", "p99, ms")
    return table(header, (_line(standing, form, measured[0].outcomes[form]) for standing in measured))


def _line(standing: Standing, form: Form, ours: Outcomes) -> list[str]:
    outcomes = standing.outcomes[form]
    return [
        standing.contender.name,
        spread([outcome.rate for outcome in outcomes.values()], "{:.0f}"),
        spread(times(outcomes, ours)),
        f"{median(outcome.p50 for outcome in outcomes.values()):.2f}",
        f"{median(outcome.p99 for outcome in outcomes.values()):.2f}",
    ]


def memory_table(standings: Sequence[Standing]) -> str:
    """Return the table of what contenders need beside time."""
    return table(MEMORY, map(_memory_line, standings))


def _memory_line(standing: Standing) -> list[str]:
    return [
        standing.contender.name,
        f"{standing.ready:.2f}",
        f"{standing.at_start:.0f}",
        f"{standing.at_end:.0f}",
        f"{installed(standing.contender.package):.0f}",
    ]
