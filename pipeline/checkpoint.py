"""Checkpoints: a training as it was after its last epoch, to go on from when it was cut off."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from model import durable
from model.activations import Array
from model.errors import NumeralError
from pipeline.recipe import Recipe, Teacher


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
    """

    def __init__(self, path: Path, training: dict[str, Any]) -> None:
        self._path = path
        self._training = training

    def save(self, state: State) -> None:
        """Replace what is kept.

        Raises:
            OSError: the disk is full or cannot be written; what was kept is.
        """
        text = json.dumps({"training": self._training, "facts": state.facts}).encode()
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, facts=np.frombuffer(text, np.uint8), **state.arrays)
        durable.make_folder(self._path.parent)
        durable.replace(self._path, content.getvalue())

    def load(self) -> State | None:
        """What is kept; None if there is nothing.

        Raises:
            CheckpointError: the file is damaged, or another training's.
        """
        if not self._path.exists():
            return None
        kept, arrays = _read(self._path)
        self._check(kept["training"])
        return State(kept["facts"], arrays)

    def _check(self, training: dict[str, Any]) -> None:
        for name, expected in json.loads(json.dumps(self._training)).items():
            if training.get(name) != expected:
                raise CheckpointError(
                    f"{self._path}: expected the checkpoint of a training with {name} {expected}, "
                    f"got {training.get(name)}; train without --resume, or remove the file"
                )


class Checkpoints:
    """The checkpoints of a run: that of its network, and one for each teacher.

    Args:
        folder: where they are.
        name: tells the run from others.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def __str__(self) -> str:
        return str(self._path(None))

    def of(
        self, training: Recipe | Teacher, seed: int, sha256: Mapping[str, str], place: int | None = None
    ) -> Checkpoint:
        """The checkpoint of one training.

        Args:
            training: what is done.
            seed: of the run.
            sha256: of the data set's files.
            place: among the teachers, from 1; None for the network that they teach.
        """
        facts = {"recipe": asdict(training), "seed": seed, "dataset": dict(sha256)}
        return Checkpoint(self._path(place), facts)

    def seed(self) -> int | None:
        """That of the run whose checkpoints are there; None if there are none.

        Raises:
            CheckpointError: a file is damaged.
        """
        return next((int(_read(path)[0]["training"]["seed"]) for path in self._kept()), None)

    def remove(self) -> None:
        """Keep none any more."""
        for path in self._kept():
            path.unlink(missing_ok=True)

    def _path(self, place: int | None) -> Path:
        return self._folder / (f"{self._name}.{place}.npz" if place else f"{self._name}.npz")

    def _kept(self) -> list[Path]:
        return [
            path
            for path in (self._path(None), *sorted(self._folder.glob(f"{self._name}.*.npz")))
            if path.exists()
        ]


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = dict(file)
        return json.loads(arrays.pop("facts").tobytes()), arrays
    except (BadZipFile, ValueError, KeyError, EOFError, OSError) as error:
        raise CheckpointError(f"{path}: expected a checkpoint, got a damaged file: {error}") from None
