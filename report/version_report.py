"""The report of a version: HTML for a page that has a style sheet, a file that is whole, charts alone."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from model.document.document import Document
from report.sections.calibration import calibration
from report.sections.champion_comparison import comparison
from report.sections.confusion import confusion
from report.sections.elements import Section
from report.sections.learning_curves import learning
from report.sections.mistakes import mistakes
from report.sections.precision_and_recall import classes
from report.sections.recipe_and_lineage import lineage, recipe
from report.sections.weights import weights
from report.values.summary import summary

STATIC = Path(__file__).with_name("static")
SECTIONS = (mistakes, confusion, classes, calibration, learning, comparison, weights, recipe, lineage)
CHARTED = (learning, confusion, classes, calibration)


def fragment(document: Document) -> Markup:
    """The report as an <article>, for a page that has report.css and the colours that it names."""
    return Markup(_rendered("report.html", document))  # noqa: S704  its templates escape


def whole(document: Document) -> str:
    """The report as a page that needs no other file."""
    return _rendered("file.html", document, style=_style())


def charts_of(document: Document) -> dict[str, str]:
    """The name of each chart that the document has the numbers for, and its SVG."""
    return {figure.name: figure.svg for section in CHARTED for figure in section(document).figures}


@cache
def templates() -> Environment:
    """The report's templates; they escape whatever is not Markup."""
    return Environment(
        loader=PackageLoader("report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _rendered(template: str, document: Document, **more: Markup) -> str:
    sections: list[Section] = [section(document) for section in SECTIONS]
    return templates().get_template(template).render(summary=summary(document), sections=sections, **more)


def _style() -> Markup:
    sheets = (STATIC / name for name in ("file.css", "report.css"))
    return Markup("\n").join(Markup(sheet.read_text(encoding="utf-8")) for sheet in sheets)  # noqa: S704  our own
