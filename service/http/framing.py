"""Framing: where a request ends (RFC 9112), so that nobody waits for one but the loop.

Whatever is odd about a request is not judged here: it is passed on as it is, and gunicorn's parser says what
is wrong with it.
"""

import re
from dataclasses import dataclass

HEAD_BYTES = 1 << 16
BLANK = b"\r\n\r\n"
FIELDS = (
    b"content-length|transfer-encoding|expect|connection|content-encoding|content-type|x-request-timeout-ms"
)
FIELD = re.compile(rb"\r\n(%b):([^\r\n]*)(?=\r\n)" % FIELDS, re.IGNORECASE)
PLAIN = (b"", b"identity")
DENSE = (b"image/", b"multipart/")
EXPLAINED = b"POST /explain"
CHUNK = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
FRAMING = (b"content-length", b"transfer-encoding")
LENGTH_DIGITS = 18
CHUNK_LINE_BYTES = 1 << 12
TRAILER_BYTES = 1 << 14


@dataclass(frozen=True, slots=True)
class Head:
    """What a request's first lines say.

    Attributes:
        size: bytes of them, with the blank line.
        length: bytes of the body; None where it comes in chunks.
        expects: whether the client waits to be told to go on.
        is_last: whether the connection ends with it.
        is_dense: whether its length says little about the work: the body is packed, has images, or is to be
            explained.
        timeout: seconds that the client gives the service; None where it does not say.
    """

    size: int
    length: int | None
    expects: bool = False
    is_last: bool = False
    is_dense: bool = False
    timeout: float | None = None


class Odd(Exception):  # noqa: N818  it is not an error here
    """The end of this request cannot be told."""


def head_of(received: bytes | bytearray, seen: int = 0) -> Head | None:
    """The head; None where more is to come.

    Args:
        received: of a request.
        seen: bytes of it in which no head ends.

    Raises:
        Odd: it is too long, or says two things about the body.
    """
    end = received.find(BLANK, max(seen - len(BLANK) + 1, 0))
    if end < 0:
        if len(received) > HEAD_BYTES:
            raise Odd
        return None
    fields: dict[bytes, bytes] = {}
    for name, said in FIELD.findall(received, 0, end + 2):
        value = said.strip(b" \t").lower()
        if fields.setdefault(name.lower(), value) != value and name.lower() in FRAMING:
            raise Odd
    length = fields.get(b"content-length", b"0")
    encoding, timeout = fields.get(b"transfer-encoding"), fields.get(b"x-request-timeout-ms", b"")
    if not length.isdigit() or len(length) > LENGTH_DIGITS:
        raise Odd
    if encoding is not None and (b"content-length" in fields or encoding != b"chunked"):
        raise Odd
    first_line = received[: received.find(b"\r\n")]
    return Head(
        size=end + len(BLANK),
        length=int(length) if encoding is None else None,
        expects=fields.get(b"expect") == b"100-continue",
        is_last=b"close" in fields.get(b"connection", b"") or first_line.endswith(b"HTTP/1.0"),
        is_dense=fields.get(b"content-encoding", b"") not in PLAIN
        or fields.get(b"content-type", b"").startswith(DENSE)
        or first_line.startswith(EXPLAINED),
        timeout=int(timeout[:12]) / 1000 if timeout.isdigit() else None,
    )


def chunks_end(received: bytes | bytearray, start: int) -> tuple[int, bool]:
    """Where chunks end.

    Args:
        received: of a request.
        start: of one of its chunks.

    Returns:
        The end of the request and True, or the start of the first chunk that is not all there, and False.

    Raises:
        Odd: what comes there is no chunk.
    """
    while True:
        chunk = CHUNK.match(received, start)
        if chunk is None:
            if received.find(b"\n", start) >= 0 or len(received) - start > CHUNK_LINE_BYTES:
                raise Odd
            return start, False
        size = int(chunk[1], 16)
        if size == 0:
            end = received.find(BLANK, chunk.end() - 2)  # after the trailers, if there are any
            if end < 0 and len(received) - start > TRAILER_BYTES:
                raise Odd
            return (start, False) if end < 0 else (end + len(BLANK), True)
        end = chunk.end() + size + 2
        if len(received) < end:
            return start, False
        if received[end - 2 : end] != b"\r\n":
            raise Odd
        start = end
