"""python -m pipeline: train now or on a schedule, and report on what came of it."""

import argparse
import csv
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.errors import NumeralError
from model.registry.registry import CHAMPION, Registry
from model.settings import Settings
from pipeline.data.dataset.datasets import DatasetError
from pipeline.data.sources import NAMES, kind_and_place
from pipeline.interruption import Interrupted, interruptible
from pipeline.prefect_server.temporary_server import TemporaryServer
from pipeline.training.recipe_choice import ChoiceError, check
from pipeline.training.recipes import DIGITS, MANY, QUICK, RECIPES, SMALL
from report.version_report import whole

STANDARD_OUTPUT = Path("-")


def run(settings: Settings, options: argparse.Namespace) -> None:
    """Train once and publish; needs no Prefect server."""
    if options.if_no_champion and has_champion(settings):
        print(f"{settings.model}: the registry holds a champion; nothing to train")
        return
    _check(options)
    with interruptible():
        server = None if os.environ.get("PREFECT_API_URL") else TemporaryServer()
        from pipeline.flow import retrain  # noqa: PLC0415  Prefect takes seconds to import, and its server to start
        from pipeline.prefect_server.api import api  # noqa: PLC0415

        flow = retrain.with_options(task_runner=_runner(options.dask)) if options.dask else retrain
        if server:
            server.wait()
        with api():
            published = flow(
                **_parameters(options),
                fallback=options.fallback,
                resume=options.resume,
                apart=bool(options.dask),
            )
    print(f"{settings.model} version {published.version} is {published.alias}: {published.reason}")


def schedule(settings: Settings, options: argparse.Namespace) -> None:
    """Serve the flow on a cron schedule against the server at PREFECT_API_URL, until stopped."""
    _check(options)
    from pipeline.schedule import serve  # noqa: PLC0415  Prefect takes seconds to import

    at_once = options.train_when_empty and not has_champion(settings)
    serve(options.cron, _parameters(options), at_once=at_once)


def recipes(_: Settings, __: argparse.Namespace) -> None:
    """List the recipes."""
    for recipe in RECIPES.values():
        print(f"{recipe.name:<20}{recipe.expected:<66}{recipe.source}")


def report(settings: Settings, options: argparse.Namespace) -> None:
    """Write what is known of a version as a page, one file that needs no other; `-` is standard output."""
    registry = Registry(settings.registry, settings.model)
    version = registry.named(options.version)
    document, _ = registry.load(version)
    if options.output == STANDARD_OUTPUT:
        sys.stdout.buffer.write(whole(document).encode())
        return
    file: Path = options.output or Path(f"{settings.model}-{version}.html")
    file.write_text(whole(document), encoding="utf-8")
    print(f"{settings.model} version {version}: the report is {file}")


def has_champion(settings: Settings) -> bool:
    """Whether there is something to serve."""
    return CHAMPION in Registry(settings.registry, settings.model).aliases()


def main(arguments: Sequence[str]) -> int:
    """Run one command; errors are one sentence on standard error and exit code 1, as is Ctrl-C with 130."""
    options = _parser().parse_args(arguments)
    try:
        options.command(Settings.from_environment(os.environ), options)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough, as `| head -1` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except NumeralError as error:
        print(f"python -m pipeline: {error}", file=sys.stderr)
        return 1
    except Interrupted as interrupted:
        return interrupted.code
    except KeyboardInterrupt:
        print("python -m pipeline: stopped", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"python -m pipeline: {error}; nothing that was published is changed", file=sys.stderr)
        return 1
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuse before anything starts what no run could do; make the folder of Prefect's state."""
    check(options.recipe, options.seed)
    if options.command is run and options.dask and not (options.recipe and RECIPES[options.recipe].teachers):
        several = ", ".join(recipe.name for recipe in RECIPES.values() if recipe.teachers)
        raise ChoiceError(f"--dask: expected a recipe that has teachers ({several}), got {options.recipe}")
    Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)


def _runner(scheduler: str) -> Any:
    """Who trains the teachers, where it is not this process."""
    from pipeline.task_runners import on_dask  # noqa: PLC0415  Prefect takes seconds to import

    return on_dask(scheduler)


def _parameters(options: argparse.Namespace) -> dict[str, Any]:
    """What `run` and `schedule` ask of the flow."""
    names = ("dataset", "header", "label", "transpose", "classes", "recipe", "seed")
    return {name: getattr(options, name) for name in names}


def _dataset(text: str) -> str:
    try:
        kind_and_place(text)
    except DatasetError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _labels(text: str) -> list[str]:
    try:
        (labels,) = csv.reader([text], skipinitialspace=True, strict=True)
    except csv.Error as error:
        expected = "expected labels separated by commas, in quotes where they hold one"
        raise argparse.ArgumentTypeError(f"{expected}; got {text!r}: {error}") from None
    return [label.strip() for label in labels] or [""]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (run, schedule, recipes, report):
        subparser = commands.add_parser(command.__name__, help=command.__doc__)
        subparser.set_defaults(command=command)
        if command is report:
            subparser.add_argument("version", help="a version or an alias")
            subparser.add_argument(
                "--output",
                type=Path,
                metavar="FILE",
                help="default: NAME-VERSION.html; - for standard output",
            )
        if command in (recipes, report):
            continue
        subparser.add_argument(
            "--dataset", type=_dataset, default="mnist", help=f"{', '.join(NAMES)} (default: mnist)"
        )
        subparser.add_argument(
            "--header",
            action=argparse.BooleanOptionalAction,
            help="whether the first line of a csv names its columns (default: as it looks)",
        )
        subparser.add_argument(
            "--label", metavar="COLUMN", help="of a csv: its name or, where none is named, its number from 1"
        )
        subparser.add_argument(
            "--transpose", action="store_true", help="exchange rows and columns of the images, as for EMNIST"
        )
        subparser.add_argument(
            "--classes", type=_labels, help='labels of a part of it, such as 5,8 or "a, b",c'
        )
        default = f"{QUICK.name} for {MANY} examples or more, else {SMALL.name}; for digits, {DIGITS.name}"
        subparser.add_argument("--recipe", choices=RECIPES, help=f"default: {default}")
        subparser.add_argument("--seed", type=int, help="of everything that is random (default: a new one)")
        if command is run:
            subparser.add_argument(
                "--if-no-champion", action="store_true", help="only if nothing is served yet"
            )
            subparser.add_argument(
                "--resume", action="store_true", help="go on from the last epoch of a run that was cut off"
            )
            subparser.add_argument(
                "--dask", metavar="SCHEDULER", help="whose workers train the teachers of a committee"
            )
            subparser.add_argument(
                "--fallback", action="store_true", help="to the bundled digits, without MNIST"
            )
        else:
            subparser.add_argument(
                "--cron", default="0 3 * * *", help="when (default: every day at 3:00 UTC)"
            )
            subparser.add_argument(
                "--train-when-empty", action="store_true", help="once now, if nothing is served"
            )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
