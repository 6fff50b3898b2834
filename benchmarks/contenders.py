"""Contenders: services that answer with the same network, each two processes of one BLAS thread."""

import json
import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import requests

from benchmarks.wrk import Load, Outcome
from model.activations import Array

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).with_name("peers")
ENVIRONMENTS = ROOT / "var/benchmarks/environments"
START_SECONDS = 120
PINS: Mapping[str, tuple[str, ...]] = {  # what pip is asked for, in an environment of each peer
    "mlserver": ("mlserver==1.7.1", "uvloop<0.22"),  # newer ones have no loop in a new process
    "litserve": ("litserve==0.2.19",),
    "bentoml": ("bentoml==1.4.39",),
}
OURS = ("--constraint", str(ROOT / "constraints.txt"), f"{ROOT}[service]")
JSON, BYTES = "application/json", "application/octet-stream"


@dataclass(frozen=True)
class Contender:
    """A service.

    Attributes:
        name: as the report has it.
        command: that starts it, of its environment's interpreter and a port.
        loads: what it is asked by the name of a form, of rows (m, n_0) of pixels.
        ready: the path that answers 200 once it is.
        variables: of its environment, of a port.
        package: whose environment it needs; None for ours.
    """

    name: str
    command: Callable[[str, int], list[str]]
    loads: Mapping[str, Callable[[Array], Load]]
    ready: str
    variables: Callable[[int], dict[str, str]]
    package: str | None = None


def _instances(rows: Array) -> Load:
    body = json.dumps({"instances": (rows / 255).tolist()}).encode()
    return Load("/predict", JSON, body, len(rows))


def _bytes(rows: Array) -> Load:
    return Load("/predict", BYTES, rows.tobytes(), len(rows))


def _tensor(rows: Array) -> Load:
    tensor = {"name": "x", "shape": rows.shape, "datatype": "FP32", "data": (rows / 255).ravel().tolist()}
    return Load("/v2/models/digits/infer", JSON, json.dumps({"inputs": [tensor]}).encode(), len(rows))


def _gunicorn(application: str) -> Callable[[str, int], list[str]]:
    configuration = str(ROOT / "service/gunicorn.conf.py")
    return lambda python, _: [python, "-m", "gunicorn", "--config", configuration, application]


def _numeral(port: int) -> dict[str, str]:
    return {"NUMERAL_PORT": str(port), "NUMERAL_WORKERS": "2"}


CONTENDERS = (
    Contender(
        "**Numeral**",
        _gunicorn("service.app:from_environment()"),
        {"JSON": _instances, "bytes": _bytes},
        "/readyz",
        _numeral,
    ),
    Contender(
        "the ceiling: reads the body, answers {}",
        _gunicorn("benchmarks.noop:app()"),
        {"JSON": _instances, "bytes": _bytes},
        "/readyz",
        _numeral,
    ),
    Contender(
        "MLServer",
        lambda python, _: [str(Path(python).with_name("mlserver")), "start", "."],
        {"JSON": _tensor},
        "/v2/models/digits/ready",
        lambda port: {
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(port + 1),
            "MLSERVER_METRICS_PORT": str(port + 2),
            "MLSERVER_PARALLEL_WORKERS": "2",
            "MLSERVER_MODEL_NAME": "digits",
            "MLSERVER_MODEL_IMPLEMENTATION": "mlserver_model.Model",
        },
        "mlserver",
    ),
    Contender(
        "LitServe",
        lambda python, _: [python, "-m", "litserve_app"],
        {"JSON": _instances},
        "/health",
        lambda port: {"PORT": str(port)},
        "litserve",
    ),
    Contender(
        "BentoML",
        lambda python, port: [
            *(python, "-m", "bentoml", "serve", "bentoml_service:Digits"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        {"JSON": _instances},
        "/readyz",
        lambda _: {"BENTOML_DO_NOT_TRACK": "True"},
        "bentoml",
    ),
)


class Form(NamedTuple):
    """A way to ask: JSON or bytes, rows in a request, and connections."""

    kind: str
    rows: int
    connections: int

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        connections = "1 connection" if self.connections == 1 else f"{self.connections} connections"
        return f"{rows}, {self.kind}, {connections}"


@dataclass
class Running:
    """A service that answers."""

    contender: Contender
    url: str
    process: subprocess.Popen[bytes]
    seconds: float  # from start to ready
    outcomes: dict["Form", list[Outcome]] = field(default_factory=dict)
    at_start: float = 0.0

    def __post_init__(self) -> None:
        self.at_start = self.memory()

    def memory(self) -> float:
        """Proportional set size of all its processes, MiB."""
        return sum(_pss(pid) for pid in _family(self.process.pid)) / 1024


@contextmanager
def running(contender: Contender, port: int, variables: Mapping[str, str], folder: Path) -> Iterator[Running]:
    """Start it in a folder, wait until it is ready, and end it and what it has started."""
    python, path = sys.executable, ROOT
    if contender.package:
        python, path = _python(contender.package), PEERS
    single = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    start = time.perf_counter()
    process = subprocess.Popen(
        contender.command(python, port),
        cwd=folder,
        env=os.environ | single | contender.variables(port) | dict(variables) | {"PYTHONPATH": str(path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}{contender.ready}", process)
        yield Running(contender, url, process, time.perf_counter() - start)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def installed(package: str | None) -> float:
    """MiB on disk of a peer, or of our service, and all that it needs but Python and pip."""
    library = Path(_python(package or "numeral")).parents[1] / "lib"
    files = (path for path in library.rglob("*") if path.is_file() and "pip" not in path.parts)
    return sum(path.stat().st_size for path in files) / 2**20


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(requests.ConnectionError, requests.Timeout):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.005)
    raise SystemExit(f"{url}: expected 200 within {START_SECONDS} s, got none")


def _python(package: str) -> str:
    """The interpreter of an environment that has the package, which is made at the first need."""
    folder = ENVIRONMENTS / package
    python = folder / "bin/python"
    if not (folder / "made").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"numpy=={np.__version__}", *PINS.get(package, OURS)], check=True)
        (folder / "made").touch()
    return str(python)


def _family(pid: int) -> Iterator[int]:
    yield pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for child in children:
        yield from _family(int(child))


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
