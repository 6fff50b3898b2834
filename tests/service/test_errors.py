"""Errors: every one is JSON with a sentence and the right status, and none is a stack trace."""

import io

import pytest
from gunicorn.http.errors import InvalidChunkSize

from service.errors import RequestError

JSON = {"Content-Type": "application/json"}

TYPES = (
    "application/json, application/octet-stream, image/png, image/jpeg, image/webp, image/bmp, "
    "multipart/form-data"
)


class Unread(io.BytesIO):
    """A body that must not be touched."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readinto = readline = read


class Broken(io.BytesIO):
    """A body that fails in the middle."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def read(self, _=-1):
        raise self.error


def post_chunks(client, stream):
    """Post a body without a length, as gunicorn hands one over that comes in chunks."""
    headers = JSON | {"Transfer-Encoding": "chunked"}
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    return client.post("/predict", headers=headers, input_stream=stream, environ_overrides=environ)


@pytest.fixture
def small(publish, make_app):
    publish()
    return make_app(max_body_bytes=5000).test_client()


class TestType:
    @pytest.mark.parametrize(
        ("content_type", "got"),
        [
            (None, "none"),
            ("", "none"),
            ("text/plain", "text/plain"),
            ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
            ("application/jsonl", "application/jsonl"),
            ("multipart/mixed; boundary=x", "multipart/mixed"),
            ("garbage;;;=\xff", "garbage"),
        ],
    )
    def test_a_body_that_is_not_said_to_be_JSON_is_415(self, client, body, content_type, got):
        answer = client.post("/predict", data=body(), content_type=content_type)
        assert (answer.status_code, answer.json) == (
            415,
            {"error": f"Content-Type: expected one of {TYPES}, got {got}"},
        )

    @pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON"])
    def test_JSON_may_be_said_in_other_words(self, client, body, content_type):
        assert client.post("/predict", data=body(), content_type=content_type).status_code == 200


class TestSize:
    TOO_LARGE = (413, {"error": "body: expected at most 5000 bytes, got more"})

    def test_a_length_over_the_limit_is_413_before_the_body_is_read(self, small):
        length = {"CONTENT_LENGTH": "5001"}
        answer = small.post("/predict", headers=JSON, input_stream=Unread(), environ_overrides=length)
        assert (answer.status_code, answer.json) == self.TOO_LARGE

    def test_chunks_over_the_limit_are_413(self, small, body):
        answer = post_chunks(small, io.BytesIO(body().ljust(5001)))
        assert (answer.status_code, answer.json) == self.TOO_LARGE

    def test_a_length_at_the_limit_is_answered(self, small, body):
        assert small.post("/predict", headers=JSON, data=body().ljust(5000)).status_code == 200

    def test_chunks_at_the_limit_are_answered(self, small, body):
        assert post_chunks(small, io.BytesIO(body().ljust(5000))).status_code == 200


class TestTransport:
    def test_malformed_chunks_are_400(self, client):
        answer = post_chunks(client, Broken(InvalidChunkSize(b"zz")))
        assert (answer.status_code, answer.json["error"].partition(":")[0]) == (400, "body")

    def test_a_body_that_breaks_off_is_400(self, client):
        answer = post_chunks(client, Broken(ConnectionResetError()))
        assert (answer.status_code, answer.json) == (400, {"error": "body: expected all of it, got a part"})

    def test_another_protocol_is_400(self, client):
        answer = client.get("/", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
        assert (answer.status_code, list(answer.json)) == (400, ["error"])


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/predict/more",
        "/static/",
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/%00",
        "/%ff",
        "/%0d",
        "/é",
    ],
)
def test_a_path_that_is_not_there_is_404(client, path):
    answer = client.get(path)
    message = "path: nothing is here; GET /openapi.json lists what is"
    assert (answer.status_code, answer.json) == (404, {"error": message})


@pytest.mark.parametrize("place", ["", "/versions/1", "/labels/champion"])
def test_a_verb_that_a_model_does_not_know_is_404_and_told_which_there_are(client, place):
    for answer in (client.post(f"/v1/models/mnist{place}:explain"), client.get(f"/v1/models/mnist{place}:x")):
        assert answer.status_code == 404
        assert answer.json["error"].startswith("path: expected :predict or :classify after a model, got :")


@pytest.mark.parametrize("place", ["", "/versions/1", "/labels/champion"])
@pytest.mark.parametrize("verb", ["predict", "classify"])
def test_a_verb_is_no_name_of_a_model_to_be_got(client, place, verb):
    answer = client.get(f"/v1/models/mnist{place}:{verb}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
    assert answer.json == {"error": "method: expected OPTIONS, POST"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/invocations"), ("POST", "/ping"), ("PUT", "/health"),
                                              ("POST", "/version")])  # fmt: skip
def test_the_wrong_method_is_told_in_the_form_of_the_path_s_protocol(client, method, path):
    answer = client.open(path, method=method)
    allowed = answer.headers["Allow"]
    expected = {"error_code": "BAD_REQUEST", "message": f"method: expected {allowed}"}
    assert (answer.status_code, answer.json) == (405, expected)


def test_a_form_without_a_file_is_told_of_its_fields(client):
    answer = client.post(
        "/predict", data={"file": "not a file", "x": "y"}, content_type="multipart/form-data"
    )
    expected = "files: expected parts with a file name, as curl -F file=@NAME sends; got 'file', 'x' without"
    assert (answer.status_code, answer.json) == (422, {"error": expected})


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_a_method_that_predict_does_not_know_is_405(client, method):
    answer = client.open("/predict", method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


def test_a_method_that_a_page_does_not_know_is_405(client):
    answer = client.post("/model")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json == {"error": "method: expected GET, HEAD, OPTIONS"}


class TestBug:
    @pytest.fixture
    def answer(self, app, client, monkeypatch, caplog):  # noqa: ARG002
        monkeypatch.setitem(app.view_functions, "service.healthz", lambda: {}["secret"])
        return client.get("/healthz", headers={"X-Request-ID": "r-1"})

    def test_it_is_a_500_that_names_the_request(self, answer):
        message = "the service has a bug; its log tells more under request id r-1"
        assert (answer.status_code, answer.json) == (500, {"error": message})

    def test_the_log_has_the_traceback_and_the_request(self, answer, caplog):  # noqa: ARG002
        (record,) = [record for record in caplog.get_records("setup") if record.levelname == "ERROR"]
        assert record.exc_info[0] is KeyError
        assert record.fields == {"request_id": "r-1"}

    def test_the_next_request_is_answered(self, answer, client):  # noqa: ARG002
        assert client.get("/readyz").status_code == 200


def test_a_request_error_is_answered_with_its_status(app, client, monkeypatch):
    def teapot():
        raise RequestError(418, "pot: expected coffee, got tea")

    monkeypatch.setitem(app.view_functions, "service.healthz", teapot)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (418, {"error": "pot: expected coffee, got tea"})
