"""Serving: requests a second beside the peers and the ceiling, and how long a start and a change take."""

import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import requests

from benchmarks import wrk
from benchmarks.contenders import CONTENDERS, PINS, Form, Running, installed, running
from benchmarks.report import circumstances, ratios, spread, table
from benchmarks.wrk import Outcome
from model.activations import Array
from model.document import Document
from model.initialisation import INITIALISATIONS
from model.network import Network
from model.registry import CHAMPION, Registry
from pipeline import idx
from pipeline.recipes import QUICK

PORT = 8917
URL = f"http://127.0.0.1:{PORT}"
NETWORKS = ((784, 100, 10), (784, 1000, 500, 10))
CONNECTIONS, SECONDS, WARM_UP = 16, 3.0, 1.0
FORMS = (
    Form("JSON", 1, 1),
    *(Form(kind, rows, CONNECTIONS) for kind in ("JSON", "bytes") for rows in (1, 64, 1000)),
)
MEMORY = ("service", "seconds to ready", "MiB then", "MiB after all of this", "MiB on disk")
INTRODUCTION = """\
The same network, weights and rows, images of MNIST's test set as `json.dumps` writes them (pixels / 255) or
as bytes, asked over loopback by wrk for {seconds:g} s, in turn (rounds: {rounds}).
Each service has two processes, one BLAS thread each, and shares the two cores with wrk. Requests a second,
median (least to most); "times ours" is taken within each round. Peers have their own environments: {pins}.
"""


def serving(folder: Path, options: Namespace) -> str:
    """The section."""
    images = idx.decode((folder / "t10k-images-idx3-ubyte").read_bytes(), "t10k-images").reshape(-1, 784)
    about = circumstances("python -m benchmarks serving", "flask", "gunicorn")
    pins = ", ".join(pin for package in PINS.values() for pin in package)
    introduction = INTRODUCTION.format(seconds=SECONDS, rounds=options.rounds, pins=pins)
    tables = [_comparison(sizes, images, options.rounds) for sizes in NETWORKS]
    return "\n".join([about, introduction, *tables, _starts(options.rounds)])


def _comparison(sizes: tuple[int, ...], images: Array, rounds: int) -> str:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        variables = published(sizes, Path(folder))
        services = [
            stack.enter_context(running(contender, PORT + 10 * index, variables, Path(folder)))
            for index, contender in enumerate(CONTENDERS)
        ]
        for turn in range(rounds):
            for form in FORMS:
                first = turn % len(services)
                for service in services[first:] + services[:first]:
                    _ask(service, form, images[: form.rows])
                print(f"{sizes}: round {turn + 1} of {rounds}, {form}", flush=True)
        memory = [
            [
                service.contender.name,
                f"{service.seconds:.2f}",
                f"{service.at_start:.0f}",
                f"{service.memory():.0f}",
                f"{installed(service.contender.package):.0f}",
            ]
            for service in services
        ]
    parts = [f"### {'-'.join(map(str, sizes))}\n"]
    for form in FORMS:
        parts += [f"{form}:\n", _standing(services, form)]
    return "\n".join(
        [
            *parts,
            "Start, memory (PSS of all processes), and what is installed, Python apart:\n",
            table(MEMORY, memory),
        ]
    )


def _ask(service: Running, form: Form, rows: Array) -> None:
    if form.kind not in service.contender.loads:
        return
    load = service.contender.loads[form.kind](rows)
    seen = service.outcomes.setdefault(form, [])
    if not seen:
        wrk.run(service.url, load, form.connections, WARM_UP)
    seen.append(wrk.run(service.url, load, form.connections, SECONDS))


def _standing(services: list[Running], form: Form) -> str:
    seen = {service.contender.name: service.outcomes.get(form, []) for service in services}
    ours, *_ = seen.values()
    header = ("service", "requests a second", "times ours", "p50, ms", "p99, ms")
    return table(header, (_line(name, outcomes, ours) for name, outcomes in seen.items() if outcomes))


def _line(name: str, outcomes: list[Outcome], ours: list[Outcome]) -> list[str]:
    rates = [outcome.rate for outcome in outcomes]
    return [
        name,
        spread(rates, "{:.0f}"),
        spread(ratios(rates, [outcome.rate for outcome in ours])),
        f"{median(outcome.p50 for outcome in outcomes):.2f}",
        f"{median(outcome.p99 for outcome in outcomes):.2f}",
    ]


def published(sizes: tuple[int, ...], folder: Path) -> Mapping[str, str]:
    """A network in a registry for us, and in a file for the peers; where they are."""
    network = Network.build(sizes, ["relu"] * (len(sizes) - 2) + ["softmax"], QUICK.cost)
    INITIALISATIONS["he_normal"].draw(network.parameters, np.random.default_rng(0))
    registry = Registry(folder, "mnist")
    registry.publish(_document(network), "benchmark")
    registry.point(CHAMPION, 1, "benchmark")
    layers = enumerate(zip(network.parameters.W, network.parameters.b, strict=True))
    arrays = {
        f"{kind}{index}": array for index, pair in layers for kind, array in zip("Wb", pair, strict=True)
    }
    np.savez(folder / "network.npz", **arrays)
    return {"NUMERAL_REGISTRY": str(folder), "NETWORK": str(folder / "network.npz")}


def _starts(rounds: int) -> str:
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder), "mnist")
        for _ in range(2):
            registry.publish(_untrained(), "benchmark")
        ready, taken_up = zip(*(_start_and_change(registry, folder) for _ in range(rounds)), strict=True)
    lines = [
        ["process start to `/readyz` 200", spread(ready)],
        ["promotion to first answer of the new champion", spread(taken_up)],
    ]
    return table(("what", f"seconds, median (least to most) of {rounds}"), lines)


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
    return _document(Network.build((784, *QUICK.hidden, 10), QUICK.activations, QUICK.cost))


def _document(network: Network) -> Document:
    return Document("mnist", "2026-01-02T03:04:05.678Z", network, tuple("0123456789"))
