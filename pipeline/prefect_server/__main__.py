"""python -m pipeline.prefect_server: Prefect's server, for its own pages and the programs of this machine.

A page of another site can send requests to loopback through its reader's browser. This server neither lets it
read nor write: a write takes a CSRF token that only Prefect's own pages can read; a Host that is not the
server's (DNS rebinding) is refused, as is an Origin, since WebSockets take no token.
"""

import argparse
import os
import re
import socket
import sys
from collections.abc import Collection, Sequence

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from model.parent_process import end_with

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
HOST = re.compile(r"(.*?)(?::[0-9]*)?")
FORBIDDEN = 403


class OwnOriginOnly:
    """An application that answers by its own names, and only its own pages among all pages.

    Args:
        app: what answers.
        names: hosts that it may be asked by, without ports.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(Headers(scope=scope))
        if refusal:
            await PlainTextResponse(refusal, FORBIDDEN)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> str | None:
        """What is wrong with where a request comes from; None where nothing is."""
        host, origin = headers.get("host", ""), headers.get("origin")
        name = HOST.fullmatch(host)
        if name is None or name[1].lower() not in self._names:
            return f"Host: expected one of {', '.join(sorted(self._names))}, got {host!r}"
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return f"Origin: expected that of {host}, got {origin!r}"
        return None


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args(arguments)
    if options.parent:
        end_with(options.parent)
    for setting, value in {
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_UI_API_URL": "/api",  # by whichever name the pages were asked for
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "",
    }.items():
        os.environ.setdefault(setting, value)
    from prefect.server.api.server import create_app  # noqa: PLC0415  reads the settings

    app = create_app(ephemeral=options.socket is not None, final=True)
    config = uvicorn.Config(
        OwnOriginOnly(app, {*LOOPBACK, *options.name}),
        host=options.host,
        port=options.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    listeners = None if options.socket is None else [socket.socket(fileno=options.socket)]
    server = uvicorn.Server(config)
    server.run(listeners)
    if not server.started:
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline.prefect_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=4200, help="port to listen on (default: 4200)")
    parser.add_argument(
        "--name", action="append", default=[], help="that it may be asked by, beside those of loopback"
    )
    parser.add_argument(
        "--socket", type=int, metavar="FD", help="that listens already: a temporary server, without pages"
    )
    parser.add_argument("--parent", type=int, metavar="PID", help="the process that it ends with")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
