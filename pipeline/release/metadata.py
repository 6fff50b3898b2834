"""Lineage: where a version comes from, as its document tells it."""

import platform
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from model.document.document import Document
from model.evaluation.novelty import Familiarity
from model.timestamps import now
from pipeline.data.dataset.datasets import Dataset
from pipeline.data.dataset.subsets import Examples, stratified
from pipeline.ensemble.ensemble import Standing
from pipeline.release import sample_images
from pipeline.release.gate import Comparison
from pipeline.training.batches import Batches
from pipeline.training.evaluate import Evaluation
from pipeline.training.fit import Fitted
from pipeline.training.recipe import hyper_parameters

FAMILIAR = 10_000  # examples: more hardly move the axes, and take longer
FAMILIAR_NUMBERS = 80 << 20  # in all of them: of wide inputs, fewer are taken


def document_of(
    name: str,
    dataset: Dataset,
    parts: tuple[Examples, Examples],
    fitted: Fitted,
    evaluation: Evaluation,
    lineage: dict[str, Any],
) -> Document:
    """The document of a fitted network, before it has a version."""
    training, validation = parts
    sizes = {"train": len(training), "validation": len(validation), "test": len(dataset.test)}
    return Document(
        name=name,
        created_at=now(),
        network=fitted.network,
        classes=dataset.classes,
        input=dataset.input,
        training=training_facts(fitted),
        dataset={
            "name": dataset.name,
            "sha256": dict(dataset.sha256),
            "sizes": sizes,
            "samples": sample_images.samples(dataset),
        },
        metrics=asdict(evaluation.metrics) | {"mistakes": sample_images.mistakes(dataset, evaluation)},
        lineage=lineage,
        familiarity=familiarity_of(training, fitted.seed),
    )


def familiarity_of(training: Examples, seed: int) -> Familiarity:
    """What training examples make familiar: of many, some of every class, drawn at random."""
    size = max(min(FAMILIAR, FAMILIAR_NUMBERS // training.images.shape[1]), 1)
    some = training
    if len(training) > size:
        _, some = stratified(training, size, np.random.default_rng(seed))
    X, _ = next(iter(Batches(some, outputs=int(some.labels.max()) + 1, size=size)))
    return Familiarity.of(X.T)


def training_facts(fitted: Fitted) -> dict[str, Any]:
    """The recipe with every hyper-parameter, the seed, what was run and how it went."""
    return {
        "recipe": fitted.recipe.name,
        **hyper_parameters(fitted.recipe),
        "seed": fitted.seed,
        "epochs_run": len(fitted.history),
        "seconds": round(fitted.seconds, 3),
        "history": fitted.history,
    }


def lineage_facts(
    flow_run: str | None,
    parent: int | None,
    notes: list[str],
    standing: Standing | None = None,
    comparison: Comparison | None = None,
) -> dict[str, Any]:
    """The code, the run, the champion at that time, the libraries, and the teachers, if there were any.

    Args:
        flow_run: its id.
        parent: version of the champion.
        notes: what did not go as asked.
        standing: how those that the network learned from do on the test set.
        comparison: with the champion.
    """
    return {
        "git_commit": _git_commit(),
        "flow_run": flow_run,
        "parent_version": parent,
        "comparison": asdict(comparison) if comparison else None,
        "libraries": {"python": platform.python_version(), "numpy": np.__version__},
        "notes": notes,
        **({"teachers": asdict(standing)} if standing else {}),
    }


def _git_commit() -> str | None:
    command = ["git", "rev-parse", "HEAD"]
    try:
        result = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None  # without git, or installed without its repository
    return result.stdout.strip()
