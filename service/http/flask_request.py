"""Requests, as Flask has them, whatever host and query they name, and with their files in memory."""

from functools import cached_property, lru_cache
from io import BytesIO
from typing import IO, Any

import flask
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.urls import uri_to_iri


class Request(flask.Request):
    """A request. A host that no URL can have counts as none: it is the server's then."""

    def __init__(self, environ: dict[str, Any], *arguments: Any, **options: Any) -> None:
        if not _is_host(environ.get("HTTP_HOST", "")):
            del environ["HTTP_HOST"]
        super().__init__(environ, *arguments, **options)

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The query.

        Raises:
            BadRequest: it has bytes that are no UTF-8.
        """
        try:
            self.query_string.decode()
        except UnicodeDecodeError:
            raise BadRequest("query: expected UTF-8, each of other bytes as %XX") from None
        return super().args

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        """Keep a file in memory, as all of its form is already; on the disk there may be no room for it."""
        return BytesIO()


@lru_cache(64)
def _is_host(text: str) -> bool:
    try:
        uri_to_iri(f"http://{text}/")
    except ValueError:  # of names in Punycode that is none, and of addresses in brackets
        return False
    return True
