"""MLflow's scoring protocol in the forms that its documentation gives, and SageMaker's."""

import json
from io import BytesIO

import numpy as np
import pytest

PIXELS = np.arange(2 * 784).reshape(2, 784) % 256
ROWS = (PIXELS / 255).round(3)
LIST = ROWS.tolist()
COLUMNS = [f"pixel {index}" for index in range(784)]
PLACES = [f"{row}x{column}" for row in range(28) for column in range(28)]
NAMES, NUMBERS = ",".join(COLUMNS), ",".join(map(str, range(784)))
LINES = "\n".join(",".join(map(str, row)) for row in LIST)


@pytest.fixture
def client(publish, make_app):
    publish(seed=2)
    return make_app().test_client()


@pytest.fixture
def expected(client, registry):  # noqa: ARG001  it publishes
    return registry.load(1)[0].network.forward(ROWS.astype(np.float32).T).T


@pytest.mark.parametrize(
    "content",
    [
        {"instances": LIST},
        {"inputs": LIST},
        {"inputs": {"pixels": LIST}},
        {"inputs": {name: [row[index] for row in LIST] for index, name in enumerate(COLUMNS)}},
        {"instances": [{"features": row} for row in LIST]},
        {"instances": [dict(zip(COLUMNS, row, strict=True)) for row in LIST]},
        {"inputs": ROWS.reshape(2, 28, 28, 1).tolist()},
        LIST,
        {"dataframe_split": {"columns": COLUMNS, "data": LIST}},
        {"dataframe_split": {"columns": COLUMNS[::-1], "data": [row[::-1] for row in LIST]}},
        {"dataframe_split": {"columns": list(range(784)), "data": LIST}},
        {"dataframe_split": {"index": [0, 1], "columns": COLUMNS, "data": LIST}},
        {"dataframe_records": [dict(zip(COLUMNS, row, strict=True)) for row in LIST]},
        {"dataframe_records": [dict(zip(COLUMNS[::step], row[::step], strict=True))
                               for row, step in zip(LIST, (1, -1), strict=True)]},
        {"dataframe_records": [dict(zip(PLACES, row, strict=True)) for row in LIST]},
        {"dataframe_split": {"columns": ["pixels"], "data": [[row] for row in LIST]}},
        {"dataframe_split": {"columns": ["x"], "index": [0, 1], "data": ROWS.reshape(2, 1, 28, 28).tolist()}},
        {"dataframe_records": [{"pixels": row} for row in LIST]},
        {"dataframe_records": [{"x": image} for image in ROWS.reshape(2, 28, 28).tolist()]},
        {"instances": (ROWS * 255).tolist(), "params": {"max_value": 255}},
    ],
    ids=lambda content: "-".join(content) if isinstance(content, dict) else "bare",
)  # fmt: skip
@pytest.mark.parametrize("sort", [False, True], ids=["as it is", "sorted"])
def test_a_table_in_JSON(client, expected, content, sort):
    text = json.dumps(content, sort_keys=sort)
    answer = client.post("/invocations", data=text, content_type="application/json").json
    np.testing.assert_allclose(answer["predictions"], expected, atol=1e-6)


@pytest.mark.parametrize(
    "content",
    [LINES, NAMES + "\n" + LINES, NUMBERS + "\r\n" + LINES + "\n\n", "\ufeff" + LINES,
     ",".join(f'"{name}"' for name in COLUMNS) + "\n" + LINES,
     ",".join(COLUMNS[::-1]) + "\n" + "\n".join(",".join(map(str, row[::-1])) for row in LIST)],
    ids=["no header", "names", "numbers", "byte order mark", "quotes", "from the last on"],
)  # fmt: skip
def test_a_table_in_CSV(client, expected, content):
    answer = client.post("/invocations", data=content, content_type="text/csv; charset=utf-8")
    np.testing.assert_allclose(answer.json["predictions"], expected, atol=1e-6)


