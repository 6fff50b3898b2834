"""Standings: what each contender did in each row, as tables, and what was to be reached beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.documents.sections import ratios, spread, table
from benchmarks.trainers.problems import DEEP, SOURCES, WIDE, Row

OURS, PER_SAMPLE, FLOOR = "ours", "per_sample", "floor"
PYTORCH = FUNCTIONS, MODULES, LOADER = "torch_eager", "torch_modules", "torch_loader"
NAMES = {
    OURS: "**Numeral**",
    FUNCTIONS: "PyTorch eager, functions",
    MODULES: "PyTorch eager, modules and optim.SGD",
    LOADER: "PyTorch eager, the same with its DataLoader",
    "jax_scan": "JAX, one jitted scan",
    "scikit": "scikit-learn's MLPClassifier",
    PER_SAMPLE: "a loop over samples, as in the sources",
    FLOOR: "the floor: the matrix products alone",
}
FLOOR_TIMES, PER_SAMPLE_TIMES, PYTORCH_TIMES, MEMORY_TIMES = 1.15, 9, 7, 1.5


@dataclass(frozen=True)
class Result:
    """What a contender did in a row.

    Attributes:
        cores: that it had.
        seconds: of each round.
        memory: peak, as a multiple of the data.
        difference: of its parameters from ours after an epoch, as a share of the way gone.
        note: on the rest.
    """

    cores: int
    seconds: list[float]
    memory: float
    difference: float | None
    note: str


Results = Mapping[str, Result]  # by module


def standings(results: Results) -> str:
    """The table of a row."""
    header = ("contender", "cores", "s an epoch", "times ours", "memory", "parameters differ by", "otherwise")
    return table(header, (_line(module, results) for module in results))


def _line(module: str, results: Results) -> list[str]:
    result = results[module]
    return [
        NAMES[module],
        str(result.cores),
        spread(result.seconds, "{:.3f}"),
        spread(_times(results, module, OURS)),
        f"{result.memory:.2f}",
        "-" if result.difference is None else f"{result.difference:.1e}",
        result.note,
    ]


def targets(rows: Mapping[Row, Results]) -> str:
    """The table of what was to be reached."""
    lines = ([*line, "yes" if met else "no"] for *line, met in _targets(rows))
    return table(("to reach", "measured", "reached"), lines)


def _targets(rows: Mapping[Row, Results]) -> Iterator[tuple[str, str, bool]]:
    closest, where = min(
        (median(_times(results, module, OURS)), f"{NAMES[module]}, {row}")
        for row, results in rows.items()
        for module in results.keys() - {OURS, FLOOR}
    )
    yield "ahead of every peer on every row", f"the closest: {closest:.2f} times ours, {where}", closest > 1
    for row in (WIDE, DEEP):
        times = _times(rows[row], OURS, FLOOR)
        yield f"{row}: {FLOOR_TIMES} times the floor", spread(times), median(times) <= FLOOR_TIMES
    for module in (PER_SAMPLE, *PYTORCH):
        least = PER_SAMPLE_TIMES if module == PER_SAMPLE else PYTORCH_TIMES
        times = _times(rows[SOURCES], module, OURS)
        yield f"{SOURCES}: {least} times as fast as {NAMES[module]}", spread(times), median(times) >= least
    memory = max(results[OURS].memory for results in rows.values())
    yield f"at most {MEMORY_TIMES} times the data in memory", f"{memory:.2f}", memory <= MEMORY_TIMES


def _times(results: Results, dividend: str, divisor: str) -> list[float]:
    return ratios(results[dividend].seconds, results[divisor].seconds)
