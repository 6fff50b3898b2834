"""Cross-origin requests: every answer says to browsers which pages may read it."""

import pytest

ORIGIN, OTHER = "https://app.example.org", "https://evil.example"
ALLOWED, EXPOSED = "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"
JSON = {"Content-Type": "application/json"}
ASKED = {
    "a prediction": ("POST", "/predict", {}, 200),
    "of another protocol": ("POST", "/invocations", {}, 200),
    "a version": ("POST", "/predict?version=1", {}, 200),
    "a page": ("GET", "/", {"Accept": "text/html"}, 200),
    "a file": ("GET", "/static/base.css", {}, 200),
    "health": ("GET", "/healthz", {}, 200),
    "metrics": ("HEAD", "/metrics", {}, 200),
    "no path": ("GET", "/nothing", {}, 404),
    "no method": ("PUT", "/predict", {}, 405),
    "no type": ("POST", "/predict", {"Content-Type": "text/plain"}, 415),
    "no time": ("POST", "/predict", {"X-Request-Timeout-Ms": "0"}, 429),
}

SOME = ("a prediction", "a page", "no time")


@pytest.fixture
def client_of(publish, make_app):
    """A client of a service that allows these origins."""
    publish(favourite=7)
    return lambda *origins, express=True: make_app(express, cors_origins=origins).test_client()


def allowances(answer) -> list[str]:
    return [name for name, _ in answer.headers if name.startswith("Access-")]


@pytest.fixture
def ask(body):
    def ask(client, method, path, headers, origin):
        sent = JSON | headers | ({"Origin": origin} if origin else {})
        return client.open(path, method=method, data=body(), headers=sent, buffered=True)

    return ask


@pytest.mark.parametrize("express", [True, False], ids=["express", "flask"])
@pytest.mark.parametrize("asked", ASKED)
def test_every_answer_may_be_read_by_a_page_that_is_allowed(client_of, ask, asked, express):
    *request, status = ASKED[asked]
    answer = ask(client_of(ORIGIN, "http://localhost:5173", express=express), *request, ORIGIN)
    assert (answer.status_code, answer.headers.get_all(ALLOWED)) == (status, [ORIGIN])
    assert (answer.headers[EXPOSED], "Origin" in answer.headers.get_all("Vary")) == ("*", True)


@pytest.mark.parametrize("express", [True, False], ids=["express", "flask"])
@pytest.mark.parametrize("asked", SOME)
@pytest.mark.parametrize("origin", [OTHER, "null", "", None, ORIGIN + ".evil.example", "http" + ORIGIN[5:]])
def test_others_are_answered_and_may_read_nothing(client_of, ask, asked, express, origin):
    *request, status = ASKED[asked]
    answer = ask(client_of(ORIGIN, express=express), *request, origin)
    assert (answer.status_code, allowances(answer)) == (status, [])
    assert "Origin" in answer.headers.get_all("Vary")


@pytest.mark.parametrize("asked", SOME)
def test_nobody_is_allowed_unless_a_setting_says_so(client_of, ask, asked):
    *request, status = ASKED[asked]
    answer = ask(client_of(), *request, ORIGIN)
    assert (answer.status_code, allowances(answer)) == (status, [])
    assert "Origin" not in answer.headers.get_all("Vary")


@pytest.mark.parametrize("origin", [ORIGIN, OTHER, "null"])
def test_all_may_be_allowed(client_of, ask, origin):
    answer = ask(client_of("*"), "POST", "/predict", {}, origin)
    assert (answer.headers[ALLOWED], answer.json["predictions"]) == ("*", [7])


@pytest.mark.parametrize(
    "path", ["/predict", "/invocations", "/v1/models/mnist:predict", "/v2/models/mnist/infer"]
)
def test_a_browser_that_asks_first_is_told_what_may_be_sent(client_of, path):
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    headers["Access-Control-Request-Headers"] = "content-type,x-request-id"
    answer = client_of(ORIGIN).options(path, headers=headers)
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, ORIGIN)
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type,x-request-id"
    refused = client_of(ORIGIN).options(path, headers=headers | {"Origin": OTHER})
    assert allowances(refused) == []
