"""Cost: what the service's own work takes for one row of JSON, part by part, beside Flask."""

import json
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.contenders.contender import ROOT, instances
from benchmarks.datasets.published_networks import digits, published
from benchmarks.documents.sections import circumstances, spread, table

NETWORK = (784, 500, 10)
INTRODUCTION = """\
One row of JSON for {name}, in one process without a server: each part is called alone, in turn, in
five samples of 500 calls (rounds: {rounds}), with metrics as several workers have them; the access log goes
nowhere.
Microseconds a call, median (least to most), and of the call through the express lane. A call has a turn of
the loop to itself: no pass is shared. What a server does with the connection and the head comes on top.
"""

Measured = Mapping[str, Sequence[float]]  # microseconds of each sample, by part


def cost(folder: Path, options: Namespace) -> str:
    """Return the section."""
    with TemporaryDirectory() as place:
        published(NETWORK, Path(place))
        body = Path(place, "body")
        body.write_bytes(instances("/predict")(digits(folder)[:1]).body)
        measured = _measured(Path(place), body, options.rounds)
    introduction = INTRODUCTION.format(name="-".join(map(str, NETWORK)), rounds=options.rounds)
    header = ("what", "microseconds", "share")
    return "\n".join(
        [
            circumstances("python -m benchmarks cost", "flask", "gunicorn"),
            introduction,
            table(header, lines(measured)),
        ]
    )


def lines(measured: Measured) -> Iterator[list[str]]:
    """Yield the lines of the table: parts, then whole calls."""
    own = {name: minus(values, measured["environ"]) for name, values in measured.items()}
    log_counts, admission = measured["counts of log"], own["admission and log"]
    express, rest = own["express"], own["express"]
    figures = {
        "log line": minus(measured["log and its counts"], log_counts),
        "metrics": plus(log_counts, measured["other counts"]),
        "admission": minus(admission, measured["log and its counts"]),
        "decoding": measured["decode"],
        "forward pass": measured["forward"],
        "batching, and classes of the answer": minus(measured["predict"], measured["forward"]),
        "encoding": measured["encode"],
    }
    for values in figures.values():
        rest = minus(rest, values)
    whole = {
        "the express lane, and what is not measured by itself": rest,
        "**all of a call, through the express lane**": express,
        "all of a call, through Flask": own["flask"],
        "Flask alone: reads the body, answers {}": own["bare flask"],
    }
    for what, values in (figures | whole).items():
        yield [what, spread(values, "{:.1f}"), f"{median(values) / median(express):.0%}"]


def minus(values: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return the difference in each sample."""
    return _each(float.__sub__, values, others)


def plus(values: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return the sum in each sample."""
    return _each(float.__add__, values, others)


def _each(
    operation: Callable[[float, float], float], values: Sequence[float], others: Sequence[float]
) -> list[float]:
    return [operation(value, other) for value, other in zip(values, others, strict=True)]


def _measured(registry: Path, body: Path, rounds: int) -> Measured:
    with TemporaryDirectory() as metrics:
        command = [
            sys.executable,
            "-m",
            "benchmarks.measurements.request_parts",
            str(registry),
            str(body),
            str(rounds),
        ]
        environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": metrics}
        result = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    measured: Measured = json.loads(result.stdout)
    return measured
