"""The service as a process of its own, and how tests wait for what happens elsewhere."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition: Callable[[], object], seconds: float = START_SECONDS) -> None:
    """Return as soon as a condition holds; fail the test where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """The processes that a process has started, and not seen the end of."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Server:
    """The service in a process of its own, on loopback, started by a command.

    Where no port is given, a free one is taken.
    """

    def __init__(
        self,
        registry: Path,
        log: Path,
        port: int | None = None,
        command: Sequence[str] = ("-m", "service"),
        **settings: object,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # as a user's: this process has taken on the service's own bound of BLAS, too
        ours = ("NUMERAL_", "OPENBLAS_NUM_THREADS")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        values = {"port": self.port, "registry": registry, "workers": 2, "reload_seconds": 0.05, **settings}
        environment = clean | {f"NUMERAL_{name.upper()}": str(value) for name, value in values.items()}
        self.log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stderr=file
            )

    def answers(self, path: str = "/healthz") -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(self.url + path, timeout=60).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def stop(self) -> str:
        """End it, and return its log."""
        self.process.terminate()
        self.process.wait(timeout=60)
        return self.log.read_text()
