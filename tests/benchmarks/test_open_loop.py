"""The open loop: requests come at their rate, and every answer is seen with its status and time."""

import socket
import threading

import numpy as np
import pytest

from benchmarks.open_loop import OpenLoop, Seen, request
from benchmarks.wrk import Load

LOAD = Load("/predict", "application/json", b"{}", 1)
REPLIES = {
    200: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    429: b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n",
}


@pytest.fixture
def server():
    """Answers each request whole, every third one with a refusal, in pieces."""
    asked, ended = [], threading.Event()

    def answer(client: socket.socket) -> None:
        with client:
            while content := client.recv(1 << 16):
                asked.append(content)
                reply = REPLIES[200 if len(asked) % 3 else 429]
                client.sendall(reply[:9])
                client.sendall(reply[9:])

    def serve() -> None:
        while not ended.is_set():
            client, _ = listener.accept()
            threading.Thread(target=answer, args=(client,)).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], asked
        ended.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join(30)


def test_requests_come_at_their_rate_and_all_answers_are_seen(server):
    port, asked = server
    content = request(LOAD, ["X-Request-Timeout-Ms: 5"])
    loop = OpenLoop(port, content)
    seen = loop.run(rate=300, seconds=0.5)
    loop.close()
    assert set(asked) == {content}
    assert 80 < len(asked) < 240, "300 a second at random for half a second: 150, give or take six deviations"
    assert (seen.count(200) + seen.count(429), seen.unsent) == (len(asked), 0)
    assert seen.count(429) == len(asked) // 3
    assert 0 < seen.percentile(0.5) <= seen.percentile(0.99)


def test_a_request_is_whole():
    head, _, body = request(LOAD, ["A: b"]).partition(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (b"POST /predict HTTP/1.1", b"{}")
    assert {b"Content-Length: 2", b"Content-Type: application/json", b"A: b"} < set(head.split(b"\r\n"))


def test_percentiles_are_of_one_status():
    seen = Seen({200: [4.0, 1.0, 3.0, 2.0], 429: [9.0]})
    assert (seen.percentile(0.5), seen.percentile(0.99), seen.percentile(0.5, 429)) == (3.0, 4.0, 9.0)
    assert np.isnan(seen.percentile(0.5, 503))
