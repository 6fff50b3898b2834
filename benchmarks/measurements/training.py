"""Training: the same networks on the same batches, ours and the peers' in turn."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.documents.sections import circumstances
from benchmarks.documents.training_tables import NAMES, OURS, PER_SAMPLE, Result, Results, standings, targets
from benchmarks.trainers.problems import ROWS, SOURCES, Row
from benchmarks.trainers.trainer_process import Process
from model.arrays import Array
from model.settings import CORES

# Sums in another order round differently; at the kink of a ReLU that can turn a whole example on or off.
PARAMETERS_AGREE, COSTS_AGREE = 1e-2, 1e-4

INTRODUCTION = """Seconds for an epoch of MNIST's 60,000 training images: shuffling, gathering, scaling and
the last, smaller batch included. Plain SGD, float32, the same first parameters and the same mini-batches for
all. Each contender is a process of its own. After an epoch to warm up, each is asked for one in turn while
the others sleep, in {rounds} rounds: median (least to most). "times ours" is taken within each round. A peer
runs on one core and on {cores}, and its better median counts; Numeral decides by itself. Memory is the peak
above what there was before the data were read, as a multiple of the data's 47 MB.

After the warm-up, the parameters of all that lower the same cost are compared with Numeral's, as are the
costs that they report. The benchmark fails where parameters differ by more than {parameters:.0%} of the way
that they have gone, or costs by more than {costs:.2%}; the table says by how much the parameters did.
scikit-learn has no quadratic cost: in the first row it lowers the log loss of a softmax.
"""


def training(folder: Path, options: Namespace) -> str:
    """The section."""
    rows = {row: _measured(row, folder, options.rounds) for row in ROWS}
    about = circumstances("python -m benchmarks training", "torch", "jax", "scikit-learn")
    text = INTRODUCTION.format(
        rounds=options.rounds, cores=CORES, parameters=PARAMETERS_AGREE, costs=COSTS_AGREE
    )
    tables = [f"### {row}: {row.kind}\n\n{standings(results)}" for row, results in rows.items()]
    return "\n".join([about, text, targets(rows), *tables])


def _measured(row: Row, folder: Path, rounds: int) -> Results:
    with ExitStack() as stack:
        processes = [
            stack.enter_context(Process(module, ROWS.index(row), cores, folder))
            for module, cores in _line_up(row)
        ]
        _warm_up(row, processes)
        for turn in range(rounds):
            print(f"{row}: round {turn + 1} of {rounds}", flush=True)
            first = turn % len(processes)
            for process in processes[first:] + processes[:first]:
                process.train()
    modules = dict.fromkeys(process.module for process in processes)
    return {
        module: _best([process for process in processes if process.module == module]) for module in modules
    }


def _line_up(row: Row) -> Iterator[tuple[str, int]]:
    yield OURS, CORES
    for module in NAMES:
        if module != OURS and (module != PER_SAMPLE or row is SOURCES):
            yield from ((module, cores) for cores in sorted({1, CORES}))


def _warm_up(row: Row, processes: list[Process]) -> None:
    start = row.network().parameters.flat
    ours, *_ = processes
    for process in processes:
        process.warm_up()
        who = f"{row}: {process.module} on {process.cores} cores"
        process.difference = difference(who, process.parameters, ours.parameters, start)
        check_costs(who, process.cost, ours.cost)


def difference(who: str, parameters: Array | None, ours: Array, start: Array) -> float | None:
    """How far they are from ours, as a share of the way that ours have gone from the start.

    Raises:
        SystemExit: it has not learned the same.
    """
    if parameters is None:
        return None
    share = float(np.linalg.norm(parameters - ours) / np.linalg.norm(ours - start))
    if not share <= PARAMETERS_AGREE:
        raise SystemExit(f"{who}: expected our parameters to within {PARAMETERS_AGREE:.0%}, got {share:.2%}")
    return share


def check_costs(who: str, cost: float | None, ours: float) -> None:
    """Hold the cost that a contender reports, if it does, to ours.

    Raises:
        SystemExit: they differ.
    """
    if cost is not None and not abs(cost - ours) <= COSTS_AGREE * ours:
        raise SystemExit(f"{who}: expected our training cost {ours:.5f}, got {cost:.5f}")


def _best(processes: list[Process]) -> Result:
    best, *others = sorted(processes, key=lambda process: median(process.seconds))
    notes = [f"{median(process.seconds):.3f} s on {process.cores}" for process in others]
    notes += [best.note] if best.note else []
    return Result(best.cores, best.seconds, best.memory, best.difference, ", ".join(notes))
