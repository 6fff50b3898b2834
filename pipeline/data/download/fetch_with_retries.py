"""Mirrors: where a file may be had, tried in order until its digest is right.

A round of failures is followed by a pause that doubles, with jitter. A file is in the cache whole and
verified, or not at all.
"""

import fcntl
import hashlib
import logging
import os
import random
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model.errors import NumeralError
from model.redaction import redacted
from model.registry import atomic_files
from model.settings import PREFIX
from pipeline.data.download.http_download import DeadMirrorError, TransferError, transfer

ROUNDS = 3
PAUSE_SECONDS = 0.5
GZIP = 16 + zlib.MAX_WBITS
PACKING_BYTES = 1 << 16  # by which gzip may make a file longer that cannot be made shorter

log = logging.getLogger(__name__)


class DownloadError(NumeralError):
    """No mirror gave the file; the message says what each of them did."""


@dataclass(frozen=True)
class Resource:
    """A file that mirrors hold as NAME.gz.

    Attributes:
        name: without .gz.
        sha256: of the unpacked content or, where it is `packed`, of NAME.gz.
        size: of the unpacked content, in bytes.
        setting: the one that lists its mirrors.
        packed: whether it is kept in the cache as it came: what is there can then be verified, too.
    """

    name: str
    sha256: str
    size: int
    setting: str
    packed: bool = False

    @property
    def file(self) -> str:
        """What it is called in the cache."""
        return f"{self.name}.gz" if self.packed else self.name


def fetch(resource: Resource, mirrors: Sequence[str], folder: Path) -> Path:
    """The file, verified, from the cache or else from a mirror.

    Args:
        resource: what to fetch.
        mirrors: http, https or file URLs of folders that hold NAME.gz, each ending in a slash.
        folder: the cache.

    Raises:
        DownloadError: no mirror gave it.
        OSError: the disk is full or cannot be written.
    """
    target = folder / resource.file
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if not _is_whole(target, resource):
            atomic_files.replace(target, _download(resource, mirrors, folder))
    return target


def _download(resource: Resource, mirrors: Sequence[str], folder: Path) -> bytes:
    failures: dict[str, str] = {}
    alive = list(mirrors)
    for attempt in range(ROUNDS):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311  not a secret
        for mirror in list(alive):
            try:
                return _from_mirror(resource, mirror, folder)
            except TransferError as error:
                log.warning("%s%s.gz: %s", redacted(mirror), resource.name, error)
                failures[mirror] = str(error)
                if isinstance(error, DeadMirrorError):
                    alive.remove(mirror)
    tried = "; ".join(f"{redacted(mirror)}: {failure}" for mirror, failure in failures.items())
    raise DownloadError(
        f"{resource.name}: no mirror gave the file ({tried}); "
        f"check the network, or name a mirror in {PREFIX}{resource.setting.upper()}"
    )


def _from_mirror(resource: Resource, mirror: str, folder: Path) -> bytes:
    url = f"{mirror}{resource.name}.gz"
    part = folder / f".{resource.name}.{hashlib.sha256(os.fsencode(url)).hexdigest()[:12]}.part"
    resumed = part.exists() and part.stat().st_size > 0
    try:
        transfer(url, part, resource.size + PACKING_BYTES)
        content = _verified(part.read_bytes(), resource)
    except DeadMirrorError:
        part.unlink(missing_ok=True)
        if resumed:  # what was kept from an earlier transfer may be to blame
            return _from_mirror(resource, mirror, folder)
        raise
    part.unlink()
    return content


def _verified(packed: bytes, resource: Resource) -> bytes:
    """What of these bytes goes into the cache, if they are the resource's."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        unpacked = unpacker.decompress(packed, resource.size + 1)
    except zlib.error as error:
        raise DeadMirrorError(f"not a gzip file: {error}") from None
    if len(unpacked) <= resource.size and not unpacker.eof:
        raise TransferError(f"cut off after {len(packed)} bytes")
    content, kind = (packed, "packed") if resource.packed else (unpacked, "unpacked")
    digest = hashlib.sha256(content).hexdigest()
    if digest != resource.sha256:
        raise DeadMirrorError(f"expected sha256 {resource.sha256} of the {kind} file, got {digest}")
    return content


def _is_whole(path: Path, resource: Resource) -> bool:
    if not path.exists():
        return False
    if hashlib.sha256(path.read_bytes()).hexdigest() == resource.sha256:
        return True
    log.warning("%s: not the file that was downloaded; downloading it again", path)
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two processes do not download the same file at the same time."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
