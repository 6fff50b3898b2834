"""The listener: connections are accepted, and left to workers that have fewer."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent.server import StreamServer

from service.balance import Connections
from service.limits import Limits

PAUSE_SECONDS = 0.002  # in which a worker with fewer connections may accept one
HANDSHAKE_SECONDS = 20
AT_ONCE = 64  # connections that are accepted in a turn of the loop


class Listener(StreamServer):  # type: ignore[misc]  # gevent has no types
    """A listener that leaves new connections to workers which have fewer.

    Args:
        listener: socket.
        connections: of this worker.
        handshakes: limits of their time.
        options: of StreamServer.
    """

    max_accept = AT_ONCE

    def __init__(self, listener: Any, connections: Connections, handshakes: Limits, **options: Any) -> None:
        self._connections, self._handshakes, self._has_paused = connections, handshakes, False
        self._serve: Callable[..., None] = options.pop("handle")
        super().__init__(listener, handle=self._counted, **options)

    def do_read(self) -> Any:
        """Accept a connection; None where there is none, or another worker is to have it."""
        if not (self._has_paused or self._connections.may_accept()):
            self._has_paused = True
            self.stop_accepting()
            gevent.spawn_later(PAUSE_SECONDS, self._resume)
            return None
        self._has_paused = False  # no longer: a worker that is busy is not waited for
        accepted = super().do_read()
        if accepted:
            self._connections.opened()
        return accepted

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> None:
        """Serve a client that speaks TLS; others are dropped without a word."""
        wrapped = None
        with suppress(OSError), self._handshakes.within(HANDSHAKE_SECONDS):
            wrapped = self.wrap_socket(client_socket, **self.ssl_args)
        if wrapped is None:
            client_socket.close()
            self._connections.closed()
            return
        with wrapped:
            self._counted(wrapped, address)

    def close(self) -> None:
        """Accept what waits in the system's queue, which would be reset, and listen no more."""
        if not self.closed:
            while not self.full() and (accepted := super().do_read()):
                self._connections.opened()
                self.do_handle(*accepted)
        self._connections.leave()
        super().close()

    def _resume(self) -> None:
        if self.started:
            self.start_accepting()

    def _counted(self, client: Any, address: Any) -> None:
        try:
            self._serve(client, address)
        finally:
            self._connections.closed()
