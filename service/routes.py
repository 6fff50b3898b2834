"""Routes: what answers where."""

from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from service import payload, telemetry
from service.errors import RequestError
from service.served import Champion, Served

OPENAPI = Path(__file__).with_name("openapi.json")

blueprint = Blueprint("service", __name__)


@blueprint.get("/")
def page() -> str:
    """The page for people."""
    served, failure = champion().current, champion().failure
    if served is None:
        return render_template("page.html", failure=failure)
    return render_template("page.html", model=served.description(), notes=served.notes, failure=failure)


@blueprint.post("/predict")
def predict() -> Response:
    """Classify a batch: one forward pass, whatever its size."""
    served = current()
    if request.mimetype != "application/json":
        got = request.mimetype or "none"
        raise RequestError(415, f"Content-Type: expected application/json, got {got}")
    limits = payload.Limits(served.document.input.shape, current_app.config["MAX_ROWS"])
    rows = payload.decode(_body(), limits)
    predicted, probabilities = served.predict(rows)
    telemetry.BATCH_ROWS.observe(len(rows))
    g.answered = {"version": served.manifest.version, "rows": len(rows)}
    classes = served.document.classes
    return as_json(
        {
            "model": served.identity,
            "predictions": predicted,
            "labels": [classes[index] for index in predicted],
            "probabilities": probabilities,
        }
    )


@blueprint.get("/model")
def model() -> Response:
    """The served document without its weights."""
    return as_json(current().description())


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process lives."""
    return as_json({"status": "alive"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """A model is served; `failure` tells why it may not be the newest."""
    return as_json({"status": "ready", "model": current().identity, "failure": champion().failure})


@blueprint.get("/metrics")
def metrics() -> Response:
    """What Prometheus reads."""
    return Response(telemetry.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """This surface, for machines."""
    return Response(OPENAPI.read_bytes(), mimetype="application/json")


def champion() -> Champion:
    """What this process serves from."""
    served: Champion = current_app.extensions["champion"]
    return served


def current() -> Served:
    """What is served at this moment: taken once in a request, so that an answer never mixes versions."""
    served = champion().current
    if served is None:
        raise RequestError(503, f"no model is served yet: {champion().failure}")
    return served


def _body() -> bytes:
    """The body, within the limit: one that comes in chunks is cut off there by werkzeug, without a word."""
    body = request.get_data(cache=False)
    if request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def as_json(content: dict[str, Any]) -> Response:
    """An answer as JSON; arrays of NumPy as they are."""
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), mimetype="application/json")
