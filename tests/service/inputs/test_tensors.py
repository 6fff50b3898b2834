"""Tensors in bytes, through /predict."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import RequestError
from service.inputs import tensors
from service.inputs.json_rows import Limits, Pixels

OCTETS = "application/octet-stream"
PIXELS = np.arange(3 * 784).reshape(3, 784) % 256


@pytest.fixture
def client(publish, make_app):
    publish(seed=3)
    return make_app(max_rows=5).test_client()


def ask(client, content, datatype=None, accept=None):
    headers = {"Content-Type": OCTETS, "Tensor-Datatype": datatype, "Accept": accept}
    return client.post("/predict", data=content, headers={k: v for k, v in headers.items() if v})


@pytest.mark.parametrize("datatype", [None, "UINT8", "INT32", "UINT64", "FP16", "FP32", "FP64"])
def test_bytes_are_the_numbers_of_JSON(client, datatype):
    dtype = tensors.DATATYPES[datatype or "UINT8"]
    values = (PIXELS if dtype.kind in "ui" else PIXELS / 255).astype(dtype)
    rows = values / 255 if dtype.kind in "ui" else values
    expected = client.post("/predict", json={"instances": rows.astype(np.float64).tolist()}).json
    answer = ask(client, values.tobytes(), datatype)
    assert answer.json["predictions"] == expected["predictions"]
    np.testing.assert_allclose(answer.json["probabilities"], expected["probabilities"], atol=1e-6)


def test_an_answer_may_be_bytes(client):
    expected = ask(client, PIXELS.astype("u1").tobytes()).json
    answer = ask(client, PIXELS.astype("u1").tobytes(), accept=OCTETS)
    assert answer.mimetype == OCTETS
    assert (answer.headers["Tensor-Datatype"], answer.headers["Tensor-Shape"]) == ("FP32", "3,10")
    assert (answer.headers["Model-Name"], answer.headers["Model-Version"]) == ("mnist", "1")
    values = np.frombuffer(answer.data, "<f4").reshape(3, 10)
    assert np.array_equal(values, np.float32(expected["probabilities"]))


@pytest.mark.parametrize("k", [1, 3, 10, 1000])
def test_the_likeliest_classes_are_named(client, k):
    answer = client.post("/predict", json={"instances": (PIXELS / 255).tolist(), "top_k": k}).json
    for best, row, label in zip(answer["top"], answer["probabilities"], answer["labels"], strict=True):
        assert [each["probability"] for each in best] == sorted(row, reverse=True)[:k]
        assert best[0]["label"] == label
        assert all(row[int(each["label"])] == each["probability"] for each in best)


@pytest.mark.parametrize(("k", "got"), [(0, "0"), (-1, "-1"), (True, "true"), (1.5, "1.5"), (None, "null")])
def test_another_number_of_classes_is_422(client, k, got):
    answer = client.post("/predict", json={"instances": [[0] * 784], "top_k": k})
    assert (answer.status_code, answer.json["error"].split(", got ")[1]) == (422, got)


@pytest.mark.parametrize(
    ("content", "datatype", "message"),
    [
        (b"", None, "body: expected 1 to 5 rows, got 0"),
        (b"\0" * 783, None, "body: expected 784 bytes a row, got 783 bytes"),
        (b"\0" * 784 * 6, None, "body: expected 1 to 5 rows, got 6"),
        (b"\0" * 784, "FP32", "body: expected 3136 bytes a row, got 784 bytes"),
        (b"\xff" * 3136, "FP32", "body: expected a number from 0 to 1, got nan at number 0, counted from 0"),
        (b"\0" * 783 + b"\xff", "INT8",
         "body: expected a whole number from 0 to 255, got -1 at number 783, counted from 0"),
        (b"\0" * 784, "BYTES",
         "Tensor-Datatype: expected one of " + ", ".join(tensors.DATATYPES) + ", got 'BYTES'"),
    ],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_what_is_no_batch_is_422(client, content, datatype, message):
    answer = ask(client, content, datatype)
    assert (answer.status_code, answer.json) == (422, {"error": message})


@pytest.mark.parametrize(
    ("values", "top"),
    [(np.float32([0, 1]), 1e-46), (np.float16([np.inf, 0]), 70_000), (np.float32([np.inf, 0]), 1e39)],
    ids=str,
)
def test_an_answer_is_never_no_number(values, top):
    pixels = Pixels.up_to(top)
    if pixels.fit(values):
        assert np.isfinite(pixels.scaled(values)).all()
    assert not pixels.fit(values)
    assert (pixels.scaled(np.zeros_like(values)) == 0).all()


@given(
    shape=st.lists(st.integers(-3, 10**20) | st.sampled_from([6, 2, 3, None, "2", 1.0, True]), max_size=4),
)
def test_any_shape_is_one_of_rows_or_refused(shape):
    whole = all(type(size) is int for size in shape) and len(shape) > 1
    if whole and 1 <= shape[0] <= 4 and [size for size in shape[1:] if size != 1] in ([6], [2, 3]):
        assert tensors.rows_in(shape, Limits((2, 3), rows=4), "shape") == shape[0]
    else:
        with pytest.raises(RequestError, match=r"^shape: expected ") as caught:
            tensors.rows_in(shape, Limits((2, 3), rows=4), "shape")
        assert caught.value.status == 422


@given(st.lists(st.text(max_size=5), max_size=5))
def test_strings_carry_their_length(values):
    content = tensors.encode(np.array(values, object))
    for value in values:
        size = int.from_bytes(content[:4], "little")
        assert content[4 : 4 + size].decode() == value
        content = content[4 + size :]
    assert content == b""
