"""Tables: rows whose columns have names, as objects of JSON or as CSV, become one float32 array."""

import csv
import re
from typing import Any

import numpy as np

from model.arrays import Array
from model.document.json_parser import plain
from service.errors import BAD_REQUEST, UNPROCESSABLE, RequestError
from service.inputs import json_rows
from service.inputs.column_names import order
from service.inputs.json_body import expect, is_number, keys_of, shown
from service.inputs.json_rows import Limits, Pixels

VALUE = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE
)
MANY = 2  # columns from which on 0, 1, 2 ... cannot be pixels


def records_of(records: Any, where: str, limits: Limits, pixels: Pixels) -> Array:
    """The batch (m, n_0) float32 of a list of objects, rows that name their columns.

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
            order(list(said.keys()), limits, place)
            raise RequestError(UNPROCESSABLE, f"{place}: expected the columns of the first row, got others")
        record = plain(said)
        for number, name in enumerate(names):
            if not is_number(record[name]):
                value = shown(record[name])
                raise RequestError(UNPROCESSABLE, f"{place}.{name[:40]}: expected {pixels}, got {value}")
            numbers[index, number] = record[name]
    return json_rows.checked(numbers, pixels, where)


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
    columns = _header(lines[0], limits.names or ()) if lines else []
    places = order(columns, limits, "body, line 0") if columns else slice(None)
    first = 1 if columns else 0
    for number, line in enumerate(lines[first:], first):
        if line.count(",") != limits.width - 1:
            got = f"got {line.count(',') + 1} in line {number}"
            raise RequestError(UNPROCESSABLE, f"body: expected {limits.width} columns, {got}")
    limits.check(len(lines) - first, "body")
    try:
        numbers = np.loadtxt(lines[first:], delimiter=",", quotechar='"', comments=None, ndmin=2)
    except ValueError as error:
        raise RequestError(UNPROCESSABLE, f"body: expected numbers between commas: {error}") from None
    return json_rows.checked(numbers, pixels, "body")[:, places]


def _header(line: str, known: tuple[str, ...]) -> list[str]:
    """The names of columns; none where they are numbers, but for names that are known and 0, 1, 2 ...

    Two numbers are always pixels.
    """
    try:
        cells = [cell.strip() for cell in next(csv.reader([line], strict=True))]
    except csv.Error:
        return []
    words = [cell for cell in cells if not VALUE.fullmatch(cell)]
    if words:
        is_header = (len(words) == len(cells) and "" not in words) or not set(known).isdisjoint(words)
    else:
        counted = [str(index) for index in range(len(cells))]
        is_header = len(cells) > MANY and (cells == counted or set(cells) == set(known))
    return cells if is_header else []
