"""A contender: a service that answers with the same network, and the forms of request it is measured with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.loads.wrk import Load
from model.arrays import Array

ROOT = Path(__file__).parents[2]
JSON, BYTES = "application/json", "application/octet-stream"
LIBRARIES = ("OMP", "OPENBLAS", "MKL")
ONE_BLAS_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}


class Form(NamedTuple):
    """A kind of request: JSON or bytes, rows in it, and connections that send it."""

    kind: str
    rows: int
    connections: int

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        connections = "1 connection" if self.connections == 1 else f"{self.connections} connections"
        return f"{rows}, {self.kind}, {connections}"


@dataclass(frozen=True, eq=False)
class Contender:
    """A service of two worker processes.

    Attributes:
        name: in the report.
        command: starts it; takes the interpreter of its environment and a port.
        loads: by the kind of a form, the request that carries rows (m, n_0) of pixels.
        ready: a path that answers 200 once the service is ready.
        variables: of its environment; takes a port.
        package: the package of PINS whose environment runs it; None is the one that runs the benchmarks.
        code: the folder its modules are imported from; takes nothing, as it may have to be made first.
        every: it is measured in one of so many rounds.
    """

    name: str
    command: Callable[[str, int], list[str]]
    loads: Mapping[str, Callable[[Array], Load]]
    ready: str
    variables: Callable[[int], Mapping[str, str]]
    package: str | None = None
    code: Callable[[], Path] = lambda: ROOT
    every: int = 1


def instances(path: str) -> Callable[[Array], Load]:
    """Return what makes JSON of rows, as Numeral's own protocol has it, for a path."""

    def load(rows: Array) -> Load:
        body = json.dumps({"instances": (rows / 255).tolist()}).encode()
        return Load(path, JSON, body, len(rows))

    return load


def octets(rows: Array) -> Load:
    """Return a request that carries pixels as bytes."""
    return Load("/predict", BYTES, rows.tobytes(), len(rows))


def tensor(path: str) -> Callable[[Array], Load]:
    """Return what makes JSON of rows, as the Open Inference Protocol has it, for a path."""

    def load(rows: Array) -> Load:
        data = (rows / 255).ravel().tolist()
        inputs = [{"name": "x", "shape": rows.shape, "datatype": "FP32", "data": data}]
        return Load(path, JSON, json.dumps({"inputs": inputs}).encode(), len(rows))

    return load


OWN_LOADS = {"JSON": instances("/predict"), "bytes": octets}
