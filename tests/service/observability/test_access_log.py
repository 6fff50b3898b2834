"""The access log: every request has an id, in its answer and in its one line."""

from datetime import datetime, timedelta

import pytest

from service.observability import access_log as room

JSON = {"Content-Type": "application/json"}


class TestRequestId:
    @pytest.mark.parametrize("given", ["a", "checkout-4711", "!~", "x" * 128])
    def test_it_is_the_request_s_own(self, client, given):
        assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given

    @pytest.mark.parametrize(
        "given", ["", " ", "two words", "x" * 129, "x\x00y", "x\x7f", "tab\there", "é", "x" * 8000], ids=repr
    )
    def test_it_is_made_up_where_the_request_s_is_absurd(self, client, given):
        answer = client.get("/healthz", environ_overrides={"HTTP_X_REQUEST_ID": given})
        made_up = answer.headers["X-Request-ID"]
        assert (len(made_up), int(made_up, 16) > 0) == (32, True)

    def test_it_is_made_up_for_each_request(self, client):
        ids = {client.get("/healthz").headers["X-Request-ID"] for _ in range(10)}
        assert len(ids) == 10

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/x", 404), ("PUT", "/model", 405), ("POST", "/predict", 415), ("HEAD", "/healthz", 200)],
    )
    def test_it_is_on_every_answer(self, client, method, path, status):
        answer = client.open(path, method=method, headers={"X-Request-ID": "r-1"})
        assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, "r-1")

    @pytest.mark.parametrize(
        ("content", "status"), [(b"{", 400), (b"{}", 422), (b" " * 3000, 413)], ids=["400", "422", "413"]
    )
    def test_it_is_on_an_answer_to_a_bad_body(self, publish, make_app, access_log, content, status):
        publish()
        client = make_app(max_body_bytes=2000).test_client()
        answer = client.post("/predict", data=content, headers=JSON | {"X-Request-ID": "r-1"})
        assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, "r-1")
        assert [(line["status"], line["request_id"]) for line in access_log()] == [(status, "r-1")]

    def test_it_is_on_a_bug(self, app, client, monkeypatch, access_log):
        monkeypatch.setitem(app.view_functions, "service.healthz", lambda: 1 / 0)
        answer = client.get("/healthz", headers={"X-Request-ID": "r-1"})
        assert (answer.status_code, answer.headers["X-Request-ID"]) == (500, "r-1")
        assert [(line["status"], line["request_id"]) for line in access_log()] == [(500, "r-1")]


class TestLine:
    def test_it_tells_what_was_asked_and_answered(self, client, access_log):
        client.get("/readyz?secret=1", headers={"X-Request-ID": "r-1"})
        (line,) = access_log()
        assert line.pop("milliseconds") > 0
        assert datetime.fromisoformat(line.pop("time")).utcoffset() == timedelta(0)
        assert line == {
            "level": "info",
            "logger": "service.access_log",
            "message": "request",
            "request_id": "r-1",
            "client": "127.0.0.1",
            "method": "GET",
            "path": "/readyz",
            "status": 200,
        }

    def test_it_tells_the_version_and_the_rows_of_a_prediction(self, client, body, access_log):
        client.post("/predict", data=body([0] * 784, [0] * 784), headers=JSON)
        (line,) = access_log()
        assert (line["version"], line["rows"]) == (1, 2)

    def test_a_hostile_path_is_only_text(self, client, access_log):
        client.get("/%0a%22%7b%00%ff")
        assert [line["path"] for line in access_log()] == ['/\n"{\0\ufffd']

    @pytest.mark.parametrize(
        "path",
        [
            *("/", "/healthz", "/readyz", "/ping", "/health", "/v2/health/live", "/v2/health/ready"),
            *("/v2/models/mnist/ready", "/v2/models/mnist/versions/1/ready", "/v1/models/mnist"),
        ],
    )
    def test_of_a_probe_tells_a_change_alone(self, client, access_log, path):
        for _ in range(3):
            assert client.get(path).status_code == 200
        assert [(line["path"], line["status"]) for line in access_log()] == [(path, 200)]

    def test_of_readiness_tells_when_it_came(self, make_app, publish, access_log):
        app = make_app()
        client = app.test_client()
        statuses = [client.get("/readyz").status_code for _ in range(2)]
        publish()
        app.extensions["models"].champion.refresh()
        statuses += [client.get("/readyz").status_code for _ in range(2)]
        assert statuses == [503, 503, 200, 200]
        assert [line["status"] for line in access_log()] == [503, 200]

    def test_of_other_requests_is_never_left_out(self, client, access_log):
        for _ in range(2):
            client.get("/model")
            client.get("/nothing")
        assert [line["status"] for line in access_log()] == [200, 404] * 2


class TestBuffer:
    @pytest.fixture(autouse=True)
    def empty(self, monkeypatch):
        monkeypatch.setattr(room, "_lines", [])
        monkeypatch.setattr(room, "_is_buffered", False)

    def test_lines_that_are_buffered_are_written_when_they_are_flushed(self, client, access_log):
        room.buffer()
        client.get("/healthz")
        assert access_log() == []
        room.flush()
        assert len(access_log()) == 1

    def test_what_cannot_be_written_is_lost_and_harms_nobody(self, client, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(room, "write_bytes", full)
        assert client.get("/healthz").status_code == 200
        assert room._lines == []

    def test_a_write_is_no_longer_than_a_pipe_takes_at_once(self, monkeypatch):
        written: list[bytes] = []
        monkeypatch.setattr(room, "write_bytes", lambda _, part: written.append(part))
        room._lines.extend([b"x" * 1499 + b"\n"] * 5 + [b"y" * 9000 + b"\n"])
        room.flush()
        assert [len(part) for part in written] == [3000, 3000, 1500, 9001]
