"""Parts: the four files of a data set in a folder, recognised by name: training and test images and labels.

A folder may hold several data sets, whose files begin with the name of each, as EMNIST's does.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.data.dataset.datasets import DatasetError

Key = tuple[str, str]  # the part, and what of it
KEYS: tuple[Key, ...] = (("train", "images"), ("train", "labels"), ("test", "images"), ("test", "labels"))
SYNONYMS = {"t10k": "test", "imgs": "images"}


def parts_in(
    place: Path, pattern: re.Pattern[str], usual: Sequence[str], what: str
) -> tuple[str, list[Path]]:
    """The name of a data set, and its four files.

    Args:
        place: their folder, or where that holds several data sets FOLDER/NAME.
        pattern: of their names, with the groups `set`, `part` and `kind`.
        usual: their names where there is one data set, in the order of `KEYS`.
        what: was expected at the place, for messages.

    Raises:
        DatasetError: a file is missing, or there are several data sets and none is named.
    """
    folder, name = (place, "") if place.is_dir() else (place.parent, place.name)
    sets = _sets_in(folder, pattern) if folder.is_dir() else {}
    if name and name not in sets:
        raise DatasetError(f"{place}: expected {what}, and there is none")
    if not name and "" not in sets and len(sets) > 1:
        several = ", ".join(sorted(sets))
        raise DatasetError(f"{place}: expected one of {several} named, as in {place / min(sets)}")
    name = name or ("" if "" in sets else next(iter(sets), ""))
    names = [f"{name}-{each.replace('t10k', 'test')}" if name else each for each in usual]
    found = sets.get(name, {})
    for key, expected in zip(KEYS, names, strict=True):
        if key not in found:
            raise DatasetError(f"{folder}: expected {', '.join(names)}; {expected} is missing")
    return name or folder.resolve().name, [found[key] for key in KEYS]


def _sets_in(folder: Path, pattern: re.Pattern[str]) -> dict[str, dict[Key, Path]]:
    """The files of each data set; one as it is comes before the same one packed."""
    sets: dict[str, dict[Key, Path]] = {}
    for path in sorted(folder.iterdir(), key=lambda path: (path.suffix == ".gz", path.name)):
        if (match := pattern.fullmatch(path.name)) and path.is_file():
            part, kind = (SYNONYMS.get(match[group], match[group]) for group in ("part", "kind"))
            sets.setdefault(match["set"] or "", {}).setdefault((part, kind), path)
    return sets
