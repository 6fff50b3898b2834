"""The payload of /predict: JSON in, one float32 array out, or a sentence about the first thing wrong.

simdjson reads the numbers of a batch straight into a buffer, and flattens whatever is nested on the way.
So every row's length is checked, and the brackets are counted: a list hidden among a row's numbers would
make one bracket too many. Where anything is off, `_refuse` looks at the batch value by value to say what.
"""

import math
import re
import sys
import threading
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn, TypeGuard

import numpy as np
import simdjson

from model.activations import Array
from service.errors import RequestError

BAD_REQUEST, UNPROCESSABLE = 400, 422
SPARE_BYTES = 1 << 22  # a parser keeps buffers of the longest body that it read
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

_spare = threading.local()  # a parser for each thread: a new one costs more than the parsing


@dataclass(frozen=True)
class Limits:
    """What a batch must keep to: instances of `shape`, at most `rows` of them."""

    shape: tuple[int, ...]
    rows: int


def decode(body: bytes, limits: Limits) -> Array:
    """The batch (m, n_0) float32 in a body `{"instances": [...], "max_value": 1}`.

    Args:
        body: UTF-8 JSON; an instance is flat or nested as `limits.shape`.
        limits: of the served model and the settings.

    Raises:
        RequestError: 400, it is not JSON; 422, it is not a batch. The message names the first offending row.
    """
    parser = _spare.__dict__.pop("parser", None) or simdjson.Parser()
    rows = _batch(_parse(parser, body, len(body)), body.count(b"["), limits)
    if len(body) <= SPARE_BYTES:
        _spare.parser = parser  # only now: it cannot be used again while anything refers to what it read
    return rows


def _parse(parser: Any, body: bytes, size: int) -> Any:
    try:
        return parser.parse(body)
    except UnicodeDecodeError:
        raise RequestError(BAD_REQUEST, "body: expected UTF-8") from None
    except (ValueError, RuntimeError) as error:
        tamed = HUGE.sub(_within_float64, body) if NUMBER_TROUBLE.search(str(error)) else body
        if tamed != body:
            return _parse(parser, tamed, size)
        if "DEPTH" in str(error):
            raise RequestError(UNPROCESSABLE, "body: expected a batch, got lists nested too deep") from None
        raise RequestError(BAD_REQUEST, f"body: expected JSON, got {size} bytes that are not") from None


def _within_float64(number: re.Match[bytes]) -> bytes:
    text = number[0]
    if math.isinf(float(text)):
        return BEYOND_JSON
    return text + b".0" if text.isdigit() else text  # a whole number beyond 64 bits is read as a fraction


def _batch(root: Any, brackets: int, limits: Limits) -> Array:
    if not isinstance(root, simdjson.Object):
        raise RequestError(UNPROCESSABLE, f"body: expected an object, got {_shown(root)}")
    keys = list(islice(root.keys(), SHOWN_KEYS))  # more than two cannot be right
    if len(set(keys)) != len(keys) or not {"instances"} <= set(keys) <= {"instances", "max_value"}:
        got = ", ".join(map(_shown, keys)) or "none"
        raise RequestError(
            UNPROCESSABLE, f"body: expected the keys instances and max_value, each once, got {got}"
        )
    max_value = root.get("max_value", 1)
    if not _is_number(max_value) or not 0 < max_value < BEYOND:
        raise RequestError(UNPROCESSABLE, f"max_value: expected a positive number, got {_shown(max_value)}")
    instances = root["instances"]
    if not isinstance(instances, simdjson.Array):
        raise RequestError(UNPROCESSABLE, f"instances: expected a list of rows, got {_shown(instances)}")
    if not 1 <= len(instances) <= limits.rows:
        raise RequestError(
            UNPROCESSABLE, f"instances: expected 1 to {limits.rows} rows, got {len(instances)}"
        )
    numbers = _flattened(instances, brackets, limits.shape)
    if numbers is None or not (numbers.min() >= 0 and numbers.max() <= max_value):
        _refuse(instances, limits.shape, max_value)
    return (numbers / max_value).astype(np.float32).reshape(len(instances), -1)


def _flattened(instances: Any, brackets: int, shape: tuple[int, ...]) -> Array | None:
    """All numbers at once, if every list is as long as it must be and holds what it must; None otherwise."""
    try:
        lists = 1 + sum(_lists(row, shape) for row in instances)
        return np.frombuffer(instances.as_buffer(of_type="d")) if lists == brackets else None
    except TypeError:  # not numbers, or a row that is no list
        return None


def _lists(row: Any, shape: tuple[int, ...]) -> int:
    """How many lists make up a row, flat or nested; too few where a length is wrong."""
    if len(shape) > 1 and len(row) == shape[0] and isinstance(row[0], simdjson.Array):
        return 1 + sum(_lists(line, shape[1:]) for line in row)
    return 1 if len(row) == math.prod(shape) else 0


def _refuse(instances: Any, shape: tuple[int, ...], max_value: float) -> NoReturn:
    """Say what is wrong with the first value that is: slow, but only a batch that is wrong comes here."""
    for index, row in enumerate(instances):
        _check(row, f"instances[{index}]", shape, max_value)
    raise AssertionError("a batch was refused in which nothing is wrong")


def _check(row: Any, where: str, shape: tuple[int, ...], max_value: float) -> None:
    if not isinstance(row, simdjson.Array):
        raise RequestError(UNPROCESSABLE, f"{where}: expected a list of numbers, got {_shown(row)}")
    if len(row) == shape[0] and len(shape) > 1 and isinstance(row[0], simdjson.Array):
        for index, line in enumerate(row):
            _check(line, f"{where}[{index}]", shape[1:], max_value)
        return
    width = math.prod(shape)
    if len(row) != width:
        raise RequestError(UNPROCESSABLE, f"{where}: expected {width} numbers, got {len(row)}")
    for index, value in enumerate(row):
        if not _is_number(value) or not 0 <= value <= max_value:
            place, limits = f"{where}[{index}]", f"a number from 0 to {max_value:g}"
            raise RequestError(UNPROCESSABLE, f"{place}: expected {limits}, got {_shown(value)}")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if isinstance(value, simdjson.Array | simdjson.Object):
        return "a list" if isinstance(value, simdjson.Array) else "an object"
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "...")
    if isinstance(value, float) and abs(value) == BEYOND:
        return "a number beyond float64"
    return JSON_WORDS[value] if value is None or isinstance(value, bool) else str(value)
