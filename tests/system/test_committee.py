"""A committee is trained by tasks, here or on Dask, killed and taken up again, and teaches one network."""

import os
import re
import signal

import pytest
import tiny_committee
from distributed import LocalCluster
from tiny_committee import TINY

from model.registry.registry import Registry
from pipeline.data.dataset.subsets import divided
from pipeline.data.digits import load_digits
from pipeline.ensemble.ensemble import Committee
from pipeline.training.ensemble_members import member, member_seed
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit

pytestmark = pytest.mark.slow

SEED = 5


@pytest.fixture
def start(start_flow):
    """Start the flow with the small committee, on the bundled digits."""
    command = (tiny_committee.__file__, "run", "--dataset", "digits", "--recipe", "committee")
    return lambda *arguments: start_flow(*command, *arguments)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The network that is taught without Prefect, and the standing of its teachers."""
    digits = load_digits(tmp_path_factory.mktemp("digits"))
    parts = divided(digits.learning, TINY.validation_share, SEED, TINY.validation_order)
    members = (
        member(teacher, digits, parts, member_seed(SEED, place))
        for place, teacher in enumerate(TINY.teachers, 1)
    )
    committee = Committee(tuple(members), digits.input.shape)
    fitted = fit(TINY, digits, *parts, SEED, None, committee)
    return fitted, committee.standing(digits.test), evaluate(fitted.network, digits.test).metrics


def assert_same(tmp_path, unbroken):
    document, _ = Registry(tmp_path / "registry", "mnist").load(1)
    fitted, standing, metrics = unbroken
    assert document.network.parameters.flat.tobytes() == fitted.network.parameters.flat.tobytes()
    assert document.training["history"] == fitted.history
    assert document.metrics["accuracy"] == metrics.accuracy >= 0.9
    told = document.lineage["teachers"]
    assert told["accuracy"] == standing.accuracy
    for taught, expected in zip(told["members"], standing.members, strict=True):
        assert (taught["accuracy"], taught["seed"]) == (expected.accuracy, expected.seed)
        assert taught["seconds"] > 0
    assert len({taught["seed"] for taught in told["members"]} | {SEED}) == len(TINY.teachers) + 1


def test_a_committee_that_is_killed_goes_on_to_the_same_document(
    start, kill_when_there_is, finish, tmp_path, unbroken
):
    second = tmp_path / "data/checkpoints/mnist-committee/teacher-2.npz"
    kill_when_there_is(start("--seed", str(SEED)), second)
    assert not (second.parent / "network.npz").exists(), "its teachers come first"

    said = finish(start("--resume"))
    assert f"training {TINY.teachers[0].recipe.name}: 25 of 25 epochs" in said, "nothing was trained again"
    assert f"training {TINY.teachers[0].recipe.name}: 24 of 25 epochs" not in said
    assert list(second.parent.iterdir()) == []
    assert_same(tmp_path, unbroken)


@pytest.fixture
def start_cluster(tmp_path, monkeypatch):
    """Start a scheduler, with so many workers, each a process of its own; their home is that of the run."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    return lambda workers: LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)


def test_teachers_are_trained_by_the_workers_of_dask(start, finish, start_cluster, tmp_path, unbroken):
    with start_cluster(2) as cluster:
        said = finish(start("--seed", str(SEED), "--dask", cluster.scheduler_address))
    assert "training committee: 30 of 30 epochs" in said
    assert "training committee.1:" not in said, "another process did"
    assert_same(tmp_path, unbroken)


def test_a_teacher_whose_worker_is_killed_goes_on_to_the_same_document(
    start, finish, start_cluster, wait_for, tmp_path, unbroken, capfd
):
    first = tmp_path / "data/checkpoints/mnist-committee/teacher-1.npz"
    with start_cluster(1) as cluster:
        run = start("--seed", str(SEED), "--dask", cluster.scheduler_address)
        wait_for(first, run)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)  # its nanny starts another
        finish(run)
    said = capfd.readouterr().err
    teacher = f"training {TINY.teachers[0].recipe.name}"
    (epoch,) = re.findall(rf"{teacher}: (\d+) of 25 epochs\n", said)
    assert int(epoch) < 25, "it was killed in the middle"
    assert said.count(f"{teacher}: 1 of 25 epochs,") == 1, "it did not begin again"
    assert list(first.parent.iterdir()) == []
    assert_same(tmp_path, unbroken)


def test_a_run_without_workers_says_so_and_goes_on_once_there_is_one(
    start, finish, start_cluster, tmp_path, unbroken
):
    with start_cluster(0) as cluster:
        address = cluster.scheduler_address
        run = start("--seed", str(SEED), "--dask", address)
        said = next(line for line in run.stderr if "workers" in line)
        assert f"scheduler {address} has no workers; start one with: dask worker {address} " in said
        cluster.scale(1)
        assert f"scheduler {address} has workers now: 1" in finish(run)
    assert_same(tmp_path, unbroken)
