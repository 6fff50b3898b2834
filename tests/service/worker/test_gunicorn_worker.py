"""The worker in this process: its listener, the waits of its connections, and what it answers by itself."""

import json
import logging
import os
import runpy
import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from types import SimpleNamespace

import gevent
import pytest
from gevent import socket
from gevent.event import Event
from gevent.pool import Pool
from gunicorn.config import Config
from gunicorn.http import errors
from server import ROOT

from service.event_loop.timeouts import Limits
from service.worker import gunicorn_worker as worker_module
from service.worker import listener as listener_module
from service.worker.gunicorn_worker import STATUS, Worker
from service.worker.listener import Listener
from service.worker.load_balancing import Balance, Connections

SECONDS = 30  # of patience


class FakeBalance:
    """A balance that says what it is told to, and remembers."""

    def __init__(self, *, may: bool = True, fewest: int = 0) -> None:
        self.may, self.least, self.asked, self.counts = may, fewest, 0, []

    def fewest(self) -> int:
        return self.least

    def set(self, _: int, connections: int) -> None:
        self.counts.append(connections)

    def leave(self, _: int) -> None:
        self.counts.append(None)

    def may_accept(self, _: int) -> bool:
        self.asked += 1
        return self.may


def echo(client, _) -> None:
    while content := client.recv(99):
        client.sendall(content)


class TestBalance:
    def test_the_worker_with_fewer_connections_accepts(self):
        balance = Balance(2)
        balance.set(0, 3)
        balance.set(1, 2)
        assert (balance.may_accept(0), balance.may_accept(1)) == (False, True)

    def test_workers_with_as_many_all_accept(self):
        balance = Balance(2)
        for place in range(2):
            balance.set(place, 5)
        assert (balance.may_accept(0), balance.may_accept(1)) == (True, True)

    def test_an_eighth_more_is_no_imbalance(self):
        balance = Balance(3)
        for place, connections in enumerate((80, 90, 91)):
            balance.set(place, connections)
        assert [balance.may_accept(place) for place in range(3)] == [True, True, False]

    def test_a_worker_that_has_left_is_not_waited_for(self):
        balance = Balance(2)
        balance.set(0, 50)
        balance.set(1, 0)
        balance.leave(1)
        assert balance.may_accept(0)

    def test_places_where_nobody_has_been_are_not_waited_for(self):
        balance = Balance(64)
        balance.set(7, 50)
        assert balance.may_accept(7)

    def test_a_worker_counts_its_connections_on_all_that_it_listens_on(self):
        balance = Balance(2)
        worker, other = Connections(balance, 0), Connections(balance, 1)
        for _ in range(2):  # on one listener, and one on another
            worker.opened()
        other.opened()
        assert (worker.may_accept(), other.may_accept()) == (False, True)
        worker.closed()
        assert worker.may_accept()

    def test_who_has_left_does_not_come_back_with_the_end_of_a_connection(self):
        balance = Balance(2)
        worker, other = Connections(balance, 0), Connections(balance, 1)
        worker.opened()
        worker.leave()
        worker.closed()
        other.opened()
        assert other.may_accept()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def listener(stack):
    listener = stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


@pytest.fixture
def serve_on(listener, stack):
    """Start a server on the test's listener."""

    def start(balance, *, place: int = 0, handle=echo, **options) -> Listener:
        connections = Connections(balance, place)
        server = Listener(listener.dup(), connections, Limits(), handle=handle, spawn=Pool(64), **options)
        stack.callback(server.stop, 0)
        server.start()
        return server

    return start


@pytest.fixture
def client(listener, stack):
    """Connect to the test's listener."""

    def connect() -> socket.socket:
        address = listener.getsockname()
        return stack.enter_context(socket.create_connection(address, timeout=SECONDS))

    return connect


def is_served(connection) -> bool:
    connection.sendall(b"x")
    return connection.recv(9) == b"x"