@pytest.mark.parametrize(
    "values",
    [ROWS, ROWS.astype("f4"), ROWS.reshape(2, 28, 28, 1), np.asfortranarray(ROWS),
     np.asfortranarray(ROWS.reshape(2, 28, 28))],
    ids=["f8", "f4", "image", "Fortran", "image, Fortran"],
)  # fmt: skip
def test_an_array_of_numpy_in_and_out(client, expected, values):
    file = BytesIO()
    np.save(file, values)
    headers = {"Content-Type": "application/x-npy", "Accept": "application/x-npy"}
    answer = client.post("/invocations", data=file.getvalue(), headers=headers)
    np.testing.assert_allclose(np.load(BytesIO(answer.data)), expected, atol=1e-6)


def test_CSV_out(client, expected):
    answer = client.post("/invocations", json=LIST, headers={"Accept": "text/csv"})
    np.testing.assert_allclose(np.loadtxt(answer.text.splitlines(), delimiter=","), expected, atol=1e-6)


def npy(values, cut=None):
    file = BytesIO()
    np.save(file, values)
    return file.getvalue()[:cut]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "body: expected an array as numpy.save writes it"),
        (b"\x93NUMPY\x09\x00", "body: expected an array as numpy.save writes it"),
        (npy(ROWS)[:80], "body: expected an array as numpy.save writes it"),
        (npy(ROWS, -1), "body: expected 12544 bytes of numbers, got 12543"),
        (npy(np.array([None])), "body: expected numbers, little-endian, got object"),
        (npy(ROWS.astype(">f4")), "body: expected numbers, little-endian, got >f4"),
        (npy(np.asfortranarray(np.stack([ROWS[0], -ROWS[1]]))),
         f"body: expected a number from 0 to 1, got {-ROWS[1, 0]} at number 784, counted from 0"),
        (npy(ROWS[:, 1:]), "body: shape: expected [-1, 784] or [-1, 28, 28], got [2, 783]"),
        (npy(ROWS).replace(b"(2, 784)", b"(10**9,)"), "body: expected an array as numpy.save writes it"),
        (npy(ROWS * 2), "body: expected a number from 0 to 1, got "),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_array_of_numpy_is_400(client, content, message):
    answer = client.post("/invocations", data=content, content_type="application/x-npy")
    assert (answer.status_code, answer.json["message"][: len(message)]) == (400, message)


def test_two_columns_have_no_numbers(publish, make_app, make_document):
    document = make_document(shape=(1, 2))
    publish(network=document.network, input=document.input)
    answer = make_app().test_client().post("/invocations", data="0,1\n1,0", content_type="text/csv")
    assert len(answer.json["predictions"]) == 2


def test_a_table_of_bytes_in_CSV(client, registry):
    content = "\n".join(",".join(map(str, row)) for row in PIXELS)
    answer = client.post("/invocations", data=content, content_type="text/csv; max_value=255")
    rows = (PIXELS / 255).astype(np.float32)
    expected = registry.load(1)[0].network.forward(rows.T).T
    np.testing.assert_allclose(answer.json["predictions"], expected, atol=1e-6)


def test_columns_without_numbers_are_in_the_order_of_the_first_row(publish, make_app, make_document):
    document = make_document(shape=(1, 2))
    publish(network=document.network, input=document.input)
    content = '{"dataframe_records": [{"right": 0, "left": 1}, {"left": 1, "right": 0}]}'
    answer = make_app().test_client().post("/invocations", data=content, content_type="application/json")
    expected = document.network.forward(np.float32([[0, 1], [0, 1]]).T).T
    np.testing.assert_allclose(answer.json["predictions"], expected, atol=1e-6)


