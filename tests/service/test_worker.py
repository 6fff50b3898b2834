"""The worker's amendments: who is given a thread, how a connection ends, and how the door closes."""

import logging
import os
import selectors
import socket
import struct
import time
from concurrent.futures import Future

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker
from server import wait_for

from service.worker import SILENCE_SECONDS, Worker


@pytest.fixture
def worker(monkeypatch):
    """A worker with its door open; `given_threads` are the connections that gunicorn would serve now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        worker = Worker(0, os.getppid(), [listener], None, 1, Config(), logging.getLogger())
        worker.address = listener.getsockname()
        worker.given_threads = []
        worker.poller = selectors.DefaultSelector()
        monkeypatch.setattr(ThreadWorker, "enqueue_req", lambda _, conn: worker.given_threads.append(conn))
        worker.set_accept_enabled(True)
        yield worker
    worker.poller.close()
    worker.tmp.close()
    for connection in (*worker.given_threads, *worker.pending_conns):
        connection.close()


@pytest.fixture
def connect_to(worker):
    clients = []

    def connect():
        clients.append(socket.create_connection(worker.address, timeout=30))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(worker, connect_to):
    """A client that was let in and has not said anything."""
    client = connect_to()
    worker.wait_for_and_dispatch_events(30)
    return client


@pytest.fixture
def close_the_door(worker):
    def close():
        worker.alive = False
        worker.set_accept_enabled(False)

    return close


class TestSilence:
    """Threads are for those who speak."""

    def test_a_silent_connection_has_no_thread(self, worker, client):  # noqa: ARG002
        assert (len(worker.pending_conns), worker.given_threads) == (1, [])

    def test_a_connection_that_speaks_is_given_one(self, worker, client):
        client.sendall(b"G")
        worker.wait_for_and_dispatch_events(30)
        assert (len(worker.pending_conns), len(worker.given_threads)) == (0, 1)

    def test_a_silent_connection_is_given_up(self, worker, connect_to, monkeypatch):
        monkeypatch.setattr("service.worker.SILENCE_SECONDS", 0)
        client = connect_to()
        worker.wait_for_and_dispatch_events(30)
        worker.murder_pending()
        assert (client.recv(1), worker.nr_conns) == (b"", 0)

    @pytest.mark.parametrize("option", [socket.SO_RCVTIMEO, socket.SO_SNDTIMEO], ids=["asking", "listening"])
    def test_one_that_falls_silent_later_has_a_limit_too(self, worker, connect_to, monkeypatch, option):
        monkeypatch.setattr(ThreadWorker, "run", lambda _: None)
        worker.run()
        connect_to()
        worker.wait_for_and_dispatch_events(30)
        limit = worker.pending_conns[0].sock.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("ll"))
        assert struct.unpack("ll", limit) == (SILENCE_SECONDS, 0)


class TestDoor:
    """At SIGTERM, nobody is left between the door and the street."""

    def test_whoever_waits_is_let_in(self, worker, connect_to, close_the_door):
        waiting = [connect_to().getsockname() for _ in range(3)]
        close_the_door()
        assert [connection.client for connection in worker.pending_conns] == waiting

    def test_whoever_comes_later_is_refused(self, connect_to, close_the_door):
        close_the_door()
        with pytest.raises(ConnectionRefusedError):
            connect_to()

    def test_whoever_says_nothing_is_not_waited_for(self, worker, client, close_the_door):  # noqa: ARG002
        worker.pending_conns[0].timeout = time.monotonic() + 3600
        close_the_door()
        assert worker.pending_conns[0].timeout < time.monotonic() + 60

    def test_a_door_that_closes_for_a_pause_keeps_the_queue(self, worker, connect_to):
        worker.set_accept_enabled(False)
        connect_to()
        worker.set_accept_enabled(True)
        worker.wait_for_and_dispatch_events(30)
        assert worker.nr_conns == 1


class TestLingering:
    """A connection that is over stays until its client lets go, so that no answer is lost."""

    @pytest.fixture
    def finish(self, worker, client):
        client.sendall(b"G")
        worker.wait_for_and_dispatch_events(30)
        worker.given_threads[0].init()
        worker.given_threads[0].sock.recv(1)

        def finish_with(result):
            future = Future()
            future.set_result(result)
            worker.finish_request(worker.given_threads[0], future)

        return finish_with

    def test_it_ends_with_its_client(self, worker, client, finish):
        finish(False)
        assert worker.nr_conns == 1
        client.close()
        wait_for(lambda: worker.wait_for_and_dispatch_events(0.1) or worker.nr_conns == 0)

    def test_it_ends_with_the_client_s_reset(self, worker, client, finish):
        finish(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        wait_for(lambda: worker.wait_for_and_dispatch_events(0.1) or worker.nr_conns == 0)

    def test_it_takes_what_the_client_still_sends(self, worker, client, finish):
        finish(False)
        for _ in range(3):
            client.sendall(b"more")
            worker.wait_for_and_dispatch_events(30)
        assert (worker.nr_conns, client.recv(1)) == (1, b"")

    def test_it_ends_when_its_time_is_over(self, worker, finish, monkeypatch):
        monkeypatch.setattr("service.worker.LINGER_SECONDS", 0)
        finish(False)
        worker.murder_pending()
        assert (worker.nr_conns, len(worker.lingering)) == (0, 0)

    def test_one_that_is_broken_already_ends_at_once(self, worker, finish):
        worker.given_threads[0].sock.close()
        finish(False)
        assert (worker.nr_conns, len(worker.lingering)) == (0, 0)

    def test_one_that_goes_on_does_not_linger(self, worker, finish):
        finish(True)
        assert (worker.nr_conns, len(worker.keepalived_conns)) == (1, 1)
