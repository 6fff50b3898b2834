"""Calibration: whether its confidence can be believed."""

from typing import Any

from model.document.document import Document
from report.charts.reliability_diagram import Bin, reliability
from report.sections.elements import Figure, Section, Table
from report.values.typed_values import count, entries, mapping, percent, share

NAME, TITLE = "calibration", "Whether its confidence can be believed"


def calibration(document: Document) -> Section:
    """The reliability diagram, the expected calibration error, and where the model is sure."""
    found = [_bin(mapping(entry)) for entry in entries(document.metrics.get("calibration"))]
    bins = sorted((each for each in found if each), key=lambda each: each.low)
    error = share(document.metrics.get("calibration_error"))
    text: tuple[str, ...] = () if error is None else (_error(error),)
    if not bins:
        why = "The document does not tell how confident right and wrong answers were"
        return Section(NAME, TITLE, (*text, f"{why}, so there is no reliability diagram."))
    text += _sure(document.metrics)
    sure_from = share(document.metrics.get("sure_from"))
    told = " ".join((_range(bins), *text))
    svg = reliability(NAME, "Reliability diagram", told, bins, sure_from)
    reading = (
        "Bars on the dashed line are honest: below it the model is too sure of itself, above it too modest."
    )
    return Section(NAME, TITLE, (*text, reading), (Figure(NAME, svg, _table(bins)),))


def _bin(entry: dict[str, Any]) -> Bin | None:
    low, high, confidence, accuracy = (
        share(entry.get(key)) for key in ("from", "to", "confidence", "accuracy")
    )
    answers = count(entry.get("answers"))
    if low is None or high is None or confidence is None or accuracy is None or answers is None:
        return None
    return Bin(low, high, answers, confidence, accuracy) if low < high else None


def _error(error: float) -> str:
    return (
        f"Expected calibration error: {percent(error)}, by which confidence and accuracy differ on average."
    )


def _sure(metrics: dict[str, Any]) -> tuple[str, ...]:
    sure_from = share(metrics.get("sure_from"))
    if sure_from is not None:
        said = f"From a confidence of {percent(sure_from, 0)} on, nine answers of ten or more are right"
        return (f"{said}: below that it is not sure.",)
    if "sure_from" in metrics and metrics["sure_from"] is None:
        return ("There is no confidence from which on nine answers of ten are right.",)
    return ()


def _range(bins: list[Bin]) -> str:
    last = bins[-1]
    part = f"a confidence of {percent(last.low, 0)} to {percent(last.high, 0)}"
    return f"Of {last.answers:,} answers with {part}, {percent(last.accuracy)} are right."


def _table(bins: list[Bin]) -> Table:
    rows = tuple(
        (
            f"{percent(each.low, 1)} to {percent(each.high, 1)}",
            f"{each.answers:,}",
            percent(each.confidence),
            percent(each.accuracy),
        )
        for each in bins
    )
    return Table("Answers by confidence", ("confidence", "answers", "mean confidence", "share right"), rows)
