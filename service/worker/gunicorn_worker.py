"""The worker: gunicorn's own for gevent, with an even share of connections and a quick end."""

import errno
import gc
import socket
import sys
from contextlib import suppress
from functools import cached_property, partial
from http import HTTPStatus
from ssl import SSLError
from time import monotonic
from types import SimpleNamespace
from typing import Any

import gevent
import gevent.socket
import orjson
from gevent import monkey
from gunicorn.http import errors
from gunicorn.workers.ggevent import GeventWorker

from service.event_loop.connections import linger
from service.event_loop.timeouts import Limit, Limits
from service.worker.listener import Listener
from service.worker.load_balancing import Balance, Connections
from service.worker.malloc import keep_freed_blocks
from service.worker.signals import release_signals

SWITCH_SECONDS = 0.001  # after which a thread that computes lets the loop go on
LOOK_SECONDS = 0.02  # between looks at what is still open
LINGER_SECONDS = 0.8  # after SIGTERM, in which a kept connection may bring one more request
STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
    errors.ConfigurationProblem: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """A process that serves.

    At SIGTERM, connections that wait in the system's queue are accepted, requests that are there or on their
    way are answered, and connections without a whole head are closed soon.
    """

    balance, place = Balance(1), 0
    sockets: list[Any]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._listeners: list[Listener] = []
        self._idle = Limits()
        self._is_draining = False

    @cached_property
    def connections(self) -> Connections:
        """Those that are open, on all that is listened on."""
        return Connections(self.balance, self.place)

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

    def load_wsgi(self) -> None:
        """Load the application, which stays: the collector need not look through it again and again."""
        super().load_wsgi()
        gc.freeze()

    def init_signals(self) -> None:
        """Listen to signals, and to those that have come since the fork."""
        super().init_signals()
        release_signals()

    def server_class(self, sock: Any, *, spawn: Any, **options: Any) -> Listener:
        """Return a listener that serves as gunicorn's own does."""
        tls = {key: value for key, value in options.items() if key == "ssl_context"}
        address = sock.getsockname()  # connections that are accepted last are served when it is closed
        handle = partial(self.handle, SimpleNamespace(getsockname=lambda: address))
        listener = Listener(sock, self.connections, self._idle, handle=handle, spawn=spawn, **tls)
        self._listeners.append(listener)
        return listener

    def timeout_ctx(self) -> Limit:
        """Limit the wait for a request, in which a connection is idle."""
        return self._idle.within(self.cfg.keepalive)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Accept no more, and end soon."""
        super().handle_exit(sig, frame)
        self._start_draining()

    def notify(self) -> None:
        """Tell the master that the loop turns."""
        super().notify()
        self._idle.expire()
        if not self.alive:  # as --max-requests has it, too
            self._start_draining()

    def handle_request(self, *arguments: Any) -> Any:
        """Answer a request; a client that does not take its answer is one that has left."""
        try:
            return super().handle_request(*arguments)
        except TimeoutError as error:
            raise BrokenPipeError(errno.EPIPE, str(error)) from None

    def handle_error(self, _: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what gunicorn cannot, in JSON, as the last on its connection."""
        if isinstance(exc, SSLError):  # there is nobody to be answered
            return
        if isinstance(exc, errors.ParseException):
            fields = {"client": addr[0] if isinstance(addr, tuple) else ""}
            self.log.warning("a request was refused: %s", exc, extra={"fields": fields})
            status = STATUS.get(type(exc), HTTPStatus.BAD_REQUEST)
            message = self._reason(exc)
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
            linger(client)

    def _reason(self, exc: errors.ParseException) -> str:
        if isinstance(exc, errors.LimitRequestLine):
            return f"request line: expected at most {self.cfg.limit_request_line} bytes, got more"
        if isinstance(exc, errors.LimitRequestHeaders):
            count, size = self.cfg.limit_request_fields, self.cfg.limit_request_field_size
            return f"headers: expected at most {count}, each of at most {size} bytes; got more"
        return f"request: expected HTTP/1.1, got something else: {exc}"

    def _start_draining(self) -> None:
        if not self._is_draining:
            self._is_draining = True
            gevent.spawn(self._drain)

    def _drain(self) -> None:
        """Close what is idle, and end with the last connection: gunicorn itself looks once a second."""
        for listener in self._listeners:
            listener.close()
        end = monotonic() + LINGER_SECONDS
        while self.connections.open:
            if monotonic() > end:
                self._idle.expire_all()
            gevent.sleep(LOOK_SECONDS)
        gevent.kill(gevent.get_hub().parent, SystemExit(0))
