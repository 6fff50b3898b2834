"""The registry's pages: the versions and the report of each, or JSON where no page is asked for."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, url_for

from report.values.typed_values import text
from report.values.version_history import History
from report.version_report import STATIC
from report.versions_overview import overview
from service import errors
from service.api_documentation import media_types
from service.api_documentation.openapi import JSON, Operation
from service.pages.reports import Published
from service.responses import as_json, varying

HTML = "text/html"

blueprint = Blueprint("registry", __name__, static_folder=STATIC, static_url_path="/static/report")


def _form(status: int, message: str) -> Response:
    """An error as its reader sees it."""
    if not _for_people():
        return varying(errors.answer(status, message))
    return varying(make_response(render_template("refused.html", message=message), status))


errors.register(blueprint, _form)


@blueprint.get("/models/<name>")
@Operation("documentation", {JSON: "History", HTML: None}, unready=True, pages=True)
def versions(name: str) -> Response:
    """Every version, where the aliases point, and the log.

    A page where `text/html` is accepted.
    """
    found = _published().history(name)
    if _for_people():
        return _page(
            "versions.html", name=name, overview=overview(found, url_for("registry.versions", name=name))
        )
    return varying(as_json(_told(found)))


@blueprint.get("/models/<name>/<version>")
@Operation("documentation", {JSON: "Model", HTML: None}, pages=True)
def version(name: str, version: str) -> Response:
    """What is known of a version, which may be named by an alias.

    A page where `text/html` is accepted: its report, with charts.
    """
    account = _published().account(name, version)
    if _for_people():
        aliases = _published().aliases(account.version)
        return _page("version.html", name=name, aliases=aliases, account=account)
    return varying(Response(account.description, mimetype=JSON))


def _told(found: History) -> dict[str, Any]:
    events = [
        {key: text(getattr(event, key)) or "unknown" for key in ("when", "who", "what", "why")}
        for event in found.log
    ]
    entries = [asdict(entry) for entry in found.versions]
    failures = list(found.failures)
    return {
        "name": found.name,
        "aliases": found.aliases,
        "versions": entries,
        "log": events,
        "failures": failures,
    }


def _page(template: str, **content: Any) -> Response:
    return varying(make_response(render_template(template, **content)))


def _for_people() -> bool:
    return media_types.preferred(JSON, HTML) == HTML


def _published() -> Published:
    found: Published = current_app.extensions["published"]
    return found
