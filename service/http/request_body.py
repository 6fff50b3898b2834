"""The body of a request: all of it, unpacked, within the limit."""

import re
import zlib

from flask import current_app, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from service.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_TYPE, RequestError

CHUNK, PIECE = 1 << 18, 1 << 16  # bytes that are unpacked at once, and bytes from which
EITHER, BARE = (
    zlib.MAX_WBITS | 32,
    -zlib.MAX_WBITS,
)  # gzip or zlib by its first bytes; deflate without a header
ENCODINGS = ("gzip", "x-gzip", "deflate")
GZIP, NO_PADDING = b"\x1f\x8b", re.compile(rb"[^\0]")  # of RFC 1952, whose members may follow one another
MOST_MEMBERS = 10_000  # each costs some microseconds, however few bytes it has


def read() -> bytes:
    """The bytes that were meant.

    Raises:
        RequestError: 400, they do not unpack; 415, they are packed in another way than by gzip or deflate.
        RequestEntityTooLarge: there are more than the limit, as they came or unpacked.
    """
    body = _received()
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return body
    if encoding not in ENCODINGS:
        raise RequestError(
            UNSUPPORTED_TYPE, f"Content-Encoding: expected gzip or deflate, got {encoding[:40]}"
        )
    try:
        return unpacked(body, current_app.config["MAX_CONTENT_LENGTH"])
    except zlib.error:
        raise RequestError(BAD_REQUEST, f"body: expected {encoding}, got bytes that are not") from None


def unpacked(body: bytes, limit: int) -> bytes:
    """What gzip, zlib or deflate packed.

    Raises:
        RequestEntityTooLarge: it is more than the limit; no more than that is unpacked.
        RequestError: 413, it has too many members.
        zlib.error: it was not packed so, or is not all there.
    """
    try:
        return _unpacked(body, EITHER, limit)
    except zlib.error:  # what some clients call deflate
        return _unpacked(body, BARE, limit)


def _unpacked(packed: bytes, form: int, limit: int) -> bytes:
    whole, start = bytearray(), 0
    for _ in range(MOST_MEMBERS):
        start = _unpack_member(packed, start, form, whole, limit)
        if not packed.startswith(GZIP):
            if start < len(packed):
                raise zlib.error("more follows")
            return bytes(whole)
        following = NO_PADDING.search(packed, start)
        if following is None:
            return bytes(whole)
        start = following.start()
    raise RequestError(TOO_LARGE, f"body: expected at most {MOST_MEMBERS} members of gzip, got more")


def _unpack_member(packed: bytes, start: int, form: int, whole: bytearray, limit: int) -> int:
    """Append what begins at a place to the whole, and return where it ends."""
    unpacker = zlib.decompressobj(form)
    while not unpacker.eof:
        piece = unpacker.unconsumed_tail
        if not piece:
            piece = packed[start : start + PIECE]
            start += len(piece)
        chunk = unpacker.decompress(piece, CHUNK)
        whole += chunk
        if len(whole) > limit:
            raise RequestEntityTooLarge
        if not (chunk or piece):
            raise zlib.error("it ends too early")
    return start - len(unpacker.unused_data)


def _received() -> bytes:
    """All of it, as the server gives it: Werkzeug's way there is long, and cuts off chunks at the limit."""
    limit, length = current_app.config["MAX_CONTENT_LENGTH"], request.content_length
    if (length or 0) > limit:
        raise RequestEntityTooLarge
    try:
        body: bytes = request.environ["wsgi.input"].read(limit + 1 if length is None else length)
    except OSError:
        raise ClientDisconnected from None
    if len(body) > limit:
        raise RequestEntityTooLarge
    if len(body) < (length or 0):
        raise ClientDisconnected
    return body
