"""The access log: an id, a line, a count and a duration for each request, at little cost.

Lines are written some times a second rather than one by one, which would cost more than all the rest of a
line. Nothing is lost when a worker ends.
"""

import json
import random
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from os import write as write_bytes
from threading import Lock
from typing import Any

import orjson
from flask import Flask, g, request

from service.observability import metrics

ID = re.compile(r"[\x21-\x7e]{1,128}")
ENTRY = "numeral.entry"  # in a request's environ
STDERR = 2
ATOMIC_BYTES = 4096  # of a pipe: of more, lines of two workers may mix

_lines: list[bytes] = []
_flushing = Lock()  # where requests have threads, each writes its line
_probed: dict[str, int] = {}  # route -> status of its last line
_is_buffered = False


class Entry:
    """What is logged of a request.

    Attributes:
        id: that its client gave it, or a new one.
        opened, began: when it came, and when work began, of `time.perf_counter`.
        protocol, route: that answer it; never its path, so that labels stay few.
        version, rows: of the model and of the batch, where it was answered.
        is_probe: whether it asks after the service's health alone.
    """

    __slots__ = ("began", "id", "is_probe", "opened", "protocol", "route", "rows", "version")

    def __init__(self, given: str) -> None:
        self.opened = self.began = time.perf_counter()
        self.id = given if given and ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
        self.protocol = self.route = "unknown"
        self.version: int | None = None
        self.rows: int | None = None
        self.is_probe = False


def register(app: Flask) -> None:
    """Note what Flask finds out about each request."""
    _probed.clear()
    app.before_request(_note)


def entry() -> Entry:
    """Return the entry of the request that is being answered."""
    found: Entry = request.environ[ENTRY]
    return found


def note_probe() -> None:
    """Note that the request asks after health alone: it is logged where the answer is a new one."""
    entry().is_probe = True


def _note() -> None:
    noted = entry()
    noted.route = request.url_rule.rule if request.url_rule else "unknown"
    noted.protocol = request.blueprint or "unknown"
    g.request_id = noted.id


def write(noted: Entry, environ: Mapping[str, Any], status: int) -> None:
    """Log a request that was answered, and count it; of probes, those whose status is a new one."""
    seconds = time.perf_counter() - noted.opened
    version = str(noted.version or "none")
    requests, latency = metrics.request(noted.protocol, noted.route, status, version)
    requests.inc()
    latency.observe(seconds)
    metrics.QUEUE_WAIT.observe(noted.began - noted.opened)
    fields = {
        "time": datetime.now(UTC),
        "level": "info",
        "logger": "service.access_log",
        "message": "request",
        "request_id": noted.id,
        "client": environ.get("REMOTE_ADDR", ""),
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "status": status,
        "milliseconds": round(seconds * 1000, 3),
    }
    if noted.rows is not None:
        fields["version"], fields["rows"] = noted.version, noted.rows
        rows, answers, last = metrics.answers(version)
        rows.inc(noted.rows)
        answers.observe(seconds)
        last.set(time.time())
    if noted.is_probe:
        if _probed.get(noted.route) == status:
            return
        _probed[noted.route] = status
    _lines.append(_encoded(fields))
    if not _is_buffered:
        flush()


def buffer() -> None:
    """Keep lines until they are flushed, from now on."""
    global _is_buffered  # noqa: PLW0603  of this process, as standard error is
    _is_buffered = True


def flush() -> None:
    """Write the lines that there are, in parts that a pipe takes whole.

    Lines that cannot be written, as to a full disk, are lost: to keep them would cost the service its memory.
    """
    with _flushing:
        lines = _lines[:]
        del _lines[: len(lines)]
    part = b""
    with suppress(OSError):
        for line in lines:
            if part and len(part) + len(line) > ATOMIC_BYTES:
                write_bytes(STDERR, part)
                part = b""
            part += line
        if part:
            write_bytes(STDERR, part)


def _encoded(fields: dict[str, Any]) -> bytes:
    if fields["path"].isascii():
        return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
    path = fields["path"].encode("latin-1").decode("utf-8", "replace")
    # in ASCII: some characters end a line for some readers
    return json.dumps(fields | {"path": path}, default=str).encode() + b"\n"
