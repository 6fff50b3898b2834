"""Whose a request is, behind proxies or none."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.forwarded_for import Forwarded

TRUSTED = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def client(peer: str, said: str | None, **options: bool) -> str:
    """The address that the application is told."""
    environ = {"REMOTE_ADDR": peer} | ({} if said is None else {"HTTP_X_FORWARDED_FOR": said})
    Forwarded(lambda environ, _: [environ["REMOTE_ADDR"].encode()], TRUSTED, **options)(environ, None)
    return environ["REMOTE_ADDR"]


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("", "203.0.113.7", "203.0.113.7"),  # on a Unix socket
        ("198.51.100.2", "203.0.113.7", "198.51.100.2"),  # of a proxy that nobody trusts, or of no proxy
        ("127.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),  # the first is what the client said itself
        ("127.0.0.1", "203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("127.0.0.1", "10.1.2.4,10.1.2.3", "10.1.2.4"),
        ("fd00::1", "2001:DB8::1", "2001:db8::1"),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_the_client_is_the_last_that_no_trusted_proxy_is(peer, said, expected):
    assert client(peer, said) == expected


def test_where_all_are_trusted_the_client_is_the_first():
    assert client("198.51.100.2", "203.0.113.7, 198.51.100.3", trusts_all=True) == "203.0.113.7"


@pytest.mark.parametrize(("peer", "scheme"), [("127.0.0.1", "https"), ("198.51.100.2", "http")])
def test_the_scheme_is_what_a_trusted_proxy_says(peer, scheme):
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": "https"}
    Forwarded(lambda *_: [], TRUSTED)(environ, None)
    assert environ["wsgi.url_scheme"] == scheme


@given(
    st.text(st.characters(max_codepoint=255))
    | st.lists(st.ip_addresses()).map(lambda each: ",".join(map(str, each)))
)
def test_whatever_is_said_the_client_has_an_address(said):
    assert set(client("127.0.0.1", said)) <= set("0123456789abcdef.:")
