"""The long lane: threads for what takes long, in turn between clients, whatever becomes of them."""

import socket
import threading
from contextvars import ContextVar

import gevent
import pytest
from server import wait_for

from service.errors import Overloaded
from service.event_loop.connections import has_left
from service.event_loop.long_work import TakesLong, expect_thread, in_loop
from service.serving.in_flight import InFlight
from service.serving.thread_pool import Lane, Task

variable: ContextVar[str] = ContextVar("variable")


def request(
    client: str = "a", seconds: float = 30.0, estimate: float = 0.5, connection: object = None
) -> InFlight:
    flight = InFlight(client, seconds, connection)
    flight.estimate = estimate
    return flight


class Gate:
    """Work that goes on until it may end."""

    def __init__(self, order: list[str] | None = None, name: str = ""):
        self.started, self.may_end = threading.Event(), threading.Event()
        self._order, self._name = order, name

    def __call__(self) -> str:
        if self._order is not None:
            self._order.append(self._name)
        self.started.set()
        assert self.may_end.wait(30)
        return self._name


@pytest.fixture
def lane():
    return Lane(2)


def occupy(lane, *clients):
    """Have clients work until their gates open."""
    gates = [Gate() for _ in clients]
    greenlets = [
        gevent.spawn(lane.run, request(client), gate) for client, gate in zip(clients, gates, strict=True)
    ]
    gevent.sleep(0)
    return gates, greenlets


def test_work_has_a_thread_and_the_context_of_its_caller(lane):
    variable.set("of the caller")
    token = in_loop.set(True)
    try:
        thread, seen, holds_up = lane.run(
            request(), lambda: (threading.get_ident(), variable.get(), in_loop.get())
        )
    finally:
        in_loop.reset(token)
    assert thread != threading.get_ident()
    assert (seen, holds_up) == ("of the caller", False)


def test_what_it_took_is_measured_without_the_wait(lane):
    (gate,), (first,) = occupy(lane, "a")
    flight = request("a")
    second = gevent.spawn(lane.run, flight, lambda: None)
    gevent.sleep(0)
    assert (len(lane), lane.waiting) == (2, 1)
    gate.may_end.set()
    gevent.joinall([first, second], raise_error=True)
    assert 0 < flight.taken < 5


def test_an_error_reaches_the_caller_and_frees_the_thread(lane):
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            lane.run(request(), lambda: 1 / 0)
    assert len(lane) == 0


def test_one_client_does_not_have_all_threads(lane):
    gates, greenlets = occupy(lane, "a", "a", "a")
    assert (len(lane), lane.waiting) == (3, 2)
    assert lane.run(request("b"), lambda: "answered") == "answered"
    for gate in gates:
        gate.may_end.set()
    gevent.joinall(greenlets, raise_error=True)


def test_clients_take_turns(lane):
    order: list[str] = []
    gates, greenlets = occupy(lane, "x", "y")
    names = ["a1", "a2", "a3", "b1", "b2"]
    waiting = [
        gevent.spawn(lane.run, request(name[0]), lambda name=name: order.append(name)) for name in names
    ]
    gevent.sleep(0)
    gates[0].may_end.set()
    gevent.joinall(waiting, raise_error=True)
    assert order == ["a1", "b1", "a2", "b2", "a3"]
    gates[1].may_end.set()
    gevent.joinall(greenlets, raise_error=True)


def test_who_waits_too_long_is_refused_and_leaves_nothing(lane):
    gates, greenlets = occupy(lane, "a", "b")
    with pytest.raises(Overloaded, match="expected to begin within 10 ms") as refusal:
        lane.run(request("c", seconds=0.01), lambda: None)
    assert (refusal.value.status, refusal.value.retry_after >= 1, lane.waiting) == (429, True, 0)
    for gate in gates:
        gate.may_end.set()
    gevent.joinall(greenlets, raise_error=True)
    assert len(lane) == 0


class TestDisconnected:
    @pytest.fixture
    def pair(self):
        """Both ends of a connection: the service's, and its client's."""
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname()) as far,
            listener.accept()[0] as near,
        ):
            yield near, far

    @pytest.fixture
    def waiting(self, lane, pair):
        """Work of a client with a connection, behind others'; and the others' gates."""
        gates, greenlets = occupy(lane, "a", "b")
        done: list[str] = []
        greenlet = gevent.spawn(lane.run, request("c", connection=pair[0]), lambda: done.append("c"))
        gevent.sleep(0)
        yield greenlet, done, gates
        for gate in gates:
            gate.may_end.set()
        gevent.joinall(greenlets, raise_error=True)
        assert len(lane) == 0

    def test_nothing_is_done_for_a_client_that_has_left(self, lane, pair, waiting):
        greenlet, done, _ = waiting
        pair[1].close()
        wait_for(lambda: has_left(pair[0]))
        lane.drop_disconnected()
        assert (lane.waiting, lane.expected_wait("d")) == (0, pytest.approx(lane.expected_wait("c"), abs=0.1))
        greenlet.join(30)
        assert (greenlet.exception.status, done) == (499, [])

    def test_a_client_that_stays_is_answered_and_may_have_sent_more(self, lane, pair, waiting):
        greenlet, done, gates = waiting
        pair[1].sendall(b"the next request")
        lane.drop_disconnected()
        assert lane.waiting == 1
        gates[0].may_end.set()
        greenlet.get(timeout=60)
        assert done == ["c"]

    def test_what_has_begun_goes_on(self, lane, pair):
        gate = Gate(name="done")
        greenlet = gevent.spawn(lane.run, request("c", connection=pair[0]), gate)
        gevent.sleep(0)
        pair[1].close()
        wait_for(lambda: has_left(pair[0]))
        lane.drop_disconnected()
        gate.may_end.set()
        assert greenlet.get(timeout=60) == "done"


def test_who_is_killed_while_waiting_leaves_nothing(lane):
    gates, greenlets = occupy(lane, "a", "b")
    waiting = gevent.spawn(lane.run, request("c"), lambda: None)
    gevent.sleep(0)
    waiting.kill()
    assert lane.waiting == 0
    for gate in gates:
        gate.may_end.set()
    gevent.joinall(greenlets, raise_error=True)
    assert len(lane) == 0


def test_the_wait_is_none_where_a_thread_is_free(lane):
    gates, greenlets = occupy(lane, "a")
    assert (lane.expected_wait("b"), lane.expected_wait("a") > 0) == (0.0, True)
    gates[0].may_end.set()
    gevent.joinall(greenlets, raise_error=True)


def test_the_wait_counts_what_waits(lane):
    gates, greenlets = occupy(lane, "a", "b", "c", "c")
    assert lane.expected_wait("d") == pytest.approx(4 * 0.5 / 2, rel=0.5)
    for gate in gates:
        gate.may_end.set()
    gevent.joinall(greenlets, raise_error=True)


@pytest.mark.parametrize(("age", "remaining"), [(None, 0.5), (0.1, 0.4), (0.4, 0.4), (40.0, 40.0)])
def test_what_has_run_for_long_is_expected_to_go_on_as_long(age, remaining):
    task = Task(request("a"))
    task.began = None if age is None else 100.0 - age
    assert task.remaining(100.0) == pytest.approx(remaining)


def test_what_takes_long_is_not_done_in_the_loop():
    expect_thread()
    token = in_loop.set(True)
    with pytest.raises(TakesLong):
        expect_thread()
    in_loop.reset(token)
