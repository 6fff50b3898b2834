"""Recipes: seconds, and accuracy on the test images, of each recipe as the flow trains it."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import circumstances, spread, table
from pipeline.datasets import Dataset, only
from pipeline.digits import load_digits
from pipeline.evaluate import evaluate
from pipeline.examples import divided
from pipeline.fit import fit
from pipeline.mnist import load_mnist
from pipeline.recipe import Recipe
from pipeline.recipes import RECIPES, SMALL

SEEDS = (1, 2, 3)  # where the recipe has none


def recipes(folder: Path, _: int) -> str:
    """The section."""
    mnist = load_mnist(folder)
    lines = (_line(recipe, load_digits(folder) if recipe is SMALL else mnist) for recipe in RECIPES.values())
    header = ("recipe", "seeds", "test accuracy", "best validation accuracy", "seconds", "said of it")
    text = "Median (least to most) over the seeds; `small` learns the bundled digits, the others MNIST.\n"
    return "\n".join([circumstances("python -m benchmarks recipes"), text, table(header, lines)])


def _line(recipe: Recipe, dataset: Dataset) -> list[str]:
    seeds = SEEDS if recipe.seed is None else (recipe.seed,)
    test, validation, seconds = zip(*_trainings(recipe, dataset, seeds), strict=True)
    figures = spread(test, "{:.2%}"), spread(validation, "{:.2%}"), spread(seconds, "{:.1f}")
    return [f"`{recipe.name}`", ", ".join(map(str, seeds)), *figures, recipe.expected]


def _trainings(
    recipe: Recipe, whole: Dataset, seeds: tuple[int, ...]
) -> Iterator[tuple[float, float, float]]:
    dataset = only(whole, recipe.classes) if recipe.classes else whole
    for seed in seeds:
        print(f"{recipe.name}: seed {seed}", flush=True)
        parts = divided(dataset.learning, recipe.validation_share, seed, recipe.validation_order)
        fitted = fit(recipe, dataset, *parts, seed)
        watched = "validation_accuracy" if len(parts[1]) else "training_accuracy"
        best = max(entry[watched] for entry in fitted.history if watched in entry)
        yield evaluate(fitted.network, dataset.test).metrics.accuracy, best, fitted.seconds
