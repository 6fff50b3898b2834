"""Checkpoints: a training as it was after its last epoch, to go on from when it was cut off."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from model import durable
from model.activations import Array
from model.errors import NumeralError


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

    def remove(self) -> None:
        """Keep nothing any more."""
        self._path.unlink(missing_ok=True)

    def _check(self, training: dict[str, Any]) -> None:
        for name, expected in json.loads(json.dumps(self._training)).items():
            if training.get(name) != expected:
                raise CheckpointError(
                    f"{self._path}: expected the checkpoint of a training with {name} {expected}, "
                    f"got {training.get(name)}; train without --resume, or remove the file"
                )


def kept_seed(path: Path) -> int | None:
    """The seed of the training whose checkpoint is there; None if there is none.

    Raises:
        CheckpointError: the file is damaged.
    """
    return int(_read(path)[0]["training"]["seed"]) if path.exists() else None


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = dict(file)
        return json.loads(arrays.pop("facts").tobytes()), arrays
    except (BadZipFile, ValueError, KeyError, EOFError, OSError) as error:
        raise CheckpointError(f"{path}: expected a checkpoint, got a damaged file: {error}") from None
