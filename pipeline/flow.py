"""The flow: download, load, split, train, evaluate, gate, report, publish: tasks around plain functions."""

import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

from prefect import flow, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from pydantic import Field

from model.document.document import Document
from model.registry.registry import Registry
from model.settings import Settings
from pipeline.data import sources
from pipeline.data.dataset.datasets import Dataset, only
from pipeline.data.dataset.read_options import ReadOptions
from pipeline.data.dataset.subsets import Examples, divided
from pipeline.data.download.fetch_with_retries import DownloadError
from pipeline.ensemble.ensemble import Committee, Member, Standing
from pipeline.interruption import end_with_runner
from pipeline.release import artifacts
from pipeline.release.gate import FALLBACK, Floors, Verdict, gate
from pipeline.release.metadata import document_of, lineage_facts
from pipeline.release.publish import Published, publish
from pipeline.training.checkpoint import Checkpoint, Checkpoints
from pipeline.training.ensemble_members import member, member_seed
from pipeline.training.evaluate import Evaluation, evaluate
from pipeline.training.fit import Fitted, fit
from pipeline.training.recipe import SEEDS, Recipe, Teacher, hyper_parameters, teacher_parameters
from pipeline.training.recipe_choice import check, choose
from pipeline.training.recipes import RECIPES
from report.version_report import charts_of

log = logging.getLogger(__name__)

# as Prefect's pages offer them, and its server holds a run's parameters to them
DatasetName: TypeAlias = (
    Annotated[str, Field(json_schema_extra={"enum": [*sources.NAMED]})]
    | Annotated[str, Field(pattern=sources.PLACED)]
)
RecipeName: TypeAlias = Annotated[str, Field(json_schema_extra={"enum": [*RECIPES]})]
Seed: TypeAlias = Annotated[int, Field(ge=0, le=max(SEEDS.values()))]


@task(cache_policy=NO_CACHE)
def download(dataset: str, settings: Settings) -> Path:
    """Bring the data set's files into the cache, if it is not here, and say where they are."""
    return sources.bring(dataset, settings)


@task(cache_policy=NO_CACHE)
def load(dataset: str, place: Path, options: ReadOptions, classes: tuple[str, ...] | None) -> Dataset:
    """Read the data set, or the part of it that has these classes."""
    whole = sources.load(dataset, place, options)
    return only(whole, classes) if classes else whole


@task(cache_policy=NO_CACHE)
def split(dataset: Dataset, recipe: Recipe, seed: int) -> tuple[Examples, Examples]:
    """Divide the examples to learn from into training and validation."""
    return divided(dataset.learning, recipe.validation_share, seed, recipe.validation_order)


@task(cache_policy=NO_CACHE, task_run_name="teacher {teacher.recipe.name}")
def train_member(
    teacher: Teacher, dataset: Dataset, parts: tuple[Examples, Examples], seed: int, checkpoint: Checkpoint
) -> Member:
    """Train a member of the committee that the network learns from."""
    return member(teacher, dataset, parts, seed, checkpoint)


@task(cache_policy=NO_CACHE)
def train(
    recipe: Recipe,
    dataset: Dataset,
    parts: tuple[Examples, Examples],
    seed: int,
    checkpoint: Checkpoint,
    committee: Committee | None,
) -> Fitted:
    """Train the network."""
    return fit(recipe, dataset, *parts, seed, checkpoint, committee)


@task(name="evaluate", cache_policy=NO_CACHE)
def examine(fitted: Fitted, dataset: Dataset) -> Evaluation:
    """Measure the network on the test set, and show the tables in Prefect."""
    evaluation = evaluate(fitted.network, dataset.test)
    for key, table in (
        ("metrics", artifacts.metrics_table(evaluation.metrics, dataset.classes)),
        ("confusion-table", artifacts.confusion_table(evaluation.metrics, dataset.classes)),
    ):
        create_markdown_artifact(key=key, markdown=table)
    return evaluation


@task(name="evaluate committee", cache_policy=NO_CACHE)
def examine_committee(committee: Committee, recipe: Recipe, dataset: Dataset) -> Standing:
    """Measure the committee and its members on the test set, and show the table in Prefect."""
    standing = committee.standing(dataset.test)
    create_markdown_artifact(key="committee", markdown=artifacts.committee_table(standing, recipe))
    return standing


@task(name="report", cache_policy=NO_CACHE)
def show(document: Document) -> None:
    """Show the charts of the report in Prefect."""
    for name, svg in charts_of(document).items():
        create_image_artifact(artifacts.address(svg), key=name, description=f"{document.name}: {name}")


