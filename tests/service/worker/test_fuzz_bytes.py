"""Whatever bytes a parser is given, they are read or refused: none is a bug."""

import gzip
import json
from base64 import b64encode
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import edited, edits
from pictures import content, draw
from werkzeug.test import EnvironBuilder, run_wsgi_app

FORM = (
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    + content(draw())
    + b'\r\n--x\r\nContent-Disposition: form-data; name="g"\r\n\r\nvalue\r\n--x--\r\n'
)
OIP = {"inputs": [{"name": "pixels", "shape": [1, 784], "datatype": "UINT8",
                   "parameters": {"binary_data_size": 784}}]}  # fmt: skip
HEADER = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 784), }"
SENTENCE = "body: expected an array as numpy.save writes it"

fuzz = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def app(publish, make_app):
    publish(favourite=7)
    return make_app(max_body_bytes=100_000)


@pytest.fixture
def status(app):
    """The status of a request whose environment is as a server makes it."""

    def of(path: str, body: bytes = b"", query: bytes = b"", **environ: str) -> int:
        builder = EnvironBuilder(path, method="POST" if body else "GET", data=body)
        made = builder.get_environ() | environ | {"QUERY_STRING": query.decode("latin-1")}
        _, line, _ = run_wsgi_app(app, made, buffered=True)
        return int(line.split()[0])

    return of


def npy(header: bytes, version: int = 1, numbers: int = 784) -> bytes:
    length = len(header).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + bytes(4 * numbers)


class TestNumpy:
    @pytest.fixture
    def post(self, client):
        return lambda body: client.post("/invocations", data=body, content_type="application/x-npy")

    @pytest.mark.parametrize(
        "header",
        [b"(" * 9000, b"[" * 9000, b"{[]:1}", b"'''", HEADER[:30], b"", b"{}", b"\0",
         HEADER.replace(b"<f4", b",,,,"), b"[1, 2]", b"lambda: 0", HEADER.replace(b"False", b"0"),
         HEADER.replace(b"784", b"9" * 5000), HEADER.replace(b"784", b"-784"),
         HEADER.replace(b"'shape'", b"'shape"), HEADER.replace(b"f4", b"q9"),
         HEADER.replace(b"'descr'", b"'descr': 1, 'descr'"), HEADER.replace(b"descr", b"shape")],
        ids=range(18),
    )  # fmt: skip
    def test_what_is_no_header_is_400(self, post, header):
        answer = post(npy(header))
        assert (answer.status_code, answer.json["message"]) == (400, SENTENCE)

    @pytest.mark.parametrize(
        "body",
        [
            npy(HEADER),
            npy(HEADER, 2),
            npy(HEADER, 3),
            npy(HEADER + b" " * 60 + b"\n"),
            npy(b'{"descr":"<f4","fortran_order":False,"shape":(1,784)}'),  # as other languages write it
            npy(b"{'shape': (1L, 784L), 'fortran_order': False, 'descr': '<f4'}"),  # as Python 2 did
        ],
    )
    def test_a_header_is_read_whoever_has_written_it(self, post, body):
        assert post(body).status_code == 200

    @fuzz
    @given(
        dtype=st.sampled_from(["<f4", "<f8", "|u1", "<i2"]), shape=st.sampled_from([(1, 784), (2, 28, 28)])
    )
    def test_what_numpy_writes_is_read_as_numpy_reads_it(self, post, dtype, shape):
        file = BytesIO()
        np.save(file, np.zeros(shape, dtype))
        assert len(post(file.getvalue()).json["predictions"]) == shape[0]

    @fuzz
    @given(edits)
    def test_whatever_has_become_of_a_header_it_is_no_bug(self, post, changes):
        assert post(npy(edited(HEADER, changes))).status_code in (200, 400)


