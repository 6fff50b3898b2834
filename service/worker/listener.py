"""The listener: connections are accepted, and left to workers that have fewer."""

from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

import gevent
from gevent.server import StreamServer

from service.event_loop.timeouts import Limits
from service.worker.load_balancing import Connections

PAUSE_SECONDS = 0.002  # in which a worker with fewer connections may accept one
LATE_SECONDS = 0.0005  # for each of which a pause was longer, one more is accepted
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
        self._connections, self._handshakes = connections, handshakes
        self._paused, self._due = (
            0.0,
            0,
        )  # since when; how many connections that left to others, who did not take them
        self._serve: Callable[..., None] = options.pop("handle")
        super().__init__(listener, handle=self._counted, **options)

    def do_read(self) -> Any:
        """Accept a connection; None where there is none, or another worker is to have it."""
        if not (self._due or self._connections.may_accept()):
            self._paused = perf_counter()
            self.stop_accepting()
            gevent.spawn_later(PAUSE_SECONDS, self._resume)
            return None
        accepted = super().do_read()
        if accepted:
            self._connections.opened()
        self._due = max(self._due - 1, 0) if accepted else 0
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
        """Accept what workers with fewer did not: the more, the later it is, but half of what those have."""
        late = max(perf_counter() - self._paused - PAUSE_SECONDS, 0)
        self._due = 1 + min(int(late / LATE_SECONDS), self._connections.fewest() // 2)
        if self.started:
            self.start_accepting()

    def _counted(self, client: Any, address: Any) -> None:
        try:
            self._serve(client, address)
        finally:
            self._connections.closed()
