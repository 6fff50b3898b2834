"""The parser of JSON, simdjson where it is installed, else orjson: both answer alike.

For batches of 1, 64 and 1,000 rows of 784 numbers simdjson takes 0.03, 0.9 and 16 ms, orjson with NumPy 0.08,
4.7 and 140 ms. msgspec, which has to know the form beforehand, takes 0.06, 2.3 and 52 ms. But simdjson has no
wheel for Python 3.14. At more than 1023 levels of nesting they may differ.
"""

from itertools import chain
from typing import Any

import numpy as np

from model.arrays import Array
from model.document import orjson_parser
from model.document.orjson_parser import BeyondError, NotJsonError, TooDeepError

try:
    import simdjson

    from model.document import simdjson_parser
except ModuleNotFoundError:
    PARSERS: dict[str, Any] = {"orjson": orjson_parser.Parser}
    OBJECT: tuple[Any, ...] = (dict,)
    ARRAY: tuple[Any, ...] = (list,)
else:
    PARSERS = {"simdjson": simdjson_parser.Parser, "orjson": orjson_parser.Parser}
    OBJECT, ARRAY = (simdjson.Object, dict), (simdjson.Array, list)

__all__ = [
    "ARRAY",
    "NESTED",
    "OBJECT",
    "BeyondError",
    "NotJsonError",
    "Parser",
    "TooDeepError",
    "numbers",
    "plain",
]

Parser = next(iter(PARSERS.values()))
NESTED = (*OBJECT, *ARRAY)


def plain(value: Any) -> Any:
    """An object as a dict, or an array as a list."""
    if isinstance(value, dict | list):
        return value
    return value.as_dict() if isinstance(value, OBJECT) else value.as_list()


def numbers(array: Any) -> Array:
    """All numbers of an array, and of the arrays within it, one after the other, float64.

    Raises:
        TypeError: there is something else in it.
    """
    if not isinstance(array, list):
        return np.frombuffer(array.as_buffer(of_type="d"))
    kinds = set(map(type, array))
    while list in kinds:
        each = array if kinds == {list} else ([item] if type(item) is not list else item for item in array)
        array = list(chain.from_iterable(each))
        kinds = set(map(type, array))
    if kinds <= {int, float}:
        return np.array(array, np.float64)
    if all(issubclass(kind, ARRAY) for kind in kinds):
        return np.concatenate([numbers(each) for each in array])
    raise TypeError(f"expected numbers, got {', '.join(sorted(kind.__name__ for kind in kinds))}")
