"""A mirror on loopback, misbehaving as it is told."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mirror import CONTENT, Mirror

from pipeline.data.download.fetch_with_retries import Resource


@pytest.fixture
def resource() -> Resource:
    return Resource("images", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "mnist_mirrors")


@pytest.fixture
def make_mirror() -> Iterator[Callable[..., Mirror]]:
    """Start mirrors that hold `images.gz`, or what they are given."""
    servers: list[ThreadingHTTPServer] = []

    def make(content: bytes | None = None, **options: object) -> Mirror:
        mirror = Mirror({"/images.gz": gzip.compress(CONTENT) if content is None else content}, **options)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        mirror.url = f"http://127.0.0.1:{server.server_port}/"
        return mirror

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()
