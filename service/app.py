"""The application: settings in, a Flask app out."""

import os

from flask import Flask, Response

from model.registry import Registry
from model.settings import Settings
from service import errors, journal
from service.models import Models
from service.protocols import BLUEPRINTS
from service.routes import blueprint

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(settings: Settings) -> Flask:
    """An app that serves the champion: loaded, verified and warmed up where there is one.

    The champion is looked for once here, and every `settings.reload_seconds` from then on.

    Raises:
        RegistryError: the settings name a model that cannot be one.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = settings.max_rows + 100  # files; one too many is told in its own words
    app.config["MAX_ROWS"] = settings.max_rows
    app.extensions["models"] = models = Models(Registry(settings.registry, settings.model))
    journal.register(app)
    errors.register(app)
    for each in (blueprint, *BLUEPRINTS):
        app.register_blueprint(each)
    app.after_request(_harden)
    models.champion.refresh()
    models.champion.watch(settings.reload_seconds)
    return app


def from_environment() -> Flask:
    """The app that gunicorn runs."""
    return create_app(Settings.from_environment(os.environ))


def _harden(response: Response) -> Response:
    response.headers.extend(HEADERS)
    return response