class TestListener:
    def test_open_connections_are_counted(self, serve_on, client):
        balance = FakeBalance()
        server = serve_on(balance)
        clients = [client(), client()]
        assert all(is_served(each) for each in clients)
        for each in clients:
            each.close()
        server.pool.join(SECONDS)
        assert balance.counts == [0, 1, 2, 1, 0]

    def test_one_that_ends_in_a_bug_is_open_no_more(self, serve_on, client, capsys):
        def fail(*_) -> None:
            raise ValueError("a bug")

        balance = FakeBalance()
        server = serve_on(balance, handle=fail)
        assert client().recv(9) == b""
        server.pool.join(SECONDS)
        assert balance.counts == [0, 1, 0]
        assert "a bug" in capsys.readouterr().err

    @pytest.mark.parametrize(("fewest", "pauses"), [(0, 9), (4, 3), (100, 1)])
    def test_a_worker_that_is_late_takes_half_of_what_others_have_at_once(
        self, serve_on, client, fewest, pauses, monkeypatch
    ):
        monkeypatch.setattr(listener_module, "LATE_SECONDS", 1e-9)  # it always is
        balance, clients = FakeBalance(may=False, fewest=fewest), [client() for _ in range(8)]
        serve_on(balance)
        assert all(is_served(each) for each in clients)
        assert balance.asked == pauses

    def test_who_has_more_leaves_one_to_others_for_a_pause_and_then_takes_it(self, serve_on, client):
        balance = FakeBalance(may=False)
        serve_on(balance)
        assert is_served(client())
        assert is_served(client())
        assert balance.asked >= 2

    def test_who_has_fewer_takes_it_meanwhile(self, serve_on, client):
        balance = Balance(2)
        taken = [[], []]
        for place in range(2):
            serve_on(
                balance, place=place, handle=lambda c, a, place=place: (taken[place].append(a), echo(c, a))
            )
        clients = [client() for _ in range(16)]
        assert all(is_served(each) for each in clients)
        assert min(map(len, taken)) >= 5

    def test_the_end_serves_what_waits_in_the_queue_and_refuses_the_next(self, serve_on, listener, client):
        clients = [client() for _ in range(5)]
        balance = FakeBalance(may=False)
        server = serve_on(balance)
        server.close()
        address = listener.getsockname()
        listener.close()
        assert all(is_served(each) for each in clients)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)

    def test_who_has_left_is_not_in_the_balance_again_when_its_connections_end(self, serve_on, client):
        balance = FakeBalance()
        server = serve_on(balance)
        last = client()
        assert is_served(last)
        server.close()
        last.close()
        server.pool.join(SECONDS)
        assert balance.counts == [0, 1, None]

    def test_the_end_may_come_twice(self, serve_on):
        server = serve_on(FakeBalance())
        server.close()
        server.close()
        assert server.closed

    def test_a_full_server_ends_all_the_same(self, serve_on, client):
        server = serve_on(FakeBalance())
        clients = [client() for _ in range(70)]  # 64 are served at once
        assert all(is_served(each) for each in clients[:64])
        closing = gevent.spawn(server.close)
        closing.join(5)
        has_closed = closing.ready()
        closing.kill()
        assert has_closed

    def test_who_fails_to_speak_TLS_is_dropped_and_counted_no_more(self, serve_on, client, capsys):
        def refuse(*_, **__) -> None:
            raise ssl.SSLError(1, "http request")

        balance, handled = FakeBalance(), []
        server = serve_on(
            balance,
            handle=lambda *each: handled.append(each),
            ssl_context=SimpleNamespace(wrap_socket=refuse),
        )
        assert client().recv(9) == b""
        server.pool.join(SECONDS)
        assert (balance.counts, handled, capsys.readouterr().err) == ([0, 1, 0], [], "")

    def test_who_ends_a_handshake_after_the_end_has_begun_is_served(self, serve_on, client, capsys):
        has_begun, is_shaken = Event(), Event()

        def wrap(plain, **_):
            has_begun.set()
            is_shaken.wait(SECONDS)
            return plain

        server = serve_on(FakeBalance(), ssl_context=SimpleNamespace(wrap_socket=wrap))
        late = client()
        assert has_begun.wait(SECONDS)
        server.close()
        is_shaken.set()
        with suppress(ConnectionResetError):
            assert is_served(late)
        assert capsys.readouterr().err == ""


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def worker(stack) -> Worker:
    """A worker that answers with nothing, and is not running."""

    def answer(_, start_response) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    config = Config()
    config.set("keepalive", 75)
    worker = Worker(1, os.getppid(), [], None, 30, config, logging.getLogger("gunicorn.error"))
    worker.log.access = lambda *_: None
    worker.wsgi = answer
    stack.callback(worker.tmp.close)
    return worker


