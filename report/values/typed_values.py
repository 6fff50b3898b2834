"""Facts: values of a document, which come from outside; one that is not of its type counts as missing."""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

LARGEST = 1e100  # beyond it the difference of two numbers may overflow
LONGEST = 300
NO_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML cannot hold

MISSING = "\N{EN DASH}"

Fact = TypeVar("Fact")


def number(value: Any) -> float | None:
    """A finite number; True and False are none."""
    if type(value) not in (int, float) or not -LARGEST <= value <= LARGEST:
        return None
    return float(value)


def share(value: Any) -> float | None:
    """A number from 0 to 1."""
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def count(value: Any) -> int | None:
    """A whole number from 0 on."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def text(value: Any) -> str | None:
    """Words, without the characters that no page may hold, and not without end."""
    if not isinstance(value, str):
        return None
    kept = value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    return NO_TEXT.sub("\ufffd", kept)


def mapping(value: Any) -> dict[str, Any]:
    """An object, empty where it is none."""
    return value if isinstance(value, dict) else {}


def entries(value: Any) -> list[Any]:
    """A list, empty where it is none."""
    return list(value) if isinstance(value, list | tuple) else []


def all_of(values: Iterable[Any], read: Callable[[Any], Fact | None]) -> list[Fact] | None:
    """Each of them read; None where one is missing."""
    found = [read(value) for value in values]
    whole = [fact for fact in found if fact is not None]
    return whole if len(whole) == len(found) else None


def percent(value: float | None, decimals: int = 2) -> str:
    """A share as people read it."""
    return MISSING if value is None else f"{value * 100:.{decimals}f}\u00a0%"


def decimal(value: float | None) -> str:
    """A number as people read it: four significant digits."""
    return MISSING if value is None else f"{value:.4g}"
