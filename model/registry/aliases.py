"""Aliases: names of versions, which move. Only the registry opens this room."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import orjson

from model.errors import DamagedError
from model.registry import atomic_files
from model.registry.audit_log import without_rolled_back


class Aliases:
    """A JSON object of versions. Its writer holds the registry's lock; its readers need none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, int]:
        """Where each alias points.

        Raises:
            DamagedError: the file is not a JSON object of versions.
        """
        try:
            aliases = orjson.loads(atomic_files.read(self._path))
        except FileNotFoundError:
            return {}
        except orjson.JSONDecodeError as error:
            raise DamagedError(f"{self._path}: expected JSON: {error}") from None
        if not isinstance(aliases, dict) or not all(type(version) is int for version in aliases.values()):
            raise DamagedError(f"{self._path}: expected an object of versions, got {aliases!r:.200}")
        return aliases

    def write(self, aliases: dict[str, int]) -> None:
        """Put others in their place, in one step.

        Raises:
            OSError: as by `atomic_files.replace`.
        """
        atomic_files.replace(self._path, orjson.dumps(aliases))

    def exist(self) -> bool:
        """Whether there is a file of them, damaged or not."""
        return os.path.lexists(self._path)

    def repaired(
        self, history: Sequence[dict[str, int]], versions: Collection[int]
    ) -> tuple[dict[str, int], list[str]]:
        """Where each alias should point of some versions: where it does, or last did; and what differs.

        What is damaged is kept beside its name, for the file to be written anew. A version that an alias was
        rolled back from is taken where it pointed to no other one.

        Args:
            history: where aliases pointed, oldest first.
            versions: that are whole.
        """
        actions: list[str] = []
        current: dict[str, int] = {}
        names = {alias for state in history for alias in state}
        try:
            current = self.read()
            if self.exist():
                names = set(current)
        except DamagedError as error:
            actions.append(f"{error}; it is {atomic_files.copy_aside(self._path)} now")
        aliases = {}
        for alias in sorted(names):
            held = [state[alias] for state in (*history, current) if alias in state]
            best_last = [*held, *without_rolled_back(held)]
            version = next((version for version in reversed(best_last) if version in versions), None)
            if version is None:
                actions.append(f"alias {alias} is dropped: no version that it pointed to is whole")
                continue
            aliases[alias] = version
            if current.get(alias) != version:
                actions.append(f"alias {alias} is version {version}")
        return aliases, actions
