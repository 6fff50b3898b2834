"""Fixtures for the service: apps that look at the registry only when a test says so."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from prometheus_client import REGISTRY

from model.settings import Settings
from service.app import create_app
from service.serving.servable import Champion

BOTH_WAYS = {"test_predict_json", "test_open_inference", "test_mlflow", "test_column_names"}
BLANK = [0.0] * 784


@pytest.fixture
def publish(registry, make_document):
    """Publish a document and make it champion; a `favourite` is the class that it always answers."""

    def publish_and_promote(**changes):
        manifest = registry.publish(make_document(**changes), "for a test")
        registry.point("champion", manifest.version, "for a test")
        return manifest

    return publish_and_promote


@pytest.fixture
def make_app(tmp_path, monkeypatch) -> Callable[..., Flask]:
    """Build an app over the test's registry, as it is at that moment."""
    monkeypatch.setattr(Champion, "watch", lambda *_: None)
    return lambda express=True, **settings: create_app(
        Settings(registry=tmp_path / "registry", **settings), express=express
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The tests of what plain requests are answered with run on both ways."""
    if "express" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH_WAYS:
        metafunc.parametrize("express", [True, False], ids=["express", "flask"], indirect=True)


@pytest.fixture
def express(request) -> bool:
    """Whether plain requests are answered without Flask's routing."""
    return getattr(request, "param", True)


@pytest.fixture
def app(publish, make_app, express) -> Flask:
    publish(favourite=7)
    return make_app(express=express)


@pytest.fixture
def client(app) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def client_without_model(make_app) -> FlaskClient:
    return make_app().test_client()


@pytest.fixture
def body() -> Callable[..., bytes]:
    """The body of a request: `instances`, a blank image where nothing else is given, and other keys."""
    return lambda *instances, **more: json.dumps({"instances": instances or [BLANK], **more}).encode()


@pytest.fixture
def access_log(capfd) -> Callable[[], list[dict]]:
    """The lines of the access log since the test first asked for them, or began."""
    seen: list[dict] = []

    def lines() -> list[dict]:
        found = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
        seen.extend(line for line in found if line["logger"] == "service.access_log")
        return seen

    return lines


@pytest.fixture
def growth() -> Callable[..., float]:
    """How much a metric has grown since the test first asked for it."""
    before: dict[tuple, float] = {}

    def grown(metric: str, **labels: str) -> float:
        value = REGISTRY.get_sample_value(metric, labels) or 0
        return value - before.setdefault((metric, *sorted(labels.items())), value)

    return grown


@pytest.fixture
def png_of_a_seven() -> bytes:
    """A drawn 7, white on black."""
    image = Image.new("L", (56, 56))
    ImageDraw.Draw(image).line([(12, 12), (44, 12), (24, 48)], fill=255, width=6)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def connect() -> Iterator[Callable[..., socket.socket]]:
    """Open plain connections to a server and send bytes on them; they are closed with the test."""
    with ExitStack() as stack:

        def open_and_send(server, *parts: bytes) -> socket.socket:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            for part in parts:
                connection.sendall(part)
            return connection

        yield open_and_send


@pytest.fixture
def receive() -> Callable[[socket.socket], bytes]:
    """Everything that comes on a connection until its other end closes it."""
    return lambda connection: b"".join(iter(lambda: connection.recv(1 << 16), b""))


class Load:
    """Clients in constant load, each with a connection of its own, until an error or the end."""

    def __init__(self, url: str, body: bytes, clients: int) -> None:
        self.answers: list[requests.Response] = []
        self.errors: list[requests.RequestException] = []
        self._ending = threading.Event()
        self._request = {
            "url": url + "/predict",
            "data": body,
            "headers": {"Content-Type": "application/json"},
        }
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self) -> None:
        with requests.Session() as session:
            while not self._ending.is_set():
                try:
                    self.answers.append(session.post(**self._request))
                except requests.RequestException as error:
                    self.errors.append(error)
                    return

    def end(self) -> None:
        self._ending.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def load(body):
    """Put a server under the load of eight clients, as a context."""

    @contextmanager
    def under_load(server) -> Iterator[Load]:
        clients = Load(server.url, body(), clients=8)
        for thread in clients.threads:
            thread.start()
        try:
            yield clients
        finally:
            clients.end()

    return under_load
