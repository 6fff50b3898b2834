"""Summary: a version in a few facts, and what people must know of it before anything else."""

from dataclasses import dataclass
from datetime import UTC, datetime

from model.document.document import Document
from report.values.confusion_counts import MOST, confusion_of
from report.values.typed_values import count, entries, mapping, number, percent, share, text

BUNDLED = "digits"
NOTICE = (
    "Trained on the 1,797 digits that come with the project, not on MNIST: "
    "it has seen few hands, and will misread more."
)


@dataclass(frozen=True)
class Summary:
    """What stands at the top.

    Attributes:
        name, version: of the model.
        accuracy: in per cent; None where the document does not tell it.
        notices: sentences.
        facts: names and values.
    """

    name: str
    version: int
    accuracy: str | None
    notices: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def summary(document: Document) -> Summary:
    """The summary of a document."""
    accuracy = share(document.metrics.get("accuracy"))
    return Summary(
        text(document.name) or "?",
        document.version,
        None if accuracy is None else percent(accuracy),
        _notices(document),
        tuple((name, value) for name, value in _facts(document) if value),
    )


def moment(value: object) -> str | None:
    """A time of RFC 3339 as people read it; other words as they are."""
    words = text(value)
    try:
        found = datetime.fromisoformat(words or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return words
    return f"{found.day} {found:%B %Y, %H:%M} UTC"


def _notices(document: Document) -> tuple[str, ...]:
    told = [text(note) for note in entries(document.lineage.get("notes"))]
    notes = tuple(note for note in told if note)
    bundled = (NOTICE,) if document.dataset.get("name") == BUNDLED else ()
    return (notes or bundled) + _missed(document)


def _missed(document: Document) -> tuple[str, ...]:
    """The classes of which not one test example is recognised, in a sentence, where there are such."""
    confusion = confusion_of(document)
    rows = enumerate(confusion.rows) if confusion else ()
    missed = [place for place, row in rows if any(row) and not row[place]]
    if not confusion or not missed:
        return ()
    labels = ", ".join(confusion.labels[place] for place in missed[:MOST])
    more = f" and {len(missed) - MOST} more" if len(missed) > MOST else ""
    return (f"It recognises no test example of {labels}{more}.",)


def _facts(document: Document) -> tuple[tuple[str, str | None], ...]:
    sizes = mapping(document.dataset.get("sizes"))
    seconds = number(document.training.get("seconds"))
    balanced = share(document.metrics.get("balanced_accuracy"))
    return (
        ("Data set", text(document.dataset.get("name")) or "unknown"),
        ("Examples", _examples(sizes)),
        ("Balanced accuracy", None if balanced is None else percent(balanced)),
        ("Published", moment(document.created_at)),
        ("Recipe", text(document.training.get("recipe")) or "unknown"),
        ("Units", " \N{EN DASH} ".join(f"{size:,}" for size in document.network.sizes)),
        ("Trained in", None if seconds is None else _duration(seconds)),
    )


def _examples(sizes: dict[str, object]) -> str | None:
    parts = ((part, count(sizes.get(part))) for part in ("train", "validation", "test"))
    return ", ".join(f"{number:,} {part}" for part, number in parts if number is not None) or None


def _duration(seconds: float) -> str:
    if seconds < 120:  # noqa: PLR2004  two minutes
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004  two hours
