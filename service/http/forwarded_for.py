"""Who asks through proxies that are trusted, and how: the client, and not the proxy, counts and is logged."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING

from service.http.forwarded_proto import scheme_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "HTTP_X_FORWARDED_FOR"
MOST_PROXIES = 16  # in a row


class Forwarded:
    """A WSGI application in front of another; X-Forwarded headers name a request's client and its scheme.

    Args:
        application: that answers.
        trusted: networks of the proxies that are believed, beside those on a socket without addresses.
        trusts_all: whether all are.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        trusted: Sequence[IPv4Network | IPv6Network],
        *,
        trusts_all: bool = False,
    ) -> None:
        self._application, self._trusted, self._trusts_all = application, trusted, trusts_all

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Have a request answered as its client's."""
        scheme, peer = scheme_of(environ), environ.get("REMOTE_ADDR", "")
        if scheme and self._is_trusted(peer):
            environ["wsgi.url_scheme"] = scheme
        if HEADER in environ:
            environ["REMOTE_ADDR"] = self._client(peer, environ[HEADER])
        return self._application(environ, start_response)

    def _client(self, peer: str, said: str) -> str:
        """Go back from proxy to proxy, for as long as each is trusted and says for whom it asks."""
        for text in reversed(said.rsplit(",", MOST_PROXIES)[-MOST_PROXIES:]):
            address = _address(text)
            if not address or not self._is_trusted(peer):
                break
            peer = address
        return peer

    def _is_trusted(self, peer: str) -> bool:
        if self._trusts_all or not peer:
            return True
        address = ip_address(peer)
        return any(address in network for network in self._trusted)


@lru_cache(1024)
def _address(text: str) -> str:
    """An address, without the port that some proxies add; empty where it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return "" if "%" in text else str(ip_address(text))
    except ValueError:
        return ""
