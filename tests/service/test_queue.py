"""The queue: who goes first, how long it takes, and who is refused."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http import queue as queue_module
from service.http.connection import Request
from service.http.framing import Head
from service.http.queue import FRESH_SECONDS, QUICK_BYTES, Queue, retry_after

SMALL, LARGE = 100, 2 * QUICK_BYTES


def post(
    size: int = SMALL, *, gone: bool = False, timeout: float | None = None, dense: bool = False
) -> Request:
    content = b"POST / HTTP/1.1\r\n\r\n"
    head = Head(len(content), size - len(content), timeout=timeout, is_dense=dense)
    return Request(SimpleNamespace(gone=gone), content, b"x" * head.length, head)


def get(path: bytes = b"/healthz") -> Request:
    return Request(SimpleNamespace(gone=False), b"GET %b HTTP/1.1\r\n\r\n" % path, b"")


def admit(queue: Queue, *requests: Request) -> None:
    for request in requests:
        assert queue.refusal(request) is None
        queue.put(request)


@pytest.fixture
def queue():
    return Queue(seconds=5, most_bytes=1_000_000)


@pytest.fixture
def learned(queue):
    """Teach the queue what requests of a size take."""

    def learn(seconds: float, size: int = SMALL) -> None:
        request = post(size)
        queue.refusal(request)
        queue.put(request)
        assert (queue.quick() or queue.long()) is request
        queue.done(request, seconds)

    return learn


class TestOrder:
    def test_the_first_goes_first(self, queue):
        requests = [post() for _ in range(5)]
        for request in requests:
            admit(queue, request)
        assert len(queue) == 5
        assert [queue.quick() for _ in range(6)] == [*requests, None]

    def test_who_only_looks_overtakes(self, queue):
        work, look = post(), get()
        admit(queue, work)
        admit(queue, look)
        assert [queue.quick(), queue.quick()] == [look, work]

    def test_who_only_looks_can_be_asked_for(self, queue):
        admit(queue, post())
        assert queue.look() is None

    def test_a_large_one_is_long_until_its_kind_was_seen(self, queue):
        admit(queue, post(LARGE))
        assert queue.quick() is None
        queue.done(queue.long(), 0.001)
        admit(queue, post(LARGE))
        assert queue.quick() is not None

    def test_a_small_one_that_takes_long_is_long(self, queue, learned):
        learned(1.0)
        admit(queue, post())
        assert (queue.quick(), queue.long() is None) == (None, False)

    def test_any_takes_quick_ones_first_and_leaves_looks(self, queue):
        for request in (get(), long := post(LARGE), quick := post()):
            admit(queue, request)
        assert [queue.any(), queue.any(), queue.any()] == [quick, long, None]

    def test_one_whose_client_has_gone_is_left_out(self, queue):
        there, *gone = post(), post(gone=True), post(gone=True)
        admit(queue, gone[0], there, gone[1])
        for request in gone:
            queue.forget(request)
        assert [queue.quick(), queue.quick()] == [there, None]
        queue.done(there, 0.1)
        assert (len(queue), queue.bytes) == (0, 0)

    def test_one_is_forgotten_once(self, queue, learned):
        learned(4.0)
        waiting, leaving = post(), post()
        admit(queue, waiting, leaving)
        queue.forget(leaving)
        queue.done(leaving, 4.0)
        assert queue.bytes == waiting.size
        assert queue.refusal(post(timeout=8.1)) is None
        assert queue.refusal(post(timeout=7.9)) is not None

    def test_who_only_looks_does_not_overtake_for_ever(self, queue):
        works, looks = [post(), post()], [get(), get(), get()]
        admit(queue, *works, *looks)
        order = [queue.quick() for _ in range(5)]
        assert [request in looks for request in order] == [True, False, True, False, True]

    def test_a_report_has_the_thread_of_what_takes_long(self, queue):
        report = get(b"/models/mnist/3")
        admit(queue, report)
        assert (queue.quick(), queue.look()) == (None, None)
        assert queue.long() is report

    def test_what_a_report_took_says_nothing_of_work(self, queue):
        report = get(b"/models/mnist/3")
        admit(queue, report)
        queue.done(queue.long(), 100.0)
        assert queue.refusal(post(report.size, timeout=1)) is None

    def test_what_was_refused_teaches_nothing(self, queue):
        admit(queue, request := post(LARGE))
        queue.done(queue.long(), None)
        admit(queue, post(LARGE))
        assert (request.work, queue.quick()) == (0.0, None)

    @pytest.mark.parametrize("size", [2_000_000, 100_000])
    def test_a_large_one_is_quick_only_if_it_is_not_too_large(self, size):
        queue = Queue(5, 100_000_000)
        admit(queue, post(size))
        queue.done(queue.long(), 0.001)
        admit(queue, post(size))
        assert (queue.quick() is not None) == (size < 1 << 20)


class TestRefusal:
    def test_nobody_is_refused_where_nobody_waits(self, queue, learned):
        learned(100.0)
        assert queue.refusal(post(), 1) is None

    @pytest.mark.parametrize(("draw", "seconds"), [(min, 8), (max, 18)])
    def test_who_would_wait_longer_than_the_setting_is(self, queue, learned, monkeypatch, draw, seconds):
        monkeypatch.setattr("random.uniform", draw)
        learned(4.0)
        admit(queue, post())
        assert queue.refusal(post(), 1) is None
        admit(queue, post())
        refusal = queue.refusal(post(), 1)
        assert (refusal.reason, refusal.message) == (
            "deadline",
            "overloaded: expected an answer within 5000 ms, it would take 8000 ms",
        )
        assert refusal.retry_after == seconds

    def test_several_at_once_wait_less(self, queue, learned):
        learned(4.0)
        admit(queue, post())
        admit(queue, post())
        assert queue.refusal(post(), 2) is None

    def test_quick_ones_do_not_wait_for_long_ones(self, queue, learned):
        learned(0.001)
        learned(10.0, LARGE)
        admit(queue, post(LARGE))
        assert queue.refusal(post()) is None
        assert queue.refusal(post(), at_once=2) is None
        assert queue.refusal(post(LARGE)).reason == "deadline"

    def test_where_passes_are_shared_they_do(self, queue, learned):
        learned(0.001)
        learned(21.0, LARGE)
        admit(queue, post(LARGE))
        assert queue.refusal(post(), at_once=2) is not None

    def test_packed_ones_are_long_whatever_their_size(self, queue):
        admit(queue, post(dense=True))
        assert (queue.quick(), queue.long() is None) == (None, False)

    def test_work_that_is_being_done_is_waited_for_too(self, queue, learned):
        learned(10.0)
        admit(queue, post())
        being_done = queue.long()
        assert queue.refusal(post(), 1)
        queue.done(being_done, 10.0)
        assert queue.refusal(post(), 1) is None

    @pytest.mark.parametrize(("timeout", "refused"), [(2.9, True), (3.1, False)])
    def test_a_request_s_own_timeout_counts_its_own_work(self, queue, learned, timeout, refused):
        learned(1.5)
        admit(queue, post())
        assert bool(queue.refusal(post(timeout=timeout), 1)) == refused

    def test_what_is_known_of_its_kind_grows_old(self, queue, learned, monkeypatch):
        learned(1.5)
        assert queue.refusal(post(timeout=1), 1)
        later = queue_module.monotonic() + FRESH_SECONDS + 1
        monkeypatch.setattr(queue_module, "monotonic", lambda: later)
        assert queue.refusal(post(timeout=1), 1) is None

    @pytest.mark.parametrize("path", [b"/healthz", b"/models/mnist/3"])
    def test_who_only_reads_never_is(self, queue, learned, path):
        learned(100.0)
        admit(queue, post())
        assert queue.refusal(get(path), 1) is None

    def test_bytes_have_a_limit(self, queue):
        assert queue.has_no_room(600_000, 400_000) is None
        message = "overloaded: expected at most 1000000 bytes of requests at once"
        assert queue.has_no_room(600_000, 400_001).message == message

    def test_bytes_are_counted_until_the_answer(self, queue):
        admit(queue, post())
        request = queue.quick()
        assert queue.bytes == SMALL
        queue.done(request, 0.1)
        assert queue.bytes == 0


@given(st.floats(0, 1e6))
def test_who_may_come_again_comes_after_the_wait_and_not_all_at_once(wait):
    seconds = {retry_after(wait) for _ in range(100)}
    assert max(1, wait) <= min(seconds) <= max(seconds) <= 2 * wait + 3
    assert len(seconds) > 1


@given(st.lists(st.floats(0.001, 10), min_size=1, max_size=20))
def test_a_kind_is_expected_to_take_what_it_took_lately(times):
    queue = Queue(1e9, 1_000_000)
    for seconds in times:
        admit(queue, request := post())
        assert (queue.quick() or queue.long()) is request
        queue.done(request, seconds)
    admit(queue, request := post())
    assert min(times) * 0.999 <= request.work <= max(times) * 1.001
