"""The application: settings in, a Flask app out."""

import os
from typing import Any

import gevent
from flask import Flask, Response, request
from gevent import monkey
from werkzeug.routing import BaseConverter

from model.registry.registry import Registry
from model.settings import Settings
from service import errors, protocols
from service.event_loop.long_work import TakesLong, in_loop
from service.event_loop.loop_turn import Turn
from service.http.flask_request import Request
from service.http.root_path import RootPath, settings_from
from service.observability import access_log, metric_buffers, metrics
from service.pages import registry_pages
from service.pages.reports import Published
from service.routes import blueprint
from service.serving.admission import Admission
from service.serving.fast_path import Express
from service.serving.in_flight import IN_FLIGHT, InFlight, Load
from service.serving.repository import Models
from service.serving.thread_pool import Lane

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
FLUSH_SECONDS = 0.1  # between writes of log lines and counts


class Application(Flask):
    """A Flask app whose views run in a thread where they would hold up the loop.

    Attributes:
        lane: has the threads; None where requests have threads anyway.
    """

    request_class = Request
    lane: Lane | None = None

    def dispatch_request(self) -> Any:
        """Have a view answer."""
        if self.lane is None:
            return super().dispatch_request()
        flight: InFlight = request.environ[IN_FLIGHT]
        if not flight.is_long:
            token = in_loop.set(True)
            try:
                return super().dispatch_request()
            except TakesLong:  # the view begins again
                flight.is_long = True
                request.environ["wsgi.input"].seek(0)
            finally:
                in_loop.reset(token)
        return self.lane.run(flight, super().dispatch_request)


class Name(BaseConverter):
    """A part of a path that names something. What follows a colon is a verb, as in mnist:predict."""

    regex, part_isolating = "[^/:]+", True


def _error(status: int, message: str) -> Response:
    """An error in the form of the protocol that has its path."""
    return Response(protocols.error(request.path, status, message), status, mimetype="application/json")


def create_app(settings: Settings, turn: Turn | None = None, *, express: bool = True) -> Application:
    """Return an app that serves the champion: loaded, verified and warmed up where there is one.

    The champion is looked for once here, and every `settings.reload_seconds` from then on.

    Args:
        settings: of the service.
        turn: of the loop that serves it; None where requests have threads.
        express: whether plain requests are answered without Flask's routing.

    Raises:
        RegistryError: the settings name a model that cannot be one.
    """
    app = Application(__name__, static_folder="pages/static", template_folder="pages/templates")
    app.url_map.strict_slashes = False  # /docs/ is /docs
    app.url_map.converters["default"] = Name
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = settings.max_rows + 100  # files; one too many is told in its own words
    app.config["MAX_ROWS"] = settings.max_rows
    app.lane = Lane(settings.threads) if turn else None
    registry = Registry(settings.registry, settings.model)
    app.extensions["models"] = models = Models(registry, turn)
    app.extensions["published"] = Published(registry)
    access_log.register(app)
    errors.register(app, _error, protocols.missing)
    for each in (blueprint, registry_pages.blueprint, *protocols.BLUEPRINTS):
        app.register_blueprint(each)
    inner = app.wsgi_app
    if express:
        inner = Express(inner, models, protocols.plain(registry.name), settings.max_rows)
    load = Load(settings.queue_bytes)
    admission = Admission(inner, protocols.error, HEADERS, load, settings, turn, app.lane)
    root = settings.root_path
    app.wsgi_app = RootPath(admission, root) if root else admission  # type: ignore[method-assign]
    if turn:
        gevent.spawn(_look_after, admission, app.lane)
    _show(load, app.lane)
    models.champion.refresh()
    models.champion.watch(settings.reload_seconds)
    return app


def from_environment() -> Application:
    """Return the app that gunicorn runs: in gevent's loop, where its worker has one."""
    has_loop = monkey.is_module_patched("socket")
    if has_loop:
        access_log.buffer()
    metrics.show_blas_threads()
    return create_app(settings_from(os.environ), Turn() if has_loop else None)


def _show(load: Load, lane: Lane | None) -> None:
    """Have gauges show what is in flight."""

    def refresh() -> None:
        metrics.IN_FLIGHT.set(load.requests)
        metrics.BYTES_IN_FLIGHT.set(load.bytes)
        metrics.QUEUE_DEPTH.set(lane.waiting if lane else 0)

    metric_buffers.before_flush(refresh)


def _look_after(admission: Admission, lane: Lane) -> None:
    """Write what was logged and counted, and end what takes too long or is for nobody, again and again."""
    while True:
        gevent.sleep(FLUSH_SECONDS)
        access_log.flush()
        metric_buffers.flush()
        admission.limits.expire()
        lane.drop_disconnected()
