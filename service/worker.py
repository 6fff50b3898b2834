"""The worker: gunicorn's threads, given only to those who speak, and a door that closes at SIGTERM."""

import selectors
import struct
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from socket import SHUT_WR, SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

SILENCE_SECONDS = 20
LINGER_SECONDS = 2.0


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, mended in three places.

    Silence. gunicorn gives every new connection a thread and waits there for its first byte, so that a few
    silent ones hold up everybody; here, a connection has a thread once something has come. One that stops in
    the middle of its request, or of taking its answer, is given up after SILENCE_SECONDS, not never.

    Lingering. After its answer, a connection that ends is kept until the client closes it too, LINGER_SECONDS
    at most: an answer to a body that was not read would be lost otherwise. gunicorn waits for each such
    connection in the loop that serves all the others; here they are waited for together.

    The end. At SIGTERM, gunicorn keeps its listening sockets open until the last connection has ended. The
    system goes on queueing connections there and resets them in the end. Here, whoever waits in the queue is
    let in, and whoever comes later is refused at once and can turn elsewhere.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lingering: deque[Any] = deque()  # the one to be closed next is the first

    def run(self) -> None:
        """Serve until SIGTERM, and then until every connection has ended."""
        for listener in self.sockets:
            for option in (SO_RCVTIMEO, SO_SNDTIMEO):  # connections inherit them
                listener.setsockopt(SOL_SOCKET, option, struct.pack("ll", SILENCE_SECONDS, 0))
        super().run()

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection a thread, once it has spoken."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + SILENCE_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  gunicorn's signature
        """Open the door or close it; once the worker is to end, for good."""
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            self._let_in_the_queue(listener)
            listener.close()
        self.sockets.clear()
        for connection in self.pending_conns:  # nothing ever came from these
            connection.timeout = min(connection.timeout, time.monotonic() + LINGER_SECONDS)

    def _let_in_the_queue(self, listener: Any) -> None:
        connections = -1
        while connections != self.nr_conns:
            connections = self.nr_conns
            self.accept(listener)

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """After a request: keep the connection for the next one, or let it linger and end."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(SHUT_WR)
        except OSError:  # the client was faster
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout = time.monotonic() + LINGER_SECONDS
        self.lingering.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))

    def murder_pending(self) -> None:
        """Close whatever has been waited for long enough."""
        super().murder_pending()
        while self.lingering and self.lingering[0].timeout <= time.monotonic():
            self._close(self.lingering[0])

    def _drain(self, conn: Any, sock: Any) -> None:
        with suppress(OSError):  # nothing yet; or a reset, after which an end comes
            if not sock.recv(1 << 16):
                self._close(conn)

    def _close(self, conn: Any) -> None:
        self.lingering.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