@pytest.fixture
def serving(worker, listener) -> Worker:
    """The worker, serving."""
    worker.server_class(listener.dup(), spawn=Pool(64)).start()
    return worker


@pytest.fixture
def kept(serving, client):
    """The client's end of a connection that the worker keeps after a request."""
    far = client()
    far.sendall(GET)
    assert (b"keep-alive" in far.recv(9999), serving.alive) == (True, True)
    return far


def await_end() -> None:
    """Let the worker run until it ends."""
    with pytest.raises(SystemExit):
        gevent.sleep(SECONDS)


class TestIdleConnections:
    def test_one_that_asks_again_is_answered_again(self, kept):
        kept.sendall(GET)
        assert b"204" in kept.recv(9999)

    def test_one_is_closed_when_its_time_is_over(self, worker, serving, client):
        worker.cfg.set("keepalive", 1)
        far = client()
        waiting = gevent.spawn(far.recv, 9999)
        while not waiting.ready():
            serving.notify()  # as each second
            waiting.join(0.1)
        assert waiting.get() == b""

    def test_one_that_does_not_ask_is_closed_soon_after_SIGTERM(self, serving, kept):
        serving.handle_exit(signal.SIGTERM, None)
        await_end()
        assert kept.recv(9999) == b""

    def test_one_that_asks_soon_after_SIGTERM_is_answered_and_closed(self, serving, kept):
        serving.handle_exit(signal.SIGTERM, None)
        kept.sendall(GET)
        await_end()
        answer = b"".join(iter(lambda: kept.recv(9999), b""))
        assert (b"204" in answer, b"Connection: close" in answer) == (True, True)

    def test_one_whose_request_is_there_when_it_would_be_closed_is_answered(self, serving, kept):
        serving.alive = False
        kept.sendall(GET)  # the loop has not heard it yet
        serving._idle.expire_all()
        assert answer_on(kept) == "204"


class TestEnd:
    def test_a_worker_without_connections_ends_at_once(self, serving, monkeypatch):
        monkeypatch.setattr(worker_module, "LINGER_SECONDS", SECONDS)
        serving.handle_exit(signal.SIGTERM, None)
        await_end()

    def test_a_worker_that_has_had_its_requests_ends_as_at_SIGTERM(self, serving, kept):
        serving.alive = False
        serving.notify()
        await_end()
        assert kept.recv(9999) == b""

    def test_what_waits_in_the_systems_queue_is_answered(self, serving, client):
        clients = [client() for _ in range(5)]
        for each in clients:
            each.sendall(GET)
        serving.handle_exit(signal.SIGTERM, None)
        await_end()
        assert [answer_on(each) for each in clients] == ["204"] * 5

    def test_who_does_not_take_an_answer_is_no_bug_in_the_log(self, worker, listener, client, caplog):
        def answer(environ, start_response) -> list[bytes]:
            environ["gunicorn.socket"].settimeout(
                0.01
            )  # as service/serving/admission.py does, with more patience
            start_response("200 OK", [])
            return [b"x" * 1_000_000] * 30

        worker.wsgi = answer
        client().sendall(GET)
        handling = gevent.spawn(worker.handle, listener, *listener.accept())
        handling.join(SECONDS)
        assert (handling.successful(), [record for record in caplog.records if record.exc_info]) == (True, [])


