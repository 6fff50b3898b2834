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


@pytest.fixture
def answer(publish, make_app, make_document):
    """What a model of images of two by two answers."""
    document = make_document(shape=(2, 2))
    publish(network=document.network, input=document.input)
    client = make_app(max_rows=3).test_client()

    def of(path: str, content: object):
        got = client.post(path, data=json.dumps(content), content_type="application/json")
        assert got.status_code in (200, 400, 422), got.text
        if got.status_code == 200 and "probabilities" in got.json:
            assert len(got.json["probabilities"]) <= 3
        return got

    return of


numbers = st.sampled_from([0, 1, 0.5, 2, -1, 255, None, True, "a", "[", "eA==", 10**30])
rows = st.recursive(
    numbers | st.lists(numbers, min_size=4, max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "b", "[", "data", "b64", "pixel0", "pixel1", "pixel2", "pixel3", "x\x00"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
tables = st.fixed_dictionaries({}, optional={"data": rows, "columns": rows, "index": rows})
tensors = st.fixed_dictionaries(
    {
        "shape": st.lists(st.integers(-1, 4) | numbers, max_size=4),
        "datatype": st.sampled_from(["FP32", "UINT8", 3]),
    },
    optional={"name": numbers, "data": rows, "parameters": rows | tables},
)
requests = {
    "/predict": st.fixed_dictionaries(
        {"instances": rows}, optional={"max_value": numbers, "top_k": numbers}
    ),
    "/v1/models/mnist:predict": st.fixed_dictionaries(
        {}, optional={"instances": rows, "inputs": rows, "max_value": numbers, "signature_name": numbers}
    ),
    "/v1/models/mnist:classify": st.fixed_dictionaries({"examples": rows}),
    "/invocations": rows
    | st.fixed_dictionaries(
        {},
        optional={"instances": rows, "inputs": rows, "dataframe_split": tables, "dataframe_records": rows,
                  "params": rows | tables},
    ),
    "/v2/models/mnist/infer": st.fixed_dictionaries(
        {"inputs": st.lists(tensors, min_size=1, max_size=1)},
        optional={"id": numbers, "parameters": rows, "outputs": st.lists(
            st.fixed_dictionaries({"name": st.sampled_from(["labels", "probabilities", "x"])},
                                  optional={"parameters": rows}), max_size=3)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", requests)
def test_any_request_of_any_protocol_is_answered_or_refused(answer, path):
    seen = set()

    @fuzz
    @given(requests[path])
    def holds(content):
        seen.add(answer(path, content).status_code)

    holds()
    assert 400 in seen or 422 in seen
