"""Changes: how long a start takes, and how long it takes until a new champion answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from benchmarks.contenders.numeral import NUMERAL
from benchmarks.contenders.running import running
from benchmarks.datasets.published_networks import NAME, WHY, document
from benchmarks.documents.sections import spread, table
from model.network.network import Network
from model.registry.registry import CHAMPION, Registry
from pipeline.training.recipes import QUICK

PORT = 8490
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Changes:
    """Seconds of each round.

    Attributes:
        ready: from the start of the process until `/readyz` answers 200.
        taken_up: from the promotion of a version until it answers.
    """

    ready: list[float]
    taken_up: list[float]

    def table(self) -> str:
        """Return them as a table."""
        lines = [
            ["process start to `/readyz` 200", spread(self.ready)],
            ["promotion to first answer of the new champion", spread(self.taken_up)],
        ]
        return table(("what", f"seconds, median (least to most) of {len(self.ready)}"), lines)


def measure_changes(rounds: int) -> Changes:
    """Start Numeral and promote a version, so many times."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder), NAME)
        untrained = Network.build((784, *QUICK.hidden, 10), QUICK.activations, QUICK.cost)
        for _ in range(2):
            registry.publish(document(untrained), WHY)
        ready, taken_up = zip(
            *(_start_and_change(registry, Path(folder)) for _ in range(rounds)), strict=True
        )
    return Changes([*ready], [*taken_up])


def _start_and_change(registry: Registry, folder: Path) -> tuple[float, float]:
    registry.point(CHAMPION, 1, WHY)
    with running(NUMERAL, PORT, {"NUMERAL_REGISTRY": str(folder)}, folder) as service:
        registry.point(CHAMPION, 2, WHY)
        start = time.perf_counter()
        _wait_until(lambda: requests.get(f"{service.url}/model", timeout=5).json()["version"] == 2)
        return service.seconds, time.perf_counter() - start


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"expected the new champion within {PATIENCE_SECONDS} s, got the former one")
        time.sleep(0.005)
