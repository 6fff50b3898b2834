"""Routes: what answers where."""

from flask import Blueprint, Response, current_app, make_response, render_template, request

from model.registry.registry import CHAMPION
from service.api_documentation import media_types
from service.api_documentation.documentation_page import groups
from service.api_documentation.openapi import JSON, Operation, document
from service.observability import access_log
from service.observability import metrics as telemetry
from service.pages.drawing_page import MODULES, choices, told
from service.responses import as_json, varying
from service.serving import inference
from service.serving.inference import models

blueprint = Blueprint("service", __name__)

NAMING = ("version", "alias")  # in the page's address, what is to answer on it


@blueprint.app_context_processor
def site() -> dict[str, str]:
    """What every page links to."""
    return {"site_model": models().name}


@blueprint.get("/")
@Operation("documentation", {"text/html": None, JSON: "Health"}, unready=True)
def page() -> Response:
    """The page for people; a program that does not ask for one learns that the process lives (KServe v1)."""
    wanted = media_types.preferred(JSON, "text/html")
    return varying(healthz() if wanted == JSON else make_response(_page()))


def _page() -> str:
    champion = models().champion
    if champion.current is None:
        return render_template("page.html", failure=champion.failure, modules=MODULES)
    asked = {key: request.args[key] for key in NAMING if key in request.args}
    offered = choices(models(), asked)
    return render_template("page.html", **told(inference.served(asked)), **offered, failure=champion.failure)


@blueprint.get("/model")
@Operation("documentation", {JSON: "Model"})
def model() -> Response:
    """The served document without its weights."""
    return as_json(models().current().description())


@blueprint.get("/healthz")
@Operation("operation", {JSON: "Health"}, unready=True)
def healthz() -> Response:
    """The process lives."""
    access_log.note_probe()
    return as_json({"status": "alive"})


@blueprint.get("/readyz")
@Operation("operation", {JSON: "Readiness"})
def readyz() -> Response:
    """A model is served; `failure` tells why it may not be the newest."""
    access_log.note_probe()
    return as_json(
        {"status": "ready", "model": models().current().identity, "failure": models().champion.failure}
    )


@blueprint.get("/metrics")
@Operation("operation", {"text/plain": None}, unready=True)
def metrics() -> Response:
    """What Prometheus reads."""
    return Response(telemetry.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


@blueprint.get("/openapi.json")
@Operation("documentation", {JSON: "Any"}, unready=True)
def openapi() -> Response:
    """This surface, for machines."""
    return as_json(document(current_app, request.script_root))


@blueprint.get("/docs")
@Operation("documentation", {"text/html": None}, unready=True)
def docs() -> str:
    """This surface, for people, with examples that ask this server."""
    served = models().champion.current
    places = {"name": models().name, "version": served.version if served else "1", "label": CHAMPION}
    model = served.description() if served else None
    return render_template("docs.html", groups=groups(document(current_app), places), model=model)
