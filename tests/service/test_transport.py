"""What real connections bring: bodies too large, cut off or in broken chunks, clients that do not let go."""

import subprocess

import pytest
import requests

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
    answer = requests.post(server.url + "/predict", data=content, headers=JSON, timeout=30)
    assert (answer.status_code, answer.content) == (413, TOO_LARGE)


@pytest.mark.parametrize("expect", ["Expect: 100-continue", "Expect:"], ids=["asking first", "at once"])
def test_curl_sees_the_answer_to_a_body_that_is_too_large(server, tmp_path, expect):
    content = tmp_path / "body"
    content.write_bytes(b" " * LARGE)
    command = ["curl", "--silent", "--show-error", "--data-binary", f"@{content}", "--header", expect,
               "--header", "Content-Type: application/json", server.url + "/predict"]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, timeout=30, check=True)
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


def test_chunks_are_a_batch_too(server, connect, receive, body):
    content = body()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (content[:99], content[99:]))
    assert receive(connect(server, CHUNKED + chunks + b"0\r\n\r\n")).split()[1] == b"200"


def test_silent_clients_hold_up_nobody(serve, tmp_path, connect):
    server = serve(tmp_path / "registry", ready=False, workers=1)
    silent = [connect(server) for _ in range(50)]  # gunicorn itself would give each a thread for five seconds
    assert requests.get(server.url + "/healthz", timeout=20).ok
    assert len(silent) == 50


def test_clients_that_do_not_let_go_hold_up_nobody(server, connect, receive):
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    kept = [connect(server, request) for _ in range(30)]  # gunicorn itself would wait two seconds for each
    assert [receive(connection).split()[1] for connection in kept] == [b"200"] * 30
    assert requests.get(server.url + "/healthz", timeout=20).ok


def test_a_client_that_leaves_in_the_middle_harms_nobody(server, connect, body):
    connect(server, HEAD + b"Content-Length: 5000\r\n\r\n" + body()[:500]).close()
    assert requests.post(server.url + "/predict", data=body(), headers=JSON, timeout=30).status_code == 200
