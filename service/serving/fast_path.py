"""The express lane: plain POSTs are answered without Flask's routing, by the same functions.

Whatever is not plain, or is wrong, goes on to Flask, so that each error exists once. With this lane taken
out, everything is answered the same.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from model.arrays import Array
from service.errors import RequestError
from service.event_loop.long_work import TakesLong
from service.inputs.json_rows import Limits
from service.observability import access_log, metrics
from service.serving.in_flight import IN_FLIGHT
from service.serving.repository import Models
from service.serving.servable import Answer, Served

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

JSON = "application/json"
ACCEPTS = frozenset((None, "*/*", JSON, f"{JSON}, */*", f"*/*, {JSON}"))
NOT_PLAIN = frozenset(("HTTP_CONTENT_ENCODING", "HTTP_INFERENCE_HEADER_CONTENT_LENGTH"))


class Asked(NamedTuple):
    """What a plain request asks for.

    Attributes:
        path: of it.
        type: of its body.
        datatype: of the numbers in it, where they are bytes.
    """

    path: str
    type: str
    datatype: str | None = None


class Plain(NamedTuple):
    """How a protocol answers a plain request.

    Attributes:
        protocol, route: as they are logged and counted.
        decode: a body, for a version, to rows (m, n_0) and what else it asks for.
        encode: an answer and that, to a body.
    """

    protocol: str
    route: str
    decode: Callable[[bytes, Served, Limits], tuple[Array, Any]]
    encode: Callable[[Answer, Any], bytes]


class Express:
    """A WSGI application in front of Flask's.

    Args:
        application: that answers whatever is not plain.
        models: that answer what is.
        plain: what is taken.
        most_rows: of a batch.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        models: Models,
        plain: Mapping[Asked, Plain],
        most_rows: int,
    ) -> None:
        self._application, self._models, self._plain = application, models, plain
        self._most_rows = most_rows

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request here if it is plain, else in Flask."""
        type_, datatype = environ.get("CONTENT_TYPE", ""), environ.get("HTTP_TENSOR_DATATYPE")
        plain = self._plain.get(Asked(environ["PATH_INFO"], type_, datatype))
        content = self._answer(environ, plain) if plain and _is_plain(environ) else None
        if content is None:
            return self._application(environ, start_response)
        start_response("200 OK", [("Content-Type", JSON), ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, environ: "WSGIEnvironment", plain: Plain) -> bytes | None:
        served = self._models.champion.current
        if served is None:
            return None
        body = environ["wsgi.input"].getvalue()
        entry: access_log.Entry = environ[access_log.ENTRY]
        try:
            rows, wanted = plain.decode(body, served, Limits.of(served.document.input, self._most_rows))
        except (RequestError, TakesLong):
            return None
        metrics.DECODING.observe(time.perf_counter() - entry.began)
        content = plain.encode(served.predict(rows), wanted)
        metrics.BATCH_ROWS.observe(len(rows))
        entry.protocol, entry.route = plain.protocol, plain.route
        entry.version, entry.rows = served.manifest.version, len(rows)
        return content


def _is_plain(environ: "WSGIEnvironment") -> bool:
    return (
        environ["REQUEST_METHOD"] == "POST"
        and not environ["QUERY_STRING"]
        and environ.get("HTTP_ACCEPT") in ACCEPTS
        and NOT_PLAIN.isdisjoint(environ)
        and not (environ[IN_FLIGHT].is_long or environ[IN_FLIGHT].closes)
        and "HTTP_UPGRADE" not in environ
        and isinstance(environ["wsgi.input"], BytesIO)  # and no part of it
    )
