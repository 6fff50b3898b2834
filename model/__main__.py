"""python -m model: look at the registry, mend it, publish a network from elsewhere, and move the champion."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from model.document import nielsen
from model.document.document import describe
from model.errors import DamagedError, NotFoundError, NumeralError
from model.registry.listing import listing, table
from model.registry.registry import CHAMPION, Registry
from model.settings import Settings


def list_versions(registry: Registry, arguments: argparse.Namespace) -> int:
    """Print one line a version, the newest last; the exit code is 1 where aliases.json is damaged."""
    rows = listing(registry)
    if arguments.json:
        print(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    else:
        print(*table(rows), sep="\n")
    registry.aliases()  # damaged, they are told after what is known
    return 0


def show(registry: Registry, arguments: argparse.Namespace) -> int:
    """Print a document without its weights."""
    document, _ = registry.load(registry.named(arguments.version))
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
    version = registry.named(arguments.version)
    registry.point(CHAMPION, version, arguments.why)
    print(f"{registry.name}: champion is version {version}")
    return 0


def rollback(registry: Registry, arguments: argparse.Namespace) -> int:
    """Give champion back to the version before."""
    print(f"{registry.name}: champion is version {registry.rollback(arguments.why)} again")
    return 0


def verify(registry: Registry, _: argparse.Namespace) -> int:
    """Look at all that is stored; the exit code is 1 where it is damaged or an alias points nowhere."""
    if not registry.versions():
        raise NotFoundError(f"{registry.name}: no version was ever published")
    whole = [_verified(f"version {version}", registry.load, version) for version in registry.versions()]
    try:
        for alias, version in registry.aliases().items():
            whole.append(_verified(f"alias {alias} (version {version})", registry.load, version))
    except DamagedError as error:
        whole.append(False)
        print(f"aliases: {error}")
    if registry.has_lost_aliases():
        whole.append(False)
        print("aliases: aliases.json is missing, and the log tells of some")
    whole.append(_verified("log", registry.log))
    return 0 if all(whole) else 1


def repair(registry: Registry, arguments: argparse.Namespace) -> int:
    """Set aside what is damaged, and point the aliases to versions that are whole, as the log has them."""
    for action in registry.repair(arguments.why) or ["nothing is damaged"]:
        print(f"{registry.name}: {action}")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run one command; errors are one sentence on standard error and exit code 1, as is Ctrl-C with 130."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # it is None where it is closed
        sys.stdout.reconfigure(errors="backslashreplace")  # names may be what its encoding does not have
    command: Callable[[Registry, argparse.Namespace], int] = options.command
    try:
        settings = Settings.from_environment(os.environ)
        code = command(Registry(settings.registry, options.model or settings.model, settings.actor), options)
        print(end="", flush=True)
    except BrokenPipeError:  # who reads has had enough, as `| head -1` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("python -m model: stopped", file=sys.stderr)
        return 130
    except NumeralError as error:
        print(f"python -m model: {error}", file=sys.stderr)
    except OSError as error:
        print(f"python -m model: cannot use the registry: {error}", file=sys.stderr)
    else:
        return code
    return 1


def _verified(what: str, read: Callable[..., Any], *arguments: int) -> bool:
    try:
        read(*arguments)
    except NumeralError as error:
        print(f"{what}: {error}")
        return False
    print(f"{what}: whole")
    return True


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
        "repair": repair,
    }.items():
        subparser = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        subparser.set_defaults(command=command)
        if command is list_versions:
            subparser.add_argument("--json", action="store_true", help="for programs, with digests and sizes")
        if command is show:
            subparser.add_argument("version", nargs="?", default=CHAMPION, help="a version or an alias")
        if command is import_network:
            subparser.add_argument("file", type=Path, help="JSON: sizes, weights, biases, cost")
        if command is promote:
            subparser.add_argument("version", help="a version or an alias")
        if command in (promote, rollback, repair):
            subparser.add_argument("--why", type=_reason, default="by hand", help="the reason, for the log")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
