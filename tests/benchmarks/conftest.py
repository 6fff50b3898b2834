"""A server for loads: it answers each request whole, as a script says, and keeps what it was sent."""

import socket
import threading
from collections.abc import Callable

import pytest

from benchmarks.loads.http import PIECE

REPLIES = {
    "ok": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "refused": b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n",
    "last": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
}


class ScriptedServer:
    """Sends what `reply` names of REPLIES for each request, counted from 0; closes where it is none."""

    def __init__(self, reply: Callable[[int], str]) -> None:
        self.requests: list[bytes] = []
        self._reply, self._lock, self._ended = reply, threading.Lock(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._ended.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join(30)
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            client, _ = self._listener.accept()
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            while content := client.recv(PIECE):
                with self._lock:
                    index = len(self.requests)
                    self.requests.append(content)
                name = self._reply(index)
                reply = REPLIES.get(name, b"")
                client.sendall(reply[:9])  # in pieces
                client.sendall(reply[9:])
                if name not in ("ok", "refused"):
                    return


@pytest.fixture
def scripted_server():
    """Start servers that end with the test."""
    servers = []

    def start(reply: Callable[[int], str] = lambda _: "ok") -> ScriptedServer:
        servers.append(ScriptedServer(reply))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
