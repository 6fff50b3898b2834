"""The batcher: who shares a pass gets the answer of their own rows, and who need not wait does not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from server import wait_for

from service import batcher as room
from service.batcher import MOST_ROWS, Batcher, Cost

DEAR, CHEAP = Cost(fixed=1, row=0), Cost(fixed=0, row=1)


def sums(rows):
    """A pass whose answer tells whose rows they were."""
    return rows.sum(axis=1)[None]


class Blocked:
    """A pass that waits until it is let go, and remembers its rows."""

    def __init__(self):
        self.passes: list[int] = []
        self.entered, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, rows):
        self.passes.append(len(rows))
        self.entered.release()
        assert self.go.acquire(timeout=30)
        return sums(rows)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(40) as pool:
        yield pool


@pytest.fixture
def waiting(pool):
    """A batcher in whose first pass some requests have come; and how to let passes go."""

    def start(rows_of_requests, forward):
        batcher = Batcher(DEAR)
        futures = [pool.submit(batcher.run, np.full((1, 2), 0.5), forward)]
        assert forward.entered.acquire(timeout=30)
        for number, rows in enumerate(rows_of_requests, 1):
            futures.append(pool.submit(batcher.run, np.full((rows, 2), number), forward))
            wait_for(lambda number=number: len(batcher._waiting) == number)
        return futures

    return start


def test_who_comes_while_a_pass_runs_shares_the_next(waiting):
    forward = Blocked()
    futures = waiting([1, 3, 2], forward)
    forward.go.release(2)
    assert [future.result(30).tolist() for future in futures] == [[[1]], [[2]], [[4] * 3], [[6] * 2]]
    assert forward.passes == [1, 6]


def test_no_pass_has_more_than_its_rows(waiting):
    forward = Blocked()
    futures = waiting([MOST_ROWS - 1, 1, 1, 5 * MOST_ROWS, 1], forward)
    forward.go.release(5)
    for number, future in enumerate(futures[1:], 1):
        assert (future.result(30) == 2 * number).all()
    assert forward.passes == [1, MOST_ROWS, 1, 5 * MOST_ROWS, 1]


def test_who_is_alone_does_not_wait():
    batcher = Batcher(DEAR)
    for _ in range(3):
        assert batcher.run(np.ones((2, 3)), sums).tolist() == [[3, 3]]
    assert not batcher._running


def test_where_passes_are_cheap_nobody_waits_for_another(pool):
    forward, batcher = Blocked(), Batcher(CHEAP)
    futures = [pool.submit(batcher.run, np.ones((1, 2)), forward) for _ in range(3)]
    for _ in futures:
        assert forward.entered.acquire(timeout=30)
    forward.go.release(3)
    assert [future.result(30).tolist() for future in futures] == [[[2]]] * 3


def test_nobody_gets_the_answer_of_another(pool):
    batcher = Batcher(DEAR)

    def ask(seed):
        rng = np.random.default_rng(seed)
        for _ in range(100):
            rows = rng.random((rng.integers(1, 5), 3))
            np.testing.assert_array_equal(batcher.run(rows, sums), sums(rows))

    list(pool.map(ask, range(40)))
    assert not batcher._running


def test_a_shared_pass_that_fails_is_run_by_each_alone(waiting):
    forward = Blocked()
    tall = []

    def fails_together(rows):
        answer = forward(rows)
        if len(rows) > 1 and not tall:
            tall.append(len(rows))
            raise MemoryError
        return answer

    fails_together.entered = forward.entered
    futures = waiting([1, 1], fails_together)
    forward.go.release(4)
    assert [future.result(30).tolist() for future in futures] == [[[1]], [[2]], [[4]]]
    assert (tall, sorted(forward.passes)) == ([2], [1, 1, 1, 2])


def test_a_bug_in_a_pass_stops_nobody_who_comes_later(pool):
    batcher = Batcher(DEAR)

    def bug(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        batcher.run(np.ones((1, 2)), bug)
    assert pool.submit(batcher.run, np.ones((1, 2)), sums).result(30).tolist() == [[2]]


def test_a_cost_is_what_was_measured(monkeypatch):
    clock = [0.0]

    def forward(rows):
        clock[0] += 0.002 + 0.0005 * len(rows)
        return rows

    monkeypatch.setattr(room.time, "perf_counter", lambda: clock[0])
    cost = Cost.of(forward, inputs=4)
    assert (cost.fixed, cost.row) == pytest.approx((0.002, 0.0005))
    assert cost.is_worth_sharing
    assert not Cost(fixed=1e-4, row=1).is_worth_sharing
