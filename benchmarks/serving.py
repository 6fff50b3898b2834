"""Serving: how long a service takes to be ready, and a new champion to be served."""

import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from benchmarks.report import circumstances, spread, table
from model.document import Document
from model.network import Network
from model.registry import CHAMPION, Registry
from pipeline.recipes import QUICK

PORT = 8917
URL = f"http://127.0.0.1:{PORT}"


def serving(_: Path, options: Namespace) -> str:
    """The section."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder), "mnist")
        for _ in range(2):
            registry.publish(_untrained(), "benchmark")
        ready, taken_up = zip(
            *(_start_and_change(registry, folder) for _ in range(options.rounds)), strict=True
        )
    lines = [
        ["process start to `/readyz` 200", spread(ready)],
        ["promotion to first answer of the new champion", spread(taken_up)],
    ]
    about = circumstances("python -m benchmarks serving", "flask", "gunicorn")
    return f"{about}\n{table(('what', f'seconds, median (least to most) of {options.rounds}'), lines)}"


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
