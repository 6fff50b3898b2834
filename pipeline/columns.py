"""Columns: those of a table, and what in its lines does not fit them."""

import csv
from dataclasses import dataclass
from typing import NoReturn

from model.errors import NumeralError

LABEL_NAMES = {"label", "class", "target"}
SHOWN = 40  # characters of a cell in a message

Line = tuple[int, str]  # its number in the file, and its text


class TableError(NumeralError):
    """A file is not a table of examples; the message says in which line and column."""


@dataclass(frozen=True)
class Columns:
    """How many there are in the file `where`, and which of them, from 0, is the label's."""

    where: str
    count: int
    label: int

    def place(self, line: int, column: int) -> str:
        """How messages call a cell; the label has no part in the numbering of `column`."""
        return f"{self.where}, line {line}, column {column + 1 + (column >= self.label)}"


def columns_of(first: Line, where: str) -> tuple[Columns, bool]:
    """The columns of a table, by its first line, and whether that names them.

    Raises:
        TableError: it neither names a column for the label nor holds an example.
    """
    where_first = f"{where}, line {first[0]}"
    cells = [cell.strip() for cell in _cells(first[1], where_first)]
    named = [column for column, cell in enumerate(cells) if cell.lower() in LABEL_NAMES]
    if len(cells) == 1 or len(named) > 1 or not (named or all(map(_is_number, cells[1:]))):
        expected = "a label and numbers, or names of columns, one of them label, class or target"
        got = _cut(", ".join(cells))
        raise TableError(f"{where_first}: expected {expected}, separated by commas; got {got}")
    return Columns(where, len(cells), named[0] if named else 0), bool(named)


def names_in(header: Line, columns: Columns) -> tuple[str, ...]:
    """The names of an example's numbers, by the line that names the columns.

    Raises:
        TableError: one is empty, or comes twice.
    """
    number, text = header
    cells = [cell.strip() for cell in _cells(text, columns.where)]
    seen = {""}
    for column, name in enumerate(cells):
        if name in seen:
            got = f"{_cut(name)!r} again" if name else "none"
            place = f"{columns.where}, line {number}, column {column + 1}"
            raise TableError(f"{place}: expected a name of its own, got {got}")
        seen.add(name)
    return tuple(name for column, name in enumerate(cells) if column != columns.label)


def refuse(lines: list[Line], columns: Columns, why: str) -> NoReturn:
    """Say what is wrong with the first line that is: slow, but only a table that is wrong comes here.

    Args:
        lines: in which something is wrong.
        columns: of the table.
        why: what to say where each line by itself is right.

    Raises:
        TableError: always.
    """
    for number, text in lines:
        cells = _cells(text, f"{columns.where}, line {number}")
        if len(cells) != columns.count:
            got = f"expected {columns.count} columns, got {len(cells)}"
            raise TableError(f"{columns.where}, line {number}: {got}")
        del cells[columns.label]
        for column, cell in enumerate(cells):
            if not _is_number(cell):
                raise TableError(f"{columns.place(number, column)}: expected a number, got {_cut(cell)!r}")
    first, last = lines[0][0], lines[-1][0]
    raise TableError(f"{columns.where}, lines {first} to {last}: expected an example a line: {why}")


def _cells(text: str, where: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise TableError(f"{where}: expected cells separated by commas: {error}") from None


def _is_number(text: str) -> bool:
    """Whether NumPy reads it: Python alone would read 1_000, and digits of every script."""
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
