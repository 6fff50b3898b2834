"""Learning: how cost and accuracy went, epoch by epoch."""

from collections.abc import Callable
from typing import Any

from model.document.document import Document
from report.charts.line_chart import Series, line
from report.sections.elements import Figure, Row, Section, Table
from report.values.typed_values import count, decimal, entries, mapping, number, percent, share

PARTS = ("validation", "training")
MOST = 1000  # epochs that are drawn and listed

Read = Callable[[Any], float | None]


def learning(document: Document) -> Section:
    """The curves of cost and of accuracy, of training and of validation."""
    history = [mapping(entry) for entry in entries(document.training.get("history"))]
    history = [entry for entry in history if count(entry.get("epoch")) is not None]
    every = -(-len(history) // MOST) or 1
    kept = sorted(history[::every], key=lambda entry: entry["epoch"])
    figures = [_figure(kept, "cost", number, decimal), _figure(kept, "accuracy", share, percent)]
    text = _missing(kept)
    if every > 1:
        text += (f"Of {len(history):,} epochs, one in {every} is shown.",)
    return Section("learning", "How it learned", text, tuple(figure for figure in figures if figure))


def _figure(
    history: list[dict[str, Any]], what: str, read: Read, shown: Callable[[float | None], str]
) -> Figure | None:
    series = [each for each in (_series(history, part, what, read) for part in PARTS) if each.points]
    if not series:
        return None
    name, title = f"learning-{what}", f"{what.capitalize()} by epoch"
    description = " ".join(_told(each, what, shown) for each in series)
    svg = line(name, title, description, series, "epoch", shares=read is share)
    header = ("epoch", *(each.label for each in series))
    return Figure(name, svg, Table(title, header, _rows(series, shown)))


def _series(history: list[dict[str, Any]], part: str, what: str, read: Read) -> Series:
    found = ((entry["epoch"], read(entry.get(f"{part}_{what}"))) for entry in history)
    return Series(part, tuple((epoch, value) for epoch, value in found if value is not None))


def _rows(series: list[Series], shown: Callable[[float | None], str]) -> tuple[Row, ...]:
    values = [dict(each.points) for each in series]
    epochs = sorted(set().union(*values))
    return tuple((f"{epoch:g}", *(shown(each.get(epoch)) for each in values)) for epoch in epochs)


def _told(series: Series, what: str, shown: Callable[[float | None], str]) -> str:
    (first, begin), (last, end) = series.points[0], series.points[-1]
    name = f"{series.label.capitalize()} {what}"
    if first == last:
        return f"{name} is {shown(begin)} after epoch {first:g}."
    return f"{name} goes from {shown(begin)} after epoch {first:g} to {shown(end)} after epoch {last:g}."


def _missing(history: list[dict[str, Any]]) -> tuple[str, ...]:
    if not history:
        return ("The document tells nothing of the epochs of its training, so there are no learning curves.",)
    sentences = []
    for what, read in (("cost", number), ("accuracy", share)):
        lacking = [part for part in PARTS if not _series(history, part, what, read).points]
        if lacking:
            parts = " or ".join(f"{part} examples" for part in reversed(lacking))
            sentences.append(f"{what.capitalize()} on {parts} was not recorded in this training.")
    return tuple(sentences)
