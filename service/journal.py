"""The journal of requests: an id, a log line, a count and a duration for each."""

import logging
import random
import re
import time

from flask import Flask, Response, g, request

from service import telemetry

ID = re.compile(r"[\x21-\x7e]{1,128}")

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Watch every request from the door to the answer."""
    app.before_request(_open)
    app.after_request(_close)


def _open() -> None:
    g.opened = time.perf_counter()
    g.arrived = g.opened - request.environ.get("numeral.waited", 0.0)
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if ID.fullmatch(given) else f"{random.getrandbits(128):032x}"


def _close(response: Response) -> Response:
    seconds = time.perf_counter() - g.arrived
    route = request.url_rule.rule if request.url_rule else "unknown"  # never the path itself: labels stay few
    protocol, version = request.blueprint or "unknown", g.get("version")
    requests, latency = telemetry.request(protocol, route, response.status_code, str(version or "none"))
    requests.inc()
    latency.observe(seconds)
    response.headers["X-Request-ID"] = g.request_id
    fields = {
        "request_id": g.request_id,
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 3),
    }
    if "rows" in g:
        fields |= {"version": version, "rows": g.rows}
        _count_answer(str(version), seconds)
    log.info("request", extra={"fields": fields})
    return response


def _count_answer(version: str, seconds: float) -> None:
    rows, answers, last = telemetry.answers(version)
    rows.inc(g.rows)
    answers.observe(seconds)
    last.set(time.time())
