"""Whatever comes in the body of a prediction, the answer is one of those that are documented."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXPECTED = {200, 400, 413, 415, 422}
VALID = json.dumps({"instances": [[0.5] * 784, [[255, 0.25] * 14] * 28], "max_value": 255}).encode()
PIECES = [*rb'[ ] { } , : - " \u e9 E+999 null true [] 1.1'.split(), b"\0", b"\xff", b" ", b"1" * 30]

fuzz = settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the app keeps nothing of a request


@pytest.fixture
def status(publish, make_app):
    """The status of a prediction; every error must be JSON of the one shape."""
    publish()
    client = make_app(max_body_bytes=20_000).test_client()

    def of(content: bytes, content_type: str = "application/json") -> int:
        answer = client.post("/predict", data=content, content_type=content_type)
        if answer.status_code != 200:
            assert list(answer.json) == ["error"]
        return answer.status_code

    return of


@fuzz
@given(content=st.binary(max_size=200))
def test_any_bytes(status, content):
    assert status(content) in EXPECTED - {200}


@fuzz
@given(content=st.binary(max_size=20), content_type=st.text(st.characters(max_codepoint=255), max_size=30))
def test_any_content_type(status, content, content_type):
    assert status(content, "".join(content_type.splitlines())) in EXPECTED - {200}


places = st.integers(0, len(VALID))
mutations = st.tuples(places, st.integers(0, 3), st.sampled_from(PIECES))


@fuzz
@given(st.lists(mutations, min_size=1, max_size=4), st.none() | places)
def test_a_mutated_batch(status, mutations, end):
    content = VALID
    for place, cut, piece in mutations:
        content = content[:place] + piece + content[place + cut :]
    assert status(content[:end]) in EXPECTED


floats = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@fuzz
@given(st.dictionaries(st.sampled_from(["instances", "max_value", "x"]), json_values) | json_values)
def test_any_JSON(status, value):
    assert status(json.dumps(value).encode()) in EXPECTED - {400}


def test_the_batch_that_is_mutated_is_valid(status):
    assert status(VALID) == 200
