"""Overload: what the service says to requests that it cannot answer in time, in each protocol's own form."""

import json
import re

import pytest
import requests

from service import protocols
from service.errors import Overloaded

JSON = {"Content-Type": "application/json"}


def test_a_protocol_s_refusal_has_its_form():
    for path in ("/predict", "/v2/models/mnist/infer", "/v1/models/mnist:predict"):
        assert json.loads(protocols.error(path, 429, "no")) == {"error": "no"}
    assert json.loads(protocols.error("/invocations", 429, "no")) == {
        "error_code": "REQUEST_LIMIT_EXCEEDED",
        "message": "no",
    }


@pytest.mark.parametrize("express", [False], indirect=True)
def test_a_refusal_in_the_middle_says_when_to_come_again(client, app, monkeypatch, body, growth):
    growth("numeral_refusals_total", reason="deadline")

    def full(*_):
        raise Overloaded("deadline", "overloaded", wait=7)

    monkeypatch.setattr(type(app.extensions["models"].champion.current), "predict", full)
    answer = client.post("/predict", data=body(), headers=JSON)
    assert (answer.status_code, answer.json) == (429, {"error": "overloaded"})
    assert 7 <= int(answer.headers["Retry-After"]) <= 16
    assert growth("numeral_refusals_total", reason="deadline") == 1
    answer = client.post("/invocations", data=body(), headers=JSON)
    assert answer.json == {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "overloaded"}


@pytest.fixture
def server(serve, publish, tmp_path):
    publish(favourite=7)
    return serve(tmp_path / "registry", workers=1, queue_bytes=100_000)


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_a_body_for_which_there_is_no_room_is_refused_at_once(server, connect, receive, path):
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 300000\r\n\r\n"
    )
    answer = receive(connect(server, head.encode()))
    first, _, content = answer.partition(b"\r\n\r\n")
    assert (first.split()[1], b"\r\nRetry-After: " in first, b"\r\nX-Request-ID: " in first) == (
        b"429",
        True,
        True,
    )
    assert b"\r\nConnection: close" in first
    assert "overloaded: expected at most 100000 bytes of requests at once" in json.loads(content).values()


def test_refusals_are_counted_by_reason_and_logged(server, connect, receive):
    receive(connect(server, b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n"))
    text = requests.get(server.url + "/metrics", timeout=60).text
    assert 'numeral_refusals_total{reason="bytes"} 1.0' in text
    assert "numeral_queue_depth 0.0" in text
    lines = [json.loads(line) for line in server.stop().splitlines()]
    assert [line["path"] for line in lines if line.get("status") == 429] == ["/predict"]


def test_nothing_is_held_for_anybody_who_has_gone(server, body):
    requests.post(server.url + "/predict", data=body(), headers=JSON, timeout=60)
    text = requests.get(server.url + "/metrics", timeout=60).text
    assert "numeral_requests_in_flight 1.0" in text, "the scrape itself"
    assert "numeral_bytes_in_flight 0.0" in text


def test_a_request_in_a_hurry_is_answered_while_nobody_waits(server, body):
    headers = JSON | {"X-Request-Timeout-Ms": "1000"}
    answers = [
        requests.post(server.url + "/predict", data=body(), headers=headers, timeout=60) for _ in range(5)
    ]
    assert [answer.status_code for answer in answers] == [200] * 5


def test_nobody_is_answered_in_no_time(server, body):
    headers = JSON | {"X-Request-Timeout-Ms": "0"}
    for _ in range(2):
        requests.post(server.url + "/predict", data=body(), headers=JSON, timeout=60)
        answer = requests.post(server.url + "/predict", data=body(), headers=headers, timeout=60)
    assert (answer.status_code, int(answer.headers["Retry-After"]) >= 1) == (429, True)
    assert answer.json()["error"].startswith("overloaded: expected an answer within 0 ms, it would take ")


def test_the_wait_in_the_queue_of_every_request_is_measured(server, body):
    def measured():
        text = requests.get(server.url + "/metrics", timeout=60).text
        return float(re.search(r"^numeral_queue_seconds_count (\S+)$", text, re.MULTILINE)[1])

    before = measured()
    for _ in range(3):
        requests.post(server.url + "/predict", data=body(), headers=JSON, timeout=60)
    assert measured() - before == 4  # and the first scrape


def test_two_hundred_clients_that_trickle_hold_nobody_up(server, connect, body):
    content = body()
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    slow = [connect(server, head % len(content), content[:-1]) for _ in range(20)]
    slow += [connect(server, b"POST /predict HTTP/1.1\r\nHost") for _ in range(180)]
    answers = [
        requests.post(server.url + "/predict", data=content, headers=JSON, timeout=60) for _ in range(20)
    ]
    assert [answer.status_code for answer in answers] == [200] * 20
    slow[0].sendall(content[-1:])
    assert slow[0].recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
