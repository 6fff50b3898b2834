"""A process for each contender, so that their threads and memory do not meet; it trains when asked."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from benchmarks.trainers.problems import ROWS, training_images
from model.arrays import Array

ROOT = Path(__file__).parents[2]
SETTLING_SECONDS = 0.3  # thread pools look for more work for a while before they sleep


class Process:
    """A contender in a row, confined to so many cores.

    Attributes:
        note: on its preparations.
        cost, parameters: after the warm-up; None where they are not to be compared.
        memory: its peak less what there was before the data were read, as a multiple of the data.
        difference: of its parameters from ours.
        seconds: of each epoch but the one that warms up.
    """

    cost: float
    parameters: Array
    memory: float
    difference: float | None = None

    def __init__(self, module: str, row: int, cores: int, folder: Path) -> None:
        self.module = module
        self.cores = cores
        self.seconds: list[float] = []
        self._pipe, theirs = Pipe()
        command = [sys.executable, "-m", "benchmarks.trainers.trainer_process", module, str(row), str(folder)]
        with confined_to(cores), theirs:
            descriptor = theirs.fileno()
            self._child = subprocess.Popen([*command, str(descriptor)], cwd=ROOT, pass_fds=[descriptor])
        self.note = self._pipe.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._child.wait()

    def warm_up(self) -> None:
        """Train for the first epoch, and note what came of it."""
        _, self.cost = self._ask("epoch")
        self.memory = self._ask("memory")  # before the parameters, whose copies would count
        self.parameters = self._ask("parameters")

    def train(self) -> None:
        """Train for one more epoch, and note its seconds."""
        self.seconds.append(self._ask("epoch")[0])
        time.sleep(SETTLING_SECONDS)

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()


@contextmanager
def confined_to(cores: int) -> Iterator[None]:
    """What is started here sees so many cores; thread pools take their size from it."""
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(everything)[-cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, everything)


class Served:
    """What a child answers."""

    def __init__(self, module: str, row: int, folder: Path) -> None:
        contender = import_module(f"benchmarks.trainers.{module}").Contender
        self._before = _resident("VmRSS")
        images, labels = training_images(folder)
        self._bytes = images.nbytes + labels.nbytes
        self._contender = contender(ROWS[row], images, labels)
        self.note = getattr(self._contender, "note", "")
        self.parameters = self._contender.parameters

    def epoch(self) -> tuple[float, float | None]:
        """Seconds and mean training cost of one more epoch."""
        start = time.perf_counter()
        cost = self._contender.epoch()
        return time.perf_counter() - start, cost

    def memory(self) -> float:
        """As Process has it."""
        return (_resident("VmHWM") - self._before) / self._bytes


def _resident(what: str) -> int:
    # not ru_maxrss: a child inherits its parent's
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (kibibytes,) = (line.split()[1] for line in lines if line.startswith(f"{what}:"))
    return int(kibibytes) * 1024


def _serve(module: str, row: str, folder: str, descriptor: str) -> None:
    with Connection(int(descriptor)) as pipe:
        served = Served(module, int(row), Path(folder))
        pipe.send(served.note)
        while True:
            try:
                what = pipe.recv()
            except EOFError:
                return
            pipe.send(getattr(served, what)())


if __name__ == "__main__":
    _serve(*sys.argv[1:])
