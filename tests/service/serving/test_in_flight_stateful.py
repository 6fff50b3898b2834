"""Whatever clients do, and whenever they leave: an idle service holds no bytes, no work and no request."""

import gzip
import json
import re
import socket
import struct
from pathlib import Path

import numpy as np
import pytest
import requests
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from server import Server, children, wait_for

from model.registry.registry import Registry

OCTETS, PACKED = "application/octet-stream", "Content-Encoding: gzip\r\n"
CHUNKED = (
    b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
GROWTH_BYTES = 96 << 20


def request(
    method: str, path: str, body: bytes = b"", content_type: str = "application/json", extra: str = ""
):
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{extra}"
    if method == "POST":
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


ONE = json.dumps({"instances": [[0.5] * 784]}).encode()
MANY = gzip.compress(bytes(784 * 1500))
REQUESTS = (
    request("GET", "/healthz"),
    request("POST", "/predict", ONE),
    request("POST", "/predict", bytes(784 * 500), OCTETS),
    request("POST", "/predict", MANY, OCTETS, PACKED),
    request("POST", "/predict?details=true", bytes(784 * 300), OCTETS),
    request("POST", "/predict?version=1", ONE),
    request("POST", "/explain", ONE),
    request("POST", "/nothing", b"x" * 200_000),
    request("GET", "/models/mnist/1", extra="Accept: text/html\r\n"),
    request("GET", "/docs"),
    request("POST", "/predict", ONE, extra="Expect: 100-continue\r\n"),
    request("POST", "/predict", ONE, extra="X-Request-Timeout-Ms: 1\r\n"),
    request("POST", "/predict", b"no image", "image/png"),
    CHUNKED + b"310\r\n" + bytes(784) + b"\r\n0\r\n\r\n",
    CHUNKED + b"zz\r\n",
    b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 40000000\r\n\r\n",
    b"junk\r\n\r\n",
)


class Clients(RuleBasedStateMachine):
    """Connections that send, cut, pipeline, close by halves, or reset, at any moment."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[socket.socket, bytearray]] = []  # and what is still to be sent

    def _connection(self, index: int) -> tuple[socket.socket, bytearray]:
        if index >= len(self.open):
            self.open.append((socket.create_connection(("127.0.0.1", self.server.port), 30), bytearray()))
        return self.open[min(index, len(self.open) - 1)]

    def _send(self, client: socket.socket, data: bytes) -> None:
        client.setblocking(False)
        try:
            client.send(data)
        except OSError:  # the service has ended it, or takes no more for now
            return

    @rule(
        index=strategies.integers(0, 7),
        what=strategies.lists(strategies.sampled_from(range(len(REQUESTS))), min_size=1, max_size=4),
    )
    def send_whole(self, index, what):
        client, rest = self._connection(index)
        self._send(client, bytes(rest) + b"".join(REQUESTS[each] for each in what))
        rest.clear()

    @rule(
        index=strategies.integers(0, 7),
        what=strategies.sampled_from(range(len(REQUESTS))),
        share=strategies.floats(0, 1),
    )
    def send_part(self, index, what, share):
        client, rest = self._connection(index)
        rest += REQUESTS[what]
        size = int(len(rest) * share)
        self._send(client, bytes(rest[:size]))
        del rest[:size]

    @rule(index=strategies.integers(0, 7), size=strategies.sampled_from([1, 1000, 1_000_000]))
    def receive(self, index, size):
        client, _ = self._connection(index)
        client.setblocking(False)
        try:
            client.recv(size)
        except OSError:
            return

    @rule(index=strategies.integers(0, 7), how=strategies.sampled_from(["close", "half", "reset"]))
    def leave(self, index, how):
        if index >= len(self.open):
            return
        client, _ = self.open[index]
        if how == "half":
            try:
                client.shutdown(socket.SHUT_WR)
            except OSError:
                return
            return
        if how == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        del self.open[index]

    def teardown(self) -> None:
        for client, _ in self.open:
            client.close()
        wait_for(lambda: idle(self.server))


def idle(server: Server) -> bool:
    """Whether nothing is held but for the request that asks."""
    text = requests.get(server.url + "/metrics", timeout=60).text
    gauges = dict(
        re.findall(r"^numeral_(requests_in_flight|bytes_in_flight|queue_depth) (\S+)$", text, re.MULTILINE)
    )
    return gauges == {"requests_in_flight": "1.0", "bytes_in_flight": "0.0", "queue_depth": "0.0"}


def answers_what_takes_long(server: Server) -> bool:
    headers = {"Content-Type": OCTETS, "Content-Encoding": "gzip"}
    return requests.post(server.url + "/predict", data=MANY, headers=headers, timeout=60).status_code == 200


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.fixture
def server(make_document, tmp_path, serve):
    registry = Registry(tmp_path / "registry", "mnist")
    for favourite in (3, 7):
        manifest = registry.publish(make_document(favourite=favourite), "for a test")
    registry.point("champion", manifest.version, "for a test")
    return serve(tmp_path / "registry", workers=1)


def test_an_idle_service_holds_nothing_whatever_clients_did(server):
    for _ in range(20):
        assert answers_what_takes_long(server)
    (worker,) = children(server.process.pid)
    before = resident(worker)

    class Machine(Clients):
        pass

    Machine.server = server
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=40, stateful_step_count=25, deadline=None)
    )
    assert [answers_what_takes_long(server) for _ in range(20)] == [True] * 20
    assert children(server.process.pid) == [worker], "the same process"
    assert resident(worker) < before + GROWTH_BYTES


def test_no_answer_is_another_s(server, rng):
    """Rows of many clients at once, each of which knows what the network says of its own."""
    network = Registry(server.log.parent / "registry", "mnist").load(2)[0].network
    rows = rng.random((40, 784)).astype(np.float32)
    expected = network.forward(rows.T).T
    clients = []
    for row in rows:
        client = socket.create_connection(("127.0.0.1", server.port), 30)
        clients.append(client)
        client.sendall(
            request(
                "POST",
                "/predict",
                json.dumps({"instances": [row.tolist()]}).encode(),
                extra="Connection: close\r\n",
            )
        )
    for client, probabilities in zip(clients, expected, strict=True):
        with client:
            answer = b"".join(iter(lambda client=client: client.recv(1 << 16), b""))
        said = json.loads(answer.partition(b"\r\n\r\n")[2])["probabilities"][0]
        np.testing.assert_allclose(said, probabilities, atol=1e-5)
