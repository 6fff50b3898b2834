"""Receiving: the body of a request, in time and within its room, before any work is done for it."""

from contextlib import nullcontext
from io import BytesIO, RawIOBase
from typing import TYPE_CHECKING, Any, NoReturn

from gevent import Timeout
from gunicorn.http import errors

from service.errors import BAD_REQUEST, TIMED_OUT, RequestError
from service.in_flight import InFlight, Load
from service.turn import Turn

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PIECE_BYTES, CHUNKS_BYTES = 1 << 20, 1 << 12  # that are read at once; of chunks, which may be tiny
DIGITS = 18
BAD_CHUNKS = (
    *(errors.ChunkMissingTerminator, errors.InvalidChunkExtension, errors.InvalidChunkSize),
    *(errors.InvalidHeader, errors.LimitRequestHeaders),  # after them
)


class Receiver:
    """Reads bodies.

    Args:
        load: that counts their bytes.
        seconds: in which a body must come.
        most_bytes: of a body that the application takes.
        turn: of the loop; None where requests have threads.
    """

    def __init__(self, load: Load, seconds: float, most_bytes: int, turn: Turn | None) -> None:
        self._load, self._seconds, self._turn = load, seconds, turn
        self.most_bytes = most_bytes

    def receive(self, environ: "WSGIEnvironment", request: InFlight, size: int | None) -> None:
        """Read a body; the application finds what is wrong with it where it reads it.

        Args:
            environ: of the request.
            request: that holds the body.
            size: of it; None where it comes in chunks.

        Raises:
            Overloaded: it comes in chunks, and there is no room for it.
        """
        request.is_received = True
        if size == 0:
            return
        body = BytesIO()
        try:
            with Timeout(self._seconds) if self._turn else nullcontext():
                self._read(environ["wsgi.input"], request, size, body)
            environ["wsgi.input"] = BytesIO(body.getvalue())
        except (Timeout, TimeoutError):
            message = f"body: expected all of it within {self._seconds:g} s"
            environ["wsgi.input"] = _Failed(request, TIMED_OUT, message)
        except BAD_CHUNKS:
            message = "body: expected chunks as Transfer-Encoding says, got something else"
            environ["wsgi.input"] = _Failed(request, BAD_REQUEST, message)
        except OSError:  # of the connection, or that it ends too early
            environ["wsgi.input"] = _Failed(request, BAD_REQUEST, "body: expected all of it, got a part")

    def _read(self, stream: Any, request: InFlight, size: int | None, body: BytesIO) -> None:
        if size is None:
            self._read_chunks(stream, request, body)
        elif size <= self.most_bytes:
            _read_whole(stream, size, body)
        else:
            request.closes = True  # its length alone is refused

    def _read_chunks(self, stream: Any, request: InFlight, body: BytesIO) -> None:
        """Read chunks up to the limit and a little more; between them, others are heard."""
        while piece := stream.read(CHUNKS_BYTES):
            body.write(piece)
            self._load.hold(request, body.tell())
            if body.tell() > self.most_bytes:
                request.closes = True
                return
            if self._turn:
                self._turn.yield_to_others()


class _Failed(RawIOBase):
    """A body that cannot be read."""

    def __init__(self, request: InFlight, status: int, message: str) -> None:
        super().__init__()
        request.closes = True
        self._status, self._message = status, message

    def readable(self) -> bool:
        return True

    def read(self, _: int = -1) -> NoReturn:
        raise RequestError(self._status, self._message)

    def readinto(self, _: Any) -> NoReturn:
        self.read()


def declared(environ: "WSGIEnvironment") -> int | None:
    """Return the bytes of a body; None where it comes in chunks."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and len(length) <= DIGITS:
        return int(length)
    # gunicorn says of every body that it has an end; without a length, and not in chunks, it has none
    return None if "HTTP_TRANSFER_ENCODING" in environ else 0


def _read_whole(stream: Any, size: int, body: BytesIO) -> None:
    while (left := size - body.tell()) and (piece := stream.read(min(left, PIECE_BYTES))):
        body.write(piece)
    if left:
        raise errors.NoMoreData
