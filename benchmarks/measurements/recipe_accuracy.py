"""Recipes: accuracy and seconds of what `python -m pipeline run` publishes with each, over some seeds.

Runs are kept in runs.jsonl, so that a recipe can be measured without the others, some of which take hours.
"""

import json
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

from benchmarks.documents.sections import circumstances, spread, table
from model.document.document import Document
from model.registry.registry import Registry
from pipeline.training.recipe import Recipe
from pipeline.training.recipes import DIGITS, RECIPES, SMALL

RUNS = Path(__file__).with_name("runs.jsonl")
SEEDS = (0, 1, 2)  # where the recipe has none
INTRODUCTION = """\
What `python -m pipeline run --recipe NAME --seed SEED` publishes: accuracy on MNIST's 10,000 test images,
which each run looks at once, and seconds of training, on this machine. `small` and `digits` learn the
bundled digits, `five-or-eight` and `five-or-eight-deep` those two digits alone. Recipes without validation
images (those two and `softmax-50`) have their accuracy on the training images in that column.
`python -m benchmarks recipes --recipe NAME --seed SEED` measures one run anew, and leaves the others as they
were.
"""
HEADER = (
    "recipe",
    "seeds",
    "mean accuracy",
    "least to most",
    "on validation images",
    "its teachers together",
    "seconds",
    "measured",
)
LONG = ("record", "committee")  # hours: only where they are named


@dataclass(frozen=True)
class Run:
    """A training.

    Attributes:
        recipe, seed: of it.
        accuracy: on the test images.
        validation: on the validation images; on the training images where there are none.
        seconds: of training, the teachers' included.
        measured: the day.
        committee: accuracy of its teachers together on the test images, if it had any.
    """

    recipe: str
    seed: int
    accuracy: float
    validation: float
    seconds: float
    measured: str
    committee: float | None = None


def recipes(_: Path, options: Namespace) -> str:
    """Train by the recipes asked for, and tell of all that were ever trained by."""
    kept = read()
    for name in options.recipe or [name for name in RECIPES if name not in LONG]:
        for seed in options.seed or seeds_of(RECIPES[name]):
            kept[name, seed] = _trained(RECIPES[name], seed)
            write(kept)
    return "\n".join(
        [circumstances("python -m benchmarks recipes"), INTRODUCTION, table(HEADER, lines(kept))]
    )


def seeds_of(recipe: Recipe) -> tuple[int, ...]:
    """Its own, or some."""
    return SEEDS if recipe.seed is None else (recipe.seed,)


def lines(runs: Mapping[tuple[str, int], Run]) -> Iterator[list[str]]:
    """A line for each recipe that was trained by, in their order."""
    for name in RECIPES:
        if some := [run for (recipe, _), run in sorted(runs.items()) if recipe == name]:
            yield _line(name, some)


def read() -> dict[tuple[str, int], Run]:
    """The runs that are kept, by recipe and seed."""
    text = RUNS.read_text(encoding="utf-8") if RUNS.exists() else ""
    runs = (Run(**json.loads(line)) for line in text.splitlines())
    return {(run.recipe, run.seed): run for run in runs}


def write(runs: Mapping[tuple[str, int], Run]) -> None:
    """Keep them."""
    text = (json.dumps(asdict(run)) for _, run in sorted(runs.items()))
    RUNS.write_text("".join(f"{line}\n" for line in text), encoding="utf-8")


def run_of(document: Document) -> Run:
    """What a document says of its training."""
    training = document.training
    entries = training["history"]
    watched = "validation_accuracy" if "validation_accuracy" in entries[-1] else "training_accuracy"
    accuracies = [entry[watched] for entry in entries if watched in entry]
    teachers = document.lineage.get("teachers", {"members": [], "accuracy": None})
    return Run(
        recipe=training["recipe"],
        seed=training["seed"],
        accuracy=document.metrics["accuracy"],
        validation=accuracies[-1] if training["patience"] is None else max(accuracies),
        seconds=round(training["seconds"] + sum(member["seconds"] for member in teachers["members"]), 1),
        measured=document.created_at[:10],
        committee=teachers["accuracy"],
    )


def _trained(recipe: Recipe, seed: int) -> Run:
    print(f"{recipe.name}: seed {seed}", flush=True)
    root, model = Path("var/benchmarks/registry"), f"{recipe.name}-{seed}"
    subprocess.run(
        [sys.executable, "-m", "pipeline", "run", "--recipe", recipe.name, "--seed", str(seed), "--resume"]
        + (["--dataset", "digits"] if recipe.name in (SMALL.name, DIGITS.name) else []),
        env=os.environ | {"NUMERAL_REGISTRY": str(root), "NUMERAL_MODEL": model},
        check=True,
    )
    registry = Registry(root, model)
    document, _ = registry.load(max(registry.versions()))
    return run_of(document)


def _line(name: str, runs: Sequence[Run]) -> list[str]:
    accuracies = [run.accuracy for run in runs]
    extremes = f"{min(accuracies):.2%} to {max(accuracies):.2%}" if len(runs) > 1 else "-"
    committees = [run.committee for run in runs if run.committee is not None]
    return [
        f"`{name}`",
        ", ".join(str(run.seed) for run in runs),
        f"{mean(accuracies):.2%}",
        extremes,
        spread([run.validation for run in runs], "{:.2%}"),
        spread(committees, "{:.2%}") if committees else "-",
        spread([run.seconds for run in runs], "{:.0f}"),
        max(run.measured for run in runs),
    ]
