"""Loads: requests and answers are whole, and each that is lost, refused or late is counted as that."""

import math
import socket
import threading
from itertools import count

import pytest

from benchmarks.loads import http
from benchmarks.loads.burst import burst
from benchmarks.loads.child import Child, run
from benchmarks.loads.http import get, parse, request
from benchmarks.loads.idle import idle_after_get, idle_after_upload
from benchmarks.loads.probes import probe
from benchmarks.loads.slow_clients import trickle
from benchmarks.loads.steady_clients import Tally, _sent, post, post_once
from benchmarks.loads.wrk import Load

CONTENT = request(Load("/predict", "application/json", b"{}", 1))


def after(times):
    """A signal that comes when it is waited for once more than so many times."""
    waits = count(1)
    return lambda _seconds: next(waits) > times


def when(event):
    return event.wait


def test_a_request_is_whole():
    content = request(Load("/predict", "application/json", b"{}", 1), ["A: b"])
    head, _, body = content.partition(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (b"POST /predict HTTP/1.1", b"{}")
    assert {b"Content-Length: 2", b"Content-Type: application/json", b"A: b"} < set(head.split(b"\r\n"))
    assert get("/x") == b"GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


WHOLE = b"HTTP/1.1 503 Down\r\nContent-Length: 3\r\nCONNECTION: close\r\n\r\nabc"


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_answer_of_which_something_is_missing_is_none(length):
    assert parse(WHOLE[:length]) is None


def test_an_answer_is_whole():
    assert parse(WHOLE) == http.Answer(503, closes=True, body=b"abc")
    assert parse(b"HTTP/1.1 204 No Content\r\n\r\n") == http.Answer(204, closes=False, body=b"")


class TestSteadyClients:
    def clients(self, server, replies):
        """What two clients count until the server has had so many requests."""
        ended = threading.Event()
        names = iter(replies)

        def reply(_index):
            name = next(names, None)
            if name is None:
                ended.set()
            return name or "ok"

        started = server(reply)
        return started, post(when(ended), started.port, CONTENT, 1)

    def test_answers_are_counted_by_their_status(self, scripted_server):
        server, tally = self.clients(scripted_server, ["ok", "refused", "ok"])
        assert (tally.statuses[429], tally.statuses.total()) == (1, len(server.requests))
        assert (tally.lost, tally.closed) == (0, 0)

    def test_a_request_that_is_not_answered_is_lost(self, scripted_server):
        server, tally = self.clients(scripted_server, ["cut off", "ok", "cut off", "ok"])
        assert (tally.lost, tally.lost_at_once) == (2, 1)
        assert tally.statuses.total() == len(server.requests) - 2

    def test_a_server_that_says_that_it_closes_loses_nothing(self, scripted_server):
        server, tally = self.clients(scripted_server, ["last", "last"])
        assert (tally.lost, tally.closed) == (0, 0)
        assert tally.statuses.total() == len(server.requests)

    def test_a_connection_that_is_refused_loses_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        ended = threading.Event()
        threading.Timer(0.1, ended.set).start()
        tally = post(when(ended), port, CONTENT, 2)
        assert (tally.lost, tally.statuses.total()) == (0, 0)
        assert tally.closed > 0

    def test_nothing_is_sent_over_a_connection_that_was_closed(self):
        ours, theirs = socket.socketpair()
        with ours:
            theirs.close()
            assert not _sent(ours, CONTENT)

    def test_tallies_add_up(self):
        one, other = Tally(lost=1, lost_at_once=1, closed=2), Tally(lost=2, closed=1)
        one.statuses[200], other.statuses[200] = 3, 4
        assert one + other == Tally(one.statuses + other.statuses, 3, 1, 3)

    def test_a_refusal_is_asked_again(self, scripted_server):
        server = scripted_server(lambda index: "ok" if index == 2 else "refused")
        assert post_once(after(0), server.port, CONTENT) > 0
        assert len(server.requests) == 3


class TestBurst:
    def test_every_answer_is_timed(self, scripted_server):
        server = scripted_server()
        seconds = burst(after(0), server.port, CONTENT, 20)
        assert (len(seconds), seconds) == (20, sorted(seconds))
        assert server.requests == [CONTENT] * 20

    def test_what_is_refused_or_cut_off_is_no_answer(self, scripted_server):
        server = scripted_server(lambda index: ("ok", "refused", "cut off")[index % 3])
        assert len(burst(after(0), server.port, CONTENT, 9)) == 3


class TestProbes:
    def test_paths_are_asked_in_turn_until_the_signal(self, scripted_server):
        server = scripted_server()
        milliseconds = probe(after(3), server.port, ["/a", "/b"], 1e6)
        assert [content.split()[1] for content in server.requests] == [b"/a", b"/b", b"/a"]
        assert len(milliseconds) == 3
        assert all(0 < each < math.inf for each in milliseconds)

    def test_a_refusal_is_never_soon(self, scripted_server):
        server = scripted_server(lambda _: "refused")
        assert probe(after(1), server.port, ["/a"], 1e6) == [math.inf]


class TestIdle:
    def test_connections_stay_open_after_their_answer(self, scripted_server):
        server = scripted_server()
        with idle_after_get(server.port, "/x", 3):
            assert server.requests == [get("/x")] * 3

    def test_bodies_that_were_sent_whole_are_counted(self, scripted_server):
        server = scripted_server(lambda index: "ok" if index == 0 else "cut off")
        with idle_after_upload(server.port, "/x", 0, 2) as whole:
            assert whole == 1


def test_a_slow_client_that_is_cut_off_comes_again(scripted_server):
    server = scripted_server(lambda _: "cut off")
    assert trickle(lambda _: len(server.requests) > 3, server.port, CONTENT, 1) > 0


class TestChild:
    def test_a_function_runs_in_a_process_of_its_own(self, scripted_server):
        server = scripted_server()
        assert len(run(burst, server.port, CONTENT, 3)) == 3

    def test_a_function_ends_at_the_signal(self, scripted_server):
        server = scripted_server()
        with Child(post, server.port, CONTENT, 1) as child:
            assert child.stop().statuses.total() == len(server.requests)

    def test_a_function_that_fails_ends_the_benchmark(self, capfd):
        with pytest.raises(SystemExit, match="burst: expected a result, got none"):
            run(burst, "no port", CONTENT, 1)
        assert "Traceback" in capfd.readouterr().err
