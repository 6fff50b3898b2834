"""A connection: requests come whole however they are cut, and answers leave however slowly they are taken."""

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.connection import AHEAD, Connection, State

LIMIT = 1000
GET = b"GET /healthz HTTP/1.1\r\n\r\n"


def posted(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def in_chunks(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


class Pair:
    """A connection and its client, in one process."""

    def __init__(self):
        self.client, server = socket.socketpair()
        self.client.settimeout(30)
        self.connection = Connection(server, "client", "server", LIMIT)

    def hear(self, content: bytes):
        """What is taken once something has come."""
        self.client.sendall(content)
        self.connection.receive()
        return self.connection.take() if self.connection.state is State.REQUEST else None

    def close(self):
        self.client.close()
        self.connection.sock.close()


@pytest.fixture
def pair():
    pair = Pair()
    yield pair
    pair.close()


BODIES = st.binary(min_size=1, max_size=LIMIT)
REQUESTS = st.one_of(st.just(GET), BODIES.map(posted), BODIES.map(in_chunks))


class TestRequests:
    @given(st.lists(REQUESTS, min_size=1, max_size=4), st.lists(st.integers(1, 300), min_size=1))
    def test_they_are_the_same_however_they_are_cut(self, requests, sizes):
        pair, sent, taken = Pair(), b"".join(requests), []
        turn = 0
        while sent or pair.connection.pending:
            size = sizes[turn % len(sizes)]
            turn += 1
            request = pair.hear(sent[:size]) if sent else pair.connection.take()
            sent = sent[size:]
            while request:
                taken.append(request.content + (request.body or b""))
                pair.connection.answer(b"", goes_on=True)
                request = pair.connection.take()
        pair.close()
        assert taken == requests

    def test_a_body_of_known_length_is_told_from_the_head(self, pair):
        request = pair.hear(posted(b"{}"))
        assert (request.content[-4:], request.body, request.size) == (b"\r\n\r\n", b"{}", len(posted(b"{}")))

    def test_chunks_are_left_to_the_parser(self, pair):
        request = pair.hear(in_chunks(b"{}"))
        assert (request.content, request.body) == (in_chunks(b"{}"), None)

    def test_the_next_one_is_not_taken_before_the_answer(self, pair):
        assert pair.hear(GET + posted(b"{}")).content == GET
        assert pair.connection.state is State.ANSWER
        pair.connection.answer(b"", goes_on=True)
        assert pair.connection.take().body == b"{}"

    def test_a_client_that_asks_first_is_told_to_go_on_once(self, pair):
        head = posted(b"{}")[:-6] + b"\r\nExpect: 100-continue\r\n\r\n"
        assert pair.hear(head) is None
        pair.connection.go_on()
        assert pair.hear(b"{") is None
        pair.connection.go_on()
        assert pair.client.recv(99) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert pair.hear(b"}").body == b"{}"

    def test_one_that_would_send_too_much_is_not_and_has_its_answer(self, pair):
        request = pair.hear(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
        assert request.body is None
        pair.connection.go_on()
        pair.connection.answer(b"no", goes_on=True)
        assert (pair.client.recv(99), pair.connection.state) == (b"no", State.END)

    def test_chunks_without_end_are_taken_as_far_as_they_are_too_long(self, pair):
        chunk = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
        assert pair.hear(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk) is None
        taken = [pair.hear(chunk) for _ in range(AHEAD // len(chunk) + 2)]
        assert next(request for request in taken if request).body is None

    def test_what_is_odd_is_passed_on_and_is_the_last(self, pair):
        request = pair.hear(b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
        assert (request.content.endswith(b"x\r\n\r\n"), request.is_last) == (True, True)
        pair.connection.answer(b"no", goes_on=True)
        assert pair.connection.state is State.END

    def test_its_timeout_comes_with_it(self, pair):
        assert pair.hear(b"GET / HTTP/1.1\r\nX-Request-Timeout-Ms: 250\r\n\r\n").timeout == 0.25

    @pytest.mark.parametrize("line", [b"GET / HTTP/1.1\r\n\r\n", b"HEAD / HTTP/1.1\r\n\r\n"])
    def test_looks_are_told_from_work(self, pair, line):
        assert pair.hear(line).only_looks

    def test_work_is_told_from_looks(self, pair):
        request = pair.hear(posted(b"{}"))
        assert (request.only_looks, request.wants_work) == (False, True)

    def test_a_report_is_neither(self, pair):
        request = pair.hear(b"GET /models/mnist/3 HTTP/1.1\r\n\r\n")
        assert (request.only_looks, request.wants_work) == (False, False)

    def test_a_client_that_sends_on_and_on_has_sent_too_much(self, pair):
        pair.hear(GET)
        assert not pair.connection.has_too_much
        for _ in range(AHEAD // 10_000 + 1):
            pair.hear(b"x" * 10_000)
        assert pair.connection.has_too_much

    def test_a_client_that_leaves_is_gone(self, pair):
        pair.client.close()
        pair.connection.receive()
        assert pair.connection.gone

    def test_nothing_new_is_no_end(self, pair):
        pair.connection.receive()
        assert not pair.connection.gone


class TestAnswers:
    def test_a_small_one_leaves_at_once(self, pair):
        pair.hear(GET)
        pair.connection.answer(b"yes", goes_on=True)
        assert (pair.client.recv(99), pair.connection.state) == (b"yes", State.REQUEST)

    def test_a_large_one_leaves_as_it_is_taken(self, pair):
        pair.hear(GET)
        answer = bytes(range(256)) * 10_000
        pair.connection.answer(answer, goes_on=True)
        assert pair.connection.state is State.CLIENT
        taken = b""
        while len(taken) < len(answer):
            taken += pair.client.recv(1 << 20)
            if pair.connection.state is State.CLIENT:
                pair.connection.send()
        assert (taken == answer, pair.connection.state) == (True, State.REQUEST)

    def test_the_last_one_is_followed_by_the_end(self, pair):
        pair.hear(GET)
        pair.connection.answer(b"bye", goes_on=False)
        assert (pair.client.recv(99), pair.client.recv(99), pair.connection.state) == (b"bye", b"", State.END)

    def test_what_comes_after_the_end_is_let_go(self, pair):
        pair.hear(GET)
        pair.connection.answer(b"bye", goes_on=False)
        pair.hear(GET)
        assert (pair.connection.pending, pair.connection.gone) == (0, False)

    @pytest.mark.parametrize("goes_on", [True, False])
    def test_a_client_that_has_left_is_gone(self, pair, goes_on):
        pair.hear(GET)
        pair.client.close()
        pair.connection.answer(b"where are you?", goes_on=goes_on)
        assert pair.connection.gone


class TestPatience:
    """`until` is when a connection is given up."""

    @pytest.fixture
    def now(self, monkeypatch):
        monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
        return 1000

    def test_it_is_short_before_the_first_request(self, now):
        pair = Pair()
        assert pair.connection.until == now + 20
        pair.close()

    def test_it_is_renewed_by_every_byte(self, pair, now):
        pair.hear(b"G")
        assert pair.connection.until == now + 20

    def test_bytes_that_trickle_do_not_renew_it_for_ever(self, pair, now, monkeypatch):
        pair.hear(b"G")
        monkeypatch.setattr(time, "monotonic", lambda: now + 299.0)
        pair.hear(b"E")
        assert pair.connection.until == now + 300

    def test_who_takes_an_answer_byte_by_byte_does_not_renew_it_for_ever(self, pair, now, monkeypatch):
        pair.hear(GET)
        pair.connection.answer(b"x" * 10_000_000, goes_on=True)
        assert (pair.connection.state, pair.connection.until) == (State.CLIENT, now + 20)
        monkeypatch.setattr(time, "monotonic", lambda: now + 299.0)
        pair.connection.send()
        assert pair.connection.until == now + 300

    def test_there_is_none_while_the_application_answers(self, pair):
        pair.hear(GET)
        assert pair.connection.until == float("inf")

    def test_it_is_long_between_requests(self, pair, now):
        pair.hear(GET)
        pair.connection.answer(b"yes", goes_on=True)
        assert pair.connection.until == now + 75

    def test_it_is_shortest_at_the_end(self, pair, now):
        pair.hear(GET)
        pair.connection.answer(b"bye", goes_on=False)
        assert pair.connection.until == now + 2
