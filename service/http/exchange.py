"""An exchange: gunicorn parses a whole request and asks the application; the answer is bytes."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import Any

from gunicorn.config import Config
from gunicorn.http import errors, wsgi
from gunicorn.http.parser import RequestParser

from service.http.connection import Request
from service.http.framing import HEAD_BYTES

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

STATUS = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.UnsupportedTransferCoding: 501,
}


@dataclass(slots=True)
class Wire:
    """What gunicorn takes for a socket: it gives the request, and keeps the answer."""

    request: bytes
    answer: list[bytes] = field(default_factory=list)
    at: int = 0

    def recv(self, size: int) -> bytes:
        """The next bytes of the request; none at its end."""
        piece = self.request[self.at : self.at + size]
        self.at += size
        return piece

    def sendall(self, data: bytes) -> None:
        """Keep a part of the answer."""
        self.answer.append(data)

    def send(self, data: bytes) -> int:
        """Nothing: gunicorn would tell the client to go on, which it has done long ago."""
        return len(data)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent to the client, and whether another request may follow."""

    content: bytes
    goes_on: bool

    @property
    def is_good(self) -> bool:
        """Whether the application answered what was asked."""
        return self.content[9:10] == b"2"


def exchange(
    application: Application,
    request: Request,
    cfg: Config,
    waited: float,
    *,
    last: bool,
) -> Answer:
    """Have a request answered.

    Args:
        application: a WSGI application that lets nothing but bugs of its own escape.
        request: all of it; or a part that is to be refused.
        cfg: gunicorn's.
        waited: seconds since it came.
        last: whether the connection is to end with it.
    """
    wire, client = Wire(request.content), request.connection.client
    try:
        parsed = next(RequestParser(cfg, wire, client))
    except errors.NoMoreData:
        if len(request.content) < HEAD_BYTES:
            return Answer(b"", goes_on=False)
        return refusal(431, {"error": f"request: expected at most {HEAD_BYTES} bytes of head, got more"})
    except errors.ParseException as error:
        message = f"request: expected HTTP/1.1, got something else: {error}"
        return refusal(STATUS.get(type(error), 400), {"error": message})
    response, environ = wsgi.create(parsed, wire, client, request.connection.server, cfg)
    if request.body is not None:
        environ["wsgi.input"] = BytesIO(request.body)  # gunicorn's copies it several times
    environ["wsgi.multithread"] = True
    environ["numeral.waited"] = waited
    if last or request.is_last:
        response.force_close()
    parts = application(environ, response.start_response)
    try:
        for part in parts:
            response.write(part)
        response.close()
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()
    return Answer(b"".join(wire.answer), goes_on=not response.should_close())


def is_sound(request: Request, cfg: Config) -> bool:
    """Whether gunicorn takes the request, too, so that what follows it on the connection is another one."""
    try:
        next(RequestParser(cfg, Wire(request.content), request.connection.client))
    except (errors.ParseException, errors.NoMoreData):
        return False
    return True


def refusal(
    status: int, content: Mapping[str, str], retry_after: int | None = None, *, goes_on: bool = False
) -> Answer:
    """An answer without the application: JSON, and the seconds after which the request may come again."""
    body = json.dumps(content).encode()
    head = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Connection: {'keep-alive' if goes_on else 'close'}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *([f"Retry-After: {retry_after}"] if retry_after is not None else []),
    ]
    return Answer("\r\n".join([*head, "", ""]).encode() + body, goes_on)
