"""OpenAPI: the routes and what is said of each become a document; openapi.json holds the rest of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
from flask import Flask
from werkzeug.routing import Rule

from service.api_documentation import media_types
from service.errors import (
    BAD_REQUEST,
    BUG,
    NOT_FOUND,
    NOT_READY,
    OVERLOADED,
    TIMED_OUT,
    TOO_LARGE,
    UNPROCESSABLE,
    UNSUPPORTED_TYPE,
)
from service.serving.duration_estimates import PAGES

REST = Path(__file__).with_name("openapi.json")
PLACE, NO_WORD = re.compile(r"<(\w+)>"), re.compile(r"\W+")
JSON = "application/json"
OK = 200
REQUEST_ID, TIMEOUT = "X-Request-ID", "X-Request-Timeout-Ms"
MEANINGS = {
    BAD_REQUEST: "The request cannot be read, or is none that this path takes.",
    NOT_FOUND: "There is no such model, version or alias.",
    TIMED_OUT: "The body did not come in time.",
    TOO_LARGE: "The body has more bytes, or an image more pixels, than are taken.",
    UNSUPPORTED_TYPE: "The body's type, or the way it is packed, is not taken.",
    UNPROCESSABLE: "The body can be read, and is not what the model takes.",
    OVERLOADED: "Too many wait: ask again after as many seconds as `Retry-After` says.",
    BUG: "A fault of the service; its log tells more, by the request's id.",
    NOT_READY: "No model is served yet, or this version cannot be.",
}
NAMED = ("name", "version", "label")  # in paths, of what may not be there

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """What is said of a route, beside its docstring.

    Attributes:
        tag: what it is for.
        gives: the types of its answer, each with the name of its schema; none for bytes and text.
        takes: the same of the body, if it reads one.
        headers: of the request, by their names in openapi.json.
        query: keys of it, by their names there, less `query.`.
        returns: headers of the answer, too.
        unready: whether it answers before there is a model.
        error: schema of an error.
        unprocessable: whether a body that can be read and is wrong is told from one that cannot.
        pages: whether errors are pages, too, for those who ask for one.
    """

    tag: str
    gives: Mapping[str, str | None]
    takes: Mapping[str, str | None] | None = None
    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    unready: bool = False
    error: str = "Error"
    unprocessable: bool = False
    pages: bool = False

    def __call__(self, view: View) -> View:
        """Say it of a view."""
        view.operation = self  # type: ignore[attr-defined]  # read by `document` alone
        return view


def document(app: Flask, root: str = "") -> dict[str, Any]:
    """The whole.

    Args:
        app: with the routes.
        root: path of the service.
    """
    whole: dict[str, Any] = orjson.loads(REST.read_bytes())
    paths: dict[str, Any] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if operation := getattr(view, "operation", None):
            path = paths.setdefault(PLACE.sub(r"{\1}", rule.rule), {})
            path["get" if "GET" in (rule.methods or ()) else "post"] = _operation(rule, view, operation)
    return whole | {"servers": [{"url": root or "/"}], "paths": dict(sorted(paths.items()))}


def _operation(rule: Rule, view: Callable[..., Any], operation: Operation) -> dict[str, Any]:
    summary, _, description = (view.__doc__ or "").partition("\n\n")
    hurry = [TIMEOUT] if operation.takes else []
    keys = [f"query.{key}" for key in operation.query]
    about: dict[str, Any] = {
        "operationId": NO_WORD.sub("_", rule.rule).strip("_") or view.__name__,
        "tags": [operation.tag],
        "summary": summary,
        "parameters": [
            {"$ref": f"#/components/parameters/{name}"}
            for name in (*PLACE.findall(rule.rule), *keys, *operation.headers, *hurry, REQUEST_ID)
        ],
        "responses": {str(status): body for status, body in _responses(rule, operation)},
    }
    if description:
        about["description"] = " ".join(description.split())
    if operation.takes:
        content = _content(operation.takes)
        content = {mimetype: said | media_types.example(mimetype) for mimetype, said in content.items()}
        about["requestBody"] = {"required": True, "content": content}
    return about


def _responses(rule: Rule, operation: Operation) -> list[tuple[int, dict[str, Any]]]:
    statuses = [BAD_REQUEST, BUG]
    named = {*PLACE.findall(rule.rule), *operation.query}
    statuses += [NOT_FOUND] if named & {*NAMED} else []
    statuses += [] if operation.unready else [NOT_READY]
    statuses += [TIMED_OUT, TOO_LARGE, UNSUPPORTED_TYPE] if operation.takes else []
    is_light = "GET" in (rule.methods or ()) and rule.rule.split("/")[1] not in PAGES
    statuses += [] if is_light else [OVERLOADED]
    statuses += [UNPROCESSABLE] if operation.unprocessable else []
    good = _response(operation.gives, "The answer.", (*operation.returns, REQUEST_ID))
    return [(OK, good), *((status, _error(status, operation)) for status in sorted(statuses))]


def _error(status: int, operation: Operation) -> dict[str, Any]:
    content: dict[str, str | None] = {JSON: operation.error}
    if operation.pages and status != BAD_REQUEST:
        content["text/html"] = None
    if status == OVERLOADED:
        return _response(content, MEANINGS[status], ("Retry-After", REQUEST_ID))
    return _response(content, MEANINGS[status], (REQUEST_ID,))


def _response(
    content: Mapping[str, str | None], description: str, headers: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": _content(content),
    }


def _content(types: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        mimetype: {
            "schema": {"$ref": f"#/components/schemas/{schema}"} if schema else media_types.schema(mimetype)
        }
        for mimetype, schema in types.items()
    }
