"""orjson as a parser of JSON that answers as simdjson does, where that has no wheel."""

import json
import re
from typing import Any

import orjson

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
WHOLE = re.compile(rb"(?<![\d.eE+-])-?\d{19,}+(?![.eE])")
DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
SPACE = b" \t\r\n"
LONG = b"0" * 19  # digits of the least number beyond 63 bits
LEAST, MOST, MOST_DIGITS = -(2**63), 2**64 - 1, 20


class NotJsonError(ValueError):
    """A text is not JSON in UTF-8, or is nested too deeply."""


class TooDeepError(NotJsonError):
    """A text is nested deeper than a parser goes."""


class BeyondError(NotJsonError):
    """A text may hold a number that is beyond 64 bits or float64."""


class Repeating(dict[str, Any]):
    """An object with a key that comes twice, of which the first counts; its keys and its length tell."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(reversed(pairs))
        self._keys = [key for key, _ in pairs]

    def __len__(self) -> int:
        return len(self._keys)

    def keys(self) -> Any:
        """All of them, in their order."""
        return self._keys


class Parser:
    """A parser that keeps nothing."""

    def parse(self, raw: bytes) -> Any:
        """What a text says, as values of Python's.

        Raises:
            BeyondError: it holds a number that is beyond 64 bits or float64.
            TooDeepError: it is nested deeper than 1024 levels.
            NotJsonError: it is not JSON in UTF-8.
        """
        raw = raw.removeprefix(BYTE_ORDER_MARK)
        try:
            root = orjson.loads(raw)
            if _has_long_number(raw):
                raise BeyondError("expected whole numbers within 64 bits")
            return json.loads(raw, object_pairs_hook=_object) if _repeats_a_key(root, raw) else root
        except orjson.JSONDecodeError as error:
            if "infinity" in error.msg:
                raise BeyondError(str(error)) from None
            if "depth" in error.msg and _is_closed(raw):
                raise TooDeepError(str(error)) from None
            raise NotJsonError(str(error)) from None
        except RecursionError:
            raise TooDeepError("depth limit exceeded") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    return content if len(content) == len(pairs) else Repeating(pairs)


def _is_closed(raw: bytes) -> bool:
    """Whether the end may belong to the beginning; simdjson looks at this first."""
    text = raw.strip(SPACE)
    return text[:1] + text[-1:] in (b"[]", b"{}")


def _has_long_number(raw: bytes) -> bool:
    """Whether there is a whole number beyond 64 bits, which orjson rounds."""
    if LONG not in raw.translate(DIGITS):  # nearly always
        return False
    found = WHOLE.findall(STRING.sub(b'""', raw))
    return any(len(number) > MOST_DIGITS or not LEAST <= int(number) <= MOST for number in found)


def _repeats_a_key(root: Any, raw: bytes) -> bool:
    """Whether there are more colons than keys, outside strings."""
    colons = raw.count(b":")
    keys = _keys(root, colons)
    return keys < colons and keys < STRING.sub(b'""', raw).count(b":")


def _keys(root: Any, enough: int) -> int:
    """How many keys all objects have together; lists are not looked through once there are enough."""
    count, level = 0, [root]
    while level and count < enough:
        count += sum(len(value) for value in level if type(value) is dict)
        inner = [value.values() if type(value) is dict else value for value in level]
        level = [item for items in inner for item in items if type(item) in (dict, list)]
    return count
