"""A training that is killed goes on with --resume, and ends as if nothing had happened."""

import pytest

from model.registry.registry import Registry
from pipeline.data.dataset.subsets import divided
from pipeline.data.digits import load_digits
from pipeline.training.checkpoint import Checkpoints
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit
from pipeline.training.recipes import SMALL

pytestmark = pytest.mark.slow

SEED = 7


@pytest.fixture
def start(start_flow):
    """Start `python -m pipeline run` on the bundled digits."""
    run = ("-m", "pipeline", "run", "--dataset", "digits", "--recipe", "small")
    return lambda *arguments: start_flow(*run, *arguments)


@pytest.fixture
def checkpoint(start, kill_when_there_is, tmp_path):
    """What a training that was killed has left."""
    file = tmp_path / "data/checkpoints/mnist-small/network.npz"
    kill_when_there_is(start("--seed", str(SEED)), file)
    return file


def test_a_training_that_is_killed_goes_on_to_the_same_document(start, finish, checkpoint, tmp_path):
    assert Checkpoints(checkpoint.parent, resume=True).seed() == SEED
    finish(start("--resume"))
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


def test_another_seed_s_checkpoint_is_refused_and_a_new_run_forgets_it(start, finish, checkpoint):
    said = finish(start("--resume", "--seed", "8"), code=1)
    assert "expected the checkpoint of a training with seed 8, got 7; train without --resume" in said
    assert checkpoint.exists()
    finish(start("--seed", "8"))
    assert not checkpoint.exists()
