"""The worker: requests are answered in turn; nobody waits for a slow client, a long request or the dead."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.workers import base
from server import wait_for

from model.settings import Settings
from service.http import door as door_module
from service.http import worker as worker_module
from service.http.balance import Balance
from service.http.worker import Worker

LONG = b"x" * 100_000  # a body that is not answered in the loop
GET = b"GET /look HTTP/1.1\r\nHost: x\r\n\r\n"


def post(path: str = "/", body: bytes = b"{}", **headers: object) -> bytes:
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body


class Application:
    """It answers with the path; where there is a gate for it, once that is open."""

    def __init__(self, shares: bool):
        self.extensions = {"shares": lambda: shares, "refused": lambda _, message: {"error": message}}
        self.gates: dict[str, threading.Event] = {}
        self.asked: list[str] = []

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        self.asked.append(path)
        if path in self.gates:
            assert self.gates[path].wait(30)
        content = path.encode() * int(environ.get("HTTP_TIMES", 1))
        start_response("200 OK", [("Content-Length", str(len(content)))])
        return [content]


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start(monkeypatch, stack):
    """Start a worker in a thread of this process; several share a listener."""
    monkeypatch.setattr(base.Worker, "init_process", lambda worker: worker.run())
    monkeypatch.setattr(worker_module.gc, "freeze", lambda: None)
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))

    def start(
        *, shares: bool = False, threads: int = 4, balance: Balance | None = None, place: int = 0, **settings
    ):
        config = Config()
        config.set("threads", threads)
        worker = Worker(0, os.getppid(), [listener.dup()], None, 30, config, logging.getLogger())
        worker.settings, worker.balance, worker.place = Settings(**settings), balance or Balance(1), place
        worker.PIPE, worker.wsgi = os.pipe(), Application(shares)
        os.set_blocking(worker.PIPE[0], False)
        worker.port = listener.getsockname()[1]
        thread = threading.Thread(target=worker.init_process)
        thread.start()

        def stop():
            worker.alive = False
            for gate in worker.wsgi.gates.values():
                gate.set()
            os.write(worker.PIPE[1], b"1")
            thread.join(30)
            assert not thread.is_alive()
            worker.tmp.close()

        stack.callback(stop)
        return worker

    return start


@pytest.fixture
def connect(stack):
    def connect(worker, *parts: bytes) -> socket.socket:
        client = stack.enter_context(socket.create_connection(("127.0.0.1", worker.port), timeout=30))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            client.sendall(part)
        return client

    return connect


def answers(client: socket.socket) -> Iterator[tuple[int, bytes, dict[bytes, bytes]]]:
    """The answers on a connection: status, body and fields of each."""
    with client.makefile("rb") as file:
        while line := file.readline():
            fields = dict(line.rstrip().split(b": ", 1) for line in iter(file.readline, b"\r\n"))
            yield int(line.split()[1]), file.read(int(fields[b"Content-Length"])), fields


def answer(client: socket.socket) -> tuple[int, bytes]:
    """The next answer, where no other follows before it is read."""
    status, body, _ = next(answers(client))
    return status, body


class TestTurns:
    def test_a_connection_is_answered_again_and_again(self, start, connect):
        client = connect(start())
        for _ in range(3):
            client.sendall(post("/a"))
            assert answer(client) == (200, b"/a")

    def test_requests_that_come_together_are_answered_in_order(self, start, connect):
        worker = start()
        paths = [f"/{index}" for index in range(50)]
        client = connect(worker, b"".join(map(post, paths)), post("/last", Connection="close"))
        assert [body.decode() for _, body, _ in answers(client)] == [*paths, "/last"]

    def test_a_long_request_holds_nobody_up(self, start, connect):
        worker = start()
        worker.wsgi.gates["/long"] = threading.Event()
        long = connect(worker, post("/long", b"x" * 100_000))
        wait_for(lambda: "/long" in worker.wsgi.asked)
        assert answer(connect(worker, post("/quick"))) == (200, b"/quick")
        assert answer(connect(worker, GET)) == (200, b"/look")
        worker.wsgi.gates["/long"].set()
        assert answer(long) == (200, b"/long")

    def test_long_ones_come_one_at_a_time(self, start, connect):
        worker = start()
        worker.wsgi.gates["/a"] = threading.Event()
        clients = [connect(worker, post("/a", b"x" * 100_000))]
        wait_for(lambda: worker.wsgi.asked == ["/a"])
        clients.append(connect(worker, post("/b", b"x" * 100_000)))
        assert answer(connect(worker, GET)) == (200, b"/look")
        assert worker.wsgi.asked == ["/a", "/look"]
        worker.wsgi.gates["/a"].set()
        assert [answer(client) for client in clients] == [(200, b"/a"), (200, b"/b")]

    def test_where_passes_are_shared_several_are_answered_at_once(self, start, connect):
        worker = start(shares=True, threads=4)
        paths = [f"/{index}" for index in range(5)]
        worker.wsgi.gates = {path: threading.Event() for path in paths}
        clients = [connect(worker, post(path, LONG)) for path in paths]
        wait_for(lambda: len(worker.wsgi.asked) == 4)
        assert answer(connect(worker, GET)) == (200, b"/look")
        assert len(worker.wsgi.asked) == 5, "four and the look"
        for gate in worker.wsgi.gates.values():
            gate.set()
        assert sorted(answer(client)[1].decode() for client in clients) == paths

    def test_who_has_nobody_to_share_a_pass_with_is_answered_in_the_loop(self, start, connect):
        worker = start(shares=True)
        threads = []
        worker.wsgi.gates["/a"] = SimpleNamespace(
            wait=lambda _: threads.append(threading.current_thread().name) or True, set=lambda: None
        )
        client = connect(worker, post("/a"))
        assert (answer(client), threads[0].startswith("answer")) == ((200, b"/a"), False)
        client.sendall(post("/a", LONG))
        assert (answer(client), threads[1].startswith("answer")) == ((200, b"/a"), True)

    def test_one_thread_is_enough_where_passes_are_shared(self, start, connect):
        worker = start(shares=True, threads=1)
        worker.wsgi.gates["/a"] = threading.Event()
        client = connect(worker, post("/a", LONG))
        wait_for(lambda: worker.wsgi.asked == ["/a"])
        assert answer(connect(worker, GET)) == (200, b"/look")
        worker.wsgi.gates["/a"].set()
        assert answer(client) == (200, b"/a")


class TestSlowClients:
    def test_half_requests_hold_nobody_up(self, start, connect):
        worker = start(threads=1)
        half = [connect(worker, post("/half", b"x" * 100)[:90]) for _ in range(200)]
        assert answer(connect(worker, post("/a"))) == (200, b"/a")
        for client in half[::50]:
            client.sendall(post("/half", b"x" * 100)[90:])
            assert answer(client) == (200, b"/half")

    def test_who_does_not_take_the_answer_holds_nobody_up(self, start, connect):
        worker = start(threads=1)
        slow = connect(worker, post("/slow", Times=3_000_000))
        wait_for(lambda: "/slow" in worker.wsgi.asked)
        assert answer(connect(worker, post("/a"))) == (200, b"/a")
        assert answer(slow) == (200, b"/slow" * 3_000_000)

    @pytest.mark.parametrize("half", [b"", post()[:9]], ids=["silent", "in the middle"])
    def test_one_that_takes_too_long_is_given_up(self, start, connect, monkeypatch, half):
        monkeypatch.setattr("service.http.connection.SILENT_SECONDS", 0)
        monkeypatch.setattr(worker_module, "LOOK_SECONDS", 0.01)
        assert connect(start(), half).recv(1) == b""

    def test_one_that_sends_on_and_on_and_takes_nothing_is_not_heard(self, start, connect):
        worker = start()
        client = connect(worker, post("/a", Times=3_000_000))
        wait_for(lambda: worker.wsgi.asked)
        client.settimeout(1)  # until then, some may still be on its way
        with pytest.raises(TimeoutError):
            client.sendall(b"x" * 1_000_000_000)
        assert answer(connect(worker, GET)) == (200, b"/look")
        assert max(each.pending for each in worker._connections) < 1_000_000

    def test_one_that_sends_on_and_on_waits_for_its_answers(self, start, connect):
        worker = start()
        worker.wsgi.gates["/a"] = threading.Event()
        body = b"x" * 100_000
        client = connect(worker, post("/a", body), post("/b", body), post("/c", body))
        wait_for(lambda: "/a" in worker.wsgi.asked)
        assert answer(connect(worker, GET)) == (200, b"/look")
        worker.wsgi.gates["/a"].set()
        client.sendall(post("/d", Connection="close"))
        assert [body for _, body, _ in answers(client)] == [b"/a", b"/b", b"/c", b"/d"]


class TestRefusals:
    @pytest.fixture
    def took(self, monkeypatch):
        """A clock that runs only when a request takes its time."""
        clock = [1000.0]
        monkeypatch.setattr(worker_module.time, "monotonic", lambda: clock[0])
        monkeypatch.setattr("service.http.queue.monotonic", lambda: clock[0])

        def took(worker, path: str, seconds: float) -> None:
            class Gate:
                def wait(self, _):
                    clock[0] += seconds
                    return True

                def set(self):
                    pass

            worker.wsgi.gates[path] = Gate()

        return took

    def test_who_cannot_be_answered_in_time_is_told_when_to_come_again(self, start, connect, took):
        worker = start()
        took(worker, "/long", 0.9)
        body = b"x" * 1000
        client = connect(worker, post("/long", body))
        assert answer(client) == (200, b"/long")
        client.sendall(post("/late", body, X_Request_Timeout_Ms=500))
        status, said, fields = next(answers(client))
        expected = b'{"error": "overloaded: expected an answer within 500 ms, it would take 900 ms"}'
        assert (status, said, int(fields[b"Retry-After"]) >= 1) == (429, expected, True)
        client.sendall(post("/patient", body, X_Request_Timeout_Ms=1000))
        assert answer(client) == (200, b"/patient"), "and the connection goes on"
        assert worker.wsgi.asked == ["/long", "/patient"]

    def test_a_refusal_is_the_last_where_the_client_says_so(self, start, connect, took):
        worker = start()
        took(worker, "/long", 0.9)
        body = b"x" * 1000
        assert answer(connect(worker, post("/long", body))) == (200, b"/long")
        client = connect(worker, post("/late", body, X_Request_Timeout_Ms=1, Connection="close"))
        ((status, _, fields),) = answers(client)
        assert (status, fields[b"Connection"]) == (429, b"close")

    @pytest.mark.parametrize("field", ["Content-Length : 35", "X: a\nContent-Length: 35", "Y: \0"])
    def test_a_refusal_of_what_gunicorn_would_not_take_is_the_last(self, start, connect, took, field):
        worker = start()
        took(worker, "/long", 0.9)
        filling = "x" * 1000
        assert answer(connect(worker, post("/long", b"", Filling=filling))) == (200, b"/long")
        head = f"POST /late HTTP/1.1\r\nX-Request-Timeout-Ms: 1\r\nFilling: {filling}\r\n{field}\r\n\r\n"
        client = connect(worker, head.encode() + b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        ((status, _, fields),) = answers(client)
        assert (status, fields[b"Connection"], worker.wsgi.asked) == (429, b"close", ["/long"])

    def test_who_asks_whether_to_bring_too_much_is_not_told_to_go_on(self, start, connect):
        worker = start(queue_bytes=100_000)
        head = post("/a", b"x" * 200_000, Expect="100-continue")[:-200_000]
        ((status, _, _),) = answers(connect(worker, head))
        assert status == 429

    def test_who_would_bring_too_much_is_refused_before_it_is_sent(self, start, connect):
        worker = start(queue_bytes=100_000)
        client = connect(worker, post("/a", b"x" * 200_000)[:500])
        assert answer(client)[0] == 429
        assert (client.recv(1), worker.wsgi.asked) == (b"", [])

    def test_chunks_that_bring_too_much_are_refused_while_they_come(self, start, connect):
        worker = start(queue_bytes=100_000)
        chunk = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
        client = connect(worker, b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", *[chunk] * 11)
        assert answer(client)[0] == 429
        assert worker.wsgi.asked == []

    def test_a_client_that_has_gone_is_not_answered(self, start, connect):
        worker = start(shares=True, threads=2)
        worker.wsgi.gates["/a"] = threading.Event()
        staying = [connect(worker, post("/a", LONG)) for _ in range(2)]
        wait_for(lambda: worker.wsgi.asked == ["/a", "/a"])
        leaving = connect(worker, post("/b"))
        assert answer(connect(worker, GET)) == (200, b"/look")
        leaving.close()
        wait_for(lambda: len(worker._connections) == 3)
        worker.wsgi.gates["/a"].set()
        assert [answer(client) for client in staying] == [(200, b"/a")] * 2
        assert answer(connect(worker, post("/c"))) == (200, b"/c")
        assert worker.wsgi.asked == ["/a", "/a", "/look", "/c"]

    def test_a_client_that_goes_while_it_is_answered_harms_nobody(self, start, connect):
        worker = start(shares=True)
        worker.wsgi.gates["/a"] = threading.Event()
        leaving = connect(worker, post("/a", LONG))
        wait_for(lambda: worker.wsgi.asked == ["/a"])
        leaving.close()
        wait_for(lambda: not worker._connections)
        worker.wsgi.gates["/a"].set()
        assert answer(connect(worker, post("/b"))) == (200, b"/b")


class TestBalance:
    def test_connections_are_spread_over_the_workers(self, start, connect, monkeypatch):
        monkeypatch.setattr(door_module, "PATIENCE_SECONDS", 10)
        monkeypatch.setattr(worker_module, "LOOK_SECONDS", 10)
        balance = Balance(2)
        workers = [start(balance=balance, place=place) for place in range(2)]
        clients = [connect(workers[0], GET) for _ in range(16)]
        assert [answer(client) for client in clients] == [(200, b"/look")] * 16
        first, second = (len(worker._connections) for worker in workers)
        assert (first + second, abs(first - second) <= 4) == (16, True)

    def test_a_worker_that_is_busy_is_not_waited_for(self, start, connect):
        balance = Balance(2)
        balance.set(1, 0)  # nobody who would take one
        worker = start(balance=balance)
        clients = [connect(worker, GET) for _ in range(4)]
        assert [answer(client) for client in clients] == [(200, b"/look")] * 4

    def test_a_full_worker_lets_others_wait(self, start, connect):
        worker = start()
        worker.cfg.set("worker_connections", 2)
        clients = [connect(worker, GET) for _ in range(2)]
        assert [answer(client) for client in clients] == [(200, b"/look")] * 2
        clients.append(connect(worker, GET))
        wait_for(lambda: worker._door.opens is not None)
        assert len(worker._connections) == 2
        clients[0].close()
        assert answer(clients[2]) == (200, b"/look")

    def test_who_has_many_more_waits_and_who_has_left_does_not_count(self):
        balance = Balance(3)
        balance.set(0, 4)
        balance.set(1, 1)
        assert [balance.is_turn_of(place) for place in range(3)] == [False, True, False]
        balance.leave(1)
        assert balance.is_turn_of(0)

    def test_among_many_one_more_is_no_imbalance(self):
        balance = Balance(2)
        balance.set(1, 640)
        balance.set(0, 660)
        assert balance.is_turn_of(0)
        balance.set(0, 661)
        assert not balance.is_turn_of(0)

    def test_those_who_ask_nothing_do_not_count(self, start, connect, monkeypatch):
        monkeypatch.setattr(worker_module, "LOOK_SECONDS", 0.01)
        balance = Balance(1)
        worker = start(balance=balance)
        silent = [connect(worker, b"G") for _ in range(5)]
        assert answer(connect(worker, GET)) == (200, b"/look")
        wait_for(lambda: balance._counts[0] == 0)
        assert (len(worker._connections), len(silent)) == (6, 5)
