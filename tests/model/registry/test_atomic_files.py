import errno
import os
from pathlib import Path

import pytest

from model.registry import atomic_files


@pytest.fixture
def calls(monkeypatch):
    """The names of the calls that were made, in order."""
    made = []

    def recorded(name, call):
        return lambda *arguments: made.append(name) or call(*arguments)

    for name in ("write", "fsync", "replace", "ftruncate"):
        monkeypatch.setattr(os, name, recorded(name, getattr(os, name)))
    return made


@pytest.fixture
def full_disk(monkeypatch):
    """The first write takes three bytes, the next one none."""
    write, written = os.write, []

    def limited(descriptor, content):
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(write(descriptor, content[:3]))
        return written[0]

    monkeypatch.setattr(os, "write", limited)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_write_refuses_a_name_that_is_taken(tmp_path):
    atomic_files.write(tmp_path / "taken", b"old")
    with pytest.raises(FileExistsError):
        atomic_files.write(tmp_path / "taken", b"new")
    assert (tmp_path / "taken").read_bytes() == b"old"


def test_write_waits_for_the_disk_after_the_last_byte(tmp_path, calls):
    atomic_files.write(tmp_path / "new", b"content")
    assert calls == ["write", "fsync"]


def test_write_goes_on_after_a_short_write(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:2]))
    atomic_files.write(tmp_path / "new", b"content")
    assert (tmp_path / "new").read_bytes() == b"content"


@pytest.mark.usefixtures("full_disk")
def test_write_leaves_no_half_file(tmp_path):
    with pytest.raises(OSError, match="No space left"):
        atomic_files.write(tmp_path / "new", b"content")
    assert names(tmp_path) == []


def test_replace_puts_new_content_under_the_name(tmp_path):
    for content in (b"first", b"second"):
        atomic_files.replace(tmp_path / "file", content)
    assert (tmp_path / "file").read_bytes() == b"second"
    assert names(tmp_path) == ["file"]


def test_replace_moves_what_is_on_the_disk_and_then_waits_for_the_name(tmp_path, calls):
    atomic_files.replace(tmp_path / "file", b"content")
    assert calls == ["write", "fsync", "replace", "fsync"]


@pytest.mark.usefixtures("full_disk")
def test_replace_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(OSError, match="No space left"):
        atomic_files.replace(tmp_path / "file", b"new content")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_replace_is_not_stopped_by_the_draft_of_a_writer_that_was_killed(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: None)
        atomic_files.replace(tmp_path / "file", b"first")
    assert names(tmp_path) != ["file"]
    atomic_files.replace(tmp_path / "file", b"second")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize(("length", "expected"), [(0, b"new"), (4, b"old\nnew"), (7, b"old\ntornew")])
def test_append_writes_in_place_of_whatever_follows(length, expected, tmp_path):
    (tmp_path / "log").write_bytes(b"old\ntorn tail")
    atomic_files.append(tmp_path / "log", length, b"new")
    assert (tmp_path / "log").read_bytes() == expected


def test_append_makes_the_file_and_waits_for_the_disk_after_the_last_byte(tmp_path, calls):
    atomic_files.append(tmp_path / "log", 0, b"new")
    assert (tmp_path / "log").read_bytes() == b"new"
    assert calls == ["ftruncate", "write", "fsync", "fsync"]  # of the file, and of its name


@pytest.mark.usefixtures("full_disk")
def test_append_takes_back_half_a_line(tmp_path):
    (tmp_path / "log").write_bytes(b"old\ntorn")
    with pytest.raises(OSError, match="No space left"):
        atomic_files.append(tmp_path / "log", 4, b"new line\n")
    assert (tmp_path / "log").read_bytes() == b"old\n"


def test_make_folder_waits_for_each_name_that_it_makes(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    for _ in range(2):
        atomic_files.make_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path.stat().st_ino, (tmp_path / "a").stat().st_ino]
    assert (tmp_path / "a" / "b").is_dir()


def test_nothing_stays_open(tmp_path):
    before = len(names(Path("/proc/self/fd")))
    atomic_files.replace(tmp_path / "file", b"content")
    atomic_files.append(tmp_path / "file", 0, b"content")
    assert len(names(Path("/proc/self/fd"))) == before
