"""Comparison: whether it is better than the champion that it followed."""

from typing import Any

from model.document.document import Document
from report.sections.elements import Section, Table
from report.values.typed_values import all_of, count, decimal, mapping, percent, share

NAME, TITLE = "comparison", "Against the version before it"
KINDS = ("both_right", "gained", "lost", "both_wrong")
SIGNIFICANCE = 0.05


def comparison(document: Document) -> Section:
    """McNemar's table of this version and the champion of that time, and what it means."""
    told = mapping(document.lineage.get("comparison"))
    version, p = count(told.get("version")), share(told.get("p"))
    counts = all_of((told.get(kind) for kind in KINDS), count)
    if version is None or p is None or counts is None:
        return Section(NAME, TITLE, (_missing(document.lineage),))
    both_right, gained, lost, both_wrong = (f"{number:,}" for number in counts)
    other = f"version {version}"
    table = Table(
        f"The same test examples, asked of this version and of {other}",
        ("", f"{other} right", f"{other} wrong"),
        (("this version right", both_right, gained), ("this version wrong", lost, both_wrong)),
    )
    return Section(NAME, TITLE, (_change(version, counts), _meaning(counts, p)), tables=(table,))


def _missing(lineage: dict[str, Any]) -> str:
    if "comparison" in lineage and lineage["comparison"] is None:
        return "There was no champion to compare it with."
    return "The document does not tell how it compares with the version before it."


def _change(version: int, counts: list[int]) -> str:
    both_right, gained, lost, both_wrong = counts
    tested = both_right + gained + lost + both_wrong
    gain = f"it gets {gained:,} right that version {version} got wrong"
    return f"Of {tested:,} test examples, {gain}, and {lost:,} wrong that version {version} got right."


def _meaning(counts: list[int], p: float) -> str:
    _, gained, lost, _ = counts
    if gained == lost == 0:
        return "Both are right on the same examples: nothing tells them apart."
    chance = f"two equally good versions would differ like this, or worse, with a chance of {percent(p, 1)}"
    if p < SIGNIFICANCE:
        return f"It is worse, and not by chance: {chance} (McNemar's exact test)."
    if gained > lost:
        return f"That is {gained - lost:,} more right: no sign that it is worse ({_p(p)})."
    return f"That is no sign that it is worse: {chance} ({_p(p)})."


def _p(p: float) -> str:
    return f"McNemar's exact test, one-sided, p = {decimal(p)}"
