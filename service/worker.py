"""The worker: gunicorn's threads, with a door that closes at SIGTERM and a limit to a client's silence."""

import struct
import time
from socket import SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

SILENCE_SECONDS = 20


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, mended in two places.

    A client that stops in the middle of its request, or of taking its answer, would keep a thread for ever.
    After SILENCE_SECONDS it is given up.

    At SIGTERM, gunicorn keeps the listening sockets open until the last connection has ended. The system goes
    on queueing connections there, up to `graceful_timeout`, and resets them all in the end. Here, whoever
    waits in the queue is let in, and whoever comes later is refused at once and can turn elsewhere.
    """

    def run(self) -> None:
        """Serve until SIGTERM, and then until every connection has ended."""
        for listener in self.sockets:
            for option in (SO_RCVTIMEO, SO_SNDTIMEO):  # connections inherit them
                listener.setsockopt(SOL_SOCKET, option, struct.pack("ll", SILENCE_SECONDS, 0))
        super().run()

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
            connection.timeout = min(connection.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)

    def _let_in_the_queue(self, listener: object) -> None:
        connections = -1
        while connections != self.nr_conns:
            connections = self.nr_conns
            self.accept(listener)
