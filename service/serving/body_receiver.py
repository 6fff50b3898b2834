"""Receiving: the body of a request, in time and within its room, before any work is done for it."""

from contextlib import suppress
from io import BytesIO, RawIOBase
from typing import TYPE_CHECKING, Any, NoReturn

from gunicorn.http import errors

from service.errors import BAD_REQUEST, TIMED_OUT, RequestError
from service.event_loop.loop_turn import Turn
from service.event_loop.timeouts import Limits
from service.serving.in_flight import InFlight, Load

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PIECE_BYTES, CHUNKS_BYTES = 1 << 18, 1 << 12  # that are read at once; of chunks, which may be tiny
DIGITS = 18
PART = "body: expected all of it, got a part"
MANY_BYTES = 10**DIGITS
BAD_CHUNKS = (
    *(errors.ChunkMissingTerminator, errors.InvalidChunkExtension, errors.InvalidChunkSize),
    errors.ParseException,  # of what follows them
)


class Receiver:
    """Reads bodies.

    Args:
        load: that counts their bytes.
        seconds: in which a body must come.
        most_bytes: of a body that the application takes.
        turn: of the loop; None where requests have threads.

    Attributes:
        limits: of time, of the bodies that are being read.
    """

    def __init__(self, load: Load, seconds: float, most_bytes: int, turn: Turn | None) -> None:
        self.limits = Limits()
        self._load, self._seconds, self._turn = load, seconds, turn
        self.most_bytes = most_bytes

    def receive(self, environ: "WSGIEnvironment", request: InFlight, size: int | None) -> None:
        """Read a body; the application finds what is wrong with it where it reads it.

        Args:
            environ: of the request.
            request: that holds the body.
            size: of it; None where it comes in chunks.

        Raises:
            Overloaded: there is no more room for it.
        """
        if size == 0:
            environ["wsgi.input"] = BytesIO()
        else:
            self._receive(environ, request, size)
        request.is_received = True

    def _receive(self, environ: "WSGIEnvironment", request: InFlight, size: int | None) -> None:
        body = BytesIO()
        try:
            with self.limits.within(self._seconds) as limit:
                self._read(environ["wsgi.input"], request, size, body)
            if limit.is_expired:
                raise TimeoutError  # noqa: TRY301  as a socket whose client is silent does
            environ["wsgi.input"] = BytesIO(body.getvalue())
        except TimeoutError:
            message = f"body: expected all of it within {self._seconds:g} s"
            environ["wsgi.input"] = _Failed(request, TIMED_OUT, message)
        except errors.NoMoreData:
            environ["wsgi.input"] = _Failed(request, BAD_REQUEST, PART)
        except BAD_CHUNKS:
            message = "body: expected chunks as Transfer-Encoding says, got something else"
            environ["wsgi.input"] = _Failed(request, BAD_REQUEST, message)
        except OSError:  # of the connection
            environ["wsgi.input"] = _Failed(request, BAD_REQUEST, PART)

    def discard(self, environ: "WSGIEnvironment", request: InFlight, size: int) -> None:
        """Read a body of a refused request for nothing, so that its connection can be kept."""
        piece = b""
        with suppress(*BAD_CHUNKS, OSError), self.limits.within(self._seconds):
            piece = environ["wsgi.input"].read(size)
        request.closes = request.closes or len(piece) < size

    def _read(self, stream: Any, request: InFlight, size: int | None, body: BytesIO) -> None:
        if size is None:
            self._read_chunks(stream, request, body)
        elif size <= self.most_bytes:
            self._read_whole(stream, request, size, body)
        else:
            request.closes = True  # its length alone is refused

    def _read_whole(self, stream: Any, request: InFlight, size: int, body: BytesIO) -> None:
        """Read so many bytes; what is announced and does not come holds no room."""
        while left := size - body.tell():
            if body.tell():
                self._let_others_be_heard()
            most = min(left, PIECE_BYTES)
            self._load.hold(request, body.tell() + most)
            piece = stream.read(most)
            if not piece:
                raise errors.NoMoreData
            body.write(piece)

    def _read_chunks(self, stream: Any, request: InFlight, body: BytesIO) -> None:
        """Read chunks up to the limit and a little more."""
        while piece := stream.read(CHUNKS_BYTES):
            body.write(piece)
            self._load.hold(request, body.tell())
            if body.tell() > self.most_bytes:
                request.closes = True
                return
            self._let_others_be_heard()

    def _let_others_be_heard(self) -> None:
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

    def seek(self, *_: int) -> int:
        return 0

    def read(self, _: int = -1) -> NoReturn:
        raise RequestError(self._status, self._message)

    def readinto(self, _: Any) -> NoReturn:
        self.read()


def declared(environ: "WSGIEnvironment") -> int | None:
    """Return the bytes of a body; None where it comes in chunks."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        digits = length.lstrip("0") or "0"
        return int(digits) if len(digits) <= DIGITS else MANY_BYTES
    # gunicorn says of every body that it has an end; without a length, and not in chunks, it has none
    return None if "HTTP_TRANSFER_ENCODING" in environ else 0
