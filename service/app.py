"""The application: settings in, a Flask app out."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from model.registry import Registry
from model.settings import Settings
from service import errors, journal, registry_pages
from service.models import Models
from service.protocols import BLUEPRINTS, refused
from service.published import Published
from service.routes import blueprint

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'"
    ),
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
    registry = Registry(settings.registry, settings.model)
    app.extensions["models"] = models = Models(registry)
    app.extensions["published"] = Published(registry)
    app.extensions["shares"] = lambda: (
        models.champion.current is not None and models.champion.current.batcher.shares
    )
    app.extensions["refused"] = refused
    journal.register(app)
    errors.register(app)
    for each in (blueprint, registry_pages.blueprint, *BLUEPRINTS):
        app.register_blueprint(each)
    app.wsgi_app = _Hardened(app.wsgi_app)  # type: ignore[method-assign]
    models.champion.refresh()
    models.champion.watch(settings.reload_seconds)
    return app


def from_environment() -> Flask:
    """The app that gunicorn runs."""
    return create_app(Settings.from_environment(os.environ))


class _Hardened:
    """A WSGI application whose answers have HEADERS, too."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, *HEADERS.items()], *error)

        return self._application(environ, start)
