"""What is answered is of the type that a request accepts best, wherever there is a choice."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

BODY = json.dumps({"instances": [[0.0] * 784]})
JSON, HTML, OCTETS = "application/json", "text/html", "application/octet-stream"
CSV, NPY = "text/csv", "application/x-npy"
ALWAYS_JSON = (
    "",
    "*/*",
    "text/plain",
    f"{JSON}, text/plain, */*",
    f"*/*, {JSON}",
    "application/*",
    "nonsense",
    ";",
)
GETS = ("/", "/models/mnist", "/models/mnist/1", "/models/mnist/99")
ACCEPTS = st.lists(
    st.tuples(
        st.sampled_from((JSON, HTML, OCTETS, CSV, NPY, "text/*", "*/*", "x")), st.sampled_from((0, 0.3, 1))
    )
)


@pytest.fixture
def answered(client):
    """The type of the answer to what accepts this."""

    def ask(path, accept):
        headers = {"Accept": accept, "Content-Type": JSON}
        method, data = ("GET", None) if path in GETS else ("POST", BODY)
        return client.open(path, method=method, data=data, headers=headers).mimetype

    return ask


@pytest.mark.parametrize("accept", ALWAYS_JSON)
@pytest.mark.parametrize("path", [*GETS, "/predict", "/invocations"])
def test_who_asks_for_nothing_else_gets_JSON(answered, path, accept):
    assert answered(path, accept) == JSON


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("TEXT/HTML", HTML),
        ("text/html; charset=utf-8", HTML),
        ("text/*", HTML),
        ("text/html, */*", HTML),
        (f"{HTML}, {JSON}", HTML),
        (f"{JSON}, {HTML}", JSON),
        (f"{JSON}, {HTML};q=0.1", JSON),
        (f"{JSON};q=0.1, {HTML};q=0.9", HTML),
        (f"{HTML};q=0, */*", JSON),
        (f"{HTML};q=0", JSON),
    ],
)
@pytest.mark.parametrize("path", GETS)
def test_a_page_is_for_who_prefers_one(answered, path, accept, expected):
    assert answered(path, accept) == expected


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/predict", OCTETS, OCTETS),
        ("/predict", "Application/Octet-Stream", OCTETS),
        ("/predict", f"{OCTETS}; x=y", OCTETS),
        ("/predict", f"{OCTETS}, */*;q=0.1", OCTETS),
        ("/predict", f"{OCTETS};q=0", JSON),
        ("/predict", f"{OCTETS};q=0, */*", JSON),
        ("/predict", f"{OCTETS};q=0.2, {JSON}", JSON),
        ("/invocations", "text/csv; charset=utf-8", CSV),
        ("/invocations", "TEXT/CSV", CSV),
        ("/invocations", "text/*", CSV),
        ("/invocations", f"{CSV}, {JSON}", CSV),
        ("/invocations", f"{JSON}, {CSV}", JSON),
        ("/invocations", f"{CSV};q=0.5, {NPY}", NPY),
        ("/invocations", f"{CSV};q=0, {NPY};q=0.1", NPY),
        ("/invocations", f"{NPY};q=0", JSON),
    ],
)
def test_the_preferred_type_is_answered(answered, path, accept, expected):
    assert answered(path, accept) == expected


@given(accepted=ACCEPTS)
def test_what_is_refused_is_never_answered_with_where_something_else_will_do(answered, accepted):
    header = ", ".join(f"{mimetype};q={quality}" for mimetype, quality in accepted)
    quality = {mimetype: max(q for each, q in accepted if each == mimetype) for mimetype, _ in accepted}
    answer = answered("/invocations", header)
    ranges = [answer, f"{answer.partition('/')[0]}/*", "*/*"]  # the most specific one counts
    got = next((quality[each] for each in ranges if each in quality), None)
    assert got != 0 or not any(quality.get(each) for each in (JSON, CSV, NPY))


@pytest.mark.parametrize("accept", ["", HTML])
def test_a_cache_keeps_the_page_and_its_JSON_apart(client, accept):
    assert "Accept" in client.get("/", headers={"Accept": accept}).headers["Vary"]
