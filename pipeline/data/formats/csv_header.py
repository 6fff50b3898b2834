"""The header: the line of a table that names its columns, where there is one."""

import re
from collections.abc import Sequence
from typing import NoReturn

from pipeline.data.dataset.cells import cut, is_number
from pipeline.data.dataset.read_options import ReadOptions
from pipeline.data.formats.csv_columns import Columns, Line, TableError, cells_of

LABEL_NAMES = ({"label", "class", "target"}, {"labels", "y", "species"})  # the first come before the others
UNNAMED = re.compile(r"|Unnamed: \d+")  # as pandas writes the name of an index, and what it makes of that
LEAST_COUNTED = 3  # numbers that count up from 0 or 1: two do so in an example, too


def columns_of(first: Line, where: str, options: ReadOptions) -> tuple[Columns, bool]:
    """The columns of a table, by its first line, and whether that names them.

    Raises:
        TableError: it neither names a column for the label nor holds an example, or may do both.
    """
    number, text = first
    place = f"{where}, line {number}"
    cells = [cell.strip() for cell in cells_of(text.lstrip("# "), place)]
    if len(cells) <= 1:
        _refuse(cells, place)
    is_header = _names_columns(cells, options.label, place) if options.header is None else options.header
    if is_header:
        columns = Columns(where, len(cells), _named(cells, options.label, place), _index(cells, place))
    else:
        columns = Columns(where, len(cells), _numbered(cells, options.label, place))
    if not columns.inputs:
        _refuse(cells, place)
    return columns, is_header


def _names_columns(cells: Sequence[str], label: str | None, place: str) -> bool:
    number = int(label) if label and label.isdecimal() else 0
    if _called(cells, LABEL_NAMES[0]) or (label in cells and not number):
        return True
    at = number - 1 if 1 <= number <= len(cells) else 0
    others = [cell for column, cell in enumerate(cells) if column != at]
    if all(map(is_number, others)):
        if _count_up(cells if is_number(cells[at]) else others):
            expected = "expected --header or --no-header, as this may be names of columns or an example"
            raise TableError(f"{place}: {expected}; got {cut(', '.join(cells))}")
        return False
    if label not in cells and not _called(cells, LABEL_NAMES[1]):
        _refuse(cells, place)
    return True


def _named(cells: Sequence[str], label: str | None, place: str) -> int:
    """The column of the label where columns have names; the first where none of them is a label's."""
    if label is None:
        named = filter(None, (_called(cells, names) for names in LABEL_NAMES))
        found = next(named, [1 if UNNAMED.fullmatch(cells[0]) else 0])
    else:
        found = [column for column, name in enumerate(cells) if name == label]
    if len(found) != 1:
        _refuse(cells, place)
    return found[0]


def _numbered(cells: Sequence[str], label: str | None, place: str) -> int:
    """The column of the label where columns have no names."""
    if label is None:
        return 0
    if label.isdecimal() and 1 <= int(label) <= len(cells):
        return int(label) - 1
    expected = f"expected the number of a column, from 1 to {len(cells)}, in --label, as no line names them"
    raise TableError(f"{place}: {expected}; got {cut(label)}")


def _index(cells: Sequence[str], place: str) -> int | None:
    """The first column, if it has no name: it numbers the lines, as that of pandas and R does."""
    unnamed = [column for column, name in enumerate(cells) if UNNAMED.fullmatch(name)]
    if unnamed not in ([], [0]):
        raise TableError(f"{place}, column {unnamed[-1] + 1}: expected a name")
    return 0 if unnamed else None


def _called(cells: Sequence[str], names: set[str]) -> list[int]:
    return [column for column, cell in enumerate(cells) if cell.lower() in names]


def _count_up(cells: Sequence[str]) -> bool:
    ways = ([str(start + place) for place in range(len(cells))] for start in (0, 1))
    return len(cells) >= LEAST_COUNTED and list(cells) in ways


def _refuse(cells: Sequence[str], place: str) -> NoReturn:
    names = "one of them label, class or target, or the one that --label names"
    expected = f"expected a label and numbers, or names of columns, {names}, separated by commas"
    raise TableError(f"{place}: {expected}; got {cut(', '.join(cells))}")
