"""python -m benchmarks: what docs/benchmarks.md says, measured again on this machine."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import requests

from model.document import Document
from model.network import Network
from model.registry import CHAMPION, Registry
from model.settings import Settings
from pipeline.datasets import MNIST, load_mnist
from pipeline.evaluate import evaluate
from pipeline.examples import stratified
from pipeline.fit import fit
from pipeline.mirrors import fetch
from pipeline.recipes import QUICK

PORT = 8917
URL = f"http://127.0.0.1:{PORT}"
SEEDS = (1, 2, 3)
STARTS = 5


def training(settings: Settings) -> None:
    """The default recipe: seconds, and accuracy on the test images."""
    folder = settings.data / "mnist"
    for resource in MNIST.values():
        fetch(resource, settings.mnist_mirrors, folder)
    dataset = load_mnist(folder)
    seconds, accuracy = [], []
    for seed in SEEDS:
        fitted = fit(QUICK, *stratified(dataset.learning, 5_000, np.random.default_rng(seed)), 10, seed)
        seconds.append(fitted.seconds)
        accuracy.append(evaluate(fitted.network, dataset.test).metrics.accuracy)
    told = f"{statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f})"
    print(f"| `quick`, seeds {SEEDS}: training | {told} |")
    print(
        f"| `quick`: test accuracy | {np.mean(accuracy):.2%} ({min(accuracy):.2%} to {max(accuracy):.2%}) |"
    )


def serving() -> None:
    """Process start to ready, and how long a new champion takes to be served."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder), "mnist")
        for _ in range(2):
            registry.publish(_untrained(), "benchmark")
        registry.point(CHAMPION, 1, "benchmark")
        ready, taken_up = zip(*(_start_and_change(registry, folder) for _ in range(STARTS)), strict=True)
    print(f"| process start to `/readyz` 200 | {statistics.median(ready):.2f} s (at most {max(ready):.2f}) |")
    print(f"| promotion to first answer of the new champion | {statistics.median(taken_up):.2f} s |")


def _start_and_change(registry: Registry, folder: str) -> tuple[float, float]:
    registry.point(CHAMPION, 1, "benchmark")
    environment = {"NUMERAL_REGISTRY": folder, "NUMERAL_PORT": str(PORT), "PATH": ""}
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "service"], env=environment, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _until(lambda: requests.get(URL + "/readyz", timeout=5).ok)
            ready = time.perf_counter() - start
            registry.point(CHAMPION, 2, "benchmark")
            start = time.perf_counter()
            _until(lambda: requests.get(URL + "/model", timeout=5).json()["version"] == 2)
            return ready, time.perf_counter() - start
        finally:
            server.terminate()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except requests.ConnectionError:
            time.sleep(0.005)
    raise TimeoutError(URL)


def _untrained() -> Document:
    network = Network.build((784, *QUICK.hidden, 10), QUICK.activations, QUICK.cost)
    return Document("mnist", "2026-01-02T03:04:05.678Z", network, tuple("0123456789"))


if __name__ == "__main__":
    print("| what | measured |\n|---|---|")
    training(Settings.from_environment(os.environ))
    serving()
