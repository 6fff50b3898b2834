"""python -m model: look at the registry, publish a network from elsewhere, and move the champion by hand."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from model import nielsen
from model.document import describe
from model.errors import DamagedError, NotFoundError, NumeralError
from model.registry import CHAMPION, Registry
from model.settings import Settings
from model.versions import Manifest


def list_versions(registry: Registry, _: argparse.Namespace) -> int:
    """Print one line a version, the newest last."""
    aliases = registry.aliases()
    print(f"{'version':>7}  {'accuracy':>8}  {'dataset':<14}{'recipe':<14}{'created':<26}aliases")
    for version in registry.versions():
        names = ", ".join(sorted(alias for alias, target in aliases.items() if target == version))
        try:
            print(f"{version:>7}  {_facts(registry.manifest(version))}{names}")
        except DamagedError as error:
            print(f"{version:>7}  {error}")
    return 0


def _facts(manifest: Manifest) -> str:
    accuracy = f"{manifest.accuracy:.2%}" if isinstance(manifest.accuracy, float) else "-"
    return f"{accuracy:>8}  {manifest.dataset!s:<14}{manifest.recipe!s:<14}{manifest.created_at:<26}"


def show(registry: Registry, arguments: argparse.Namespace) -> int:
    """Print a document without its weights."""
    document, _ = registry.load(_version(registry, arguments.version))
    print(orjson.dumps(describe(document), option=orjson.OPT_INDENT_2).decode())
    return 0


def import_network(registry: Registry, arguments: argparse.Namespace) -> int:
    """Publish what Nielsen's network2.py, or a descendant, saved; where it says no cost it is quadratic."""
    path: Path = arguments.file
    source = os.fsencode(path.name).decode(errors="replace")  # JSON is UTF-8; a file's name need not be
    document = nielsen.decode(_content(path), registry.name, source)
    version = registry.publish(document, f"imported from {source}").version
    print(f"{registry.name}: {source} is version {version}; `promote {version}` makes it champion")
    return 0


def promote(registry: Registry, arguments: argparse.Namespace) -> int:
    """Make a version champion."""
    version = _version(registry, arguments.version)
    registry.point(CHAMPION, version, arguments.why)
    print(f"{registry.name}: champion is version {version}")
    return 0


def rollback(registry: Registry, arguments: argparse.Namespace) -> int:
    """Give champion back to the version before."""
    print(f"{registry.name}: champion is version {registry.rollback(arguments.why)} again")
    return 0


def verify(registry: Registry, _: argparse.Namespace) -> int:
    """Load every version; the exit code is 1 where one is damaged or an alias points nowhere."""
    if not registry.versions():
        raise NotFoundError(f"{registry.name}: no version was ever published")
    damaged = 0
    targets = {f"version {version}": version for version in registry.versions()}
    targets |= {
        f"alias {alias} (version {version})": version for alias, version in registry.aliases().items()
    }
    for what, version in targets.items():
        try:
            registry.load(version)
            print(f"{what}: whole")
        except NumeralError as error:
            damaged += 1
            print(f"{what}: {error}")
    return 1 if damaged else 0


def main(arguments: Sequence[str]) -> int:
    """Run one command; errors are one sentence on standard error and exit code 1."""
    options = _parser().parse_args(arguments)
    command: Callable[[Registry, argparse.Namespace], int] = options.command
    try:
        settings = Settings.from_environment(os.environ)
        code = command(Registry(settings.registry, options.model or settings.model, settings.actor), options)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough, as `| head -1` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except NumeralError as error:
        print(f"python -m model: {error}", file=sys.stderr)
    except OSError as error:
        print(f"python -m model: cannot use the registry: {error}", file=sys.stderr)
    else:
        return code
    return 1


def _version(registry: Registry, text: str) -> int:
    return int(text) if text.isdecimal() else registry.resolve(text)


def _reason(text: str) -> str:
    if not text.isprintable():  # nor are surrogates, as which bytes come that are no UTF-8
        raise argparse.ArgumentTypeError(f"expected a line of text in UTF-8, got {text!a}")
    return text


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(nielsen.LARGEST + 1)
    except OSError as error:
        raise NumeralError(f"{path}: cannot be read: {error.strerror}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    parser.add_argument("--model", help="name of the model (default: NUMERAL_MODEL)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in {
        "list": list_versions,
        "show": show,
        "import": import_network,
        "promote": promote,
        "rollback": rollback,
        "verify": verify,
    }.items():
        subparser = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        subparser.set_defaults(command=command)
        if command is show:
            subparser.add_argument("version", nargs="?", default=CHAMPION, help="a version or an alias")
        if command is import_network:
            subparser.add_argument("file", type=Path, help="JSON: sizes, weights, biases, cost")
        if command is promote:
            subparser.add_argument("version", help="a version or an alias")
        if command in (promote, rollback):
            subparser.add_argument("--why", type=_reason, default="by hand", help="the reason, for the log")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
