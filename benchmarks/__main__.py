"""python -m benchmarks: measures what docs/benchmarks.md says, and writes it there."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.documents import sections
from benchmarks.measurements.beside_long_work import beside
from benchmarks.measurements.drawn_images import MODELS, REGISTRY, canvas
from benchmarks.measurements.overload import overload
from benchmarks.measurements.page_weight import page
from benchmarks.measurements.recipe_accuracy import recipes
from benchmarks.measurements.request_cost import cost
from benchmarks.measurements.serving import serving
from benchmarks.measurements.shared_passes import sharing
from benchmarks.measurements.starts import starts
from benchmarks.measurements.stops import stops
from benchmarks.measurements.training import training
from model.settings import Settings
from pipeline.data.download.fetch_with_retries import fetch
from pipeline.data.mnist_files import MNIST
from pipeline.training.recipes import RECIPES

DOCUMENT = Path(__file__).parents[1] / "docs/benchmarks.md"
SECTIONS = {
    "training": ("Training", training),
    "recipes": ("Recipes", recipes),
    "serving": ("Serving", serving),
    "cost": ("Cost of a request", cost),
    "starts": ("Starts", starts),
    "sharing": ("Shared passes", sharing),
    "overload": ("Overload", overload),
    "beside": ("Beside long work", beside),
    "stops": ("Stops and idle connections", stops),
    "canvas": ("Images", canvas),
    "page": ("The page", page),
}


def main(arguments: Sequence[str]) -> None:
    """Measure the sections asked for, and rewrite them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    choices = [*SECTIONS, []]  # Python 3.11 holds the default to them, too
    parser.add_argument(
        "sections",
        nargs="*",
        choices=choices,
        metavar="SECTION",
        help=f"{', '.join(SECTIONS)} (default: all)",
    )
    parser.add_argument("--rounds", type=int, default=5, help="of training and of loads (default: 5)")
    parser.add_argument("--recipe", action="append", choices=RECIPES, help="(default: all that take minutes)")
    parser.add_argument("--seed", action="append", type=int, help="(default: the recipe's, or 0, 1, 2)")
    parser.add_argument("--folder", action="append", type=Path, help="of digits for canvas (default: none)")
    parser.add_argument(
        "--registry", type=Path, default=REGISTRY, help=f"for canvas, page (default: {REGISTRY})"
    )
    parser.add_argument("--model", action="append", help=f"for these two (default: {', '.join(MODELS)})")
    options = parser.parse_args(arguments)
    settings = Settings.from_environment(os.environ)
    folder = (settings.data / "mnist").absolute()
    for resource in MNIST.values():
        fetch(resource, settings.mnist_mirrors, folder)
    for section in options.sections or SECTIONS:
        title, measure = SECTIONS[section]
        sections.write(DOCUMENT, title, measure(folder, options))


if __name__ == "__main__":
    main(sys.argv[1:])
