"""The overview of a model: every version with what it is worth, and how champions followed each other."""

from dataclasses import dataclass

from markupsafe import Markup

from model.registry.audit_log import Event
from report.charts.accuracy_by_version import standing
from report.sections.elements import Figure, Row, Table
from report.values.summary import moment
from report.values.typed_values import percent, text
from report.values.version_history import Entry, History
from report.version_report import templates

NAME, TITLE = "standing", "Accuracy by version"
MOST = 100  # events that are shown


@dataclass(frozen=True)
class Line:
    """A version in the list, in words."""

    version: int
    accuracy: str
    aliases: tuple[str, ...]
    dataset: str
    recipe: str
    when: str
    failure: str | None


def overview(history: History, address: str) -> Markup:
    """The overview as an <article>, for a page that has report.css and the colours that it names.

    Args:
        history: of the model.
        address: below which each version has its report.
    """
    template = templates().get_template("overview.html")
    page = template.render(
        name=history.name,
        address=address,
        failures=history.failures,
        lines=[_line(entry) for entry in history.versions],
        figure=accuracy(history),
        told=_told(history),
        log=_log(history.log),
        earlier=max(0, len(history.log) - MOST),
    )
    return Markup(page)  # noqa: S704  its template escapes


def accuracy(history: History) -> Figure | None:
    """The chart of accuracy over versions; None where no version tells its own."""
    points = [(entry.version, entry.accuracy) for entry in reversed(history.versions)]
    told = [(version, share) for version, share in points if share is not None]
    if not told:
        return None
    svg = standing(NAME, TITLE, _told(history), told, history.champion)
    rows = tuple((str(version), percent(share)) for version, share in told)
    return Figure(NAME, svg, Table(TITLE, ("version", "accuracy"), rows))


def _told(history: History) -> str:
    told = [(entry.accuracy, entry.version) for entry in history.versions if entry.accuracy is not None]
    if not told:
        return ""
    most, best = max(told)
    highest = f"Of {len(told):,} versions, version {best} has the highest accuracy: {percent(most)}."
    champion = history.champion
    return f"{highest} The champion is version {champion}." if champion is not None else highest


def _line(entry: Entry) -> Line:
    when = moment(entry.created_at) or "unknown"
    dataset, recipe = entry.dataset or "unknown", entry.recipe or "unknown"
    shown = percent(entry.accuracy)
    return Line(entry.version, shown, entry.aliases, dataset, recipe, when, entry.failure)


def _log(events: tuple[Event, ...]) -> Table | None:
    rows: tuple[Row, ...] = tuple(
        (
            moment(event.when) or "unknown",
            *(text(word) or "unknown" for word in (event.what, event.why, event.who)),
        )
        for event in events[:MOST]
    )
    return Table("Log, the newest first", ("when", "what", "why", "who"), rows) if rows else None
