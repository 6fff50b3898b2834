"""The query of a request: what stands after its path, where every key is known and stands once."""

from flask import request

from service.errors import UNPROCESSABLE, RequestError

YES_OR_NO = {"true": True, "false": False}


def read(*known: str) -> dict[str, str]:
    """What it says.

    Args:
        known: keys that it may have.

    Raises:
        RequestError: 422, it has another key, or one twice.
    """
    if not request.query_string:
        return {}
    for key, values in request.args.lists():
        if key not in known:
            raise RequestError(UNPROCESSABLE, f"query: expected {', '.join(known)}, got {key[:40]!r}")
        if len(values) > 1:
            raise RequestError(UNPROCESSABLE, f"query: expected {key} once, got it {len(values)} times")
    return request.args.to_dict()


def flag(asked: dict[str, str], key: str) -> bool:
    """Whether it asks for something.

    Raises:
        RequestError: 422, it says neither true nor false.
    """
    value = asked.get(key, "false")
    if value not in YES_OR_NO:
        raise RequestError(UNPROCESSABLE, f"query: expected {key} to be true or false, got {value[:40]!r}")
    return YES_OR_NO[value]
