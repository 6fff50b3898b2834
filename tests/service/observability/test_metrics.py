"""Telemetry: what is counted, under which few labels."""

import pytest

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "route", "code", "protocol", "version"),
    [
        ("GET", "/healthz", "/healthz", "200", "service", "none"),
        ("HEAD", "/model", "/model", "200", "service", "none"),
        ("POST", "/predict", "/predict", "415", "numeral", "1"),
        ("POST", "/v1/models/mnist/versions/1:predict", "/v1/models/<name>/versions/<version>:predict", "400",
         "tensorflow", "1"),
        ("POST", "/invocations", "/invocations", "415", "mlflow", "1"),
        ("GET", "/v2/models/mnist/versions/9/ready", "/v2/models/<name>/versions/<version>/ready", "404",
         "open_inference", "none"),
        ("GET", "/static/page.css", "/static/<path:filename>", "200", "unknown", "none"),
        ("GET", "/static/nothing", "/static/<path:filename>", "404", "unknown", "none"),
        ("GET", "/a/path/of/its/own", "unknown", "404", "unknown", "none"),
        ("DELETE", "/model", "unknown", "405", "unknown", "none"),
    ],
)  # fmt: skip
def test_a_request_is_counted_under_its_route(client, growth, method, path, route, code, protocol, version):
    labels = {"route": route, "code": code, "protocol": protocol, "version": version}
    growth("numeral_requests_total", **labels)
    client.open(path, method=method, buffered=True)
    assert growth("numeral_requests_total", **labels) == 1


def test_a_bug_is_counted(app, client, growth, monkeypatch):
    monkeypatch.setitem(app.view_functions, "service.healthz", lambda: 1 / 0)
    growth("numeral_requests_total", protocol="service", route="/healthz", code="500", version="none")
    client.get("/healthz")
    assert (
        growth("numeral_requests_total", protocol="service", route="/healthz", code="500", version="none")
        == 1
    )


def test_a_request_is_timed(client, growth):
    growth("numeral_request_seconds_count", route="/healthz")
    client.get("/healthz")
    assert growth("numeral_request_seconds_count", route="/healthz") == 1


def test_the_rows_of_a_prediction_are_counted(client, body, growth):
    growth("numeral_batch_rows_sum")
    client.post("/predict", data=body([0] * 784, [0] * 784, [0] * 784), headers=JSON)
    assert growth("numeral_batch_rows_sum") == 3


def test_the_rows_of_a_refused_batch_are_not(client, body, growth):
    growth("numeral_batch_rows_count")
    client.post("/predict", data=body([0] * 783), headers=JSON)
    assert growth("numeral_batch_rows_count") == 0


def test_the_served_version_is_told(client):
    assert "numeral_served_version 1.0" in client.get("/metrics").text


def test_paths_that_are_not_there_add_no_labels(client):
    client.get("/first")
    lines = len(client.get("/metrics").text.splitlines())
    for path in "abcdefgh":
        client.get(f"/{path}")
    assert len(client.get("/metrics").text.splitlines()) <= lines + 30  # those of /metrics itself


def test_decoding_is_timed_where_it_succeeds(client, growth, body):
    growth("numeral_decode_seconds_count")
    client.post("/predict", data=body(), headers=JSON)
    client.post("/predict", data=b"{}", headers=JSON)
    assert growth("numeral_decode_seconds_count") == 1


def test_the_wait_of_every_request_is_measured(client, growth, body):
    growth("numeral_queue_seconds_count")
    client.get("/healthz")
    client.post("/predict", data=body(), headers=JSON)
    assert growth("numeral_queue_seconds_count") == 2
