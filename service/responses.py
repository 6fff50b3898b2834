"""Responses: JSON and bytes."""

from typing import Any

import orjson
from flask import Response

OCTETS = "application/octet-stream"


def as_json(content: Any, status: int = 200) -> Response:
    """JSON; arrays of NumPy as they are."""
    return Response(json_bytes(content), status, mimetype="application/json")


def json_bytes(content: Any) -> bytes:
    """JSON in UTF-8; arrays of NumPy as they are."""
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def varying(response: Response) -> Response:
    """A response that would be another for another `Accept`."""
    response.vary.add("Accept")
    return response


def as_bytes(content: bytes, **headers: str) -> Response:
    """Bytes, with headers whose names are given with `_` for `-`."""
    response = Response(content, mimetype=OCTETS)
    response.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
    return response
