import threading

import pytest

from model.threads import Threads


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_part_is_worked_on_once(count):
    done = []
    with Threads(count) as threads:
        threads.run(done.append, list(range(count)))
    assert sorted(done) == list(range(count))


def test_parts_are_worked_on_at_the_same_time():
    """Each waits for the other; one after another they would wait in vain."""
    meeting = threading.Barrier(2, timeout=10)
    with Threads(2) as threads:
        threads.run(lambda _: meeting.wait(), [0, 1])
    assert not meeting.broken


def test_the_calling_thread_takes_the_first_part():
    seen = {}
    with Threads(2) as threads:
        threads.run(lambda part: seen.setdefault(part, threading.get_ident()), [0, 1])
    assert seen[0] == threading.get_ident() != seen[1]


@pytest.mark.parametrize("part", [0, 1])
def test_an_error_in_any_part_comes_out(part):
    def work(number):
        if number == part:
            raise ValueError(number)

    with Threads(2) as threads, pytest.raises(ValueError, match=str(part)):
        threads.run(work, [0, 1])
