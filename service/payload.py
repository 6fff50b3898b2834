"""The payload of /predict: JSON in, one float32 array out, or a sentence about the first thing wrong.

simdjson reads the numbers of a batch straight into a buffer, and flattens whatever is nested on the way.
So every row's length is checked, and the brackets are counted: a list hidden among a row's numbers would
make one bracket too many. Where anything is off, `_examined` looks at the batch value by value to say what.
"""

import math
import re
import threading
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import simdjson

from model.activations import Array
from service.errors import RequestError

BAD_REQUEST, UNPROCESSABLE = 400, 422
SPARE_BYTES = 1 << 22  # a parser keeps buffers of the longest body that it read
SHOWN = 40  # characters of a value in a message
# JSON numbers that may be more than float64 holds; simdjson refuses them, though they are JSON
HUGE = re.compile(rb"(?<![\d.])(?:\d++(?:\.\d++)?+[eE]\+?\d{3,}+|\d{19,}+(?:\.\d++)?+(?:[eE]\+?\d++)?+)")
BEYOND = 1e308  # stands for them
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
    rows = _batch(_parse(parser, body), body.count(b"["), limits)
    if len(body) <= SPARE_BYTES:
        _spare.parser = parser  # only now: it cannot be used again while anything refers to what it read
    return rows


def _parse(parser: Any, body: bytes) -> Any:
    try:
        return parser.parse(body)
    except UnicodeDecodeError:
        raise RequestError(BAD_REQUEST, "body: expected UTF-8") from None
    except (ValueError, RuntimeError) as error:
        tamed = HUGE.sub(b"1e308", body) if NUMBER_TROUBLE.search(str(error)) else body
        if tamed != body:
            return _parse(parser, tamed)
        if "DEPTH" in str(error):
            raise RequestError(UNPROCESSABLE, "body: expected a batch, got lists nested too deep") from None
        raise RequestError(BAD_REQUEST, f"body: expected JSON, got {len(body)} bytes that are not") from None


def _batch(root: Any, brackets: int, limits: Limits) -> Array:
    if not isinstance(root, simdjson.Object):
        raise RequestError(UNPROCESSABLE, f"body: expected an object, got {_shown(root)}")
    keys = list(root.keys())
    if len(set(keys)) != len(keys) or not {"instances"} <= set(keys) <= {"instances", "max_value"}:
        got = ", ".join(keys[:8]) or "none"
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
        numbers = _examined(instances, limits.shape, max_value)
    return (numbers / max_value).astype(np.float32).reshape(len(instances), -1)


def _flattened(instances: Any, brackets: int, shape: tuple[int, ...]) -> Array | None:
    """All numbers at once, if every row is flat or every row is nested; None where that is not so."""
    width = math.prod(shape)
    try:
        if len(instances[0]) == width:
            regular = brackets == 1 + len(instances) and all(len(row) == width for row in instances)
        else:
            lists = len(instances) * (1 + shape[0])
            nested = len(shape) == 2 and brackets == 1 + lists  # noqa: PLR2004
            regular = nested and all(_is_nested(row, shape) for row in instances)
        return np.frombuffer(instances.as_buffer(of_type="d")) if regular else None
    except TypeError:  # not numbers, or a row that is no list
        return None


def _is_nested(row: Any, shape: tuple[int, ...]) -> bool:
    return len(row) == shape[0] and all(len(line) == shape[1] for line in row)


def _examined(instances: Any, shape: tuple[int, ...], max_value: float) -> Array:
    """The numbers value by value, for batches of mixed forms and to say what is wrong first."""
    rows = [_row(row, f"instances[{index}]", shape, max_value) for index, row in enumerate(instances)]
    return np.array(rows)


def _row(row: Any, where: str, shape: tuple[int, ...], max_value: float) -> list[float]:
    if not isinstance(row, simdjson.Array):
        raise RequestError(UNPROCESSABLE, f"{where}: expected a list of numbers, got {_shown(row)}")
    if len(row) == shape[0] and len(shape) > 1 and isinstance(row[0], simdjson.Array):
        lines = [_row(line, f"{where}[{index}]", shape[1:], max_value) for index, line in enumerate(row)]
        return [number for line in lines for number in line]
    width = math.prod(shape)
    if len(row) != width:
        raise RequestError(UNPROCESSABLE, f"{where}: expected {width} numbers, got {len(row)}")
    values: list[float] = []
    for index, value in enumerate(row):
        if not _is_number(value) or not 0 <= value <= max_value:
            place, limits = f"{where}[{index}]", f"a number from 0 to {max_value:g}"
            raise RequestError(UNPROCESSABLE, f"{place}: expected {limits}, got {_shown(value)}")
        values.append(value)
    return values


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
