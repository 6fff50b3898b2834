"""Inference: what every protocol asks for, and what is counted of it."""

import time

from flask import current_app

from model.activations import Array
from service import access_log, telemetry
from service.batch import Limits
from service.models import Models
from service.served import Answer, Served


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
    telemetry.DECODING.observe(time.perf_counter() - entry.began)
    given = served.predict(rows)
    telemetry.BATCH_ROWS.observe(len(rows))
    entry.rows = len(rows)
    return given


def _noted(served: Served) -> Served:
    access_log.entry().version = served.manifest.version
    return served