@task(name="gate", cache_policy=NO_CACHE)
def judge(registry: Registry, dataset: Dataset, evaluation: Evaluation, floors: Floors) -> Verdict:
    """Compare it with the champion."""
    return gate(registry, dataset, evaluation, floors)


@task(name="publish", cache_policy=NO_CACHE)
def release(registry: Registry, document: Document, verdict: Verdict) -> Published:
    """Store the version and move its alias."""
    return publish(registry, document, verdict)


@flow(name="numeral", validate_parameters=False)
def retrain(  # noqa: PLR0913  what the command line takes
    dataset: DatasetName = "mnist",
    *,
    header: bool | None = None,
    label: str | None = None,
    transpose: bool = False,
    classes: Sequence[str] | None = None,
    recipe: RecipeName | None = None,
    seed: Seed | None = None,
    fallback: bool = False,
    resume: bool = False,
    apart: bool = False,
) -> Published:
    """Train a network and publish it.

    Args:
        dataset: what `--dataset` takes.
        header: whether the first line of a table names its columns; None where the line itself tells.
        label: the name or the number of a table's column with the label.
        transpose: exchange rows and columns of the images.
        classes: labels of the part to learn; None for the recipe's, which is nearly always all.
        recipe: its name; None for the default for as many examples.
        seed: of everything that is random; None is the recipe's, or a new one. The document tells it.
        fallback: train on the bundled digits where no mirror of MNIST can be reached.
        resume: go on from the last epoch of a training with this recipe that was cut off.
        apart: leave the training of teachers to the flow's task runner.
    """
    end_with_runner()
    check(recipe, seed)
    settings = Settings.from_environment(os.environ)
    registry = Registry(settings.registry, settings.model, settings.actor)
    registry.aliases()  # before a training that could not be published
    notes: list[str] = []
    try:
        place = download(dataset, settings)
    except DownloadError as error:
        if not fallback or dataset != "mnist":
            raise
        dataset, place = FALLBACK, settings.data
        notes.append(f"trained on the bundled {FALLBACK}, because MNIST could not be downloaded: {error}")
        log.warning("NOT MNIST: %s", notes[-1])
    labels = tuple(map(str, classes or ())) or (RECIPES[recipe].classes if recipe else None)
    data = load(dataset, place, ReadOptions(header, label, transpose), labels)
    chosen = choose(recipe, data, labels)
    folder = (settings.data / "checkpoints" / f"{settings.model}-{chosen.name}").absolute()
    checkpoints = Checkpoints.claim(folder, resume=resume)
    seed = _first(seed, checkpoints.seed(), chosen.seed, secrets.randbits(31))
    parts = split(data, chosen, seed)
    committee = _committee(chosen, data, parts, seed, checkpoints, apart=apart) if chosen.teachers else None
    kept = checkpoints.of(hyper_parameters(chosen), seed, data.sha256)
    fitted = train(chosen, data, parts, seed, kept, committee)
    evaluation = examine(fitted, data)
    standing = examine_committee(committee, chosen, data) if committee else None
    floors = Floors(settings.gate_floor, settings.gate_recall_floor)
    verdict = judge(registry, data, evaluation, floors)
    lineage = lineage_facts(flow_run.id, verdict.champion, notes, standing, verdict.comparison)
    document = document_of(settings.model, data, parts, fitted, evaluation, lineage)
    show(document)
    published = release(registry, document, verdict)
    checkpoints.remove()
    log.info("version %d is %s: %s", published.version, published.alias, published.reason)
    return published


def _committee(
    recipe: Recipe,
    dataset: Dataset,
    parts: tuple[Examples, Examples],
    seed: int,
    checkpoints: Checkpoints,
    *,
    apart: bool,
) -> Committee:
    """The teachers that the recipe names, each trained by a task of its own."""
    tasks = []
    for place, teacher in enumerate(recipe.teachers, 1):
        checkpoint = checkpoints.of(teacher_parameters(teacher), seed, dataset.sha256, place)
        tasks.append((teacher, dataset, parts, member_seed(seed, place), checkpoint))
    if apart:
        futures = [train_member.submit(*task) for task in tasks]
        members = [future.result() for future in futures]
    else:
        members = [train_member(*task) for task in tasks]
    return Committee(tuple(members), dataset.input.shape)


def _first(*seeds: int | None) -> int:
    """The first that there is: what was asked for, what is gone on with, the recipe's, a new one."""
    return next(seed for seed in seeds if seed is not None)