class TestBodies:
    @fuzz
    @given(edits)
    def test_a_form(self, status, changes):
        got = status("/predict", edited(FORM, changes), CONTENT_TYPE="multipart/form-data; boundary=x")
        assert got in (200, 400, 413, 422)

    @fuzz
    @given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20))
    def test_the_type_of_a_form(self, status, parameters):
        got = status("/predict", FORM, CONTENT_TYPE=f"multipart/form-data; boundary={parameters}")
        assert got in (200, 400, 413, 415, 422)

    @fuzz
    @given(edits)
    def test_a_table(self, status, changes):
        table = f"{','.join(f'p{i}' for i in range(784))}\n{','.join(['0.5'] * 784)}\n".encode()
        assert status("/invocations", edited(table, changes), CONTENT_TYPE="text/csv") in (200, 400)

    @fuzz
    @given(edits)
    def test_what_is_packed(self, status, changes):
        packed = gzip.compress(json.dumps({"instances": [[0.5] * 784]}).encode()) * 2
        more = {"CONTENT_TYPE": "application/json", "HTTP_CONTENT_ENCODING": "gzip"}
        assert status("/predict", edited(packed, changes), **more) in (400, 413, 422)

    @fuzz
    @given(edits, st.integers(-3, 3) | st.text(st.characters(max_codepoint=255), max_size=5))
    def test_a_tensor_in_bytes(self, status, changes, off):
        said = edited(json.dumps(OIP).encode(), changes)
        length = off if isinstance(off, str) else str(len(said) + off)
        more = {"HTTP_INFERENCE_HEADER_CONTENT_LENGTH": length, "CONTENT_TYPE": "application/octet-stream"}
        assert status("/v2/models/mnist/infer", said + bytes(784), **more) in (200, 400)

    @fuzz
    @given(edits | st.just([]), st.sampled_from(["", "data:;base64,", "data:image/png,"]))
    def test_base64(self, status, changes, beginning):
        text = edited(b64encode(content(draw())), changes).decode("latin-1")
        body = json.dumps({"instances": [{"b64": beginning + text}]}).encode()
        assert status("/v1/models/mnist:predict", body, CONTENT_TYPE="application/json") in (200, 400)


pieces = [
    b"version=",
    b"alias=",
    b"details=",
    b"class=",
    b"1",
    b"true",
    b"champion",
    b"&",
    b"=",
    b"%",
    b"%ff",
    b"\xff",
]
queries = st.lists(st.sampled_from(pieces) | st.binary(max_size=3), max_size=6).map(b"".join)


@fuzz
@given(st.sampled_from(["/", "/predict", "/explain", "/model", "/docs", "/models/mnist/1"]), queries)
def test_a_query(status, path, query):
    assert status(path, query=query) in (200, 400, 404, 405, 422)
    assert status(path, b"{}", query, CONTENT_TYPE="application/json") in (400, 404, 405, 422)


def test_a_query_that_is_no_UTF_8_is_refused_with_a_sentence(client):
    answer = client.post("/predict", environ_overrides={"QUERY_STRING": "version=\xff"})
    assert (answer.status_code, answer.json) == (
        400,
        {"error": "query: expected UTF-8, each of other bytes as %XX"},
    )


HOSTS = [
    "xn--a",
    "xn--",
    "XN--A.com",
    "xn--a.xn--b",
    "[a:....]",
    "[1:2]",
    "[::1]:80",
    "a" * 70,
    "a..b",
    "é",
    "a:0",
]


@pytest.mark.parametrize("path", ["/", "/docs", "/models/mnist", "/healthz", "//healthz"])
@pytest.mark.parametrize("host", HOSTS)
def test_any_host(status, path, host):
    assert status(path, HTTP_HOST=host, HTTP_ACCEPT="text/html") in (200, 308, 400)


class TestHeads:
    names = st.sampled_from(
        [b"Host", b"Accept", b"Content-Type", b"Content-Length", b"Content-Encoding", b"Transfer-Encoding",
         b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Request-ID", b"X-Request-Timeout-Ms", b"Range",
         b"Cookie", b"If-Modified-Since", b"If-None-Match",
         b"Upgrade", b"Connection", b"Expect", b"Authorization"]
    )  # fmt: skip
    values = st.binary(max_size=12) | st.sampled_from(
        [b"xn--a", b"[1:2]", b"text/html;q=\xff", b"bytes=9-1", b"bytes=0-", b"9" * 40, b"-1", b"chunked",
         b"gzip", b"Mon, 01 Jan 99999 00:00:00 GMT",
         b"websocket", b"100-continue", b"0", b"multipart/form-data"]
    )  # fmt: skip
    targets = st.sampled_from(
        [b"/", b"/docs", b"/predict", b"/static/base.css", b"*", b"http://[", b"/\xff?\xff"]
    )

    @pytest.fixture
    def server(self, serve, publish, tmp_path):
        publish()
        return serve(tmp_path / "registry", workers=1)

    def test_whatever_comes_as_a_head_is_no_bug(self, server, connect, receive):
        @settings(fuzz, max_examples=60)
        @given(
            st.sampled_from([b"GET", b"POST", b"OPTIONS", b"HEAD", b"\xff"]),
            self.targets,
            st.lists(st.tuples(self.names, self.values), max_size=6),
        )
        def holds(method, target, fields):
            lines = [b"%s %s HTTP/1.1" % (method, target), b"Connection: close"]
            lines += [name + b": " + value for name, value in fields]
            answer = receive(connect(server, b"\r\n".join(lines) + b"\r\n\r\n"))
            assert answer[9:10] in (b"2", b"3", b"4", b"") or answer[9:12] in (b"100", b"501"), answer[:99]

        holds()
        assert "traceback" not in server.stop()
