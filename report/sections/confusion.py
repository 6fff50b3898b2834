"""Confusion: which classes are taken for which."""

from model.document.document import Document
from report.charts.confusion_matrix import matrix
from report.sections.elements import Figure, Section, Table
from report.values.confusion_counts import MOST, Confusion, confusion_of
from report.values.typed_values import percent

NAME, TITLE = "confusion", "What is taken for what"


def confusion(document: Document) -> Section:
    """The confusion matrix; of many classes, the most frequent mistakes alone."""
    found = confusion_of(document)
    if found is None:
        return Section(NAME, TITLE, ("The document has no confusion matrix of its classes.",))
    text: tuple[str, ...] = (_told(found),)
    if len(found.labels) > MOST:
        text += (f"With {len(found.labels):,} classes there is no room for all pairs of them.",)
        return Section(NAME, TITLE, text, tables=(_most_frequent(found),))
    svg = matrix(NAME, "Confusion matrix", _told(found), found.labels, found.rows)
    rows = tuple(
        (label, *(f"{number:,}" for number in row))
        for label, row in zip(found.labels, found.rows, strict=True)
    )
    table = Table("Confusion matrix, in test examples", ("true \\ said", *found.labels), rows)
    return Section(NAME, TITLE, text, (Figure(NAME, svg, table),))


def _told(found: Confusion) -> str:
    if not found.total:
        return "No test example was counted."
    share = (
        f"{found.right:,} of {found.total:,} test examples ({percent(found.right / found.total)}) are right"
    )
    mistakes = found.mistakes()
    if not mistakes:
        return f"{share}."
    number, true, said = mistakes[0]
    return f"{share}. The most frequent mistake: {true} is taken for {said}, {_times(number)}."


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _most_frequent(found: Confusion) -> Table:
    rows = tuple((true, said, f"{number:,}") for number, true, said in found.mistakes()[:MOST])
    return Table("The most frequent mistakes", ("true", "said", "examples"), rows)
