"""python -m benchmarks: measures what docs/benchmarks.md says, and writes it there."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.beside import beside
from benchmarks.canvas import MODELS, REGISTRY, canvas
from benchmarks.cost import cost
from benchmarks.overload import overload
from benchmarks.page import page
from benchmarks.recipes import recipes
from benchmarks.serving import serving
from benchmarks.sharing import sharing
from benchmarks.starts import starts
from benchmarks.stops import stops
from benchmarks.training import training
from model.settings import Settings
from pipeline.mirrors import fetch
from pipeline.mnist import MNIST
from pipeline.recipes import RECIPES

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
        report.write(DOCUMENT, title, measure(folder, options))


if __name__ == "__main__":
    main(sys.argv[1:])
