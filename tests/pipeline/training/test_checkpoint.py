import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from model.registry import atomic_files
from pipeline.training.checkpoint import Checkpoint, CheckpointError, Checkpoints, State
from pipeline.training.recipe import hyper_parameters
from pipeline.training.recipes import COMMITTEE

TRAINING = {"recipe": {"hidden": (3, 4), "name": "x"}, "seed": 1}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoints" / "mnist.npz"


def state(epoch=1):
    facts = {"epoch": epoch, "cost": 0.1, "state": 2**127 + 1}
    return State(facts, {"parameters": np.float32([0.1, -0.0, 1e-40]), "best": np.arange(3.0)})


def test_there_is_nothing_at_first(path):
    assert Checkpoint(path, TRAINING).load() is None


def test_what_is_saved_comes_back_bit_for_bit(path):
    Checkpoint(path, TRAINING).save(state())
    loaded = Checkpoint(path, TRAINING).load()
    assert loaded.facts == state().facts
    for name, array in state().arrays.items():
        assert loaded.arrays[name].tobytes() == array.tobytes()
        assert loaded.arrays[name].dtype == array.dtype


def test_the_latest_state_is_kept_and_nothing_else(path):
    checkpoint = Checkpoint(path, TRAINING)
    for epoch in (1, 2, 3):
        checkpoint.save(state(epoch))
    assert checkpoint.load().facts["epoch"] == 3
    assert [entry.name for entry in path.parent.iterdir()] == ["mnist.npz"]


def test_a_crash_while_saving_leaves_the_epoch_before(path, monkeypatch):
    checkpoint = Checkpoint(path, TRAINING)
    checkpoint.save(state(1))

    def cut_off(descriptor, content):
        os.write(descriptor, content[: len(content) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic_files, "_write_all", cut_off)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(state(2))
    assert checkpoint.load().facts["epoch"] == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 2}, "expected the checkpoint of a training with seed 2, got 1"),
        ({"dataset": "digits"}, "expected the checkpoint of a training with dataset digits, got None"),
    ],
)
def test_another_training_s_checkpoint_is_refused(path, change, sentence):
    Checkpoint(path, TRAINING).save(state())
    with pytest.raises(CheckpointError, match=sentence):
        Checkpoint(path, TRAINING | change).load()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"no archive at all"])
def test_a_damaged_checkpoint_is_a_sentence(path, damage):
    path.parent.mkdir()
    path.write_bytes(damage)
    with pytest.raises(CheckpointError, match=r"mnist\.npz: expected a checkpoint, got a damaged file"):
        Checkpoint(path, TRAINING).load()


def test_a_checkpoint_cut_short_is_a_sentence(path):
    Checkpoint(path, TRAINING).save(state())
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CheckpointError, match="damaged"):
        Checkpoint(path, TRAINING).load()


def test_a_pickle_is_not_opened(path):
    path.parent.mkdir()
    np.savez(path, facts=np.array([{"a": 1}], object))
    with pytest.raises(CheckpointError, match="damaged"):
        Checkpoint(path, TRAINING).load()


@pytest.fixture
def run(tmp_path):
    """The checkpoints of a run with teachers."""
    return Checkpoints(tmp_path, resume=True)


def kept(run, recipe=COMMITTEE, seed=1, place=None):
    return run.of(hyper_parameters(recipe), seed, {"images": "abc"}, place)


def test_a_run_keeps_its_network_and_its_teachers_apart(run):
    for place in (None, 1, 2):
        kept(run, place=place).save(State({"place": place}, {}))
    assert [kept(run, place=place).load().facts["place"] for place in (None, 1, 2)] == [None, 1, 2]


@pytest.mark.parametrize("place", [None, 1, 3])
def test_the_seed_of_a_run_can_be_read_before_anything_else_is_known(run, place, tmp_path):
    assert run.seed() is None
    kept(run, seed=5, place=place).save(state())
    assert run.seed() == 5
    assert Checkpoints(tmp_path, resume=False).seed() is None


def test_a_run_forgets_its_checkpoints(run):
    for place in (None, 2):
        kept(run, place=place).save(state())
    run.remove()
    run.remove()
    assert kept(run).load() is kept(run, place=2).load() is None


