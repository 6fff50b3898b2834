"""Classes: how often each is named rightly, and how often it is found."""

from model.document.document import Document
from report.charts.dot_plot import dots
from report.sections.elements import Figure, Section, Table
from report.values.confusion_counts import MOST, labels_of
from report.values.typed_values import all_of, entries, percent, share

NAME, TITLE = "classes", "Class by class"
MEANING = (
    "Precision: of those that it says are of a class, how many are.",
    "Recall: of those that are of it, how many it finds.",
)


def classes(document: Document) -> Section:
    """Precision and recall by class; of many classes, of those least often found."""
    labels = labels_of(document)
    precision, recall = (all_of(entries(document.metrics.get(key)), share) for key in ("precision", "recall"))
    if not precision or not recall or not len(precision) == len(recall) == len(labels):
        return Section(NAME, TITLE, ("The document does not tell precision and recall of each class.",))
    rows = list(zip(labels, precision, recall, strict=True))
    text: tuple[str, ...] = MEANING
    if len(rows) > MOST:
        rows = sorted(rows, key=lambda row: row[2])[:MOST]
        text += (f"Of {len(labels):,} classes, the {MOST} that are found least often are shown.",)
    return Section(NAME, TITLE, text, (_figure(rows),))


def _figure(rows: list[tuple[str, float, float]]) -> Figure:
    title = "Precision and recall by class"
    label, _, worst = min(rows, key=lambda row: row[2])
    told = f"Least often found is {label}: {percent(worst)} of its examples."
    labels, precision, recall = zip(*rows, strict=True)
    svg = dots(NAME, title, told, labels, (("precision", precision), ("recall", recall)))
    cells = tuple((label, percent(named), percent(found)) for label, named, found in rows)
    return Figure(NAME, svg, Table(title, ("class", "precision", "recall"), cells))
