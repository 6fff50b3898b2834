"""The worker: gunicorn's own for gevent, with an even share of connections and a quick end."""

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Self

import gevent
import gevent.socket
import orjson
from gevent import monkey
from gevent.server import StreamServer
from gunicorn.http import errors
from gunicorn.workers.ggevent import GeventWorker

from service.balance import Balance
from service.memory import keep_freed_blocks
from service.signals import release_signals

SWITCH_SECONDS = 0.001  # after which a thread that computes lets the loop go on
PAUSE_SECONDS = 0.002  # in which a worker with fewer connections may accept one
LINGER_SECONDS = 0.8  # after SIGTERM, in which a kept connection may bring one more request
HANDSHAKE_SECONDS = 20
AT_ONCE = 64  # connections that are accepted in a turn of the loop
STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
    errors.ConfigurationProblem: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Server(StreamServer):  # type: ignore[misc]  # gevent has no types
    """A listener that leaves new connections to workers which have fewer.

    Args:
        listener: socket.
        balance: of the workers.
        place: of this one.
        options: of StreamServer.
    """

    max_accept = AT_ONCE

    def __init__(self, listener: Any, balance: Balance, place: int, **options: Any) -> None:
        self._balance, self._place, self._open, self._has_paused = balance, place, 0, False
        self._serve: Callable[..., None] = options.pop("handle")
        balance.set(place, 0)
        super().__init__(listener, handle=self._counted, **options)

    def do_read(self) -> Any:
        """Accept a connection; None where there is none, or another worker is to have it."""
        if not (self._has_paused or self._balance.may_accept(self._place)):
            self._has_paused = True
            self.stop_accepting()
            gevent.spawn_later(PAUSE_SECONDS, self._resume)
            return None
        self._has_paused = False  # no longer: a worker that is busy is not waited for
        accepted = super().do_read()
        if accepted:
            self._open += 1
            self._balance.set(self._place, self._open)
        return accepted

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> None:
        """Serve a client that speaks TLS; others are dropped without a word."""
        client_socket.settimeout(HANDSHAKE_SECONDS)
        try:
            wrapped = self.wrap_socket(client_socket, **self.ssl_args)
        except OSError:
            self._closed()
            client_socket.close()
            return
        with wrapped:
            self.handle(wrapped, address)

    def close(self) -> None:
        """Accept what waits in the system's queue, which would be reset, and listen no more."""
        if not self.closed:
            while accepted := super().do_read():
                self._open += 1
                self.do_handle(*accepted)
        self._balance.leave(self._place)
        super().close()

    def _resume(self) -> None:
        if self.started:
            self.start_accepting()

    def _counted(self, client: Any, address: Any) -> None:
        try:
            self._serve(client, address)
        finally:
            self._closed()

    def _closed(self) -> None:
        self._open -= 1
        if self.started:
            self._balance.set(self._place, self._open)


class Wait(gevent.Timeout):  # type: ignore[misc]  # gevent has no types
    """The time in which a connection may be silent until its next request is there; `idle` holds those on."""

    def __init__(self, idle: "set[Wait]", seconds: float) -> None:
        super().__init__(seconds, exception=False)
        self._idle, self._greenlet = idle, gevent.getcurrent()

    def __enter__(self) -> Self:
        self._idle.add(self)
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        self._idle.discard(self)
        return super().__exit__(*error)

    def end(self) -> None:
        """Let the connection be closed as if its time were over, unless its request comes first."""
        gevent.get_hub().loop.run_callback(self._end)

    def _end(self) -> None:
        if self in self._idle:
            self._greenlet.throw(self)


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """A process that serves.

    At SIGTERM, connections that wait in the system's queue are accepted, requests that are there or on their
    way are answered, and connections without one are closed.
    """

    balance, place = Balance(1), 0
    sockets: list[Any]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._servers: list[Server] = []
        self._idle: set[Wait] = set()

    def patch(self) -> None:
        """Make sockets cooperative. Threads stay threads: what takes long has one."""
        monkey.patch_all(thread=False, queue=False)
        self.sockets = [
            gevent.socket.socket(each.FAMILY, socket.SOCK_STREAM, fileno=each.sock.detach())
            for each in self.sockets
        ]

    def init_process(self) -> None:
        """Load the application and serve."""
        sys.setswitchinterval(SWITCH_SECONDS)
        keep_freed_blocks()
        super().init_process()

    def init_signals(self) -> None:
        """Listen to signals, and to those that have come since the fork."""
        super().init_signals()
        release_signals()

    def server_class(self, listener: Any, *, spawn: Any, **options: Any) -> Server:
        """Return a listener that serves as gunicorn's own does."""
        tls = {key: value for key, value in options.items() if key == "ssl_context"}
        handle = partial(self.handle, listener)
        server = Server(listener, self.balance, self.place, handle=handle, spawn=spawn, **tls)
        self._servers.append(server)
        return server

    def timeout_ctx(self) -> Wait:
        """Limit the wait for a request, and note that the connection is idle meanwhile."""
        return Wait(self._idle, self.cfg.keepalive)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Accept no more, and end soon."""
        super().handle_exit(sig, frame)
        gevent.spawn(self._drain)

    def notify(self) -> None:
        """Tell the master that the loop turns."""
        super().notify()
        if not self.alive and all(server.closed for server in self._servers):  # as --max-requests has it, too
            gevent.spawn_later(LINGER_SECONDS, self._end_idle)

    def handle_error(self, _: Any, client: Any, __: Any, exc: BaseException) -> None:
        """Answer what gunicorn cannot, in JSON, as the last on its connection."""
        if isinstance(exc, errors.ParseException):
            self.log.warning("a request was refused: %s", exc)
            status = STATUS.get(type(exc), HTTPStatus.BAD_REQUEST)
            message = f"request: expected HTTP/1.1, got something else: {exc}"
        else:
            self.log.error("a request ended in a bug", exc_info=exc)
            status, message = HTTPStatus.INTERNAL_SERVER_ERROR, "the service has a bug; its log tells more"
        content = orjson.dumps({"error": message})
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        with suppress(OSError):  # the client has left
            client.sendall(head.encode() + content)

    def _drain(self) -> None:
        for server in self._servers:
            server.close()
        gevent.sleep(LINGER_SECONDS)
        self._end_idle()

    def _end_idle(self) -> None:
        for wait in list(self._idle):
            wait.end()
