"""The body of a request: all of it, unpacked, within the limit."""

import zlib

from flask import current_app, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from service.errors import BAD_REQUEST, UNSUPPORTED_TYPE, RequestError

CHUNK = 1 << 18  # bytes that are unpacked at once
EITHER, BARE = (
    zlib.MAX_WBITS | 32,
    -zlib.MAX_WBITS,
)  # gzip or zlib by its first bytes; deflate without a header
ENCODINGS = ("gzip", "x-gzip", "deflate")


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
        zlib.error: it was not packed so, or is not all there.
    """
    try:
        return _unpacked(body, EITHER, limit)
    except zlib.error:  # what some clients call deflate
        return _unpacked(body, BARE, limit)


def _unpacked(packed: bytes, form: int, limit: int) -> bytes:
    whole, unpacker = bytearray(), zlib.decompressobj(form)
    while not unpacker.eof:
        chunk = unpacker.decompress(packed, CHUNK)
        packed = unpacker.unconsumed_tail
        whole += chunk
        if len(whole) > limit:
            raise RequestEntityTooLarge
        if not (chunk or packed or unpacker.eof):
            raise zlib.error("it ends too early")
    if unpacker.unused_data:
        raise zlib.error("more follows")
    return bytes(whole)


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
