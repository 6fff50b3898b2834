"""Sections of a report: what they are made of, before there is a page."""

from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Cells of text.

    Attributes:
        caption: says what it holds.
        header: a name for each column.
        rows: the first cell of each is its name.
    """

    caption: str
    header: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Figure:
    """A chart, and the same numbers as a table.

    Attributes:
        name: of the chart, unique in a report.
        svg: the chart, whole.
        table: its numbers.
    """

    name: str
    svg: str
    table: Table


@dataclass(frozen=True)
class Picture:
    """An image.

    Attributes:
        source: a data: URL.
        alternative: says what is seen.
        size: width and height on the page, in CSS pixels.
        caption: stands below it, a line for each.
    """

    source: str
    alternative: str
    size: tuple[int, int]
    caption: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a report; of what the document lacks, `text` says why it is not there.

    Attributes:
        name: of the part, for links to it.
        title: its heading.
        text: sentences.
    """

    name: str
    title: str
    text: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def beside(self) -> bool:
        """Whether there is one thing to see, and room for the sentences next to it."""
        return len(self.figures) + len(self.pictures) + len(self.tables) == 1
