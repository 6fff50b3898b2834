"""The door: where connections come in, unless it is another worker's turn, until it is closed for good."""

import logging
import time
from collections.abc import Callable, Sequence
from selectors import EVENT_READ, BaseSelector
from socket import socket
from typing import Any

WARNING_SECONDS = 1.0  # between two, of the same trouble
PAUSE_SECONDS = 0.001  # from one look at whose turn it is to the next
PATIENCE_SECONDS = 0.005  # in which a worker with fewer connections may take one
FORGOTTEN_SECONDS = 0.1  # after which a knock is another one

log = logging.getLogger(__name__)


class Door:
    """Some listening sockets, which other workers listen on, too.

    Args:
        listeners: the sockets.
        poller: of the worker's loop.
        has_room: whether the worker can take one more connection.
        is_turn: whether no other worker has fewer.
        enter: what takes a connection: its socket, the client's address, the server's.

    Attributes:
        opens: when, of `time.monotonic`, it opens again; None where it is not closed for a moment.
    """

    def __init__(
        self,
        listeners: Sequence[socket],
        poller: BaseSelector,
        has_room: Callable[[], bool],
        is_turn: Callable[[], bool],
        enter: Callable[[socket, Any, Any], None],
    ) -> None:
        self._listeners, self._poller = listeners, poller
        self._has_room, self._is_turn, self._enter = has_room, is_turn, enter
        self._since: float | None = None  # somebody has been knocking
        self._heard = 0.0
        self._next_warning = 0.0
        self.opens: float | None = None

    def open(self) -> None:
        """Let connections in, from now on."""
        self.opens = None
        for listener in self._listeners:
            listener.setblocking(False)
            self._poller.register(listener, EVENT_READ, lambda _, listener=listener: self._knocked(listener))

    def close(self) -> None:
        """Let in whoever waits in the system's queue; whoever comes later is refused by the system."""
        if self.opens is None:
            self._pause()
        for listener in self._listeners:
            while self._let_in(listener):
                pass
            listener.close()
        self.opens = None

    def _knocked(self, listener: socket) -> None:
        if self.opens is not None:  # closed since this was heard
            return
        if not self._has_room() or not (self._is_turn() or self._has_waited()):
            self._pause()
            return
        self._since = None
        entered = self._let_in(listener)
        while entered and self._has_room() and self._is_turn():
            entered = self._let_in(listener)

    def _has_waited(self) -> bool:
        """Whether somebody has been knocking for so long that it is nobody else's turn."""
        now = time.monotonic()
        if self._since is None or now - self._heard > FORGOTTEN_SECONDS:
            self._since = now
        self._heard = now
        return now - self._since >= PATIENCE_SECONDS

    def _pause(self) -> None:
        self.opens = time.monotonic() + PAUSE_SECONDS
        for listener in self._listeners:
            self._poller.unregister(listener)

    def _let_in(self, listener: socket) -> bool:
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another worker was faster; the client has gone
            return False
        except OSError as error:  # no file descriptors are left, for one
            self._warn(error)
            if self.opens is None:
                self._pause()
            return False
        self._enter(sock, client, listener.getsockname())
        return True

    def _warn(self, error: OSError) -> None:
        now = time.monotonic()
        if now >= self._next_warning:
            self._next_warning = now + WARNING_SECONDS
            log.warning("a connection cannot be taken: %s", error)
