import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from pipeline.prefect_server.__main__ import LOOPBACK, OwnOriginOnly


def ask(host=b"localhost", origin=None, kind="http"):
    """The status of an answer to a request with these headers."""
    app = OwnOriginOnly(PlainTextResponse("hello"), {*LOOPBACK, "prefect-server"})
    headers = [(b"host", host)] + ([(b"origin", origin)] if origin is not None else [])
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "headers": headers, "extensions": {"websocket.http.response": {}}}
    asyncio.run(app(scope, None, send))
    return sent[0]["status"]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:4200", "LOCALHOST", "127.0.0.1:1", "[::1]:4200", "prefect-server:4200"]
)
def test_it_answers_by_its_own_names(host):
    assert ask(host.encode()) == ask(host.encode(), f"http://{host}".encode()) == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:4200",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example@localhost:x",
        "[",
        "[::2]",
    ],
)
def test_by_another_name_it_does_not(host):
    assert ask(host.encode()) == 403


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:8000",
        "null",
        "",
        "file://",
        "http://localhost:4200.evil.example",
    ],
)
def test_a_page_of_another_origin_has_no_answer(kind, origin):
    assert ask(b"localhost:4200", origin.encode(), kind) == 403


@given(host=st.binary(), origin=st.none() | st.binary())
def test_whatever_the_headers_are_they_are_answered(host, origin):
    assert ask(host, origin) in (200, 403)