def answer_on(client) -> str:
    """The status of an answer, or the error that the client sees instead."""
    try:
        return b"".join(iter(lambda: client.recv(9999), b""))[9:12].decode()
    except OSError as error:
        return type(error).__name__


ERRORS = [
    (errors.LimitRequestLine(9, 5), 414),
    (errors.LimitRequestHeaders("too many"), 431),
    (errors.UnsupportedTransferCoding("gzip"), 501),
    (errors.ExpectationFailed("200-ok"), 417),
    (errors.ForbiddenProxyRequest("10.0.0.1"), 403),
    (errors.ConfigurationProblem("SCRIPT_NAME"), 500),
    (errors.InvalidHeader("a b"), 400),
    (errors.InvalidRequestLine('a "quote" \n and \xff'), 400),
    (KeyError("x"), 500),
]


class TestErrors:
    @pytest.mark.parametrize(("error", "status"), ERRORS, ids=lambda each: type(each).__name__)
    def test_what_gunicorn_refuses_is_answered_in_JSON_as_the_last(self, worker, stack, error, status):
        near, far = (stack.enter_context(each) for each in socket.socketpair())
        far.shutdown(socket.SHUT_WR)
        worker.handle_error(None, near, ("127.0.0.1", 1), error)
        head, content = far.recv(9999).split(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert (lines[0].split()[1], list(json.loads(content))) == (str(status), ["error"])
        assert {"Connection: close", f"Content-Length: {len(content)}"} <= set(lines)

    def test_a_status_is_named_for_errors_of_gunicorn_alone(self):
        assert all(issubclass(error, errors.ParseException) for error in STATUS)

    def test_a_bug_is_logged_and_a_refusal_has_no_traceback(self, worker, stack, caplog):
        near, far = (stack.enter_context(each) for each in socket.socketpair())
        far.shutdown(socket.SHUT_WR)
        for error in (errors.InvalidHeader("x"), KeyError("x")):
            worker.handle_error(None, near, ("127.0.0.1", 1), error)
        refusal, bug = caplog.records
        assert (refusal.levelname, refusal.exc_info) == ("WARNING", None)
        assert (bug.levelname, bug.exc_info[0]) == ("ERROR", KeyError)

    def test_a_client_that_has_left_is_no_error(self, worker, stack):
        near, far = (stack.enter_context(each) for each in socket.socketpair())
        far.close()
        worker.handle_error(None, near, ("127.0.0.1", 1), errors.InvalidHeader("x"))


class TestPlaces:
    @pytest.fixture
    def load_configuration(self, monkeypatch):
        """Read gunicorn's configuration, as a start and each reload do."""
        monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # it is set there
        monkeypatch.setenv("NUMERAL_WORKERS", "2")
        return lambda: SimpleNamespace(**runpy.run_path(str(ROOT / "service" / "gunicorn.conf.py")))

    def spawn(self, configuration, master) -> SimpleNamespace:
        worker = SimpleNamespace(pid=max(master.WORKERS, default=0) + 1)
        configuration.pre_fork(master, worker)
        master.WORKERS[worker.pid] = worker
        return worker

    def test_each_worker_has_a_place_of_its_own_and_one_that_is_free_is_taken_again(self, load_configuration):
        configuration, master = load_configuration(), SimpleNamespace(WORKERS={})
        for _ in range(3):
            self.spawn(configuration, master)
        places = [worker.place for worker in master.WORKERS.values()]
        del master.WORKERS[2]
        assert (places, self.spawn(configuration, master).place) == ([0, 1, 2], 1)

    def test_after_a_reload_workers_are_balanced_among_themselves(self, load_configuration):
        old, master = load_configuration(), SimpleNamespace(WORKERS={})
        for _ in range(2):
            self.spawn(old, master)
        new = load_configuration()
        places = [self.spawn(new, master).place for _ in range(2)]
        assert (places, new.balance is old.balance) == ([0, 1], False)
