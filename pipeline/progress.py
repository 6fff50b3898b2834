"""Progress: a bar on a terminal, plain log lines elsewhere."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

Advance: TypeAlias = Callable[[int, str], None]
LINES_OF_BYTES = 4  # log lines for a whole download

log = logging.getLogger(__name__)


@contextmanager
def progress(title: str, total: int, unit: str) -> Iterator[Advance]:
    """Show how far something has come.

    Args:
        title: what it is.
        total: how much there is; 0 where that is not known.
        unit: `epochs`, each of which is worth a log line, or `bytes`, which are not.

    Yields:
        A function that takes an amount done and a text to show with it.
    """
    if sys.stderr.isatty():
        with _bar(title, total) as advance:
            yield advance
    else:
        yield _lines(title, total, unit)


@contextmanager
def _bar(title: str, total: int) -> Iterator[Advance]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}% {task.fields[text]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total or None, text="")
        yield lambda amount, text: bar.update(task, advance=amount, text=text)


def _lines(title: str, total: int, unit: str) -> Advance:
    done = 0
    step = 1 if unit == "epochs" else max(total // LINES_OF_BYTES, 1)

    def advance(amount: int, text: str) -> None:
        nonlocal done
        before, done = done, done + amount
        if before // step != done // step:
            log.info("%s: %d of %d %s%s", title, done, total, unit, f", {text}" if text else "")

    return advance
