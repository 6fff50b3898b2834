"""An exchange: a whole request in, the bytes of an answer out."""

from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from service.http.connection import Request
from service.http.exchange import exchange
from service.http.framing import Head

CLIENT = SimpleNamespace(client=("127.0.0.1", 4711), server=("127.0.0.1", 8000))


class Application:
    """It answers with what it read, and keeps what it was told."""

    closed = False

    def __call__(self, environ, start_response):
        self.environ, body = environ, environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return self if body else []

    def __iter__(self):
        yield self.environ["wsgi.input"].read() or b"abc"

    def close(self):
        self.closed = True


@pytest.fixture
def application():
    return Application()


@pytest.fixture
def ask(application):
    def ask(head: bytes, body: bytes | None = None, *, last: bool = False, sound: bool = True):
        request = Request(CLIENT, head, body, Head(len(head), len(body or b"")) if sound else None)
        return exchange(application, request, Config(), 0.25, last=last)

    return ask


HEAD = b"POST /predict?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"


def test_the_application_is_asked_as_wsgi_has_it(ask, application):
    answer = ask(HEAD, b"abc")
    assert answer.content.startswith(b"HTTP/1.1 200 OK\r\n")
    assert (answer.content.endswith(b"\r\n\r\nabc"), answer.goes_on) == (True, True)
    told = {
        key: application.environ[key]
        for key in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "numeral.waited")
    }
    assert told == {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/predict",
        "QUERY_STRING": "a=b",
        "REMOTE_ADDR": "127.0.0.1",
        "numeral.waited": 0.25,
    }
    assert application.closed


def test_chunks_are_parsed_by_gunicorn(ask):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    assert ask(head).content.endswith(b"\r\n\r\nabc")


def test_the_last_one_says_so(ask):
    answer = ask(HEAD, b"abc", last=True)
    assert (b"Connection: close" in answer.content, answer.goes_on) == (True, False)


def test_one_that_is_odd_is_the_last(ask):
    answer = ask(HEAD, b"abc", sound=False)
    assert (b"Connection: close" in answer.content, answer.goes_on) == (True, False)


def test_a_client_of_http_1_0_is_not_kept(ask):
    assert not ask(b"GET / HTTP/1.0\r\n\r\n", b"").goes_on


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * 5000), b"414"),
        (b"GET / HTTP/1.1\r\n%b\r\n" % (b"a: b\r\n" * 200), b"431"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: br\r\n\r\n", b"501"),
    ],
)
def test_what_is_no_request_is_told_so_in_json(ask, head, status):
    answer = ask(head)
    first, _, body = answer.content.partition(b"\r\n\r\n")
    assert (first.split()[1], answer.goes_on) == (status, False)
    assert body.startswith(b'{"error": "request: expected HTTP/1.1, got something else: ')


def test_a_head_without_end_is_told_so(ask):
    answer = ask(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, sound=False)
    assert (answer.content.split()[1], answer.goes_on, answer.is_good) == (b"431", False, False)


def test_a_request_that_ends_in_its_head_has_no_answer(ask):
    answer = ask(b"GET / HTTP/1.1\r\nHost")
    assert (answer.content, answer.goes_on) == (b"", False)
