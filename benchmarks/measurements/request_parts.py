"""Parts: what the service does for one row of JSON, each part timed alone, in a process like a worker's.

A module of its own process: importing the service bounds the threads of BLAS.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
from werkzeug.test import create_environ

from benchmarks.contenders import noop
from model.settings import Settings
from service import app, protocols
from service.event_loop.loop_turn import Turn
from service.inputs.json_rows import Limits
from service.observability import access_log, metric_buffers, metrics
from service.protocols import numeral
from service.serving.admission import Admission
from service.serving.in_flight import Load
from service.serving.thread_pool import Lane

CALLS, SAMPLES = 500, 5  # requests between two flushes at 5,000 a second; samples of a round
UNHURRIED_SECONDS = 3600
JSON = "application/json"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Request:
    """A request for WSGI applications, again and again.

    Args:
        body: of it.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._environ = create_environ("/predict", method="POST", content_type=JSON, content_length=len(body))
        self._environ["REMOTE_ADDR"] = "127.0.0.1"

    def environ(self) -> dict[str, Any]:
        """Return a new environ."""
        return {**self._environ, "wsgi.input": BytesIO(self.body)}

    def ask(self, application: Wsgi) -> None:
        """Have an application answer it.

        Raises:
            SystemExit: the answer is not 200.
        """
        started: list[str] = []
        parts = application(self.environ(), lambda status, *_: started.append(status))
        for _ in parts:
            pass
        if hasattr(parts, "close"):
            parts.close()
        if started[0] != "200 OK":
            raise SystemExit(f"parts: expected 200 OK, got {started[0]}")


def parts(registry: Path, body: bytes) -> Mapping[str, Callable[[], object]]:
    """Return what is timed, by name: everything for one request of one row."""
    turn, request = Turn(), Request(body)
    settings = Settings(registry=registry, reload_seconds=UNHURRIED_SECONDS)
    express = app.create_app(settings, turn)
    flask = app.create_app(settings, turn, express=False)
    served = express.extensions["models"].champion.current
    limits = Limits(served.document.input.shape, settings.max_rows)
    rows, _ = numeral.decode(body, limits)
    answer = served.predict(rows)
    environ, entry = request.environ(), access_log.Entry("")
    entry.protocol, entry.route = "numeral", numeral.PATH
    entry.version, entry.rows = served.manifest.version, 1
    admission, bare = _admission(settings, turn), noop.app()
    return {
        "environ": request.environ,
        "decode": lambda: numeral.decode(body, limits),
        "forward": lambda: served.document.network.forward(rows.T),
        "predict": lambda: served.predict(rows),
        "encode": lambda: numeral.encode(answer, None),
        "counts of log": lambda: _count_logged(entry),
        "other counts": lambda: _count_others(entry),
        "log and its counts": lambda: access_log.write(entry, environ, 200),
        "admission and log": lambda: request.ask(admission),
        "express": lambda: request.ask(express.wsgi_app),
        "flask": lambda: request.ask(flask.wsgi_app),
        "bare flask": lambda: request.ask(bare.wsgi_app),
    }


def _admission(settings: Settings, turn: Turn) -> Admission:
    """Return an admission in front of what answers nothing."""

    def nothing(_: Any, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", JSON), ("Content-Length", "2")])
        return [b"{}"]

    load, lane = Load(settings.queue_bytes), Lane(settings.threads)
    return Admission(nothing, protocols.error, app.HEADERS, load, settings, turn, lane)


def _count_logged(entry: access_log.Entry) -> None:
    """Count as the access log does."""
    version = str(entry.version)
    requests, latency = metrics.request(entry.protocol, entry.route, 200, version)
    requests.inc()
    latency.observe(0.001)
    metrics.QUEUE_WAIT.observe(0.0)
    rows, answers, last = metrics.answers(version)
    rows.inc(1)
    answers.observe(0.001)
    last.set(time.time())


def _count_others(entry: access_log.Entry) -> None:
    """Count as is done on the way to the answer."""
    metrics.DECODING.observe(0.001)
    metrics.BATCH_ROWS.observe(1)
    metrics.passes(str(entry.version)).observe(0.001)


def microseconds(function: Callable[[], object]) -> float:
    """Return what a call takes, with its share of writing what was logged and counted."""
    start = time.perf_counter()
    for _ in range(CALLS):
        function()
    access_log.flush()
    metric_buffers.flush()
    return (time.perf_counter() - start) / CALLS * 1e6


@contextmanager
def _log_to_nowhere() -> Iterator[None]:
    with Path(os.devnull).open("wb") as nowhere:
        kept = os.dup(sys.stderr.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
        yield
        os.dup2(kept, sys.stderr.fileno())
        os.close(kept)


def main(registry: str, body: str, rounds: str) -> None:
    """Print the microseconds of each part as JSON, one number for each sample of each round."""
    access_log.buffer()
    timed = parts(Path(registry), Path(body).read_bytes())
    measured: dict[str, list[float]] = {name: [] for name in timed}
    with _log_to_nowhere():
        for function in timed.values():  # once to warm up
            microseconds(function)
        for _ in range(int(rounds) * SAMPLES):
            for name, function in timed.items():
                measured[name].append(microseconds(function))
    print(orjson.dumps(measured).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
