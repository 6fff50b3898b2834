"""Origin: the recipe and the lineage, whole, as the document has them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from model.document.document import Document
from report.sections.elements import Row, Section, Table
from report.values.typed_values import text

MOST = 200  # facts of each table
DEEPEST = 8


def recipe(document: Document) -> Section:
    """Every hyper-parameter."""
    told = {key: value for key, value in document.training.items() if key != "history"}
    title, missing = "Recipe", "The document does not tell how it was trained."
    return _section("recipe", title, "Training and its hyper-parameters", told, missing)


def lineage(document: Document) -> Section:
    """Data, code, run, parent and libraries."""
    told = {**document.lineage, **{f"dataset.{key}": value for key, value in document.dataset.items()}}
    kept = {key: value for key, value in told.items() if key not in ("comparison", "dataset.samples")}
    title, missing = "Lineage", "The document does not tell where it comes from."
    return _section("lineage", title, "Data, code and libraries", kept, missing)


def _section(name: str, title: str, caption: str, told: dict[str, Any], missing: str) -> Section:
    rows = tuple(islice(_facts(told), MOST + 1))
    if not told:
        return Section(name, title, (missing,))
    sentence = (f"The first {MOST} facts of the document; it has more.",) if len(rows) > MOST else ()
    return Section(name, title, sentence, tables=(Table(caption, ("fact", "value"), rows[:MOST]),))


def _facts(value: Any, name: str = "", depth: int = 0) -> Iterator[Row]:
    """A row for each fact, those inside others named by their path."""
    if depth < DEEPEST and isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _facts(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif (
        depth < DEEPEST and isinstance(value, list | tuple) and any(isinstance(each, dict) for each in value)
    ):
        for place, inner in enumerate(value):
            yield from _facts(inner, f"{name}[{place}]", depth + 1)
    else:
        yield text(name) or "", _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return text(", ".join(_shown(each) for each in islice(value, MOST))) or "none"
    if value is None or value == {}:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        text(value if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else str(value))
        or ""
    )
