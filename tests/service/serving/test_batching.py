"""Batching: requests of one turn share a pass, and no row of one answer reaches another."""

import threading

import gevent
import numpy as np
import pytest

from service.event_loop.loop_turn import Turn
from service.serving import batching as room
from service.serving.batching import Batching


@pytest.fixture
def turn():
    return Turn()


class Passes:
    """A forward pass that doubles each row, and keeps what it was asked."""

    def __init__(self, failures=0):
        self.rows, self.threads, self.failures = [], [], failures

    def __call__(self, rows):
        self.rows.append(len(rows))
        self.threads.append(threading.get_ident())
        if self.failures:
            self.failures -= 1
            raise MemoryError
        return 2 * rows.T


def ask(batching, *batches):
    """Have greenlets ask at once; the columns that each is answered with."""
    greenlets = [gevent.spawn(batching.run, rows) for rows in batches]
    gevent.joinall(greenlets, raise_error=True)
    return [greenlet.value for greenlet in greenlets]


def test_each_is_answered_with_its_own_rows(turn, rng):
    batches = [rng.random((m, 3)) for m in rng.integers(1, 9, 50)]
    for answer, rows in zip(ask(Batching(Passes(), 6, turn), *batches), batches, strict=True):
        np.testing.assert_array_equal(answer, 2 * rows.T)


def test_requests_of_one_turn_share_a_pass(turn):
    passes = Passes()
    ask(Batching(passes, 6, turn), *[np.ones((1, 3))] * 16)
    assert passes.rows == [16]


def test_a_request_alone_has_a_pass_of_its_own(turn):
    passes = Passes()
    for _ in range(3):
        ask(Batching(passes, 6, turn), np.ones((2, 3)))
    assert passes.rows == [2, 2, 2]


def test_a_shared_pass_has_no_more_rows_than_there_is_work_for_all(turn, monkeypatch):
    monkeypatch.setattr(room, "LOOP_WORK", 10)
    passes = Passes()
    ask(Batching(passes, 1, turn), *[np.ones((4, 3))] * 5)
    assert passes.rows == [8, 8, 4]
    assert set(passes.threads) == {threading.get_ident()}


def test_a_large_one_has_a_thread_and_holds_up_nobody_else(turn, monkeypatch):
    monkeypatch.setattr(room, "LOOP_WORK", 10)
    may_end, passes = threading.Event(), Passes()

    def forward(rows):
        if len(rows) > 10:
            assert may_end.wait(30)
        return passes(rows)

    batching = Batching(forward, 1, turn)
    large = gevent.spawn(batching.run, np.ones((11, 3)))
    gevent.sleep(0)
    beside = gevent.spawn(lambda: "heard")
    assert beside.get(timeout=60) == "heard"
    waiting = [gevent.spawn(batching.run, np.ones((m, 3))) for m in (1, 2)]
    may_end.set()
    gevent.joinall([large, *waiting], raise_error=True)
    assert passes.rows == [11, 3], "those that waited for its end share the next one"
    assert passes.threads[0] != threading.get_ident()


def test_where_a_shared_pass_fails_each_has_one_of_its_own(turn):
    passes = Passes(failures=1)
    answers = ask(Batching(passes, 6, turn), np.ones((1, 3)), np.ones((2, 3)))
    assert ([answer.shape for answer in answers], passes.rows) == ([(3, 1), (3, 2)], [3, 1, 2])


def test_a_failure_is_of_the_one_whose_rows_fail(turn):
    batching = Batching(Passes(failures=2), 6, turn)
    with pytest.raises(MemoryError):
        ask(batching, np.ones((1, 3)))
    assert ask(batching, np.ones((1, 3)))[0].shape == (3, 1)


def test_others_are_heard_between_passes_that_take_long(turn, monkeypatch):
    monkeypatch.setattr(room, "LOOP_WORK", 1)
    monkeypatch.setattr(room, "LOOP_SECONDS", 0)
    monkeypatch.setattr(Turn, "seconds", 0)
    seen = []

    def forward(rows):
        seen.append("pass")
        return 2 * rows.T

    def be_heard():
        for _ in range(4):
            turn.yield_to_others()
            seen.append("other")

    other = gevent.spawn(be_heard)
    ask(Batching(forward, 1, turn), *[np.ones((1, 3))] * 4)
    other.join()
    assert seen == ["pass", "other"] * 4


def test_one_that_asks_again_at_once_does_not_shut_others_out(turn):
    batching, order = Batching(Passes(), 6, turn), []

    def again_and_again():
        for _ in range(5):
            batching.run(np.ones((1, 3)))
            order.append("again")

    def once():
        batching.run(np.ones((1, 3)))
        order.append("once")

    first, later = gevent.spawn(again_and_again), gevent.spawn(gevent.spawn, once)
    gevent.joinall([first, later.get()], raise_error=True)
    assert order.index("once") < 3


@pytest.mark.parametrize("loop", ["none", "another thread"])
def test_without_a_loop_everybody_has_a_pass(turn, loop):
    passes = Passes()
    batching = Batching(passes, 6, None if loop == "none" else turn)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(batching.run(np.ones((2, 3)))))
    thread.start()
    thread.join(30)
    assert (answers[0].shape, passes.rows) == ((3, 2), [2])


def test_the_wait_for_others_is_told_from_the_own_work(turn):
    batching = Batching(Passes(), 6, turn)
    turn.waited = -1.0
    ask(batching, np.ones((1, 3)))
    assert turn.waited >= 0
