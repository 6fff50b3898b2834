"""What real connections bring: bodies too large, cut off or in broken chunks, clients that do not let go."""

import base64
import gzip
import json
import os
import signal
import socket
import subprocess
import threading
from contextlib import suppress

import pytest
import requests
from pictures import content, draw
from server import children, wait_for

HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
JSON = {"Content-Type": "application/json"}
LARGE = 40_000_000  # bytes; the limit is 33,554,432
TOO_LARGE = b'{"error":"body: expected at most 33554432 bytes, got more"}'


@pytest.fixture
def server(serve, publish, tmp_path):
    publish()
    return serve(tmp_path / "registry", workers=1)


def test_headers_alone_decide_that_a_body_is_too_large(server, connect, receive):
    answer = receive(connect(server, HEAD + b"Content-Length: 33554433\r\n\r\n"))
    assert (answer.split()[1], answer.endswith(TOO_LARGE)) == (b"413", True)


@pytest.mark.parametrize("chunks", [False, True], ids=["with a length", "in chunks"])
def test_requests_sees_the_answer_to_a_body_that_is_too_large(server, chunks):
    content = (b" " * 100_000 for _ in range(LARGE // 100_000)) if chunks else b" " * LARGE
    answer = requests.post(server.url + "/predict", data=content, headers=JSON, timeout=60)
    assert (answer.status_code, answer.content) == (413, TOO_LARGE)


@pytest.mark.parametrize("expect", ["Expect: 100-continue", "Expect:"], ids=["asking first", "at once"])
def test_curl_sees_the_answer_to_a_body_that_is_too_large(server, tmp_path, expect):
    content = tmp_path / "body"
    content.write_bytes(b" " * LARGE)
    command = ["curl", "--silent", "--show-error", "--data-binary", f"@{content}", "--header", expect,
               "--header", "Content-Type: application/json", server.url + "/predict"]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert ended.stdout == TOO_LARGE


def test_no_way_to_break_a_body_is_a_bug(server, connect, receive):
    broken = {
        CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n": b"400",
        CHUNKED + b"2\r\n{}xx0\r\n\r\n": b"400",
        CHUNKED + b'2;a="\r\n{}\r\n0\r\n\r\n': b"400",
        CHUNKED + b"2\r\n{}\r\n0\r\nno trailer\r\n\r\n": b"400",
        CHUNKED + b"2\r\n{}\r\n0\r\n\r\n": b"422",
        HEAD + b"\r\n": b"400",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}": b"400",
        HEAD + b"SCRIPT_NAME: /elsewhere\r\nContent-Length: 2\r\n\r\n{}": b"422",
    }
    assert {content: receive(connect(server, content)).split()[1] for content in broken} == broken


def test_work_that_waits_for_clients_that_have_left_is_not_done(serve, publish, tmp_path, connect):
    publish()
    server = serve(tmp_path / "registry", workers=1, threads=1, request_timeout_ms=600_000)
    image = content(draw((4000, 4000), scale=20, pen=200))
    head = HEAD.replace(b"application/json", b"image/png") + b"Content-Length: %d\r\n\r\n" % len(image)
    (worker,) = children(server.process.pid)
    os.kill(worker, signal.SIGSTOP)  # it hears of all of them at once
    for _ in range(10):
        connect(server, head, image).close()
    os.kill(worker, signal.SIGCONT)

    def statuses() -> list[int]:
        whole, _, _ = server.log.read_text().rpartition("\n")
        lines = map(json.loads, whole.splitlines())
        return [line["status"] for line in lines if line.get("path") == "/predict"]

    wait_for(lambda: len(statuses()) == 10)
    assert {200, 499} == set(statuses())


def test_chunks_are_a_batch_too(server, connect, receive, body):
    content = body()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (content[:99], content[99:]))
    assert receive(connect(server, CHUNKED + chunks + b"0\r\n\r\n")).split()[1] == b"200"


def test_silent_clients_hold_up_nobody(serve, tmp_path, connect):
    server = serve(tmp_path / "registry", ready=False, workers=1)
    silent = [connect(server) for _ in range(50)]  # gunicorn itself would give each a thread for five seconds
    assert requests.get(server.url + "/healthz", timeout=60).ok
    assert len(silent) == 50


