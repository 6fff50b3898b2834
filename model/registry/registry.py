"""The registry: versions that never change, and aliases that move. Nothing else knows this layout.

    ROOT/NAME/versions/7/model.json      immutable once there
    ROOT/NAME/versions/7/manifest.json   its digest, and all that a listing needs
    ROOT/NAME/aliases.json               {"champion": 7, "candidate": 8}
    ROOT/NAME/log.jsonl                  when, who, what, why
    ROOT/NAME/.lock                      held by whoever writes
    *.damaged-TIME                       what a repair has set aside

A writer may be killed at any moment; readers take no lock and see the old state or the new one.
"""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.document.document import Document
from model.errors import ConflictError, NotFoundError, RegistryError
from model.registry import atomic_files
from model.registry.aliases import Aliases
from model.registry.audit_log import Event, EventLog
from model.registry.versions import NUMBER, Manifest, Versions

CHAMPION = "champion"
CANDIDATE = "candidate"
PUBLISHED = "published version "
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LOCK_SECONDS = 30.0
LOCK_POLL_SECONDS = 0.02


class Registry:
    """The versions and aliases of one model.

    Args:
        root: the folder of all models.
        name: of the model: letters, digits, `.`, `_` and `-`.
        actor: who the log says it was; None is the user whose process this is.

    Every method that writes raises OSError where the disk is full or cannot be written; nothing that was
    there before is changed then. Every method that loads a version raises DamagedError where its bytes are
    not the published ones, and NotFoundError where there is no such version.
    """

    def __init__(self, root: Path, name: str, actor: str | None = None) -> None:
        if not NAME.fullmatch(name):
            raise RegistryError(f"model name: expected letters, digits, '.', '_' or '-', got {name!r}")
        self.name = name
        self._folder = root / name
        self._aliases = Aliases(self._folder / "aliases.json")
        self._actor = actor
        self._log = EventLog(self._folder / "log.jsonl")
        self._versions = Versions(self._folder / "versions", name)
        self.aliases = self._aliases.read
        self.versions = self._versions.numbers
        self.manifest = self._versions.manifest
        self.load = self._versions.load

    def publish(self, document: Document, why: str) -> Manifest:
        """Store the document under the next free version; once this returns, it survives a power cut."""
        with self._writing():
            aliases = self.aliases()
            manifest = self._versions.add(document, self._latest())
            self._note(f"{PUBLISHED}{manifest.version}", why, aliases)
            return manifest

    def resolve(self, alias: str) -> int:
        """The version that an alias points to.

        Raises:
            NotFoundError: there is no such alias.
        """
        aliases = self.aliases()
        if alias not in aliases:
            known = ", ".join(sorted(aliases)) or "none"
            raise NotFoundError(f"{self._folder}: no alias {alias!r}; the aliases are: {known}")
        return aliases[alias]

    def named(self, name: str) -> int:
        """The version that people call so: by its number, or by an alias.

        Raises:
            NotFoundError: it is no number, and there is no such alias.
        """
        return int(name) if NUMBER.fullmatch(name) else self.resolve(name)

    def point(self, alias: str, version: int, why: str) -> None:
        """Move an alias to a version that verifies."""
        with self._writing():
            self._move(alias, version, why)

    def promote(self, version: int, why: str, *, over: int | None) -> None:
        """Make a version champion in place of `over`, the champion that it was compared with.

        Raises:
            ConflictError: another version has become champion meanwhile.
        """
        with self._writing():
            champion = self.aliases().get(CHAMPION)
            if champion != over:
                raise ConflictError(f"{self.name}: the champion is version {champion} by now, not {over}")
            self._move(CHAMPION, version, why)

    def rollback(self, why: str) -> int:
        """Give `champion` back to the version that held it before, and return that version.

        Raises:
            NotFoundError: no version held it before.
        """
        with self._writing():
            current = self.resolve(CHAMPION)
            version = self._log.before(CHAMPION, current)
            if version is None:
                raise NotFoundError(f"{self.name}: no version was champion before version {current}")
            self._move(CHAMPION, version, why)
            return version

    def has_lost_aliases(self) -> bool:
        """Whether aliases.json is missing although the log tells of aliases; `repair` brings them back."""
        return not self._aliases.exist() and any(event.aliases for event in self._log.whole())

    def log(self) -> list[Event]:
        """Everything that was published or moved, oldest first."""
        return list(self._log)

    def repair(self, why: str) -> list[str]:
        """Set aside what is damaged; point each alias to the last version of its own that is whole.

        Returns:
            What was done, a sentence each.

        Raises:
            NotFoundError: nothing was ever published.
        """
        if not self._folder.exists():
            raise NotFoundError(f"{self.name}: no version was ever published")
        with self._writing():
            actions = [*self._versions.repair(), *self._log.repair()]
            history = [event.aliases for event in self._log]
            aliases, moves = self._aliases.repaired(history, self.versions())
            actions += moves
            if actions:
                self._note("repaired the registry", f"{why}: {'; '.join(actions)}", aliases)
            if moves:
                self._aliases.write(aliases)
            return actions

    def _latest(self) -> int:
        """The latest version that the log tells of, there or not: aliases may point to it."""
        published = (str(event.what).removeprefix(PUBLISHED) for event in self._log.whole())
        return max((int(number) for number in published if NUMBER.fullmatch(number)), default=0)

    def _move(self, alias: str, version: int, why: str) -> None:
        self.load(version)
        aliases = self.aliases() | {alias: version}
        length = self._note(f"{alias} is version {version}", why, aliases)
        try:
            self._aliases.write(aliases)
        except OSError:
            if self.aliases() != aliases:  # after the move itself, only the wait for the disk can fail
                self._log.cut(length)
            raise

    def _note(self, what: str, why: str, aliases: dict[str, int]) -> int:
        return self._log.append(Event.now(what, why, aliases, self._actor))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            atomic_files.make_folder(self._folder)
            with (self._folder / ".lock").open("w") as lock:
                self._wait_for(lock.fileno())
                yield  # closing the file releases the lock; so does the death of the process
        except PermissionError as error:
            advice = f"uid {os.geteuid()} must own the registry; docs/operations.md, A backup, says how"
            raise PermissionError(error.errno, f"{error.strerror}: {advice}", error.filename) from error

    def _wait_for(self, lock: int) -> None:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise RegistryError(
                        f"{self._folder}: another process has been writing for {LOCK_SECONDS:g} s; "
                        "wait for it to end, or end it, and try again"
                    ) from None
                time.sleep(LOCK_POLL_SECONDS)
            else:
                return
