"""Counts: what is kept in the process reaches the file whole, whichever thread counts."""

import resource
import threading
from collections import deque

import pytest
from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector

from service.observability import metric_buffers, metric_files
from service.observability.metric_buffers import Deferred
from service.observability.metric_files import CountsFile


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
    monkeypatch.setattr(metric_buffers, "_refreshers", [])
    metric_buffers.flush()
    deferred = Deferred()
    metric_buffers.flush()
    return deferred


def written(deferred: Deferred) -> float:
    return deferred._written.value


def test_a_count_is_written_with_the_next_flush(deferred):
    deferred.inc(2)
    deferred.inc(3)
    assert written(deferred) == 0
    metric_buffers.flush()
    assert written(deferred) == 5
    metric_buffers.flush()
    assert written(deferred) == 5


def test_threads_that_flush_at_once_do_not_disturb_each_other(deferred, monkeypatch):
    other, is_writing, may_write, failed = Deferred(), threading.Event(), threading.Event(), []
    metric_buffers.flush()

    class Slow(File):
        def inc(self, amount):
            is_writing.set()
            assert may_write.wait(60)
            super().inc(amount)

    def flush():
        try:
            metric_buffers.flush()
        except IndexError as error:
            failed.append(error)

    monkeypatch.setattr(deferred, "_written", Slow())
    deferred.inc(2)
    other.inc(3)
    threads = [threading.Thread(target=flush) for _ in range(2)]
    threads[0].start()
    assert is_writing.wait(60)
    threads[1].start()
    threads[1].join(0.1)  # it ends only where it does not wait for the first
    may_write.set()
    for thread in threads:
        thread.join(60)
    assert (failed, written(deferred), written(other)) == ([], 2, 3)


def test_reading_it_counts_what_is_not_written(deferred):
    deferred.inc(2)
    assert deferred.get() == 2


def test_a_gauge_is_its_newest_value(deferred):
    deferred.set(1)
    deferred.set(7, timestamp=3.0)
    metric_buffers.flush()
    assert (written(deferred), deferred._written.timestamp) == (7, 3.0)


def test_a_gauge_may_be_set_when_it_is_flushed(deferred):
    metric_buffers.before_flush(lambda: deferred.set(4))
    metric_buffers.flush()
    assert written(deferred) == 4


def test_no_count_of_a_thread_is_lost(deferred):
    def count():
        for _ in range(20_000):
            deferred.inc(1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        metric_buffers.flush()
    metric_buffers.flush()
    assert written(deferred) == 80_000


class TestFiles:
    """Real files of prometheus_client's, on a disk that has room or not."""

    @pytest.fixture(autouse=True)
    def files(self, tmp_path, monkeypatch) -> None:
        """Count in files in the test's folder, as a worker does."""
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
        monkeypatch.setattr(values, "MmapedDict", CountsFile)
        monkeypatch.setattr(Deferred, "file_value", values.MultiProcessValue(lambda: 7), raising=False)
        monkeypatch.setattr(metric_buffers, "_refreshers", [])
        monkeypatch.setattr(metric_buffers, "_changed", deque())
        monkeypatch.setattr(metric_buffers, "_is_full", False)

    @pytest.fixture
    def read(self, tmp_path):
        """What /metrics reads of the files."""

        def sums() -> dict[str, float]:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(tmp_path))
            return {sample.name: sample.value for metric in registry.collect() for sample in metric.samples}

        return sums

    def full_disk(self, folder) -> None:
        """Have the next file that is made be on a disk that takes no byte."""
        (folder / "counter_7.new").symlink_to("/dev/full")

    def number(self, name: str) -> Deferred:
        return Deferred("counter", name, f"{name}_total", [], [], "help")

    def test_every_byte_that_is_mapped_is_on_the_disk(self, tmp_path, read):
        numbers = [self.number(f"n{index}" + "x" * 200) for index in range(600)]
        for number in numbers:
            number.inc(2)
        metric_buffers.flush()
        (file,) = tmp_path.iterdir()
        assert file.stat().st_blocks * 512 >= file.stat().st_size > metric_files.FIRST_BYTES
        assert set(read().values()) == {2}

    def test_what_has_no_room_is_counted_until_there_is_some(self, tmp_path, read, caplog):
        self.full_disk(tmp_path)
        numbers = [self.number("a"), self.number("b")]
        for number in numbers:
            number.inc(2)
        metric_buffers.flush()
        assert ([path.name for path in tmp_path.iterdir()], read()) == ([], {})
        self.full_disk(tmp_path)
        for number in numbers:
            number.inc(3)
        metric_buffers.flush()
        metric_buffers.flush()
        assert read() == {"a_total": 5, "b_total": 5}
        assert ["no room for more metrics" in record.getMessage() for record in caplog.records] == [True]

    def test_a_file_that_cannot_grow_keeps_what_it_has(self, tmp_path, read):
        first = self.number("a")
        first.inc(1)
        metric_buffers.flush()
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (metric_files.FIRST_BYTES + 9, limit[1]))
        try:
            late = [self.number("b" * 300 + str(index)) for index in range(300)]
            for number in [first, *late]:
                number.inc(1)
            metric_buffers.flush()
            first.inc(1)
            metric_buffers.flush()
            assert read()["a_total"] == 3
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert (tmp_path / "counter_7.db").stat().st_size == metric_files.FIRST_BYTES
        metric_buffers.flush()
        assert (len(read()), sum(read().values())) == (301, 303)

    def test_what_a_worker_did_not_use_is_given_back_at_its_end(self, tmp_path, read):
        self.number("a").inc(4)
        metric_buffers.flush()
        metric_files.trim(tmp_path, 7)
        assert (tmp_path / "counter_7.db").stat().st_size < 1000
        assert read() == {"a_total": 4}