def test_clients_that_do_not_let_go_hold_up_nobody(server, connect, receive):
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    kept = [connect(server, request) for _ in range(30)]  # gunicorn itself would wait two seconds for each
    assert [receive(connection).split()[1] for connection in kept] == [b"200"] * 30
    assert requests.get(server.url + "/healthz", timeout=60).ok


def test_a_client_that_leaves_in_the_middle_harms_nobody(server, connect, body):
    connect(server, HEAD + b"Content-Length: 5000\r\n\r\n" + body()[:500]).close()
    assert requests.post(server.url + "/predict", data=body(), headers=JSON, timeout=60).status_code == 200


@pytest.mark.parametrize("length", ["9" * 19, "9" * 4000], ids=len)
def test_a_length_beyond_all_numbers_is_too_large_and_ends_the_connection(server, connect, receive, length):
    answer = receive(
        connect(server, HEAD.replace(b"close", b"keep-alive"), f"Content-Length: {length}\r\n\r\n".encode())
    )
    assert (answer.split()[1], answer.endswith(TOO_LARGE)) == (b"413", True)
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 100,
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"
        * 50,
        b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 19 + b"\r\n\r\n" + bytes(100_000),
        CHUNKED + b"1\r\nx\r\n" * 20_000,
        b"junk\r\n\r\n" + bytes(100_000),
    ],
    ids=["pipelined reads", "pipelined batches", "more than any body", "tiny chunks", "no HTTP"],
)
def test_a_client_that_never_pauses_is_not_the_only_one_heard(server, connect, endless):
    client, ended = connect(server), threading.Event()

    def send():
        with suppress(OSError):  # the service has had enough
            while not ended.is_set():
                client.sendall(endless)

    def receive():
        with suppress(OSError):
            while client.recv(1 << 20):
                pass

    threads = [threading.Thread(target=each) for each in (send, receive)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            assert requests.get(server.url + "/healthz", timeout=60).ok
    finally:
        ended.set()
        client.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(30)


def test_bodies_that_are_announced_and_do_not_come_hold_no_room(server, connect, body):
    silent = [connect(server, HEAD + b"Content-Length: 33000000\r\n\r\n") for _ in range(20)]
    assert len(silent) == 20
    answer = requests.post(server.url + "/predict", data=body(*[[0.0] * 784] * 64), headers=JSON, timeout=60)
    assert answer.status_code == 200


def test_an_image_in_base64_is_read_in_a_thread(server, png_of_a_seven):
    instance = {"b64": base64.b64encode(png_of_a_seven).decode()}
    for path in ("/v1/models/mnist:predict", "/invocations"):
        answer = requests.post(server.url + path, json={"instances": [instance]}, timeout=60)
        assert (answer.status_code, len(answer.json()["predictions"])) == (200, 1)


def test_a_version_that_is_not_in_memory_is_loaded_in_a_thread(server, publish, body):
    publish()
    answer = requests.post(server.url + "/predict?version=1", data=body(), headers=JSON, timeout=60)
    assert (answer.status_code, answer.json()["model"]["version"]) == (200, 1)
    page = requests.get(server.url + "/?version=1", headers={"Accept": "text/html"}, timeout=60)
    assert page.status_code == 200


def test_what_is_wrong_in_a_thread_is_told_as_ever_and_leaves_no_traceback(server):
    packed = JSON | {"Content-Encoding": "gzip"}
    for _ in range(3):
        answer = requests.post(server.url + "/predict", data=gzip.compress(b"{}"), headers=packed, timeout=60)
        assert (answer.status_code, answer.json()["error"].partition(":")[0]) == (422, "body")
    lines = [json.loads(line) for line in server.stop().splitlines()]
    assert [line["status"] for line in lines if line.get("path") == "/predict"] == [422] * 3


@pytest.mark.parametrize("trailer", [b"Content-Length: 2", b"a: b\r\n c", b"no trailer", b"a" * 70_000])
def test_a_bad_trailer_is_told_in_the_form_of_the_protocol(server, connect, receive, trailer):
    head = CHUNKED.replace(b"/predict", b"/invocations")
    answer = receive(connect(server, head + b"2\r\n{}\r\n0\r\n" + trailer + b"\r\n\r\n"))
    first, _, content = answer.partition(b"\r\n\r\n")
    assert (first.split()[1], b"X-Request-ID" in first) == (b"400", True)
    assert json.loads(content)["error_code"] == "BAD_REQUEST"
