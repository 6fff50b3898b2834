"""The queue: who goes first, how long it takes, and who is refused."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http import queue as queue_module
from service.http.connection import Request
from service.http.queue import FRESH_SECONDS, QUICK_BYTES, Queue, retry_after

SMALL, LARGE = 100, 2 * QUICK_BYTES


def post(size: int = SMALL, timeout: float | None = None, *, gone: bool = False) -> Request:
    head = b"POST / HTTP/1.1\r\n\r\n"
    return Request(SimpleNamespace(gone=gone), head, b"x" * (size - len(head)), timeout)


def get() -> Request:
    return Request(SimpleNamespace(gone=False), b"GET /healthz HTTP/1.1\r\n\r\n", b"")


@pytest.fixture
def queue():
    return Queue(seconds=5, most_bytes=1000)


@pytest.fixture
def learned(queue):
    """Teach the queue what requests of a size take."""

    def learn(seconds: float, size: int = SMALL) -> None:
        request = post(size)
        queue.put(request)
        assert (queue.quick() or queue.long()) is request
        queue.done(request, seconds)

    return learn


class TestOrder:
    def test_the_first_goes_first(self, queue):
        requests = [post() for _ in range(5)]
        for request in requests:
            queue.put(request)
        assert len(queue) == 5
        assert [queue.quick() for _ in range(6)] == [*requests, None]

    def test_who_only_looks_overtakes(self, queue):
        work, look = post(), get()
        queue.put(work)
        queue.put(look)
        assert [queue.quick(), queue.quick()] == [look, work]

    def test_who_only_looks_can_be_asked_for(self, queue):
        queue.put(post())
        assert queue.look() is None

    def test_a_large_one_is_long_until_its_kind_was_seen(self, queue):
        queue.put(post(LARGE))
        assert queue.quick() is None
        queue.done(queue.long(), 0.001)
        queue.put(post(LARGE))
        assert queue.quick() is not None

    def test_a_small_one_that_takes_long_is_long(self, queue, learned):
        learned(1.0)
        queue.put(post())
        assert (queue.quick(), queue.long() is None) == (None, False)

    def test_any_takes_quick_ones_first_and_leaves_looks(self, queue):
        for request in (get(), long := post(LARGE), quick := post()):
            queue.put(request)
        assert [queue.any(), queue.any(), queue.any()] == [quick, long, None]

    def test_one_whose_client_has_gone_is_left_out(self, queue):
        there = post()
        for request in (post(gone=True), there, post(gone=True)):
            queue.put(request)
        assert [queue.quick(), queue.quick()] == [there, None]
        queue.done(there, 0.1)
        assert (len(queue), queue.bytes) == (0, 0)


class TestRefusal:
    def test_nobody_is_refused_where_nobody_waits(self, queue, learned):
        learned(100.0)
        assert queue.refusal(post(), 1) is None

    def test_who_would_wait_longer_than_the_setting_is(self, queue, learned):
        learned(4.0)
        queue.put(post())
        assert queue.refusal(post(), 1) is None
        queue.put(post())
        refusal = queue.refusal(post(), 1)
        assert (refusal.reason, refusal.message) == (
            "deadline",
            "overloaded: expected an answer within 5000 ms, it would take 8000 ms",
        )
        assert 8 <= refusal.retry_after <= 17

    def test_several_at_once_wait_less(self, queue, learned):
        learned(4.0)
        queue.put(post())
        queue.put(post())
        assert queue.refusal(post(), 2) is None

    def test_work_that_is_being_done_is_waited_for_too(self, queue, learned):
        learned(10.0)
        queue.put(post())
        being_done = queue.long()
        assert queue.refusal(post(), 1)
        queue.done(being_done, 10.0)
        assert queue.refusal(post(), 1) is None

    @pytest.mark.parametrize(("timeout", "refused"), [(2.9, True), (3.1, False)])
    def test_a_request_s_own_timeout_counts_its_own_work(self, queue, learned, timeout, refused):
        learned(1.5)
        queue.put(post())
        assert bool(queue.refusal(post(timeout=timeout), 1)) == refused

    def test_what_is_known_of_its_kind_grows_old(self, queue, learned, monkeypatch):
        learned(1.5)
        assert queue.refusal(post(timeout=1), 1)
        later = queue_module.monotonic() + FRESH_SECONDS + 1
        monkeypatch.setattr(queue_module, "monotonic", lambda: later)
        assert queue.refusal(post(timeout=1), 1) is None

    def test_who_only_looks_never_is(self, queue, learned):
        learned(100.0)
        queue.put(post())
        assert queue.refusal(get(), 1) is None

    def test_bytes_have_a_limit(self, queue):
        assert queue.has_no_room(600, 400) is None
        assert (
            queue.has_no_room(600, 401).message
            == "overloaded: expected at most 1000 bytes of requests at once"
        )

    def test_bytes_are_counted_until_the_answer(self, queue):
        queue.put(post())
        request = queue.quick()
        assert queue.bytes == SMALL
        queue.done(request, 0.1)
        assert queue.bytes == 0


@given(st.floats(0, 1e6))
def test_who_may_come_again_comes_after_the_wait_and_not_all_at_once(wait):
    seconds = {retry_after(wait) for _ in range(50)}
    assert max(1, wait) <= min(seconds) <= max(seconds) <= 2 * wait + 2
    assert len(seconds) > 1 or wait < 10


@given(st.lists(st.floats(0.001, 10), min_size=1, max_size=20))
def test_a_kind_is_expected_to_take_what_it_took_lately(times):
    queue = Queue(0, 1)
    for seconds in times:
        queue.put(request := post())
        assert (queue.quick() or queue.long()) is request
        queue.done(request, seconds)
    queue.put(request := post())
    assert min(times) * 0.999 <= request.work <= max(times) * 1.001
