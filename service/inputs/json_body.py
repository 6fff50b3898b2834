"""JSON bodies: what is wanted of them, or a sentence about the first thing wrong."""

import math
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeGuard, TypeVar

import orjson

from model.document import json_parser
from model.document.json_parser import ARRAY, NESTED, OBJECT
from service.errors import BAD_REQUEST, UNPROCESSABLE, RequestError

SPARE_BYTES = 1 << 23  # a parser keeps buffers of the longest body that it read
SEARCHED_BYTES = 1 << 20  # of a body that is not JSON: what is longer would take much memory
SHOWN, SHOWN_KEYS = 40, 8  # characters of a value, and keys, in a message
# Strings, whole or not, and JSON numbers that may be more than float64 holds, by an exponent of three digits
# or by nineteen; parsers refuse them, though they are JSON. Possessive: no text takes more than linear time.
NUMBERS = re.compile(
    rb'"(?:[^"\\]|\\.)*+"?+'
    rb"|(?<![\d.eE+])(?<![eE]-)(?:(?:0|[1-9]\d*+)(?:\.\d++)?+[eE]\+?\d{3,}+"
    rb"|[1-9]\d{18,}+(?:\.\d++)?+(?:[eE][+-]?\d++)?+)",
    re.DOTALL,
)
MOST_DIGITS = 20  # of a whole number of 64 bits
BEYOND = sys.float_info.max  # stands for those that are more
BEYOND_JSON = repr(BEYOND).encode()
JSON_WORDS = {None: "null", True: "true", False: "false"}
KINDS: dict[str, Any] = {
    "an object": OBJECT,
    "a list": ARRAY,
    "a string": str,
    "a whole number": int,
    "a number": int | float,
    "true or false": bool,
}

T = TypeVar("T")

_spare = threading.local()  # a parser for each thread: a new one costs more than the parsing


class NotJsonError(RequestError):
    """A body is not JSON in UTF-8: 400."""

    def __init__(self, message: str) -> None:
        super().__init__(BAD_REQUEST, message)


@dataclass(frozen=True)
class Json:
    """A body.

    Attributes:
        root: what it says, as the parser has it; valid until the reader that is given it returns.
        lists: how many lists there are in it, at most: opening brackets, those within strings too.
    """

    root: Any
    lists: int


def read(body: bytes, reader: Callable[[Json], T]) -> T:
    """What a reader makes of a body.

    Raises:
        NotJsonError: 400, it is not JSON in UTF-8.
        RequestError: 422, it is nested deeper than any batch.
    """
    parser = _spare.__dict__.pop("parser", None) or json_parser.Parser()
    result = reader(Json(_parse(parser, body), body.count(b"[")))
    if len(body) <= SPARE_BYTES:
        _spare.parser = parser  # only now: it cannot be used again while anything refers to what it read
    return result


def fields(
    value: Any, where: str, required: Collection[str], optional: Collection[str] = (), *, others: bool = True
) -> dict[str, Any]:
    """What an object says under some keys; lists and objects among it are the parser's.

    Args:
        value: the object.
        where: it is, for the message.
        required: keys that must be there.
        optional: keys that may.
        others: whether it may have other keys, too.

    Raises:
        RequestError: 422, it is not an object with such keys, each once.
    """
    keys = keys_of(value, where)
    wanted = [*required, *optional]
    if not set(required) <= keys or not (others or keys <= set(wanted)):
        got = ", ".join(shown(key) for key in islice(value.keys(), SHOWN_KEYS)) or "none"
        may = "" if others else f", beside it none but {', '.join(optional)}"
        raise RequestError(UNPROCESSABLE, f"{where}: expected {', '.join(required)}{may}; got {got}")
    return {key: value[key] for key in wanted if key in keys}


def keys_of(value: Any, where: str) -> set[str]:
    """The keys of an object.

    Raises:
        RequestError: 422, it is none, or a key comes twice.
    """
    if not isinstance(value, OBJECT):
        raise RequestError(UNPROCESSABLE, f"{where}: expected an object, got {shown(value)}")
    keys = set(value.keys())
    if len(keys) != len(value) or any("\0" in key for key in keys):  # simdjson cannot find a key with a NUL
        wrong = next(key for key, times in Counter(value.keys()).items() if times > 1 or "\0" in key)
        raise RequestError(UNPROCESSABLE, f"{where}: expected each key once and no NUL, got {shown(wrong)}")
    return keys


def only(value: Any, where: str) -> tuple[Any, str]:
    """The one member of an object, and where it is.

    Raises:
        RequestError: 422, it is no object, or has none or several.
    """
    keys = keys_of(value, where)
    if len(keys) != 1:
        raise RequestError(UNPROCESSABLE, f"{where}: expected one key, got {len(keys)}")
    (key,) = keys
    return value[key], f"{where}.{key[:SHOWN]}"


def expect(value: Any, kind: str, where: str) -> Any:
    """Hold a value to a kind of KINDS, and return it.

    Raises:
        RequestError: 422, it is another.
    """
    if isinstance(value, bool) != (kind == "true or false") or not isinstance(value, KINDS[kind]):
        raise RequestError(UNPROCESSABLE, f"{where}: expected {kind}, got {shown(value)}")
    return value


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number of JSON, in which true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """A value, as a message shows it."""
    if isinstance(value, NESTED):
        return "a list" if isinstance(value, ARRAY) else "an object"
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "...")
    if isinstance(value, float) and abs(value) == BEYOND:
        return "a number beyond float64"
    return JSON_WORDS[value] if value is None or isinstance(value, bool) else str(value)


def _parse(parser: Any, body: bytes) -> Any:
    try:
        return parser.parse(body)
    except json_parser.BeyondError:
        tamed = NUMBERS.sub(_within_float64, body)
    except json_parser.NotJsonError as error:
        raise _refusal(body, error) from None
    try:
        return parser.parse(tamed)
    except json_parser.NotJsonError as error:
        raise _refusal(body, error) from None


def _refusal(body: bytes, error: json_parser.NotJsonError) -> RequestError:
    """What is wrong with a body that is not JSON, in words."""
    if isinstance(error, json_parser.TooDeepError):
        return RequestError(UNPROCESSABLE, "body: expected a batch, got lists nested too deep")
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        got = f"byte 0x{body[wrong.start]:02x} at byte {wrong.start}"
        return NotJsonError(f"body: expected UTF-8, got {got}")
    return NotJsonError(f"body: expected JSON, got {len(body)} bytes that are not{_place(body)}")


def _place(body: bytes) -> str:
    """Where a body ceases to be JSON, in words: orjson tells, simdjson does not."""
    if len(body) > SEARCHED_BYTES:
        return ""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "infinity" in error.msg:  # that is JSON, and what is not comes after it
            return ""
        offset = len(error.doc[: error.pos].encode(errors="replace"))
        return f": {error.msg}, at byte {offset}, line {error.lineno}, column {error.colno}"
    return ""


def _within_float64(found: re.Match[bytes]) -> bytes:
    text, sign = found[0], found.string[max(found.start() - 1, 0) : found.start()]
    if text.startswith(b'"'):
        return text
    if math.isinf(float(text)):
        return BEYOND_JSON
    if not text.isdigit():
        return text
    fits = len(text) <= MOST_DIGITS and int(text) < (2**63 + 1 if sign == b"-" else 2**64)
    return text if fits else text + b".0"  # a whole number beyond 64 bits is read as a fraction
