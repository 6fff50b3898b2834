"""Errors: what must hold, what came and where, with the right status, in the form of the protocol."""

import logging
import math
import random
from collections.abc import Callable
from typing import TypeAlias

from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.exceptions import (
    ClientDisconnected,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from model.errors import NumeralError
from service.observability import metrics
from service.responses import as_json

BAD_REQUEST, NOT_FOUND, TIMED_OUT, TOO_LARGE, UNSUPPORTED_TYPE, UNPROCESSABLE, OVERLOADED = (
    *(400, 404, 408, 413, 415, 422, 429),
)
DISCONNECTED = 499  # in the log alone, as nginx has it: its client has left
BUG, NOT_READY = 500, 503
Form: TypeAlias = Callable[[int, str], Response]

log = logging.getLogger(__name__)


class RequestError(NumeralError):
    """A request cannot be answered.

    Attributes:
        status: says whose fault that is.
        retry_after: seconds after which it may come again, where that is known.
    """

    def __init__(self, status: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after


class Overloaded(RequestError):  # noqa: N818  the field's word
    """A request is refused, for want of time or room.

    Args:
        reason: as it is counted.
        message: that its client gets.
        wait: seconds until there may be some.
    """

    def __init__(self, reason: str, message: str, wait: float) -> None:
        super().__init__(OVERLOADED, message, retry_after(wait))
        self.reason = reason


def retry_after(wait: float) -> int:
    """Whole seconds, at random: those that are refused together do not come again together."""
    return max(1, math.ceil(wait + random.uniform(0, 2 + wait)))  # noqa: S311  nobody needs a secret here


def answer(status: int, message: str) -> Response:
    """An error as its reader sees it: `{"error": "..."}`."""
    return as_json({"error": message}, status)


def nothing_at(_: str) -> str:
    """What is said of a path where nothing is."""
    return "path: nothing is here; GET /openapi.json lists what is"


def register(
    place: Flask | Blueprint, form: Form = answer, missing: Callable[[str], str] = nothing_at
) -> None:
    """Map what a request may raise to an answer in a protocol's form; `missing` tells what is not there."""
    place.register_error_handler(RequestError, lambda error: _request_error(error, form))
    place.register_error_handler(HTTPException, lambda error: _http_error(error, form, missing))
    place.register_error_handler(Exception, lambda error: _bug(error, form))


def without_unprocessable(form: Form) -> Form:
    """The form of a protocol that knows no 422: what it has for that is 400."""
    return lambda status, message: form(BAD_REQUEST if status == UNPROCESSABLE else status, message)


def _request_error(error: RequestError, form: Form) -> Response:
    if isinstance(error, Overloaded):
        metrics.refusals(error.reason).inc()
    response = form(error.status, str(error))
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http_error(error: HTTPException, form: Form, missing: Callable[[str], str]) -> Response:
    if isinstance(error, NotFound):
        return form(NOT_FOUND, missing(request.path))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        response = form(error.code, f"method: expected {allowed}")
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, RequestEntityTooLarge):
        limit = current_app.config["MAX_CONTENT_LENGTH"]
        return form(error.code, f"body: expected at most {limit} bytes, got more")
    if isinstance(error, ClientDisconnected):
        return form(BAD_REQUEST, "body: expected all of it, got a part")
    return form(error.code or BUG, error.description or error.name)


def _bug(error: Exception, form: Form) -> Response:
    request_id = g.get("request_id")
    log.error("a request ended in a bug", exc_info=error, extra={"fields": {"request_id": request_id}})
    return form(BUG, f"the service has a bug; its log tells more under request id {request_id}")
