"""Columns: those of a table, and what in its lines does not fit them."""

import csv
from dataclasses import dataclass
from typing import NoReturn

from model.errors import NumeralError
from pipeline.data.dataset.cells import cut, is_number

Line = tuple[int, str]  # its number in the file, and its text


class TableError(NumeralError):
    """A file is not a table of examples; the message says in which line and column."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Attributes:
        where: the file.
        count: how many there are.
        label: which of them, from 0, is the label's.
        index: which numbers the lines, and is no input; None where none does.
    """

    where: str
    count: int
    label: int
    index: int | None = None

    @property
    def inputs(self) -> list[int]:
        """Those that hold an example's numbers."""
        return [column for column in range(self.count) if column not in (self.label, self.index)]

    def place(self, line: int, number: int) -> str:
        """How messages call the cell of one of an example's numbers."""
        return f"{self.where}, line {line}, column {self.inputs[number] + 1}"


def names_in(header: Line, columns: Columns) -> tuple[str, ...]:
    """The names of an example's numbers, by the line that names the columns.

    Raises:
        TableError: one is empty, or comes twice.
    """
    number, text = header
    place = f"{columns.where}, line {number}"
    cells = [cell.strip() for cell in cells_of(text.lstrip("# "), place)]
    names: list[str] = []
    for column in columns.inputs:
        if not cells[column] or cells[column] in names:
            got = f"{cut(cells[column])!r} again" if cells[column] else "none"
            raise TableError(f"{place}, column {column + 1}: expected a name of its own, got {got}")
        names.append(cells[column])
    return tuple(names)


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
        cells = cells_of(text, f"{columns.where}, line {number}")
        if len(cells) != columns.count:
            got = f"expected {columns.count} columns, got {len(cells)}"
            raise TableError(f"{columns.where}, line {number}: {got}")
        for place, column in enumerate(columns.inputs):
            if not is_number(cells[column]):
                expected = f"expected a number, got {cut(cells[column])!r}"
                raise TableError(f"{columns.place(number, place)}: {expected}")
    first, last = lines[0][0], lines[-1][0]
    raise TableError(f"{columns.where}, lines {first} to {last}: expected an example a line: {why}")


def cells_of(text: str, where: str) -> list[str]:
    """The cells of a line.

    Raises:
        TableError: it is not one of a table.
    """
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise TableError(f"{where}: expected cells separated by commas: {error}") from None
