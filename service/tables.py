"""Tables: rows whose columns have names, as objects of JSON or as CSV, become one float32 array."""

import re
from typing import Any

import numpy as np

from model.activations import Array
from service import batch
from service.batch import Limits, Pixels
from service.errors import BAD_REQUEST, UNPROCESSABLE, RequestError
from service.json_body import expect, is_number, keys_of, shown

NUMBER = re.compile(r"[0-9]{1,9}")
VALUE = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE
)
MANY = 2  # columns from which on 0, 1, 2 ... cannot be pixels


def records_of(records: Any, where: str, limits: Limits, pixels: Pixels) -> Array:
    """The batch (m, n_0) float32 of a list of objects of simdjson's, rows that name their columns.

    Raises:
        RequestError: 422, it is no batch.
    """
    expect(records, "a list", where)
    limits.check(len(records), where)
    columns = list(keys_of(records[0], f"{where}[0]") and records[0].keys())
    names = [columns[number] for number in order(columns, limits, f"{where}[0]")]
    numbers = np.empty((len(records), limits.width), np.float64)
    for index, said in enumerate(records):
        place = f"{where}[{index}]"
        if keys_of(said, place) != set(columns):
            raise RequestError(UNPROCESSABLE, f"{place}: expected the columns of the first row, got others")
        record = said.as_dict()
        for number, name in enumerate(names):
            if not is_number(record[name]):
                value = shown(record[name])
                raise RequestError(UNPROCESSABLE, f"{place}.{name[:40]}: expected {pixels}, got {value}")
            numbers[index, number] = record[name]
    return batch.checked(numbers, pixels, where)


def order(columns: list[Any], limits: Limits, where: str) -> list[int]:
    """The places of the columns by the numbers in their names, as in pixel0 or 1x1; as they are without any.

    An object of JSON has no order of its own, and a client may well have sorted its keys.

    Raises:
        RequestError: 422, there are more or fewer than an instance has numbers.
    """
    if len(columns) != limits.width:
        raise RequestError(UNPROCESSABLE, f"{where}: expected {limits.width} columns, got {len(columns)}")
    names = [str(column) for column in columns]
    if len({NUMBER.sub("", name) for name in names}) > 1:
        return list(range(len(names)))
    return sorted(
        range(len(names)), key=lambda place: [int(number) for number in NUMBER.findall(names[place])]
    )


def csv_rows(content: bytes, limits: Limits, pixels: Pixels) -> Array:
    """The batch (m, n_0) float32 of lines of numbers, under a line of names or not.

    Raises:
        RequestError: 400, it is not UTF-8; 422, it is no batch.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RequestError(BAD_REQUEST, "body: expected UTF-8") from None
    if text.count("\n") > limits.rows + len("\n\n"):  # before they take more memory
        raise RequestError(UNPROCESSABLE, f"body: expected at most {limits.rows} rows, got more")
    lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines):
        if line.count(",") != limits.width - 1:
            columns = line.count(",") + 1
            raise RequestError(
                UNPROCESSABLE, f"body: expected {limits.width} columns, got {columns} in line {number}"
            )
    names = _names(lines[0]) if lines else []
    limits.check(len(lines) - bool(names), "body")
    try:
        numbers = np.loadtxt(lines[bool(names) :], delimiter=",", quotechar='"', comments=None, ndmin=2)
    except ValueError as error:
        raise RequestError(UNPROCESSABLE, f"body: expected numbers between commas: {error}") from None
    rows = batch.checked(numbers, pixels, "body")
    return rows[:, order(names, limits, "body")] if names else rows


def _names(line: str) -> list[str]:
    """The names of columns; none where they are numbers, but for 0, 1, 2 ..., which are no pixels."""
    names = [name.strip().strip('"') for name in line.split(",")]
    numbered = len(names) > MANY and names == [str(index) for index in range(len(names))]
    return names if numbered or all(name and not VALUE.fullmatch(name) for name in names) else []
