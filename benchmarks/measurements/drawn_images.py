"""Canvas: accuracy on digits that come as images, as people draw them, through the image endpoint."""

import csv
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import numpy as np
import requests

from benchmarks.contenders.numeral import NUMERAL
from benchmarks.contenders.running import running
from benchmarks.datasets.drawn_digits import KINDS, contact_sheet, plain
from benchmarks.documents.sections import circumstances, table
from model.arrays import Array
from model.registry.registry import CHAMPION, Registry
from model.registry.versions import Manifest
from pipeline.data.formats import idx

PORT, CLIENTS, FILES = 8987, 2, 100  # of a request
REGISTRY, MODELS = Path("var/benchmarks/registry"), ("accurate-0", "quick-0")
SHEET = Path("var/benchmarks/canvas.png")
PLAIN, ALL = "as they are", "**all that are drawn**"
OVERALL, EACH = 0.98, 0.96  # to reach with the first model
OF_A_FOLDER = {"accurate": 0.998, "quick": 0.99}  # with a recipe's
INTRODUCTION = """\
MNIST's {count:,} test digits, drawn anew in each of these ways by
`benchmarks/datasets/drawn_digits.py`: enlarged and
smoothed, or followed by a pen, on pictures of 200 to 400 pixels, and sent to `POST /predict`, {files} files a
request; photos are JPEG, the others PNG. Accuracy of what `python -m benchmarks recipes` trained, each in a
service with one BLAS thread. "as numbers" is what the model's document says of the same digits. A folder
has digits that people drew, and `labels.csv` with the columns image and label.
"""


def canvas(folder: Path, options: Namespace) -> str:
    """The section."""
    images = idx.decode((folder / "t10k-images-idx3-ubyte").read_bytes(), "t10k-images").reshape(-1, 28, 28)
    labels = idx.decode((folder / "t10k-labels-idx1-ubyte").read_bytes(), "t10k-labels").ravel()
    SHEET.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(images[:20]).save(SHEET)
    names = options.model or MODELS
    with services(options.registry, names) as urls, ProcessPoolExecutor(CLIENTS) as clients:
        kinds = {}
        for kind in (PLAIN, *KINDS):
            tasks = [
                (urls, kind, images[start : start + FILES], labels[start : start + FILES], start)
                for start in range(0, len(images), FILES)
            ]
            kinds[kind] = accuracies(clients.map(_drawn, tasks))
            print(f"canvas: {kind}: {kinds[kind]}", flush=True)
        folders = {path.name: accuracies(_collected(path, urls)) for path in options.folder or []}
    manifests = [champion(Registry(options.registry, name)) for name in names]
    return "\n".join(
        [
            circumstances("python -m benchmarks canvas", "flask", "gunicorn", "pillow"),
            INTRODUCTION.format(count=len(images), files=FILES),
            table(("to reach", "measured", "reached"), bars(kinds, folders, [m.recipe for m in manifests])),
            table(("digits", *names), lines(kinds, folders, [m.accuracy or 0 for m in manifests])),
        ]
    )


def champion(registry: Registry) -> Manifest:
    """What is said of a model's champion, which is served."""
    return registry.manifest(registry.resolve(CHAMPION))


def accuracies(right: Iterable[Array]) -> list[float]:
    """Of each model: the share of what is right, (models, m) booleans at a time."""
    shares: list[float] = np.concatenate(list(right), axis=1).mean(axis=1).tolist()
    return shares


def overall(kinds: Mapping[str, Sequence[float]]) -> list[float]:
    """The mean of all kinds that are drawn, of each model."""
    return [mean(shares) for shares in zip(*(kinds[kind] for kind in KINDS), strict=True)]


def bars(
    kinds: Mapping[str, Sequence[float]], folders: Mapping[str, Sequence[float]], recipes: Sequence[str]
) -> Iterator[list[str]]:
    """What is to be reached, what was measured, and whether that is enough."""
    yield _bar(f"all that are drawn, `{recipes[0]}`", OVERALL, overall(kinds)[0])
    worst = min(KINDS, key=lambda kind: kinds[kind][0])
    yield _bar(f"each kind, `{recipes[0]}`", EACH, kinds[worst][0], f", {worst}")
    for name, shares in folders.items():
        for recipe, share in zip(recipes, shares, strict=True):
            if recipe in OF_A_FOLDER:
                yield _bar(f"the folder {name}, `{recipe}`", OF_A_FOLDER[recipe], share)


def lines(
    kinds: Mapping[str, Sequence[float]], folders: Mapping[str, Sequence[float]], published: Sequence[float]
) -> Iterator[list[str]]:
    """A line for each kind and folder, with the accuracy of each model."""
    named = {f"the folder {name}": shares for name, shares in folders.items()}
    for kind, shares in {"as numbers": published, **kinds, ALL: overall(kinds), **named}.items():
        yield [kind, *(f"{share:.2%}" for share in shares)]


def _bar(what: str, least: float, share: float, note: str = "") -> list[str]:
    return [f"{what}: {least:.1%} or more", f"{share:.2%}{note}", "yes" if share >= least else "no"]


@contextmanager
def services(registry: Path, names: Sequence[str]) -> Iterator[list[str]]:
    """A service for each model's champion; their URLs."""
    with TemporaryDirectory() as place, ExitStack() as stack:
        yield [
            stack.enter_context(
                running(
                    NUMERAL,
                    PORT + index,
                    {"NUMERAL_REGISTRY": str(registry.absolute()), "NUMERAL_MODEL": name},
                    Path(place),
                )
            ).url
            for index, name in enumerate(names)
        ]


def _drawn(task: tuple[Sequence[str], str, Array, Array, int]) -> Array:
    urls, kind, digits, labels, start = task
    if kind == PLAIN:
        files = [plain(digit) for digit in digits]
    else:
        seeds = ((list(KINDS).index(kind), start + index) for index in range(len(digits)))
        draws = (np.random.default_rng(seed) for seed in seeds)
        files = [KINDS[kind].draw(digit, draw) for digit, draw in zip(digits, draws, strict=True)]
    return _right(urls, files, [str(label) for label in labels])


def _collected(folder: Path, urls: Sequence[str]) -> Iterator[Array]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        entries = list(csv.DictReader(file))
    for start in range(0, len(entries), FILES):
        some = entries[start : start + FILES]
        files = [(folder / entry["image"]).read_bytes() for entry in some]
        yield _right(urls, files, [entry["label"] for entry in some])


def _right(urls: Sequence[str], files: Sequence[bytes], labels: Sequence[str]) -> Array:
    """Whether each model reads each file right, (models, m)."""
    form = [("files", (str(index), file)) for index, file in enumerate(files)]
    answers = [requests.post(f"{url}/predict", files=form, timeout=60) for url in urls]
    if refused := [answer.text for answer in answers if not answer.ok]:
        raise SystemExit(f"canvas: expected nothing but answers of 200, got {refused[0]}")
    return np.array([answer.json()["labels"] for answer in answers]) == np.array(labels)
