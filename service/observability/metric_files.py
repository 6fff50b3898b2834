"""The files that workers count in, whose every byte is on the disk before it is mapped.

A process that writes to a page for which a disk has no room is ended by the system: a full disk would end all
workers, and those that follow them.
"""

import os
import struct
from pathlib import Path

from prometheus_client import mmap_dict, values

FIRST_BYTES = 1 << 16
ENTRY_BYTES = 64  # of an entry beside its key, at most
USED = struct.Struct("i")  # at the beginning: how many bytes of the file are used
EMPTY_BYTES = 8


def use() -> None:
    """Have prometheus_client count in such files from now on."""
    values.MmapedDict = CountsFile  # type: ignore[attr-defined]  # it has no setting for that


def trim(folder: Path, pid: int) -> None:
    """Give back what the files of a process that has ended do not use."""
    for path in folder.glob(f"*_{pid}.db"):
        with path.open("rb") as file:
            (used,) = USED.unpack(file.read(USED.size))
        os.truncate(path, max(used, EMPTY_BYTES))


class CountsFile(mmap_dict.MmapedDict):
    """A file of prometheus_client's, which has room for what is written to it.

    Raises:
        OSError: there is none on the disk, for the file or for one more number; those that are there stay.
    """

    def __init__(self, filename: str, read_mode: bool = False) -> None:  # noqa: FBT001, FBT002  its signature
        path = Path(filename)
        if not (read_mode or path.exists()):
            new = path.with_suffix(".new")  # which no reader takes for one
            try:
                new.write_bytes(bytes(FIRST_BYTES))
                new.rename(path)
            finally:
                new.unlink(missing_ok=True)
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + ENTRY_BYTES > self._capacity:
            self._double()
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _double(self) -> None:
        try:
            with Path(self._fname).open("ab") as file:
                file.write(bytes(self._capacity))
        except OSError:
            os.truncate(self._fname, self._capacity)
            raise
