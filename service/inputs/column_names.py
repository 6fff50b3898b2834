"""Columns: where in a table that names its columns each number of an instance stands."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

from service.errors import UNPROCESSABLE, RequestError
from service.inputs.json_body import SHOWN_KEYS, shown
from service.inputs.json_rows import Limits

NUMBER = re.compile(r"[0-9]{1,9}")


def order(columns: Sequence[Any], limits: Limits, where: str) -> list[int]:
    """The place among the columns of each number of an instance.

    They are found by the names that the model learned with; 0, 1, 2 ... are no names, but what tables
    without names are given. Of a model that knows no names, columns are ordered by the numbers in theirs, as
    in pixel0 or 1x1, and stay as they are without any: an object of JSON has no order of its own, and a
    client may well have sorted its keys.

    Raises:
        RequestError: 422, one is missing, unknown, or there twice; or there are not as many as an instance
            has numbers.
    """
    names = [str(column).strip() for column in columns]
    known = [name.strip() for name in limits.names or ()]
    if not known or (_is_counted(names) and set(known).isdisjoint(names)):
        return _by_number(names, limits, where)
    return _by_name(names, known, where)


def _is_counted(names: Sequence[str]) -> bool:
    """Whether they are 0, 1, 2 ... in some order."""
    return set(names) == {str(index) for index in range(len(names))}


def _by_name(columns: list[str], names: list[str], where: str) -> list[int]:
    places = {column: place for place, column in enumerate(columns)}
    if len(places) != len(columns) or places.keys() != set(names):
        _refuse(columns, names, where)
    return [places[name] for name in names]


def _refuse(columns: list[str], names: list[str], where: str) -> NoReturn:
    wrong = {
        "missing": [name for name in names if name not in set(columns)],
        "unknown": [column for column in dict.fromkeys(columns) if column not in set(names)],
        "doubled": [column for column, times in Counter(columns).items() if times > 1],
    }
    got = "; ".join(f"{what}: {_listed(which)}" for what, which in wrong.items() if which)
    raise RequestError(UNPROCESSABLE, f"{where}: expected each of the model's columns once; {got}")


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - SHOWN_KEYS} more" if len(names) > SHOWN_KEYS else ""
    return ", ".join(map(shown, names[:SHOWN_KEYS])) + rest


def _by_number(names: list[str], limits: Limits, where: str) -> list[int]:
    if len(names) != limits.width:
        raise RequestError(UNPROCESSABLE, f"{where}: expected {limits.width} columns, got {len(names)}")
    if len({NUMBER.sub("", name) for name in names}) > 1:
        return list(range(len(names)))
    return sorted(
        range(len(names)), key=lambda place: [int(number) for number in NUMBER.findall(names[place])]
    )
