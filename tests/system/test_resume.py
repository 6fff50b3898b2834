"""A training that is killed goes on with --resume, and ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.registry import Registry
from pipeline.checkpoint import Checkpoints
from pipeline.digits import load_digits
from pipeline.evaluate import evaluate
from pipeline.examples import divided
from pipeline.fit import fit
from pipeline.recipes import SMALL

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DEADLINE = 120  # seconds: reached only by a test that fails
SEED = 7


@pytest.fixture
def start(tmp_path):
    """Start `python -m pipeline run` with a registry, data and Prefect's state of its own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NUMERAL_", "PREFECT_"))
    }
    environment = kept | {
        "NUMERAL_REGISTRY": str(tmp_path / "registry"),
        "NUMERAL_DATA": str(tmp_path / "data"),
        "PREFECT_HOME": str(tmp_path / "prefect"),
    }

    def run(*arguments):
        command = [sys.executable, "-m", "pipeline", "run", "--dataset", "digits", *arguments]
        # a session of its own: what it starts, Prefect's server among it, can be killed with it
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    return run


@pytest.fixture
def checkpoint(tmp_path):
    return tmp_path / "data/checkpoints/mnist-small/network.npz"


def killed_in_training(start, checkpoint):
    deadline = time.monotonic() + DEADLINE
    with start("--seed", str(SEED)) as process:
        while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
            os.sched_yield()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_training_that_is_killed_goes_on_to_the_same_document(start, checkpoint, tmp_path):
    killed_in_training(start, checkpoint)
    assert Checkpoints(checkpoint.parent, resume=True).seed() == SEED
    with start("--resume") as process:
        _, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, said
    assert not checkpoint.exists()

    document, _ = Registry(tmp_path / "registry", "mnist").load(1)
    digits = load_digits(tmp_path)
    unbroken = fit(
        SMALL, digits, *divided(digits.learning, SMALL.validation_share, SEED, SMALL.validation_order), SEED
    )
    assert document.network.parameters.flat.tobytes() == unbroken.network.parameters.flat.tobytes()
    assert document.training["history"] == unbroken.history
    assert document.training["seed"] == SEED
    assert document.metrics["accuracy"] == evaluate(unbroken.network, digits.test).metrics.accuracy


def test_another_seed_s_checkpoint_is_refused_and_a_new_run_forgets_it(start, checkpoint):
    killed_in_training(start, checkpoint)
    with start("--resume", "--seed", "8") as process:
        _, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert "expected the checkpoint of a training with seed 8, got 7; train without --resume" in said
    assert checkpoint.exists()
    with start("--seed", "8") as process:
        _, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, said
    assert not checkpoint.exists()
