"""Overload: what the service says to requests that it cannot answer in time, in each protocol's own form."""

import json
import re
import threading

import numpy as np
import pytest
import requests
from server import wait_for

from service import batcher
from service.batcher import Batcher, Cost
from service.errors import RequestError
from service.protocols import refused

JSON = {"Content-Type": "application/json"}
DEAR = Cost(fixed=1.0, row=0.001)


class Blocked:
    """A forward pass that goes on once it may."""

    def __init__(self):
        self.started, self.may_end = threading.Event(), threading.Event()

    def __call__(self, rows):
        self.started.set()
        assert self.may_end.wait(30)
        return rows.T


def test_a_protocol_s_refusal_has_its_form():
    assert refused(b"POST /predict HTTP/1.1\r\n", "no") == {"error": "no"}
    assert refused(b"POST /v2/models/mnist/infer HTTP/1.1\r\n", "no") == {"error": "no"}
    assert refused(b"POST /v1/models/mnist:predict HTTP/1.1\r\n", "no") == {"error": "no"}
    assert refused(b"POST /invocations HTTP/1.1\r\n", "no") == {
        "error_code": "REQUEST_LIMIT_EXCEEDED",
        "message": "no",
    }


def test_rows_that_wait_for_a_pass_have_a_limit(monkeypatch):
    rows = 3
    monkeypatch.setattr(batcher, "MOST_WAITING", rows)
    forward, shared = Blocked(), Batcher(DEAR)
    asked = [threading.Thread(target=shared.run, args=(np.zeros((size, 2)), forward)) for size in (1, rows)]
    asked[0].start()
    assert forward.started.wait(30)
    asked[1].start()
    wait_for(lambda: shared._rows_waiting == rows)
    with pytest.raises(RequestError, match="expected at most 3 rows to wait, got 4") as refusal:
        shared.run(np.zeros((1, 2)), forward)
    assert (refusal.value.status, refusal.value.retry_after >= 1) == (429, True)
    forward.may_end.set()
    for thread in asked:
        thread.join(30)
    assert shared._rows_waiting == 0
    assert shared.run(np.zeros((1, 2)), forward).shape == (2, 1)


def test_a_refusal_in_the_middle_says_when_to_come_again(client, app, monkeypatch, body):
    def full(*_):
        raise RequestError(429, "overloaded", retry_after=7)

    monkeypatch.setattr(type(app.extensions["models"].champion.current), "predict", full)
    answer = client.post("/predict", data=body(), headers=JSON)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json) == (
        429,
        "7",
        {"error": "overloaded"},
    )
    answer = client.post("/invocations", data=body(), headers=JSON)
    assert answer.json == {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "overloaded"}


@pytest.fixture
def server(serve, publish, tmp_path):
    publish(favourite=7)
    return serve(tmp_path / "registry", workers=1, queue_bytes=100_000)


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_a_body_for_which_there_is_no_room_is_refused_at_once(server, connect, receive, path):
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
    )
    answer = receive(connect(server, head.encode()))
    first, _, content = answer.partition(b"\r\n\r\n")
    assert (first.split()[1], b"\r\nRetry-After: " in first) == (b"429", True)
    assert "overloaded: expected at most 100000 bytes of requests at once" in json.loads(content).values()


def test_refusals_are_counted_by_reason(server, connect, receive):
    receive(connect(server, b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"))
    text = requests.get(server.url + "/metrics", timeout=5).text
    assert 'numeral_refusals_total{reason="bytes"} 1.0' in text
    assert "numeral_queue_depth 0.0" in text


def test_a_request_in_a_hurry_is_answered_while_nobody_waits(server, body):
    headers = JSON | {"X-Request-Timeout-Ms": "1000"}
    answers = [
        requests.post(server.url + "/predict", data=body(), headers=headers, timeout=30) for _ in range(5)
    ]
    assert [answer.status_code for answer in answers] == [200] * 5


def test_nobody_is_answered_in_no_time(server, body):
    headers = JSON | {"X-Request-Timeout-Ms": "0"}
    for _ in range(2):
        requests.post(server.url + "/predict", data=body(), headers=JSON, timeout=30)
        answer = requests.post(server.url + "/predict", data=body(), headers=headers, timeout=30)
    assert (answer.status_code, int(answer.headers["Retry-After"]) >= 1) == (429, True)
    assert answer.json()["error"].startswith("overloaded: expected an answer within 0 ms, it would take ")


def test_the_wait_in_the_queue_of_every_request_is_measured(server, body):
    def measured():
        text = requests.get(server.url + "/metrics", timeout=5).text
        return float(re.search(r"^numeral_queue_seconds_count (\S+)$", text, re.MULTILINE)[1])

    before = measured()
    for _ in range(3):
        requests.post(server.url + "/predict", data=body(), headers=JSON, timeout=30)
    assert measured() - before == 4  # and the first look


def test_two_hundred_clients_that_trickle_hold_nobody_up(server, connect, body):
    content = body()
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    slow = [connect(server, head % len(content), content[:-1]) for _ in range(20)]
    slow += [connect(server, b"POST /predict HTTP/1.1\r\nHost") for _ in range(180)]
    answers = [
        requests.post(server.url + "/predict", data=content, headers=JSON, timeout=30) for _ in range(20)
    ]
    assert [answer.status_code for answer in answers] == [200] * 20
    slow[0].sendall(content[-1:])
    assert slow[0].recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