def test_whoever_takes_a_training_over_in_the_same_run_goes_on_from_what_was_saved(tmp_path):
    anew = Checkpoints(tmp_path, resume=False)
    assert kept(anew, place=2).load() is None
    kept(anew, place=2).save(state(4))
    assert kept(anew, place=2).load().facts == state(4).facts
    other = Checkpoints(tmp_path / "another", resume=False)
    kept(other, place=2).save(state(5))
    (tmp_path / "another/teacher-2.npz").replace(tmp_path / "teacher-2.npz")
    assert kept(anew, place=2).load() is None, "as where a worker of an older run is late"


@pytest.mark.parametrize("change", [{"seed": 2}, {"recipe": replace(COMMITTEE, epochs=3)}])
def test_no_run_takes_its_own_checkpoint_of_another_training(tmp_path, change):
    anew = Checkpoints(tmp_path, resume=False)
    kept(anew, place=1).save(state())
    with pytest.raises(CheckpointError, match="expected the checkpoint of a training with"):
        kept(anew, place=1, **change).load()


def test_what_was_cut_off_while_it_was_written_is_forgotten_too(run, tmp_path):
    kept(run, place=2).save(state())
    (tmp_path / ".teacher-2.npz.17.4").write_bytes(b"PK")
    run.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_begins_anew_forgets_what_is_there_and_what_another_saves_meanwhile(run, tmp_path):
    kept(run).save(state())
    anew = Checkpoints(tmp_path, resume=False)
    assert kept(run).load() is None
    kept(run, place=2).save(state())
    assert kept(anew, place=2).load() is None
    kept(anew, place=2).save(state(3))
    assert kept(run, place=2).load().facts == state(3).facts


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"recipe": replace(COMMITTEE, epochs=3)},
            f"a training with recipe.epochs 3, got {COMMITTEE.epochs}; train without",
        ),
        ({"recipe": replace(COMMITTEE, classes=("5", "8"))}, r"recipe.classes \['5', '8'\], got None;"),
        ({"recipe": replace(COMMITTEE, hidden=(1000, 400))}, r"recipe.hidden\[1\] 400, got 500;"),
        ({"seed": 2}, "expected the checkpoint of a training with seed 2, got 1"),
    ],
)
def test_a_training_that_is_another_now_is_refused_its_checkpoint(run, change, sentence):
    kept(run).save(state())
    with pytest.raises(CheckpointError, match=sentence):
        kept(run, **change).load()


def test_what_is_said_of_a_recipe_may_change(run):
    kept(run).save(state())
    assert kept(run, replace(COMMITTEE, expected="more", source="elsewhere")).load()


CLAIM = """
import sys
from pathlib import Path
from pipeline.training.checkpoint import Checkpoints, State

run = Checkpoints.claim(Path(sys.argv[1]), resume=False)
run.of({}, 1, {}).save(State({"whose": "the other's"}, {}))
print("claimed", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def another_run(tmp_path):
    """Another process whose run has the folder, and a checkpoint in it."""
    command = [sys.executable, "-c", CLAIM, str(tmp_path / "mnist-quick")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "claimed\n"
        yield process


@pytest.mark.usefixtures("another_run")
@pytest.mark.parametrize("resume", [False, True])
def test_two_runs_at_once_keep_their_checkpoints_apart(tmp_path, resume):
    ours = Checkpoints.claim(tmp_path / "mnist-quick", resume=resume)
    assert ours.of({}, 1, {}).load() is None
    ours.of({}, 1, {}).save(state())
    ours.remove()
    theirs = Checkpoints(tmp_path / "mnist-quick", resume=True)
    assert theirs.of({}, 1, {}).load().facts == {"whose": "the other's"}


def test_what_a_run_that_has_ended_left_is_gone_on_from(another_run, tmp_path):
    ours = Checkpoints.claim(tmp_path / "mnist-quick", resume=False)
    another_run.kill()
    another_run.wait()
    resumed = Checkpoints.claim(tmp_path / "mnist-quick", resume=True)
    assert resumed.of({}, 1, {}).load().facts == {"whose": "the other's"}
    for run in (ours, resumed):
        run.remove()


@pytest.mark.usefixtures("another_run")
def test_what_the_second_of_two_runs_left_is_gone_on_from(tmp_path):
    Checkpoints(tmp_path / "mnist-quick.2", resume=True).of({}, 1, {}).save(state(7))
    resumed = Checkpoints.claim(tmp_path / "mnist-quick", resume=True)
    assert resumed.of({}, 1, {}).load().facts == state(7).facts
    resumed.remove()
