"""Options of reading: what a file does not say itself, and the command line does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadOptions:
    """How to read the files of a data set.

    Attributes:
        header: whether the first line of a table names its columns; None where the line itself tells.
        label: the name of the column that holds the label, or its number from 1 where no line names them.
        transpose: whether rows and columns of the images are exchanged.
    """

    header: bool | None = None
    label: str | None = None
    transpose: bool = False


AS_IT_IS = ReadOptions()
