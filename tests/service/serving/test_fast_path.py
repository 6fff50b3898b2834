"""The express lane: it answers what Flask would, and logs and counts as Flask's way does."""

import json

import numpy as np
import pytest

OCTETS = "application/octet-stream"
JSON = {"Content-Type": "application/json"}
OIP = {"inputs": [{"name": "x", "shape": [1, 784], "datatype": "FP32", "data": [0.5] * 784}]}
PLAIN = {
    "/predict": {"instances": [[0.5] * 784, [0.25] * 784], "top_k": 3},
    "/v2/models/mnist/infer": OIP | {"id": "a"},
    "/invocations": {"inputs": [[0.5] * 784]},
}


@pytest.fixture
def ways(publish, make_app, monkeypatch):
    """A client of each way, and the paths that reached Flask on the first."""
    publish(favourite=7)
    express, ordinary = make_app(), make_app(express=False)
    reached: list[str] = []
    real = express.dispatch_request
    monkeypatch.setattr(express, "dispatch_request", lambda: reached.append("") or real())
    return express.test_client(), ordinary.test_client(), reached


def same(first, second) -> None:
    volatile = ("Date", "X-Request-ID")
    heads = [sorted((k, v) for k, v in answer.headers if k not in volatile) for answer in (first, second)]
    assert (first.status_code, first.data, heads[0]) == (second.status_code, second.data, heads[1])


@pytest.mark.parametrize("path", PLAIN)
def test_plain_requests_are_answered_without_flask_and_the_same(ways, path):
    express, ordinary, reached = ways
    content = json.dumps(PLAIN[path])
    answers = [client.post(path, data=content, headers=JSON) for client in (express, ordinary)]
    same(*answers)
    assert (answers[0].status_code, reached) == (200, [])


@pytest.mark.parametrize(
    ("datatype", "dtype"), [(None, "u1"), ("UINT8", "u1"), ("FP32", "<f4"), ("FP64", "<f8"), ("INT64", "<i8")]
)
def test_plain_bytes_are_answered_without_flask_and_the_same(ways, datatype, dtype):
    express, ordinary, reached = ways
    content = np.ones((3, 784), dtype).tobytes()
    headers = {"Content-Type": OCTETS} | ({"Tensor-Datatype": datatype} if datatype else {})
    answers = [client.post("/predict", data=content, headers=headers) for client in (express, ordinary)]
    same(*answers)
    assert (answers[0].status_code, reached) == (200, [])


@pytest.mark.parametrize(
    ("path", "headers", "query", "content"),
    [
        ("/predict", {"Content-Type": OCTETS, "Accept": OCTETS}, "", b"\0" * 784),
        ("/predict", {"Content-Type": OCTETS, "Tensor-Datatype": "FP8"}, "", b"\0" * 784),
        ("/predict", {"Content-Type": OCTETS, "Tensor-Datatype": "FP32"}, "", b"\xff" * 784 * 4),
        ("/predict", {"Content-Type": OCTETS}, "", b"\0" * 785),
        ("/predict", {"Content-Type": OCTETS}, "", b""),
        ("/predict", {"Content-Type": OCTETS}, "details=true", b"\0" * 784),
        ("/invocations", {"Content-Type": OCTETS}, "", b"\0" * 784),
        ("/predict", {"Accept": "application/octet-stream"}, "", None),
        ("/predict", {"Accept": "text/html"}, "", None),
        ("/predict", {}, "version=1", None),
        ("/predict", {}, "nonsense=1", None),
        ("/predict", {"Content-Type": "application/json; charset=utf-8"}, "", None),
        ("/predict", {"Content-Type": "text/plain"}, "", None),
        ("/predict", {"Content-Encoding": "identity"}, "", None),
        ("/predict", {"Content-Encoding": "gzip"}, "", None),
        ("/predict", {"Upgrade": "websocket", "Connection": "Upgrade"}, "", None),
        ("/predict", {}, "", b"{"),
        ("/predict", {}, "", b""),
        ("/predict", {}, "", b'{"instances": [[1]]}'),
        ("/predict/", {}, "", None),
        ("/invocations", {}, "", b'{"instances": [{"b64": "aaaa"}]}'),
        ("/invocations", {}, "", b"[]"),
        (
            "/v2/models/mnist/infer",
            {},
            "",
            json.dumps(OIP | {"parameters": {"binary_data_output": True}}).encode(),
        ),
        ("/v2/models/mnist/infer", {"Inference-Header-Content-Length": "1"}, "", None),
        ("/v2/models/other/infer", {}, "", None),
    ],
)
def test_whatever_is_not_plain_or_wrong_is_flask_s_and_the_same(ways, path, headers, query, content):
    express, ordinary, reached = ways
    content = json.dumps(PLAIN.get(path, PLAIN["/predict"])).encode() if content is None else content
    answers = [
        client.post(path, data=content, headers=JSON | headers, query_string=query)
        for client in (express, ordinary)
    ]
    same(*answers)
    assert reached == [""]


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "HEAD"])
def test_other_methods_are_flask_s(ways, method):
    express, ordinary, reached = ways
    same(*(client.open("/predict", method=method, headers=JSON) for client in (express, ordinary)))
    assert reached == [""]


def test_without_a_model_flask_says_so(make_app):
    answer = make_app().test_client().post("/predict", data=json.dumps(PLAIN["/predict"]), headers=JSON)
    assert (answer.status_code, "no model is served yet" in answer.json["error"]) == (503, True)


@pytest.mark.parametrize("path", PLAIN)
def test_both_ways_log_and_count_the_same(ways, path, access_log, growth):
    express, ordinary, _ = ways
    metrics = ("numeral_batch_rows_sum", "numeral_decode_seconds_count")
    seen = []
    for client in (express, ordinary):
        before = [growth(metric) for metric in metrics]
        client.post(path, data=json.dumps(PLAIN[path]), headers=JSON | {"X-Request-ID": "r"})
        line = access_log()[-1]
        assert line.pop("milliseconds") > 0
        del line["time"]
        seen.append((line, [growth(metric) - old for metric, old in zip(metrics, before, strict=True)]))
    assert seen[0] == seen[1]
    assert seen[0][0]["rows"] == seen[0][1][0]
