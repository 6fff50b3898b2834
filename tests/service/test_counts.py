"""Counts: what is kept in the process reaches the file whole, whichever thread counts."""

import threading

import pytest

from service import counts
from service.counts import Deferred


class File:
    """A number of prometheus_client's, as far as it is used."""

    def __init__(self, *_, **__):
        self.value, self.timestamp = 0.0, None

    def inc(self, amount):
        self.value += amount

    def set(self, value, timestamp=None):
        self.value, self.timestamp = value, timestamp

    def get(self):
        return self.value


@pytest.fixture
def deferred(monkeypatch):
    monkeypatch.setattr(Deferred, "file_value", File, raising=False)
    monkeypatch.setattr(counts, "_refreshers", [])
    counts.flush()
    return Deferred()


def written(deferred: Deferred) -> float:
    return deferred._written.value


def test_a_count_is_written_with_the_next_flush(deferred):
    deferred.inc(2)
    deferred.inc(3)
    assert written(deferred) == 0
    counts.flush()
    assert written(deferred) == 5
    counts.flush()
    assert written(deferred) == 5


def test_reading_it_counts_what_is_not_written(deferred):
    deferred.inc(2)
    assert deferred.get() == 2


def test_a_gauge_is_its_newest_value(deferred):
    deferred.set(1)
    deferred.set(7, timestamp=3.0)
    counts.flush()
    assert (written(deferred), deferred._written.timestamp) == (7, 3.0)


def test_a_gauge_may_be_set_when_it_is_flushed(deferred):
    counts.before_flush(lambda: deferred.set(4))
    counts.flush()
    assert written(deferred) == 4


def test_no_count_of_a_thread_is_lost(deferred):
    def count():
        for _ in range(20_000):
            deferred.inc(1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        counts.flush()
    counts.flush()
    assert written(deferred) == 80_000
