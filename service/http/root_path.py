"""The root path: what a proxy puts before the service's paths, whether it takes it off again or not."""

from collections.abc import Iterable, MutableMapping
from typing import TYPE_CHECKING

from model.errors import SettingsError
from model.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SETTING, SCRIPT_NAME = "NUMERAL_ROOT_PATH", "SCRIPT_NAME"
OWN = (  # first parts of the service's own paths
    *("docs", "explain", "health", "healthz", "invocations", "metrics", "model", "models", "openapi.json"),
    *("ping", "predict", "readyz", "static", "v1", "v2", "version"),
)


class RootPath:
    """A WSGI application in front of another, which it tells of the root path.

    Args:
        application: that answers.
        root: such as `/numeral`.
    """

    def __init__(self, application: "WSGIApplication", root: str) -> None:
        self._application, self._root = application, root

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request for a path with the root, or without it."""
        path: str = environ["PATH_INFO"]
        if f"{path}/".startswith(f"{self._root}/"):
            environ["PATH_INFO"] = path[len(self._root) :] or "/"
        environ[SCRIPT_NAME] = self._root
        return self._application(environ, start_response)


def settings_from(environment: MutableMapping[str, str]) -> Settings:
    """Return the settings of the service.

    SCRIPT_NAME, with which gunicorn answers a path without it by an error, becomes NUMERAL_ROOT_PATH.

    Raises:
        SettingsError: as of any settings; or the root path begins as a path of the service does.
    """
    if root := environment.pop(SCRIPT_NAME, ""):
        environment.setdefault(SETTING, root)
    settings = Settings.from_environment(environment)
    first = settings.root_path[1:].partition("/")[0]
    if first in OWN:
        expected = "expected a path that begins as none of the service's own"
        raise SettingsError(f"{SETTING}: {expected}, got {settings.root_path!r}")
    return settings
