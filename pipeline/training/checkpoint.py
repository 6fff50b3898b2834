"""Checkpoints: a training as it was after its last epoch, to go on from when it was cut off."""

import fcntl
import io
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np

from model.arrays import Array
from model.errors import NumeralError
from model.registry import atomic_files

AT_ONCE = 64  # runs with one recipe

log = logging.getLogger(__name__)


class CheckpointError(NumeralError):
    """A checkpoint is damaged, or of another training."""


@dataclass(frozen=True)
class State:
    """A training between two epochs.

    Attributes:
        facts: what JSON holds.
        arrays: what it does not, by name.
    """

    facts: dict[str, Any]
    arrays: Mapping[str, Array]


class Checkpoint:
    """The file that a training's state is kept in.

    Args:
        path: where; replaced in one go, so that a crash leaves the epoch before.
        training: tells one training from another; a state is only given back to the one that it is of.
        run: whose states alone are given back, to whichever process goes on with its training; None for
            those of any run.
    """

    def __init__(self, path: Path, training: dict[str, Any], *, run: str | None = None) -> None:
        self._path, self._training, self._run = path, training, run

    def save(self, state: State) -> None:
        """Replace what is kept.

        Raises:
            OSError: the disk is full or cannot be written; what was kept is.
        """
        text = json.dumps({"run": self._run, "training": self._training, "facts": state.facts}).encode()
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, facts=np.frombuffer(text, np.uint8), **state.arrays)
        atomic_files.make_folder(self._path.parent)
        atomic_files.replace(self._path, content.getvalue())

    def load(self) -> State | None:
        """What is kept; None if there is nothing, or it is another run's.

        Raises:
            CheckpointError: the file is damaged, or another training's.
        """
        if not self._path.exists():
            return None
        kept, arrays = _read(self._path)
        if self._run and kept.get("run") != self._run:
            return None
        self._check(kept["training"])
        return State(kept["facts"], arrays)

    def _check(self, training: dict[str, Any]) -> None:
        if difference := _difference(json.loads(json.dumps(self._training)), training):
            raise CheckpointError(
                f"{self._path}: expected the checkpoint of a training with {difference}; "
                "train without --resume, or remove the file"
            )


class Checkpoints:
    """The checkpoints of a run: that of its network, and one for each teacher.

    Args:
        folder: of this run alone.
        resume: whether to go on from what is there; otherwise it is forgotten.
        lock: that no other run has while it is open.
    """

    def __init__(self, folder: Path, *, resume: bool, lock: IO[str] | None = None) -> None:
        self._folder, self._resume, self._lock = folder, resume, lock
        self._run = None if resume else secrets.token_hex(8)
        if not resume:
            self._forget()

    @classmethod
    def claim(cls, folder: Path, *, resume: bool) -> "Checkpoints":
        """Those of a folder that no other run has until `remove`, or the end of the process.

        Args:
            folder: where; FOLDER.2, FOLDER.3 and so on where that is another run's. To go on, the first of
                them that holds a checkpoint.
            resume: as for `Checkpoints`.

        Raises:
            CheckpointError: all of them are other runs'.
        """
        atomic_files.make_folder(folder.parent)
        places = [folder, *(folder.with_name(f"{folder.name}.{place}") for place in range(2, AT_ONCE + 1))]
        if resume:
            places.sort(key=lambda place: not any(place.glob("*.npz")))
        for place in places:
            if lock := _lock(place):
                return cls(place, resume=resume, lock=lock)
        raise CheckpointError(f"{folder}: expected at most {AT_ONCE} trainings with one recipe at once")

    def of(
        self,
        hyper_parameters: Mapping[str, Any],
        seed: int,
        sha256: Mapping[str, str],
        place: int | None = None,
    ) -> Checkpoint:
        """The checkpoint of one training.

        Args:
            hyper_parameters: what is done.
            seed: of the run.
            sha256: of the data set's files.
            place: among the teachers, from 1; None for the network that they teach.
        """
        training = {"recipe": dict(hyper_parameters), "seed": seed, "dataset": dict(sha256)}
        name = f"teacher-{place}.npz" if place else "network.npz"
        return Checkpoint(self._folder / name, training, run=self._run)

    def seed(self) -> int | None:
        """That of the run to go on with; None where there is none.

        Raises:
            CheckpointError: a file is damaged.
        """
        if not self._resume:
            return None
        kept = next(iter(sorted(self._folder.glob("*.npz"))), None)
        if kept is None:
            log.warning("%s: there is no checkpoint to go on from; training from the beginning", self._folder)
            return None
        return int(_read(kept)[0]["training"]["seed"])

    def remove(self) -> None:
        """Keep none any more, and leave the folder to others."""
        self._forget()
        if self._lock:
            self._lock.close()

    def _forget(self) -> None:
        for path in self._folder.glob("*.npz*"):  # and what one who was killed had not yet written whole
            path.unlink(missing_ok=True)


def _lock(folder: Path) -> IO[str] | None:
    """What no other process locks while it is open, or None where one has; forked children have no part."""
    file = folder.with_name(f".{folder.name}.lock").open("w")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _difference(expected: Any, got: Any, where: str = "") -> str | None:
    """The first thing that differs between two values of JSON, in words; None if nothing does."""
    if expected == got:
        return None
    if isinstance(expected, dict) and isinstance(got, dict):
        pairs = ((f"{where}.{key}".strip("."), value, got.get(key)) for key, value in expected.items())
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = ((f"{where}[{n}]", *pair) for n, pair in enumerate(zip(expected, got, strict=True)))
    else:
        return f"{where} {expected}, got {got}"
    return next((text for name, one, other in pairs if (text := _difference(one, other, name))), None)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = dict(file)
        return json.loads(arrays.pop("facts").tobytes()), arrays
    except (BadZipFile, ValueError, KeyError, EOFError, OSError) as error:
        raise CheckpointError(f"{path}: expected a checkpoint, got a damaged file: {error}") from None
