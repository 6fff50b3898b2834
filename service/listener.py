"""The listener: connections are accepted, and left to workers that have fewer."""

from collections.abc import Callable
from typing import Any

import gevent
from gevent.server import StreamServer

from service.balance import Balance

PAUSE_SECONDS = 0.002  # in which a worker with fewer connections may accept one
HANDSHAKE_SECONDS = 20
AT_ONCE = 64  # connections that are accepted in a turn of the loop


class Listener(StreamServer):  # type: ignore[misc]  # gevent has no types
    """A listener that leaves new connections to workers which have fewer.

    Args:
        listener: socket.
        balance: of the workers.
        place: of this one.
        options: of StreamServer.

    Attributes:
        open: connections.
    """

    max_accept = AT_ONCE

    def __init__(self, listener: Any, balance: Balance, place: int, **options: Any) -> None:
        self._balance, self._place, self._has_paused = balance, place, False
        self.open = 0
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
            self.open += 1
            self._balance.set(self._place, self.open)
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
                self.open += 1
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
        self.open -= 1
        if self.started:
            self._balance.set(self._place, self.open)
