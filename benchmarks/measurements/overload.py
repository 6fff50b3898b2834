"""Overload: what becomes of requests at three times the peak, in a burst and beside slow clients."""

import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.contenders.contender import BYTES, octets
from benchmarks.contenders.numeral import NUMERAL
from benchmarks.contenders.running import Running, running
from benchmarks.datasets.published_networks import digits, published
from benchmarks.documents.sections import circumstances, spread, table
from benchmarks.documents.targets import Bar, bar_table
from benchmarks.loads import wrk
from benchmarks.loads.burst import burst
from benchmarks.loads.child import Child, run
from benchmarks.loads.http import request
from benchmarks.loads.open_loop import Seen, ask
from benchmarks.loads.probes import probe
from benchmarks.loads.slow_clients import trickle
from benchmarks.loads.wrk import Load
from model.arrays import Array

PORT, NETWORK, ROWS, CONNECTIONS = 8947, (784, 1000, 500, 10), 64, 16
WARM_UP, SETTLING_SECONDS, SECONDS = 1.0, 2.0, 5.0
SLOW_CLIENTS, BURST, PROBES_A_SECOND = 200, 500, 10
USUAL, TOO_MUCH = 0.8, 3.0
OK, TOO_MANY_REQUESTS = 200, 429
SHARE, TAIL, BURST_SECONDS, MILLISECONDS, SLOW_TIMES = 0.7, 2.2, 1, 50, 1.2
INTRODUCTION = """\
Requests of {rows} rows as bytes for {name}, {seconds:g} s a time (rounds: {rounds}). The peak is what
{connections} connections of wrk get. Then requests come at random, whether or not earlier ones were answered:
at {usual:.0%} of the peak, and at {too_much:g} times the peak with `X-Request-Timeout-Ms` at what the 99th
percentile was before. `/healthz` and `/metrics` are asked in turn all the while, {probes} times a second,
each over a new connection. A burst is {burst} new connections that send one row as bytes each, all at once.
Slow clients are {slow} connections that send half a request each and then a byte every half second, beside
requests at half the peak. Clients and service share two cores; each load is a process of its own.
"""


@dataclass(frozen=True)
class Round:
    """What was measured in a round.

    Attributes:
        peak: requests a second.
        usual, too_much: what came of requests at USUAL and TOO_MUCH times the peak.
        timeout: of the latter, ms.
        probes: milliseconds of health and metrics meanwhile.
        burst: seconds until each answer.
        alone, beside: what came of requests at half the peak, without slow clients and with them.
    """

    peak: float
    usual: Seen
    timeout: int
    too_much: Seen
    probes: Sequence[float]
    burst: Sequence[float]
    alone: Seen
    beside: Seen

    @property
    def burst_seconds(self) -> float:
        """Seconds until all of the burst were answered; infinite where some were not."""
        return max(self.burst) if len(self.burst) == BURST else float("inf")

    def figures(self) -> Mapping[str, float]:
        """Return the figures by what they are."""
        usual, too_much = self.usual.percentile(0.99), self.too_much.percentile(0.99)
        alone, beside = self.alone.percentile(0.99), self.beside.percentile(0.99)
        total = sum(map(len, self.too_much.milliseconds.values())) + self.too_much.unsent
        return {
            "peak, requests a second": self.peak,
            f"p99 at {USUAL:.0%} of it, ms": usual,
            "timeout, ms": self.timeout,
            f"asked at {TOO_MUCH:g} times the peak, requests a second": total / SECONDS,
            ACCEPTED: self.too_much.count(OK) / SECONDS / self.peak,
            "p99 of the accepted, ms": too_much,
            ACCEPTED_TAIL: too_much / usual,
            REFUSED: self.too_much.percentile(0.99, TOO_MANY_REQUESTS),
            "p50 of `/healthz` and `/metrics` then, ms": median(self.probes),
            PROBED: max(self.probes),
            ALL_OF_BURST: self.burst_seconds,
            "answers to the burst": len(self.burst),
            "p99 at half the peak, ms": alone,
            SLOW: beside / alone,
        }


