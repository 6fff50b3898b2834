"""Inference: what every protocol asks for, and what is counted of it."""

import time

from flask import current_app

from model.arrays import Array
from service.errors import UNPROCESSABLE, RequestError
from service.inputs.json_rows import Limits
from service.observability import access_log, metrics
from service.serving.repository import Models
from service.serving.servable import Answer, Served


def models() -> Models:
    """What this process can answer with."""
    found: Models = current_app.extensions["models"]
    return found


def champion() -> Served:
    """What answers where no version is named.

    Raises:
        RequestError: 503, there is none yet.
    """
    return _noted(models().current())


def named(name: str, version: str | None = None, alias: str | None = None) -> Served:
    """What a request names.

    Raises:
        RequestError: 404, there is no such model, version or alias; 503, it cannot be served.
    """
    return _noted(models().of(name, version, alias))


def limits(served: Served) -> Limits:
    """What a batch for this version must keep to."""
    return Limits.of(served.document.input, current_app.config["MAX_ROWS"])


def answer(served: Served, rows: Array) -> Answer:
    """One forward pass for a batch (m, n_0) float32, whatever its size."""
    entry = access_log.entry()
    metrics.DECODING.observe(time.perf_counter() - entry.began)
    given = served.predict(rows)
    metrics.BATCH_ROWS.observe(len(rows))
    entry.rows = len(rows)
    return given


def _noted(served: Served) -> Served:
    access_log.entry().version = served.manifest.version
    return served


def served(asked: dict[str, str]) -> Served:
    """What `version` or `alias` names: the champion where there is neither.

    Raises:
        RequestError: 404, there is no such version or alias; 422, both are there; 503, it cannot be served.
    """
    if not asked:
        return champion()
    if "version" in asked and "alias" in asked:
        raise RequestError(UNPROCESSABLE, "query: expected version or alias, got both")
    return named(models().name, asked.get("version"), asked.get("alias"))
