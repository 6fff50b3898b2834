"""JSON bodies, read by simdjson: what is wanted of them, or a sentence about the first thing wrong."""

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
import simdjson

from service.errors import BAD_REQUEST, UNPROCESSABLE, RequestError

SPARE_BYTES = 1 << 23  # a parser keeps buffers of the longest body that it read
SEARCHED_BYTES = 1 << 20  # of a body that is not JSON: what is longer would take much memory
SHOWN, SHOWN_KEYS = 40, 8  # characters of a value, and keys, in a message
# JSON numbers that may be more than float64 holds, by an exponent of three digits or by nineteen digits;
# simdjson refuses them, though they are JSON. Possessive throughout: no text takes more than linear time.
HUGE = re.compile(
    rb"(?<![\d.eE+])(?<![eE]-)(?:(?:0|[1-9]\d*+)(?:\.\d++)?+[eE]\+?\d{3,}+"
    rb"|[1-9]\d{18,}+(?:\.\d++)?+(?:[eE][+-]?\d++)?+)"
)
BEYOND = sys.float_info.max  # stands for those that are more
BEYOND_JSON = repr(BEYOND).encode()
NUMBER_TROUBLE = re.compile("NUMBER_ERROR|BIGINT_ERROR")
JSON_WORDS = {None: "null", True: "true", False: "false"}
KINDS: dict[str, Any] = {
    "an object": simdjson.Object,
    "a list": simdjson.Array,
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
        root: what it says, as simdjson has it; valid until the reader that is given it returns.
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
    parser = _spare.__dict__.pop("parser", None) or simdjson.Parser()
    result = reader(Json(_parse(parser, body, body), body.count(b"[")))
    if len(body) <= SPARE_BYTES:
        _spare.parser = parser  # only now: it cannot be used again while anything refers to what it read
    return result


def fields(
    value: Any, where: str, required: Collection[str], optional: Collection[str] = (), *, others: bool = True
) -> dict[str, Any]:
    """What an object says under some keys; lists and objects among it are simdjson's.

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
    if not isinstance(value, simdjson.Object):
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
    if isinstance(value, simdjson.Array | simdjson.Object):
        return "a list" if isinstance(value, simdjson.Array) else "an object"
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "...")
    if isinstance(value, float) and abs(value) == BEYOND:
        return "a number beyond float64"
    return JSON_WORDS[value] if value is None or isinstance(value, bool) else str(value)


def _parse(parser: Any, body: bytes, original: bytes) -> Any:
    try:
        return parser.parse(body)
    except UnicodeDecodeError:
        raise NotJsonError(f"body: expected UTF-8{_place_of_bytes(body)}") from None
    except (ValueError, RuntimeError) as error:
        tamed = HUGE.sub(_within_float64, body) if NUMBER_TROUBLE.search(str(error)) else body
        if tamed != body:
            return _parse(parser, tamed, original)
        if "re-use" in str(error):
            raise
        if "DEPTH" in str(error):
            raise RequestError(UNPROCESSABLE, "body: expected a batch, got lists nested too deep") from None
        place = _place(body) if body is original else ""
        raise NotJsonError(f"body: expected JSON, got {len(original)} bytes that are not{place}") from None


def _place(body: bytes) -> str:
    """Where a body ceases to be JSON, in words: orjson tells, simdjson does not."""
    if len(body) > SEARCHED_BYTES:
        return ""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        offset = len(error.doc[: error.pos].encode(errors="replace"))
        return f": {error.msg}, at byte {offset}, line {error.lineno}, column {error.colno}"
    return ""  # it is JSON to others


def _place_of_bytes(body: bytes) -> str:
    """Where a body ceases to be UTF-8, in words."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return f", got byte 0x{body[error.start]:02x} at byte {error.start}"
    return ""


def _within_float64(number: re.Match[bytes]) -> bytes:
    text = number[0]
    if math.isinf(float(text)):
        return BEYOND_JSON
    return text + b".0" if text.isdigit() else text  # a whole number beyond 64 bits is read as a fraction
