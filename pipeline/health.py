"""The health of a schedule's process: what it is at before it serves, then what Prefect's runner says.

`python -m pipeline.health` prints it in one sentence; its exit code is 0 where all is well, else 1.
"""

import json
import os
import sys
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from model.registry import atomic_files

SECONDS = 4  # shorter than a health check's own timeout


def report(sentence: str, *, healthy: bool) -> None:
    """Say what the process is at, until it says something else."""
    state = _file()
    state.parent.mkdir(parents=True, exist_ok=True)
    atomic_files.replace(state, json.dumps({"healthy": healthy, "sentence": sentence}).encode())


def leave_to_the_runner() -> None:
    """Have Prefect's runner answer from now on."""
    _file().unlink(missing_ok=True)


def health() -> tuple[bool, str]:
    """Whether the process is well, and what it is at."""
    try:
        state = json.loads(_file().read_bytes())
    except FileNotFoundError:
        return _runner()
    return state["healthy"], state["sentence"]


def _runner() -> tuple[bool, str]:
    port = os.environ.get("PREFECT_RUNNER_SERVER_PORT", "8080")
    url = f"http://localhost:{port}/health"
    try:
        build_opener(ProxyHandler({})).open(url, timeout=SECONDS).close()
    except (OSError, HTTPException) as error:
        return False, f"Prefect's runner does not answer at {url}: {error}"
    return True, "waits for the schedule"


def _file() -> Path:
    return Path(os.environ["PREFECT_HOME"]) / "schedule.json"


if __name__ == "__main__":
    is_healthy, said = health()
    sys.stdout.write(f"{said}\n")
    sys.exit(not is_healthy)
