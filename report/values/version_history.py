"""The history of a model: its versions, where its aliases point, and its log, as far as each can be read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from model.errors import NumeralError
from model.registry.audit_log import Event
from model.registry.registry import CHAMPION, Registry
from report.values.typed_values import count, share, text

Read = TypeVar("Read")


@dataclass(frozen=True)
class Entry:
    """A version as its manifest tells it; what is missing there is None.

    Attributes:
        aliases: that point to it.
        failure: why nothing can be told of it; None where something can.
    """

    version: int
    created_at: str | None = None
    dataset: str | None = None
    recipe: str | None = None
    accuracy: float | None = None
    sha256: str | None = None
    size: int | None = None
    aliases: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class History:
    """A model's versions and log, both the newest first.

    Attributes:
        failures: why aliases or log cannot be read, a sentence each.
    """

    name: str
    aliases: dict[str, int]
    versions: tuple[Entry, ...]
    log: tuple[Event, ...]
    failures: tuple[str, ...]

    @property
    def champion(self) -> int | None:
        """The version that is served."""
        return self.aliases.get(CHAMPION)


def history(registry: Registry) -> History:
    """What the registry holds; no weights are read, and what is damaged leaves the rest as it is."""
    failures: list[str] = []
    aliases: dict[str, int] = _read(registry.aliases, {}, failures)
    log: list[Event] = _read(registry.log, [], failures)
    entries = [_entry(registry, version, aliases) for version in sorted(registry.versions(), reverse=True)]
    return History(registry.name, aliases, tuple(entries), tuple(reversed(log)), tuple(failures))


def _read(read: Callable[[], Read], otherwise: Read, failures: list[str]) -> Read:
    try:
        return read()
    except (NumeralError, OSError) as error:
        failures.append(str(error))
        return otherwise


def _entry(registry: Registry, version: int, aliases: dict[str, int]) -> Entry:
    names = tuple(sorted(alias for alias, target in aliases.items() if target == version))
    try:
        manifest = registry.manifest(version)
    except (NumeralError, OSError) as error:
        return Entry(version, aliases=names, failure=str(error))
    return Entry(
        version,
        text(manifest.created_at),
        text(manifest.dataset),
        text(manifest.recipe),
        share(manifest.accuracy),
        text(manifest.sha256),
        count(manifest.size),
        names,
    )