PAIRS = {name: [0.5, 0.5] for name in COLUMNS}
ONE = "body: expected one of instances, inputs, dataframe_split, dataframe_records, got "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, ONE + "none"),
        ({"instances": LIST, "inputs": LIST}, ONE + "instances and inputs"),
        ({"instances": []}, "instances: expected 1 to 10000 rows, got 0"),
        ({"dataframe_split": {}}, "dataframe_split: expected data; got none"),
        ({"dataframe_split": {"data": [[1]]}}, "dataframe_split.data[0]: expected 784 numbers, got 1"),
        ({"dataframe_records": [{"a": 1}]},
         "dataframe_records[0]: expected 784 columns, got 1"),
        ({"dataframe_records": [dict.fromkeys(COLUMNS, 0), dict.fromkeys([*COLUMNS[1:], "x"], 0)]},
         "dataframe_records[1]: expected the columns of the first row, got others"),
        ({"dataframe_records": [dict.fromkeys(COLUMNS, "0")]},
         "dataframe_records[0].pixel 0: expected a number from 0 to 1, got '0'"),
        ({"dataframe_records": [dict.fromkeys(COLUMNS, 2)]},
         "dataframe_records: expected a number from 0 to 1, got 2.0 at number 0, counted from 0"),
        ({"dataframe_split": {"columns": 0, "index": 0, "data": [[0.0] * 782 + [[0.1, 0.2], []]]}},
         "dataframe_split.columns: expected a list, got 0"),
        ({"dataframe_split": {"columns": ["a"], "data": LIST}},
         "dataframe_split.columns: expected 784 columns, got 1"),
        ({"dataframe_split": {"data": [[0.0] * 783 + [[0.1]]]}},
         "dataframe_split.data[0][783]: expected a number from 0 to 1, got a list"),
        ({"inputs": PAIRS | {COLUMNS[5]: [0.5, [0.1, 0.2]], COLUMNS[7]: [0.5, []]}},
         "inputs.pixel 5[1]: expected a number from 0 to 1, got a list"),
        ({"inputs": PAIRS | {COLUMNS[5]: [0.5]}},
         "inputs.pixel 5: expected 2 numbers, got 1"),
        ({"inputs": {name: [0.5] for name in COLUMNS[1:]} | {"a\0": [0.5]}},
         "inputs: expected each key once and no NUL, got 'a\\x00'"),
        ({"instances": LIST, "params": {"max_value": "x"}}, "max_value: expected a positive number, got 'x'"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)  # fmt: skip
def test_what_is_no_table_is_400(client, content, message):
    answer = client.post("/invocations", json=content)
    assert (answer.status_code, answer.json) == (400, {"error_code": "BAD_REQUEST", "message": message})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "body: expected 1 to 10000 rows, got 0"),
        (NAMES, "body: expected 1 to 10000 rows, got 0"),
        ("0,1\n0.5,0", "body: expected 784 columns, got 2 in line 0"),
        (LINES + "\n0,1", "body: expected 784 columns, got 2 in line 2"),
        ("," * 10**6, "body: expected 784 columns, got 1000001 in line 0"),
        ("\n" * 20_000, "body: expected at most 10000 rows, got more"),
        ("," + LINES.partition(",")[2], "body: expected numbers between commas: "),
        ("0" * 200_000 + "," * 783, "body: expected numbers between commas: "),
        (LINES + "\n" + ",".join(["x"] * 784), "body: expected numbers between commas: "),
        (LINES.replace("1.0", "nan", 1),
         "body: expected a number from 0 to 1, got nan at number 255, counted from 0"),
        (LINES.replace("1.0", "1e999", 1),
         "body: expected a number from 0 to 1, got inf at number 255, counted from 0"),
        (b"\xff\xfe", "body: expected UTF-8"),
    ],
    ids=lambda value: repr(value[:12]),
)  # fmt: skip
def test_what_is_no_CSV_is_400(client, content, message):
    answer = client.post("/invocations", data=content, content_type="text/csv")
    assert (answer.status_code, answer.json["error_code"]) == (400, "BAD_REQUEST")
    assert answer.json["message"].startswith(message)


@pytest.mark.parametrize("top", ["0", "-1", "x", "nan", "inf"])
def test_a_largest_value_is_a_positive_number(client, top):
    answer = client.post("/invocations", data=LINES, content_type=f"text/csv; max_value={top}")
    assert (answer.status_code, answer.json["message"][:35]) == (400, "max_value: expected a positive numb")


def test_another_type_is_415(client):
    answer = client.post("/invocations", data=b"x", content_type="application/jsonlines")
    types = "application/json, text/csv, application/x-npy, image/png, image/jpeg, image/webp, image/bmp"
    message = f"Content-Type: expected one of {types}, got application/jsonlines"
    assert (answer.status_code, answer.json["message"]) == (415, message)


def test_health(client):
    for path in ("/ping", "/health"):
        assert client.get(path).status_code == 200
    assert client.get("/version").text


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_nothing_is_well_before_a_model(client_without_model, path):
    answer = client_without_model.get(path)
    assert (answer.status_code, answer.json["error_code"]) == (503, "INTERNAL_ERROR")
