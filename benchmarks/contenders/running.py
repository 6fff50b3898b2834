"""Running: a contender is started, waited for, and ended with all that it has started."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.contenders.contender import LIBRARIES, Contender
from benchmarks.contenders.environments import interpreter
from benchmarks.contenders.processes import connections, family, memory

START_SECONDS, END_SECONDS = 120, 35


@dataclass
class Running:
    """A service that answers.

    Attributes:
        contender: it is one of.
        port: it listens to.
        process: that was started.
        seconds: from its start until it was ready.
    """

    contender: Contender
    port: int
    process: subprocess.Popen[bytes]
    seconds: float

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Return the proportional set size of all its processes, MiB."""
        return memory(family(self.process.pid))

    def connections(self) -> dict[int, int]:
        """Return the established connections of each worker, by its process."""
        master, *workers = family(self.process.pid)
        del master
        return connections(workers, self.port)


@contextmanager
def running(contender: Contender, port: int, variables: Mapping[str, str], folder: Path) -> Iterator[Running]:
    """Start a contender in a folder, wait until it is ready, and end it.

    Raises:
        SystemExit: it does not become ready.
    """
    python = interpreter(contender.package)
    command = contender.command(python, port)
    environment = _environment(contender, port, variables)
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(f"http://127.0.0.1:{port}{contender.ready}", process)
        yield Running(contender, port, process, time.perf_counter() - start)
    finally:
        _end(process)


def _environment(contender: Contender, port: int, variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's variables without those that bound BLAS threads, and the contender's."""
    bounds = {f"{library}_NUM_THREADS" for library in LIBRARIES}
    inherited = {name: value for name, value in os.environ.items() if name not in bounds}
    return {**inherited, **contender.variables(port), **variables, "PYTHONPATH": str(contender.code())}


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(requests.ConnectionError, requests.Timeout):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.005)
    raise SystemExit(f"{url}: expected 200 within {START_SECONDS} s, got none")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM to the process and all of its group; SIGKILL to whatever is left of it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
