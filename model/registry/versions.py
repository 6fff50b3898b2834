"""Versions: documents that never change once they are there. Only the registry opens this room."""

import errno
import hashlib
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from model.document.document import Document
from model.document.format import decode, encode
from model.errors import DamagedError, FormatError, NotFoundError
from model.registry import atomic_files

UNKNOWN = "unknown"  # where a document does not say
MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
NUMBER = re.compile(r"[1-9][0-9]{0,17}")  # of a version, as its folder has it


@dataclass(frozen=True)
class Manifest:
    """What a listing shows of a version; `sha256` and `size` (bytes) are model.json's."""

    version: int
    sha256: str
    size: int
    created_at: str
    dataset: str
    recipe: str
    accuracy: float | None

    @classmethod
    def of(cls, document: Document, raw: bytes) -> "Manifest":
        """The manifest of a document that is written as these bytes."""
        return cls(
            version=document.version,
            sha256=hashlib.sha256(raw).hexdigest(),
            size=len(raw),
            created_at=document.created_at,
            dataset=document.dataset.get("name", UNKNOWN),
            recipe=document.training.get("recipe", UNKNOWN),
            accuracy=document.metrics.get("accuracy"),
        )


KINDS = {  # of what a listing counts on; the others are as a document has them
    **dict.fromkeys(("version", "size"), int),
    **dict.fromkeys(("sha256", "created_at"), str),
}


class Versions:
    """The versions of one model: FOLDER/N/model.json and FOLDER/N/manifest.json."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def numbers(self) -> list[int]:
        """Every published version, oldest first."""
        if not self._folder.is_dir():
            return []
        return sorted(int(entry.name) for entry in self._folder.iterdir() if NUMBER.fullmatch(entry.name))

    def add(self, document: Document, latest: int = 0) -> Manifest:
        """Store the document under the next number that is free and above the latest that was given.

        Raises:
            FormatError: the document would not be read again; no half version is left.
            OSError: the disk is full or cannot be written; nor is it then.
        """
        atomic_files.make_folder(self._folder)
        version = max([latest, *self._taken()]) + 1
        while (manifest := self._claim(document.with_version(version))) is None:
            version += 1
        return manifest

    def manifest(self, version: int) -> Manifest:
        """What a listing shows of a version.

        Raises:
            NotFoundError: there is no such version.
            DamagedError: the manifest is not one.
        """
        try:
            manifest = Manifest(**orjson.loads(self._read(version, "manifest.json")))
        except (orjson.JSONDecodeError, TypeError) as error:
            raise DamagedError(f"{self._where(version)}: not a manifest: {error}") from None
        for key, kind in KINDS.items():
            if not isinstance(value := getattr(manifest, key), kind) or isinstance(value, bool):
                raise DamagedError(f"{self._where(version)}: not a manifest: {key} is {value!r}")
        if manifest.version != version:
            raise DamagedError(f"{self._where(version)}: the manifest is that of version {manifest.version}")
        return manifest

    def load(self, version: int) -> tuple[Document, Manifest]:
        """A version's document, verified against its manifest.

        Raises:
            NotFoundError: there is no such version.
            DamagedError: the stored bytes are not the published ones, or are not what the manifest says.
        """
        manifest = self.manifest(version)
        raw = self._read(version, "model.json")
        digest = hashlib.sha256(raw).hexdigest()
        if digest != manifest.sha256:
            raise DamagedError(f"{self._where(version)}: expected sha256 {manifest.sha256}, got {digest}")
        try:
            document = decode(raw)
        except FormatError as error:
            raise DamagedError(f"{self._where(version)}: {error}") from None
        if (document.name, document.version) != (self._name, version):
            said = f"{document.name} version {document.version}"
            raise DamagedError(f"{self._where(version)}: the document says that it is {said}")
        if manifest != Manifest.of(document, raw):
            raise DamagedError(f"{self._where(version)}: the manifest does not describe the document")
        return document, manifest

    def repair(self) -> list[str]:
        """Set aside what is no whole version; return what was done. Its number is not given again.

        Raises:
            OSError: the disk cannot be read or written.
        """
        if os.path.lexists(self._folder) and not self._folder.is_dir():
            name = atomic_files.set_aside(self._folder)
            return [f"{self._folder}: expected a folder, got something else; it is {name} now"]
        actions = []
        for version in self.numbers():
            try:
                self.load(version)
            except DamagedError as error:
                actions.append(f"{error}; it is {atomic_files.set_aside(self._folder / str(version))} now")
        return actions

    def _taken(self) -> list[int]:
        """The numbers of all versions, and of those that were set aside."""
        aside = [
            path.name.partition(atomic_files.ASIDE)[0]
            for path in self._folder.glob(f"*{atomic_files.ASIDE}*")
        ]
        return [*self.numbers(), *(int(number) for number in aside if NUMBER.fullmatch(number))]

    def _claim(self, document: Document) -> Manifest | None:
        """Store the document under its own version; None where that number is taken."""
        draft = self._folder / ".draft"  # one at a time, under the registry's lock
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        try:
            manifest = _write(draft, document)
            draft.rename(self._folder / str(document.version))  # fails where a folder with files is
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                return None
            raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        atomic_files.sync_folder(self._folder)
        return manifest

    def _read(self, version: int, file: str) -> bytes:
        try:
            return atomic_files.read(self._folder / str(version) / file)
        except DamagedError:
            is_known = True
        except OSError as error:
            if error.errno not in MISSING:
                raise
            is_known = version in self.numbers()
        if is_known:
            raise DamagedError(f"{self._where(version)}: {file} is missing")
        known = ", ".join(map(str, self.numbers()[-5:])) or "none"
        raise NotFoundError(f"{self._where(version)}: no such version; the latest: {known}")

    def _where(self, version: int) -> str:
        return f"{self._name} version {version}"


def _write(folder: Path, document: Document) -> Manifest:
    raw = encode(document)
    decode(raw)  # what could not be read again is not published
    manifest = Manifest.of(document, raw)
    atomic_files.write(folder / "model.json", raw)
    atomic_files.write(folder / "manifest.json", orjson.dumps(asdict(manifest)))
    atomic_files.sync_folder(folder)
    return manifest
