"""Stops: how soon a service ends, what is lost on the way, and what idle connections hold."""

import signal
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory

from benchmarks.contenders.contender import instances
from benchmarks.contenders.numeral import NUMERAL
from benchmarks.contenders.running import Running, running
from benchmarks.datasets.published_networks import digits, published
from benchmarks.documents.sections import circumstances, spread, table
from benchmarks.documents.targets import Bar, bar_table
from benchmarks.loads.child import Child
from benchmarks.loads.http import request
from benchmarks.loads.idle import idle_after_get, idle_after_upload
from benchmarks.loads.steady_clients import Tally, post

PORT, NETWORK = 8460, (784, 500, 10)
IDLE, CLIENTS, UPLOADS, UPLOAD_BYTES = 50, 8, 40, 33_554_432
SETTLING_SECONDS, LOAD_SECONDS, PATIENCE_SECONDS = 1.0, 2.0, 60
END_SECONDS, MEBIBYTES = 2, 64
INTRODUCTION = """\
Two workers for {name} (rounds: {rounds}). First, {uploads} connections send a body of {mebibytes} MiB
each to a path that does not exist, one after the other, and stay open; then the memory of all processes
(PSS) is compared with that before. Then, in a service of its own, {idle} connections have had an answer and
are idle, {clients} clients send requests of one row of JSON, each as soon as it has its answer, and after
{seconds:g} s the service gets SIGTERM. A request is lost if it was sent whole and not answered; a connection
that is refused, or closed before a request was sent whole, loses nothing.
"""


@dataclass(frozen=True)
class Stop:
    """What was measured in a round.

    Attributes:
        seconds: from SIGTERM until the process had ended.
        tally: what became of the requests.
        mebibytes: that the idle connections added.
        uploads: bodies that were sent whole.
    """

    seconds: float
    tally: Tally
    mebibytes: float
    uploads: int

    def figures(self) -> Mapping[str, float]:
        """Return the figures by what they are."""
        return {
            "seconds from SIGTERM to the end": self.seconds,
            "requests answered": self.tally.statuses.total(),
            "of these with another status than 200": self.tally.statuses.total() - self.tally.statuses[200],
            "requests lost": self.tally.lost,
            "of these the first on their connection": self.tally.lost_at_once,
            "MiB that idle connections added": self.mebibytes,
            "bodies sent whole": self.uploads,
        }


def stops(folder: Path, options: Namespace) -> str:
    """Return the section."""
    content = request(instances("/predict")(digits(folder)[:1]))
    with TemporaryDirectory() as place:
        variables = published(NETWORK, Path(place))
        measured = [_round(variables, Path(place), content, turn) for turn in range(options.rounds)]
    figures = [each.figures() for each in measured]
    lines = ([what, _spread([each[what] for each in figures])] for what in figures[0])
    return "\n".join(
        [
            circumstances("python -m benchmarks stops", "flask", "gunicorn"),
            _introduction(options.rounds),
            bar_table(bars(measured)),
            table(("what", "median (least to most)"), lines),
        ]
    )


def _spread(values: Sequence[float]) -> str:
    return spread(values, "{:.0f}" if all(isinstance(value, int) for value in values) else "{:.2f}")


def bars(measured: Sequence[Stop]) -> Iterator[Bar]:
    """Yield what is to be reached."""
    seconds = [stop.seconds for stop in measured]
    what = f"ends within {END_SECONDS} s of SIGTERM, with {IDLE} idle connections and {CLIENTS} clients"
    yield Bar(what, seconds, most=END_SECONDS)
    lost = sum(stop.tally.lost for stop in measured)
    yield Bar("no request lost, all rounds together", [lost], most=0, form="{:.0f}")
    what = f"{UPLOADS} idle connections that sent {UPLOAD_BYTES >> 20} MiB each: at most {MEBIBYTES} MiB more"
    yield Bar(what, [stop.mebibytes for stop in measured], most=MEBIBYTES, form="{:.0f}")


def _introduction(rounds: int) -> str:
    return INTRODUCTION.format(
        name="-".join(map(str, NETWORK)),
        rounds=rounds,
        uploads=UPLOADS,
        mebibytes=UPLOAD_BYTES >> 20,
        idle=IDLE,
        clients=CLIENTS,
        seconds=LOAD_SECONDS,
    )


def _round(variables: Mapping[str, str], folder: Path, content: bytes, turn: int) -> Stop:
    with running(NUMERAL, PORT, variables, folder) as service:
        mebibytes, uploads = _memory_of_idle(service)
    with running(NUMERAL, PORT, variables, folder) as service:
        seconds, tally = _stop_under_load(service, content)
    stop = Stop(seconds, tally, mebibytes, uploads)
    print(f"stops: round {turn + 1}, {stop}", flush=True)
    return stop


def _memory_of_idle(service: Running) -> tuple[float, int]:
    time.sleep(SETTLING_SECONDS)
    before = service.memory()
    with idle_after_upload(PORT, "/nothing", UPLOAD_BYTES, UPLOADS) as uploads:
        time.sleep(SETTLING_SECONDS)
        return service.memory() - before, uploads


def _stop_under_load(service: Running, content: bytes) -> tuple[float, Tally]:
    with idle_after_get(PORT, "/healthz", IDLE), Child(post, PORT, content, CLIENTS) as clients:
        time.sleep(LOAD_SECONDS)
        start = time.perf_counter()
        service.process.send_signal(signal.SIGTERM)
        try:
            service.process.wait(PATIENCE_SECONDS)
        except TimeoutExpired:
            raise SystemExit(f"stops: expected an end within {PATIENCE_SECONDS} s, got none") from None
        return time.perf_counter() - start, clients.stop()
