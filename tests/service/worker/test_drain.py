"""SIGTERM: whatever was let in is answered whole, and whoever comes later is refused at once."""

import json
import signal

import pytest
import requests
from server import wait_for

HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture
def server(serve, publish, tmp_path):
    publish(favourite=7)
    return serve(tmp_path / "registry", workers=2)


def refuses(server) -> bool:
    try:
        requests.get(server.url + "/healthz", timeout=60)
    except requests.ConnectionError as error:
        return "refused" in str(error)
    return False


def predictions_in(log: str) -> int:
    return sum(json.loads(line).get("path") == "/predict" for line in log.splitlines())


def test_clients_under_load_lose_no_answer(server, load):
    with load(server) as clients:
        wait_for(lambda: len(clients.answers) > 100)
        log = server.stop()
    assert server.process.returncode == 0
    assert [answer.json()["predictions"] for answer in clients.answers] == [[7]] * predictions_in(log)
    assert len(clients.errors) == len(clients.threads)
    assert {type(error) for error in clients.errors} == {requests.ConnectionError}


def test_a_request_that_is_half_sent_is_answered_while_others_are_refused(server, connect, receive, body):
    content = body()
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(content)
    half_sent = connect(server, head, content[:99])
    wait_for(server.answers)  # a later request is answered, so the earlier one is in
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: refuses(server))
    half_sent.sendall(content[99:])
    answer = receive(half_sent)
    assert (answer.split()[1], b'"predictions":[7]' in answer) == (b"200", True)
    assert server.process.wait(timeout=60) == 0


def test_who_was_being_answered_and_says_no_more_is_not_waited_for(server, connect, body):
    content = body(*[[0.5] * 784] * 3000)
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(content)
    client = connect(server, head, content)
    wait_for(
        lambda: b"numeral_queue_seconds_count" in requests.get(server.url + "/metrics", timeout=60).content
    )
    server.process.send_signal(signal.SIGTERM)
    assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
    assert server.process.wait(timeout=60) == 0, "not after the 30 s of NUMERAL_DRAIN_SECONDS"


def test_a_kept_connection_is_answered_once_more_and_then_closed(server, connect, receive):
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    kept = connect(server, request)
    assert b"keep-alive" in kept.recv(1 << 16)
    server.process.send_signal(signal.SIGTERM)
    kept.sendall(request)
    assert receive(kept).split()[1] == b"200"
    assert server.process.wait(timeout=60) == 0
