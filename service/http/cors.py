"""Cross-origin requests: pages of the origins that are allowed may read what is answered (CORS)."""

from collections.abc import Mapping, Sequence
from typing import Any

ANY = "*"
PREFLIGHT = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"
PREFLIGHT_SECONDS = "600"  # for which a browser need not ask again
METHODS = "GET, HEAD, POST"

Headers = Sequence[tuple[str, str]]


class CrossOrigin:
    """The headers by which a browser lets a page of another origin have an answer.

    Others are answered all the same: it is browsers that keep answers from pages. No cookie is allowed, since
    none is asked for.

    Args:
        origins: that are allowed, such as `https://example.org`, or `*`.
    """

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origins)
        self._others: Headers = () if ANY in origins or not origins else (("Vary", "Origin"),)

    def headers(self, environ: Mapping[str, Any]) -> Headers:
        """Return the headers that an answer to a request has for its origin."""
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or not (ANY in self._origins or origin in self._origins):
            return self._others
        allowed = ANY if ANY in self._origins else origin
        headers = [*self._others, ("Access-Control-Allow-Origin", allowed)]
        if environ["REQUEST_METHOD"] != "OPTIONS" or PREFLIGHT not in environ:
            return [*headers, ("Access-Control-Expose-Headers", ANY)]
        wanted = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        return [
            *headers,
            ("Access-Control-Allow-Methods", METHODS),
            ("Access-Control-Allow-Headers", wanted),
            ("Access-Control-Max-Age", PREFLIGHT_SECONDS),
        ]
