"""The catalogue: the data sets that `--dataset` can name, where they are, and who reads them."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from model.settings import Settings
from pipeline.data.dataset.datasets import Dataset, DatasetError, transposed
from pipeline.data.dataset.read_options import AS_IT_IS, ReadOptions
from pipeline.data.digits import load_digits
from pipeline.data.download.fetch_with_retries import Resource, fetch
from pipeline.data.formats.csv_file import load_csv
from pipeline.data.formats.mnist import load_fashion_mnist, load_idx, load_mnist
from pipeline.data.formats.npz import load_npz
from pipeline.data.mnist_files import FASHION_MNIST, MNIST

NAMES = ("mnist", "digits", "fashion-mnist", "idx:DIR", "npz:FILE", "csv:FILE")
NAMED = tuple(name for name in NAMES if ":" not in name)
PLACED = f"^({'|'.join(name.partition(':')[0] for name in NAMES if ':' in name)}):."
LOADERS: Mapping[str, Callable[[Path], Dataset]] = MappingProxyType(
    {
        "mnist": load_mnist,
        "digits": load_digits,
        "fashion-mnist": load_fashion_mnist,
        "idx": load_idx,
        "npz": load_npz,
    }
)
DOWNLOADS: Mapping[str, Mapping[str, Resource]] = MappingProxyType(
    {"mnist": MNIST, "fashion-mnist": FASHION_MNIST}
)

log = logging.getLogger(__name__)


def kind_and_place(dataset: str) -> tuple[str, str]:
    """`csv` and `FILE` of `csv:FILE`; the second is empty for a data set that has a name.

    Raises:
        DatasetError: there is no data set of that name.
    """
    kind, colon, place = dataset.partition(":")
    if not any(name.partition(":")[:2] == (kind, colon) for name in NAMES) or bool(colon) != bool(place):
        raise DatasetError(f"data set: expected one of {', '.join(NAMES)}, got {dataset!r}")
    return kind, place


def bring(dataset: str, settings: Settings) -> Path:
    """Where a data set is; one that is downloaded is in the cache after this, whole and verified.

    Raises:
        DatasetError: there is no data set of that name.
        DownloadError: no mirror gave a file.
        OSError: the disk is full or cannot be written.
    """
    kind, place = kind_and_place(dataset)
    folder = settings.data / kind
    for resource in DOWNLOADS.get(kind, {}).values():
        fetch(resource, getattr(settings, resource.setting), folder)
    return Path(place) if place else folder


def load(dataset: str, place: Path, options: ReadOptions = AS_IT_IS) -> Dataset:
    """The data set that is there.

    Raises:
        NumeralError: it is not; the message says what was expected.
    """
    kind, _ = kind_and_place(dataset)
    if kind != "csv" and (options.header, options.label) != (None, None):
        raise DatasetError(f"--header, --label: expected a table, csv:FILE, got {dataset}")
    found = load_csv(place, options) if kind == "csv" else LOADERS[kind](place)
    if options.transpose:
        return transposed(found)
    if found.name.startswith("idx:emnist-"):
        log.warning(
            "%s: EMNIST's files hold images with rows and columns exchanged: see --transpose", found.name
        )
    return found
