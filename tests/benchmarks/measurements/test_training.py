"""The comparison is one of equals: contenders learn the same, and their times say which is ahead."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.documents.training_tables import FLOOR, NAMES, OURS, PER_SAMPLE, Result, standings, targets
from benchmarks.measurements.training import _best, check_costs, difference
from benchmarks.trainers.problems import ROWS, SOURCES
from benchmarks.trainers.trainer_process import Process
from pipeline.data.formats.idx import encode


@pytest.fixture
def folder(rng, tmp_path):
    """MNIST's files with 55 examples: the last mini-batch is a small one."""
    images = rng.integers(0, 256, (55, 28, 28), np.uint8)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(encode(images))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(encode(rng.integers(0, 10, 55, np.uint8)))
    return tmp_path


def result(seconds, memory=1.2):
    return Result(2, seconds, memory, None, "")


def race(ours=(1.0, 1.0), peer=(8.0, 9.0), floor=(1.0, 0.9)):
    """The same times in every row; the loop over samples in the first alone."""
    results = {OURS: result([*ours])} | {module: result([*peer]) for module in NAMES if module != OURS}
    results[FLOOR] = result([*floor])
    results[PER_SAMPLE] = result([10.0, 10.0])
    return {row: {m: r for m, r in results.items() if row is SOURCES or m != PER_SAMPLE} for row in ROWS}


def test_a_loop_over_samples_learns_what_we_learn(folder):
    with Process(OURS, 0, 1, folder) as ours, Process(PER_SAMPLE, 0, 1, folder) as loop:
        ours.warm_up()
        loop.warm_up()
    start = SOURCES.network().parameters.flat
    assert difference("loop", loop.parameters, ours.parameters, start) < 1e-4


def test_who_learned_something_else_is_no_contender():
    with pytest.raises(SystemExit, match=r"peer: expected our parameters to within 1%, got 50.00%"):
        difference("peer", np.float32([1.5]), np.float32([2]), np.float32([1]))
    with pytest.raises(SystemExit, match="peer: expected our training cost"):
        check_costs("peer", 0.51, 0.5)


def test_who_has_another_cost_is_not_compared():
    assert difference("peer", None, np.float32([2]), np.float32([1])) is None
    check_costs("peer", None, 0.5)


def test_a_process_trains_when_asked(folder):
    with Process(FLOOR, 1, 1, folder) as process:
        process.warm_up()
        process.train()
        process.train()
    assert len(process.seconds) == 2
    assert process.memory > 0


def test_a_peer_counts_where_it_was_faster():
    one, two = (
        SimpleNamespace(cores=cores, seconds=seconds, memory=1.0, difference=0.0, note="compiled")
        for cores, seconds in ((1, [2.0, 2.0, 9.0]), (2, [3.0, 3.0, 1.0]))
    )
    best = _best([two, one])
    assert (best.cores, best.note) == (1, "3.000 s on 2, compiled")


def test_a_standing_is_told_in_our_times():
    line = standings({OURS: result([2.0, 4.0]), FLOOR: result([1.0, 4.0])}).splitlines()[-1]
    assert "| 2.500 (1.000 to 4.000) | 0.75 (0.50 to 1.00) | 1.20 |" in line


def test_every_target_is_reached_by_those_who_reach_them():
    assert targets(race()).count("| yes |") == 8


@pytest.mark.parametrize(
    ("times", "missed"),
    [({"peer": (0.9, 0.9)}, 4), ({"floor": (0.5, 0.5)}, 2), ({"ours": (1.2, 1.2)}, 3)],
)
def test_a_target_that_is_missed_is_said_to_be(times, missed):
    assert targets(race(**times)).count("| no |") == missed
