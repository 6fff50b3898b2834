"""Errors: every one is JSON, `{"error": "what must hold, what came, where"}`, with the right status."""

import logging

import orjson
from flask import Flask, Response, current_app, g
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import (
    ClientDisconnected,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from model.errors import NumeralError

log = logging.getLogger(__name__)


class RequestError(NumeralError):
    """A request cannot be answered; `status` says whose fault that is."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def register(app: Flask) -> None:
    """Map what a request may raise to an answer."""
    app.register_error_handler(RequestError, lambda error: answer(error.status, str(error)))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ParseException, _bad_chunks)
    app.register_error_handler(Exception, _bug)


def answer(status: int, message: str) -> Response:
    """An error as its reader sees it."""
    return Response(orjson.dumps({"error": message}), status, mimetype="application/json")


def _bad_chunks(_: ParseException) -> Response:
    return answer(400, "body: expected chunks as Transfer-Encoding says, got something else")


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, NotFound):
        return answer(404, "path: nothing is here; GET /openapi.json lists what is")
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        response = answer(405, f"method: expected {allowed}")
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, RequestEntityTooLarge):
        limit = current_app.config["MAX_CONTENT_LENGTH"]
        return answer(413, f"body: expected at most {limit} bytes, got more")
    if isinstance(error, ClientDisconnected):
        return answer(400, "body: expected all of it, got a part")
    return answer(error.code or 500, error.description or error.name)


def _bug(error: Exception) -> Response:
    request_id = g.get("request_id")
    log.error("a request ended in a bug", exc_info=error, extra={"fields": {"request_id": request_id}})
    return answer(500, f"the service has a bug; its log tells more under request id {request_id}")