ACCEPTED, ACCEPTED_TAIL = "of these accepted, of the peak", f"p99 of the accepted, of that at {USUAL:.0%}"
REFUSED, PROBED = "p99 of the refused, ms", "most of these, ms"
ALL_OF_BURST = f"seconds until all {BURST} of a burst were answered"
SLOW = f"p99 with {SLOW_CLIENTS} slow clients, of that"


def overload(folder: Path, options: Namespace) -> str:
    """Return the section."""
    rows = digits(folder)[:ROWS]
    with TemporaryDirectory() as place:
        variables = published(NETWORK, Path(place))
        with running(NUMERAL, PORT, variables, Path(place)) as service:
            rounds = [_round(service, rows, index) for index in range(options.rounds)]
    figures = [each.figures() for each in rounds]
    lines = [[what, spread([each[what] for each in figures], "{:.2f}")] for what in figures[0]]
    return "\n".join(
        [
            circumstances("python -m benchmarks overload", "flask", "gunicorn"),
            _introduction(options.rounds),
            bar_table(bars(figures)),
            table(("what", "median (least to most)"), lines),
        ]
    )


def bars(figures: Sequence[Mapping[str, float]]) -> Iterator[Bar]:
    """Yield what is to be reached, of the figures of each round."""

    def of(what: str) -> list[float]:
        return [each[what] for each in figures]

    yield Bar(f"{TOO_MUCH:g} times the peak: {SHARE:.0%} of it answered", of(ACCEPTED), least=SHARE)
    yield Bar(f"p99 of these at most {TAIL} times that at {USUAL:.0%}", of(ACCEPTED_TAIL), most=TAIL)
    yield Bar(f"p99 of the refused at most {MILLISECONDS} ms", of(REFUSED), most=MILLISECONDS)
    yield Bar(f"longest of health and metrics at most {MILLISECONDS} ms", of(PROBED), most=MILLISECONDS)
    yield Bar(f"a burst of {BURST} answered within {BURST_SECONDS} s", of(ALL_OF_BURST), most=BURST_SECONDS)
    yield Bar(f"{SLOW_CLIENTS} slow clients: p99 of others {SLOW_TIMES} times", of(SLOW), most=SLOW_TIMES)


def _introduction(rounds: int) -> str:
    return INTRODUCTION.format(
        rows=ROWS,
        name="-".join(map(str, NETWORK)),
        seconds=SECONDS,
        rounds=rounds,
        connections=CONNECTIONS,
        usual=USUAL,
        too_much=TOO_MUCH,
        probes=PROBES_A_SECOND,
        burst=BURST,
        slow=SLOW_CLIENTS,
    )


def _round(service: Running, rows: Array, index: int) -> Round:
    load = Load("/predict", BYTES, rows.tobytes(), len(rows))
    wrk.run(service.url, load, CONNECTIONS, WARM_UP)
    peak = wrk.run(service.url, load, CONNECTIONS, SECONDS).rate
    usual = _ask(load, peak * USUAL)
    timeout = max(round(usual.percentile(0.99)), 1)
    with Child(probe, PORT, ("/healthz", "/metrics"), PROBES_A_SECOND) as probes:
        too_much = _ask(load, peak * TOO_MUCH, f"X-Request-Timeout-Ms: {timeout}")
        milliseconds = probes.stop()
    seconds = run(burst, PORT, request(octets(rows[:1])), BURST)
    alone = _ask(load, peak / 2)
    with Child(trickle, PORT, request(load), SLOW_CLIENTS) as clients:
        time.sleep(SETTLING_SECONDS)
        beside = _ask(load, peak / 2)
        clients.stop()
    print(f"overload: round {index + 1}", flush=True)
    return Round(peak, usual, timeout, too_much, milliseconds, seconds, alone, beside)


def _ask(load: Load, rate: float, *fields: str) -> Seen:
    seen = run(ask, PORT, request(load, fields), rate, SECONDS)
    if wrong := set(seen.milliseconds) - {OK, TOO_MANY_REQUESTS}:
        raise SystemExit(f"overload: expected answers of {OK} and {TOO_MANY_REQUESTS}, got {wrong}")
    return seen
