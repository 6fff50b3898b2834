"""The worker's amendments to gunicorn's: its door, its patience, and how it lets connections go."""

import logging
import os
import selectors
import socket
import struct
import time
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker
from server import wait_for

from service.worker import SILENCE_SECONDS, Worker


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def worker(listener, monkeypatch):
    """A worker with its door open, that keeps the connections it lets in."""
    worker = Worker(0, os.getppid(), [listener], None, 1, Config(), logging.getLogger())
    worker.poller = selectors.DefaultSelector()
    worker.inside = []
    monkeypatch.setattr(worker, "enqueue_req", worker.inside.append)
    worker.set_accept_enabled(True)
    yield worker
    worker.poller.close()
    worker.tmp.close()
    for connection in worker.inside:
        connection.close()


@pytest.fixture
def connect_to(listener):
    address = listener.getsockname()
    connections = []

    def connect():
        connections.append(socket.create_connection(address))
        return connections[-1]

    yield connect
    for connection in connections:
        connection.close()


def test_whoever_waits_is_let_in_when_the_door_closes_for_good(worker, connect_to):
    waiting = [connect_to().getsockname() for _ in range(3)]
    worker.alive = False
    worker.set_accept_enabled(False)
    assert [connection.client for connection in worker.inside] == waiting


def test_whoever_comes_after_that_is_refused(worker, connect_to):
    worker.alive = False
    worker.set_accept_enabled(False)
    with pytest.raises(ConnectionRefusedError):
        connect_to()


def test_whoever_comes_while_a_busy_worker_pauses_waits(worker, connect_to):
    worker.set_accept_enabled(False)
    connect_to()
    worker.set_accept_enabled(True)
    worker.accept(worker.sockets[0])
    assert len(worker.inside) == 1


def test_a_connection_that_never_spoke_is_not_waited_for(worker):
    silent = SimpleNamespace(timeout=time.monotonic() + 75)
    worker.pending_conns.append(silent)
    worker.alive = False
    worker.set_accept_enabled(False)
    assert silent.timeout < time.monotonic() + 10


class TestLingering:
    """A connection that is over stays until its client lets go, so that no answer is lost."""

    @pytest.fixture
    def client(self, worker, connect_to):
        client = connect_to()
        worker.accept(worker.sockets[0])
        return client

    @pytest.fixture
    def finish(self, worker):
        def finish_with(result):
            future = Future()
            future.set_result(result)
            worker.finish_request(worker.inside[0], future)

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
            worker.wait_for_and_dispatch_events(5)
        assert (worker.nr_conns, client.recv(1)) == (1, b"")

    def test_it_ends_when_its_time_is_over(self, worker, client, finish, monkeypatch):  # noqa: ARG002
        monkeypatch.setattr("service.worker.LINGER_SECONDS", 0)
        finish(False)
        worker.murder_pending()
        assert (worker.nr_conns, len(worker.lingering)) == (0, 0)

    def test_one_that_is_broken_already_ends_at_once(self, worker, client, finish):  # noqa: ARG002
        worker.inside[0].sock.close()
        finish(False)
        assert (worker.nr_conns, len(worker.lingering)) == (0, 0)

    def test_one_that_goes_on_does_not_linger(self, worker, client, finish):  # noqa: ARG002
        worker.inside[0].init()
        finish(True)
        assert (worker.nr_conns, len(worker.keepalived_conns)) == (1, 1)


@pytest.mark.parametrize("direction", [socket.SO_RCVTIMEO, socket.SO_SNDTIMEO], ids=["receiving", "sending"])
def test_silence_has_a_limit_on_every_connection(worker, connect_to, monkeypatch, direction):
    monkeypatch.setattr(ThreadWorker, "run", lambda _: None)
    worker.run()
    connect_to()
    worker.accept(worker.sockets[0])
    limit = worker.inside[0].sock.getsockopt(socket.SOL_SOCKET, direction, struct.calcsize("ll"))
    assert struct.unpack("ll", limit) == (SILENCE_SECONDS, 0)
