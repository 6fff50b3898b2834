"""Strict JSON: what the standard leaves open, and its readers settle each in their own way, is refused.

No key comes twice, no number is NaN or infinite, and nesting ends before a reader's stack does.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson

from model.document.json_parser import ARRAY, NESTED, OBJECT, NotJsonError, Parser
from model.errors import FormatError

DEEPEST = 64  # levels of nesting; simdjson and orjson read 1024, orjson writes 254
KINDS: dict[Any, str] = {OBJECT: "an object", ARRAY: "a list", str: "a string", int: "an integer"}
NOT_FINITE = re.compile(rb"[\[:,]\s*(-?(?:NaN|Infinity))\b")  # as Python, for one, writes them


def parse(raw: bytes) -> Any:
    """The object that a JSON text is, as the parser gives it.

    Raises:
        FormatError: it is not JSON, not an object, nested too deeply, or repeats a key.
    """
    try:
        root = Parser().parse(raw)
    except NotJsonError:
        raise FormatError(f"document: expected JSON, got {_not_json(raw)}") from None
    if not isinstance(root, OBJECT):
        raise FormatError(f"document: expected an object, got {shown(root)}")
    _check_keys(root, "", 1)
    return root


def refuse_infinite(value: Any, where: str = "") -> None:
    """Look at every number within a value; orjson would write NaN and Infinity as null.

    Raises:
        FormatError: a number is not finite.
    """
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        raise FormatError(f"{where}: expected a finite number, got {value}")
    if isinstance(value, dict | list | tuple):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            refuse_infinite(item, _inside(where, key))


def member(content: Any, key: str, kind: Any, where: str = "") -> Any:
    """What an object holds under a key.

    Raises:
        FormatError: it is not of that kind, one of KINDS.
    """
    return expect(content.get(key), kind, _inside(where, key))


def expect(value: Any, kind: Any, where: str) -> Any:
    """The value itself.

    Raises:
        FormatError: it is not of that kind, one of KINDS.
    """
    if not isinstance(value, kind) or isinstance(value, bool):
        raise FormatError(f"{where}: expected {KINDS[kind]}, got {shown(value)}")
    return value


def shown(value: Any) -> str:
    """A value as an error names it."""
    if isinstance(value, NESTED):
        return KINDS[OBJECT if isinstance(value, OBJECT) else ARRAY]
    return "nothing" if value is None else repr(value)


def _not_json(raw: bytes) -> str:
    if found := NOT_FINITE.search(raw):
        return f"{found[1].decode()} at byte {found.start(1)}, which JSON does not have"
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return f"{len(raw)} bytes that are not: {error.msg}, line {error.lineno}, column {error.colno}"
    return f"{len(raw)} bytes that are not: nested too deeply, or a number beyond 64 bits"


def _check_keys(value: Any, where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise FormatError(f"{where}: expected at most {DEEPEST} levels of nesting, got more")
    members: Iterable[tuple[str | int, Any]] = enumerate(value)
    if isinstance(value, OBJECT):
        names = Counter(value.keys())
        for name, times in names.items():
            if times > 1 or "\0" in name:  # simdjson cannot find a key that holds a NUL
                raise FormatError(f"{where or 'document'}: expected each key once and no NUL, got {name!r}")
        members = ((name, value[name]) for name in names)
    for key, item in members:
        if isinstance(item, NESTED):
            _check_keys(item, _inside(where, key), depth + 1)


def _inside(where: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else key
