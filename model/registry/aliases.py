"""Aliases: names of versions, which move. Only the registry opens this room."""

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
            aliases = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except IsADirectoryError:
            raise DamagedError(f"{self._path}: expected a file, got a folder") from None
        except orjson.JSONDecodeError as error:
            raise DamagedError(f"{self._path}: expected JSON: {error}") from None
        if not isinstance(aliases, dict) or not all(type(version) is int for version in aliases.values()):
            raise DamagedError(f"{self._path}: expected an object of versions, got {aliases!r}")
        return aliases

    def write(self, aliases: dict[str, int]) -> None:
        """Put others in their place, in one step.

        Raises:
            OSError: as by `atomic_files.replace`.
        """
        atomic_files.replace(self._path, orjson.dumps(aliases))

    def repair(self, history: Sequence[dict[str, int]], versions: Collection[int]) -> list[str]:
        """Point each alias to one of some versions: where it does, or last did; return what was done.

        A version that an alias was rolled back from is taken where it pointed to no other one.

        Args:
            history: where aliases pointed, oldest first.
            versions: that are whole.
        """
        actions: list[str] = []
        current: dict[str, int] = {}
        try:
            current = self.read()
        except DamagedError as error:
            actions.append(f"{error}; it is {atomic_files.set_aside(self._path)} now")
        is_missing = not self._path.exists()
        repaired = {}
        for alias in sorted({alias for state in history for alias in state} if is_missing else current):
            held = [state[alias] for state in (*history, current) if alias in state]
            best_last = [*held, *without_rolled_back(held)]
            version = next((version for version in reversed(best_last) if version in versions), None)
            if version is None:
                actions.append(f"alias {alias} is dropped: no version that it pointed to is whole")
                continue
            repaired[alias] = version
            if current.get(alias) != version:
                actions.append(f"alias {alias} is version {version}")
        if actions:
            self.write(repaired)
        return actions
