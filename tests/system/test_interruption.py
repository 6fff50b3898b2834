"""A training that is ended by a signal ends at once, with what it started, and can be gone on with."""

import os
import signal
from pathlib import Path

import pytest
from server import children, wait_for

from model.registry.registry import Registry
from pipeline.interruption import SENTENCE
from pipeline.training.checkpoint import Checkpoints

pytestmark = pytest.mark.slow

RUN = ("-m", "pipeline", "run", "--dataset", "digits", "--seed", "7")
LITTLE_SPACE = """
import resource, runpy, sys

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.argv[:] = ["pipeline", "run", "--dataset", "digits"]
runpy.run_module("pipeline", run_name="__main__")
"""


@pytest.fixture(autouse=True)
def proxy(monkeypatch):
    """Nothing is behind the proxy: whoever asks loopback through it learns nothing."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_ends_with_all_that_it_started_and_keeps_its_checkpoint(start_flow, tmp_path, number):
    process = start_flow(*RUN, "--recipe", "accurate")
    folder = tmp_path / "data/checkpoints/mnist-accurate"
    with process:
        wait_for(lambda: process.poll() is not None or (folder / "network.npz").exists(), 180)
        started = children(process.pid)
        assert started, "its server"
        os.killpg(process.pid, number)  # as a terminal does; its server is no part of the group
        _, said = process.communicate(timeout=60)
    wait_for(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() and is_running(pid) for pid in started))
    assert Checkpoints(folder, resume=True).seed() == 7
    assert "Traceback" not in said
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
        return
    assert process.returncode == 128 + number
    *_, last = said.splitlines()
    assert last == SENTENCE
    if number == signal.SIGINT:
        assert "of 100 epochs" in said.splitlines()[-2], "one line, and nothing before it"


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_without_room_for_prefect_s_state_there_is_a_sentence(start_flow, finish, tmp_path):
    said = finish(start_flow("-c", LITTLE_SPACE), code=1)
    assert said.startswith("python -m pipeline: Prefect's temporary server did not start: ")
    assert said.endswith(f"; its state is in {tmp_path / 'prefect'}\n")
    assert said.count("\n") == 1
    assert Registry(tmp_path / "registry", "mnist").versions() == []
