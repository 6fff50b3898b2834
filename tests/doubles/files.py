"""Small data sets as files, right or, where a test changes a part of them, wrong."""

import gzip
from pathlib import Path

import numpy as np

from pipeline.data.formats import idx


def idx_files(**changes) -> dict[str, bytes]:
    """The four files of a small MNIST, of 20 and 10 examples; `train_labels=...` changes an array."""
    rng = np.random.default_rng(0)
    arrays = {
        "train_images": rng.integers(0, 256, (20, 28, 28), np.uint8),
        "train_labels": np.arange(20, dtype=np.uint8) % 10,
        "t10k_images": rng.integers(0, 256, (10, 28, 28), np.uint8),
        "t10k_labels": np.arange(10, dtype=np.uint8),
    }
    kinds = {"images": "idx3", "labels": "idx1"}
    return {
        f"{name.replace('_', '-')}-{kinds[name.split('_')[1]]}-ubyte": idx.encode(array)
        for name, array in (arrays | changes).items()
    }


def write_idx(folder: Path, *, packed: bool = False, **changes) -> Path:
    """The same in a folder, as they are or with .gz."""
    folder.mkdir(exist_ok=True)
    for name, raw in idx_files(**changes).items():
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(raw, mtime=0))
        else:
            (folder / name).write_bytes(raw)
    return folder


def write_npz(path: Path, **arrays) -> Path:
    np.savez(path, **arrays)
    return path


def write_csv(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path
