"""The report: figures as text, tables, and the document, of which each benchmark rewrites its own section."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from threadpoolctl import threadpool_info

INTRODUCTION = """# Benchmarks

Written by `make bench`; no figure is typed by hand. Each section is of one run, but for recipes, whose rows
tell their day; `python -m benchmarks SECTION` measures a section anew and leaves the others as they are.
"""


def spread(values: Sequence[float], form: str = "{:.2f}") -> str:
    """Median, and least to most where there is more than one."""
    if len(values) == 1:
        return form.format(*values)
    return f"{form} ({form} to {form})".format(median(values), min(values), max(values))


def ratios(dividends: Sequence[float], divisors: Sequence[float]) -> list[float]:
    """That of each round: what slows the machine down for a while slows down both."""
    return [dividend / divisor for dividend, divisor in zip(dividends, divisors, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """Return what this share of the values are at most; NaN where there are none."""
    ordered = sorted(values) or [float("nan")]
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def circumstances(command: str, *packages: str) -> str:
    """When, how and on what a section was measured."""
    blas = {f"{info['internal_api']} {info['version']}" for info in threadpool_info()}
    versions = [
        f"Python {platform.python_version()}",
        f"numpy {version('numpy')} ({', '.join(sorted(blas))})",
    ]
    versions += [f"{package} {version(package)}" for package in packages]
    return (
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {len(os.sched_getaffinity(0))} cores of {_processor()}, "
        f"{', '.join(versions)}.\n"
    )


def replaced(document: str, title: str, body: str) -> str:
    """The document with this body under the heading `## title`, which is added at the end if it is new."""
    section = f"## {title}\n\n{body.strip()}\n"
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    if not found:
        return f"{document.rstrip()}\n\n{section}"
    rest = document[found.end() :]
    return document[: found.start()] + section + (f"\n{rest}" if rest else "")


def write(path: Path, title: str, body: str) -> None:
    """Put a section into the document."""
    document = path.read_text(encoding="utf-8") if path.exists() else INTRODUCTION
    path.write_text(replaced(document, title, body), encoding="utf-8")


def _processor() -> str:
    found = re.search(
        r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE
    )
    return found[1] if found else platform.machine()
