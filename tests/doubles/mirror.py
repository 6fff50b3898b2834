"""A mirror of files that misbehaves as it is told."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import numpy as np

from pipeline.data.formats import idx

CONTENT = idx.encode(np.random.default_rng(0).integers(0, 256, (200, 28, 28), np.uint8))


@dataclass
class Mirror:
    """What it holds, what it was asked, and a queue of faults, one for each request."""

    files: dict[str, bytes]
    ranges: bool = True
    faults: list[Callable[[BaseHTTPRequestHandler, bytes], None]] = field(default_factory=list)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.requests.append((handler.path, wanted))
        content = self.files.get(handler.path)
        if content is None:
            handler.send_error(404)
            return
        status, start = 200, 0
        if wanted and self.ranges:
            status, start = 206, int(wanted.removeprefix("bytes=").removesuffix("-"))
        if status == 206 and start >= len(content):
            handler.send_error(416)
            return
        if self.faults:
            self.faults.pop(0)(handler, content[start:])
            return
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        handler.wfile.write(content[start:])


def cut_off_after(count: int) -> Callable[[BaseHTTPRequestHandler, bytes], None]:
    """Announce everything, send the first bytes, and hang up."""

    def fault(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200 if "Range" not in handler.headers else 206)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:count])
        handler.close_connection = True

    return fault


def failing_with(status: int) -> Callable[[BaseHTTPRequestHandler, bytes], None]:
    return lambda handler, _: handler.send_error(status)


def answering(raw: bytes) -> Callable[[BaseHTTPRequestHandler, bytes], None]:
    """Send these bytes, whatever they are, and hang up."""

    def fault(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(raw)
        handler.close_connection = True

    return fault


def endless(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    """Send bytes until nobody wants them any more."""
    handler.send_response(200 if "Range" not in handler.headers else 206)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(bytes(1 << 16))
