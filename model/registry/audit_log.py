"""The log of a model: one JSON line for every version published and every alias moved."""

import io
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from model.errors import DamagedError
from model.registry import atomic_files
from model.timestamps import now


@dataclass(frozen=True)
class Event:
    """When, who, what and why; `aliases` is where they point after it."""

    when: str
    who: str
    what: str
    why: str
    aliases: dict[str, int]

    @classmethod
    def decode(cls, line: bytes) -> "Event":
        """The event that a line of JSON is.

        Raises:
            ValueError, TypeError: it is none.
        """
        event = cls(**orjson.loads(line))
        versions = event.aliases.values() if isinstance(event.aliases, dict) else [None]
        if not all(type(version) is int for version in versions):
            raise TypeError(f"expected aliases of versions, got {event.aliases!r}")
        return event

    @classmethod
    def now(cls, what: str, why: str, aliases: dict[str, int], who: str | None = None) -> "Event":
        """An event of this moment; where nobody is named, of the user whose process this is."""
        return cls(now(), _utf8(who or _user()), _utf8(what), _utf8(why), aliases)


def _utf8(text: str) -> str:
    """The text as UTF-8 can have it: names of users and of files may be any bytes."""
    return text.encode(errors="backslashreplace").decode()


def _user() -> str:
    user = os.environ.get("USER") or f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def without_rolled_back(targets: Iterable[int | None]) -> list[int]:
    """The versions that an alias came to, oldest first; going back to one forgets those after it."""
    held: list[int] = []
    for target in targets:
        if target in held:
            del held[held.index(target) + 1 :]
        elif target is not None:
            held.append(target)
    return held


class EventLog:
    """An append-only file of events. Its writer holds the registry's lock; its readers need none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Event]:
        for number, line in enumerate(self._whole_lines(), start=1):
            try:
                yield Event.decode(line)
            except (ValueError, TypeError) as error:
                raise DamagedError(f"{self._path}, line {number}: not an event: {error}") from None

    def whole(self) -> list[Event]:
        """The events of all lines that are one, whatever is between them."""
        return [Event.decode(line) for line in self._whole_lines() if _is_event(line)]

    def append(self, event: Event) -> int:
        """Write one line and wait until the disk has it.

        Returns:
            The length of the log before it, for `cut`.

        Raises:
            OSError: the disk is full or cannot be written; the log is as it was.
        """
        # a line without its end was cut off by a crash, and never announced
        length = sum(map(len, self._whole_lines()))
        atomic_files.append(self._path, length, orjson.dumps(asdict(event), option=orjson.OPT_APPEND_NEWLINE))
        return length

    def cut(self, length: int) -> None:
        """Take back what was appended after `length` bytes."""
        os.truncate(self._path, length)

    def before(self, alias: str, version: int) -> int | None:
        """The version that an alias pointed to before it came to this one; None where there is none.

        Going back twice goes back twice.
        """
        # the version comes last: a writer killed between the log and the alias left a line that is not so
        held = without_rolled_back([*(event.aliases.get(alias) for event in self), version])
        return held[-2] if len(held) > 1 else None

    def repair(self) -> list[str]:
        """Set the log aside where not every line is an event, and keep those that are; return what was done.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        try:
            raw = atomic_files.read(self._path)
        except FileNotFoundError:
            return []
        except DamagedError as error:
            return [f"{error}; it is {atomic_files.set_aside(self._path)} now"]
        lines = _lines(raw)
        events = [line for line in lines if _is_event(line)]
        if events == lines:
            return []
        aside = atomic_files.copy_aside(self._path)
        atomic_files.replace(self._path, b"".join(events))
        return [f"{self._path}: {len(lines) - len(events)} of {len(lines)} lines left out, see {aside}"]

    def _whole_lines(self) -> list[bytes]:
        try:
            lines = _lines(atomic_files.read(self._path))
        except FileNotFoundError:
            return []
        return [line for line in lines if line.endswith(b"\n")]


def _lines(raw: bytes) -> list[bytes]:
    return io.BytesIO(raw).readlines()  # `splitlines` would end them at carriage returns, too


def _is_event(line: bytes) -> bool:
    try:
        Event.decode(line)
    except (ValueError, TypeError):
        return False
    return line.endswith(b"\n")
