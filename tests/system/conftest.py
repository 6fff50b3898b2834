"""Runs of the flow in processes of their own, which may be killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE = 180  # seconds: reached only by a test that fails


@pytest.fixture
def start_flow(tmp_path):
    """Start `python ARGUMENTS...` with a registry, data and Prefect's state of its own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NUMERAL_", "PREFECT_"))
    }
    environment = kept | {
        "NUMERAL_REGISTRY": str(tmp_path / "registry"),
        "NUMERAL_DATA": str(tmp_path / "data"),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PYTHONPATH": str(ROOT),
    }

    def start(*arguments):
        # a session of its own: what it starts, Prefect's server among it, can be killed with it
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return start


@pytest.fixture
def wait_for():
    """Wait until a file is there, or a process that is to make it has ended."""

    def wait(file, process):
        deadline = time.monotonic() + DEADLINE
        while not file.exists() and process.poll() is None and time.monotonic() < deadline:
            os.sched_yield()

    return wait


@pytest.fixture
def kill_when_there_is(wait_for):
    """Kill a process, and what it started, as soon as a file is there."""

    def kill(process, file):
        with process:
            wait_for(file, process)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        assert process.returncode == -signal.SIGKILL

    return kill


@pytest.fixture
def finish():
    """Wait for a process; what it wrote to standard error."""

    def wait(process, code=0):
        with process:
            _, said = process.communicate(timeout=DEADLINE)
        assert process.returncode == code, said
        return said

    return wait
