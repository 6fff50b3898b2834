"""Durable writes: a file is whole and on the disk under its name, or it is not there."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from model.errors import DamagedError

ASIDE = ".damaged-"  # and the time at which it was found


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, and wait until the disk has their names.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(exist_ok=True)
        sync_folder(missing.parent)


def read(path: Path) -> bytes:
    """What a file holds.

    Raises:
        FileNotFoundError: there is nothing of that name.
        DamagedError: it is no file but a folder, a link to nothing, or a pipe, which would wait for a writer.
    """
    if os.path.lexists(path) and not path.is_file():
        raise DamagedError(
            f"{path}: expected a file, got {'a folder' if path.is_dir() else 'something else'}"
        )
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    """Write a new file and wait until the disk has it.

    Raises:
        OSError: the disk is full or cannot be written; no file is left.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        _write_all(descriptor, content)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Put new content under an existing name in one step: readers see the old file or the new one.

    Raises:
        OSError: the disk is full or cannot be written; the old file is there or, where the wait for the
            folder alone failed, the new one.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.unlink(missing_ok=True)
    write(draft, content)
    draft.replace(path)
    sync_folder(path.parent)


def append(path: Path, length: int, content: bytes) -> None:
    """Write content after the first `length` bytes of a file, in place of whatever follows them.

    Raises:
        OSError: the disk is full or cannot be written; the file ends after those bytes.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.ftruncate(descriptor, length)
        os.lseek(descriptor, length, os.SEEK_SET)
        _write_all(descriptor, content)
    except OSError:
        os.ftruncate(descriptor, length)
        raise
    finally:
        os.close(descriptor)
    if length == 0:
        sync_folder(path.parent)  # the file may be new


def set_aside(path: Path) -> str:
    """Give a damaged file or folder a name beside its own, and return that.

    Raises:
        OSError: the disk cannot be written; it has the name that it had.
    """
    free = _aside(path)
    path.rename(free)
    sync_folder(path.parent)
    return free.name


def copy_aside(path: Path) -> str:
    """Keep a damaged file beside its own name, too, until it is replaced there; return the other name.

    Readers then never find it missing. What is no file is set aside.

    Raises:
        OSError: the disk is full or cannot be written; the file is as it was.
    """
    if not path.is_file():
        return set_aside(path)
    free = _aside(path)
    write(free, path.read_bytes())
    sync_folder(path.parent)
    return free.name


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


def _aside(path: Path) -> Path:
    """A free name beside a damaged file's or folder's own, under which nobody reads it."""
    return path.with_name(f"{path.name}{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
