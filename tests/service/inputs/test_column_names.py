"""A request that names columns is answered by their names, in every protocol; others by position."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.document.document import Input
from model.network.network import Network
from service.errors import RequestError
from service.inputs.column_names import order
from service.inputs.json_rows import Limits

NAMES = ("alpha", "beta", "gamma")
ROW = {"alpha": 0.1, "beta": 0.5, "gamma": 0.9}
ROWS = [ROW, {"alpha": 0.2, "beta": 0.0, "gamma": 1.0}]
ORDERS = [NAMES, NAMES[::-1], ("beta", "gamma", "alpha")]
INFER = "/v2/models/mnist/infer"


def document_facts(names):
    """A network whose answer tells its inputs apart, and what it takes."""
    network = Network.build((3, 3), ("softmax",), "categorical_cross_entropy")
    network.parameters.W[0][:] = 4 * np.eye(3)
    return {"network": network, "classes": NAMES, "input": Input((3,), preprocessing="none", names=names)}


def expected(rows):
    Z = np.exp(4 * np.float64([[row[name] for name in NAMES] for row in rows]))
    return Z / Z.sum(axis=1, keepdims=True)


@pytest.fixture
def named(publish, make_app, express):
    publish(**document_facts(NAMES))
    return make_app(express=express).test_client()


@pytest.fixture
def nameless(publish, make_app, express):
    publish(**document_facts(None))
    return make_app(express=express).test_client()


def invocations(client, content):
    return client.post("/invocations", data=json.dumps(content), content_type="application/json")


def in_order(columns):
    return [{name: row[name] for name in columns} for row in ROWS]


def split(columns):
    return {"columns": list(columns), "data": [[row[name] for name in columns] for row in ROWS]}


def csv(columns, quote=""):
    lines = [[f"{quote}{name}{quote}" for name in columns], *split(columns)["data"]]
    return "\n".join(",".join(map(str, line)) for line in lines)


def tensor(name, values=None, datatype="FP32", **more):
    data = [row.get(name, 0) for row in ROWS] if values is None else values
    return {"name": name, "shape": [2], "datatype": datatype, "data": data, **more}


@pytest.mark.parametrize("columns", ORDERS, ids=",".join)
class TestAnyOrder:
    @pytest.mark.parametrize(
        "form",
        [
            lambda columns: {"dataframe_records": in_order(columns)},
            lambda columns: {"dataframe_split": split(columns)},
            lambda columns: {"instances": in_order(columns)},
            lambda columns: {"inputs": {name: [row[name] for row in ROWS] for name in columns}},
        ],
        ids=["dataframe_records", "dataframe_split", "instances", "inputs"],
    )
    def test_of_mlflow(self, named, columns, form):
        answer = invocations(named, form(columns))
        np.testing.assert_allclose(answer.json["predictions"], expected(ROWS), rtol=1e-5)

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_of_CSV(self, named, columns, quote):
        answer = named.post("/invocations", data=csv(columns, quote), content_type="text/csv")
        np.testing.assert_allclose(answer.json["predictions"], expected(ROWS), rtol=1e-5)

    @pytest.mark.parametrize("shape", [[2], [2, 1]], ids=str)
    def test_of_the_open_inference_protocol(self, named, columns, shape):
        inputs = [tensor(name, shape=shape, datatype="FP64") for name in columns]
        outputs = named.post(INFER, json={"inputs": inputs}).json["outputs"]
        np.testing.assert_allclose(outputs[0]["data"], expected(ROWS).ravel(), rtol=1e-5)

    @pytest.mark.parametrize("in_json", [[], ["beta"]], ids=["all", "but one"])
    def test_of_the_open_inference_protocol_in_bytes(self, named, columns, in_json):
        inputs, raw = [tensor(name) for name in columns], b""
        for each in inputs:
            if each["name"] not in in_json:
                values = np.array(each.pop("data"), "<f8")
                raw += values.tobytes()
                each |= {"datatype": "FP64", "parameters": {"binary_data_size": values.nbytes}}
        said = json.dumps({"inputs": inputs}).encode()
        headers = {"Inference-Header-Content-Length": str(len(said))}
        outputs = named.post(INFER, data=said + raw, headers=headers).json["outputs"]
        np.testing.assert_allclose(outputs[0]["data"], expected(ROWS).ravel(), rtol=1e-5)

    @pytest.mark.parametrize("form", ["instances", "inputs"])
    def test_of_tensorflow(self, named, columns, form):
        columnar = {name: [row[name] for row in ROWS] for name in columns}
        content = {form: in_order(columns) if form == "instances" else columnar}
        answer = named.post("/v1/models/mnist:predict", json=content).json
        np.testing.assert_allclose(next(iter(answer.values())), expected(ROWS), rtol=1e-5)


WRONG = [
    (["foo", "bar", "baz"], "missing: 'alpha', 'beta', 'gamma'; unknown: 'foo', 'bar', 'baz'"),
    (["alpha", "beta", "delta"], "missing: 'gamma'; unknown: 'delta'"),
    (["gamma", "alpha"], "missing: 'beta'"),
    (["alpha"], "missing: 'beta', 'gamma'"),
    (["alpha", "beta", "gamma", "label"], "unknown: 'label'"),
    (["alpha", "beta", "Gamma"], "missing: 'gamma'; unknown: 'Gamma'"),
]
DOUBLED = [
    (["alpha", "beta", "beta"], "missing: 'gamma'; doubled: 'beta'"),
    (["alpha", "beta", "gamma", "alpha"], "doubled: 'alpha'"),
]


def identified(value):
    return value if isinstance(value, str) else ",".join(value)


def sentence(where, wrong):
    return f"{where}: expected each of the model's columns once; {wrong}"


def with_zeros(columns):
    return [dict.fromkeys(columns, 0.5)]


@pytest.mark.parametrize(("columns", "wrong"), WRONG, ids=identified)
class TestWrongNames:
    @pytest.mark.parametrize("form", ["dataframe_records", "instances"])
    def test_of_records(self, named, columns, wrong, form):
        answer = invocations(named, {form: with_zeros(columns)})
        assert (answer.status_code, answer.json["message"]) == (400, sentence(f"{form}[0]", wrong))

    def test_of_tensorflow_s_records(self, named, columns, wrong):
        text = json.dumps({"instances": with_zeros(columns)})
        answer = named.post("/v1/models/mnist:predict", data=text, content_type="application/json")
        assert (answer.status_code, answer.json["error"]) == (400, sentence("instances[0]", wrong))

    def test_of_a_later_record(self, named, columns, wrong):
        answer = invocations(named, {"dataframe_records": [ROW, *with_zeros(columns)]})
        assert (answer.status_code, answer.json["message"]) == (400, sentence("dataframe_records[1]", wrong))

    def test_of_a_column_a_name(self, named, columns, wrong):
        answer = invocations(named, {"inputs": {name: [0.5] for name in columns}})
        assert (answer.status_code, answer.json["message"]) == (400, sentence("inputs", wrong))


@pytest.mark.parametrize(("columns", "wrong"), WRONG + DOUBLED, ids=identified)
class TestWrongOrDoubledNames:
    def test_of_a_split_table(self, named, columns, wrong):
        table = {"columns": columns, "data": [[0.5] * len(columns)]}
        answer = invocations(named, {"dataframe_split": table})
        assert (answer.status_code, answer.json["message"]) == (
            400, sentence("dataframe_split.columns", wrong),
        )  # fmt: skip

    def test_of_CSV(self, named, columns, wrong):
        text = ",".join(columns) + "\n" + ",".join(["0.5"] * len(columns))
        answer = named.post("/invocations", data=text, content_type="text/csv")
        assert (answer.status_code, answer.json["message"]) == (400, sentence("body, line 0", wrong))

    def test_of_the_open_inference_protocol(self, named, columns, wrong):
        answer = named.post(INFER, json={"inputs": [tensor(name) for name in columns]})
        assert (answer.status_code, answer.json["error"]) == (400, sentence("inputs", wrong))


def test_a_name_that_comes_twice_in_a_record_is_400(named):
    text = '{"dataframe_records": [{"alpha": 0, "beta": 1, "gamma": 0, "beta": 0.5}]}'
    answer = named.post("/invocations", data=text, content_type="application/json")
    assert (answer.status_code, "'beta'" in answer.json["message"]) == (400, True)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/predict", {"instances": [list(row.values()) for row in ROWS]}),
        ("/invocations", {"instances": [list(row.values()) for row in ROWS]}),
        ("/invocations", {"inputs": {"pixels": [list(row.values()) for row in ROWS]}}),
        ("/invocations", {"dataframe_split": {"data": split(NAMES)["data"]}}),
        ("/invocations", {"dataframe_split": {"columns": [0, 1, 2], "data": split(NAMES)["data"]}}),
        (
            "/invocations",
            {"dataframe_records": [dict(zip("012", row.values(), strict=True)) for row in ROWS]},
        ),
        ("/v1/models/mnist:predict", {"instances": [{"pixels": list(row.values())} for row in ROWS]}),
        (
            "/v1/models/mnist:predict",
            {"instances": [{"pixels": list(row.values()), "id": 3} for row in ROWS]},
        ),
        ("/v1/models/mnist:predict", {"inputs": {"pixels": [list(row.values()) for row in ROWS]}}),
    ],
    ids=str,
)
def test_without_names_a_batch_is_positional(named, path, content):
    answer = named.post(path, json=content).json
    found = answer.get("probabilities") or answer.get("predictions") or answer.get("outputs")
    np.testing.assert_allclose(found, expected(ROWS), rtol=1e-5)


@pytest.mark.parametrize("header", ["", "0,1,2\n"])
def test_CSV_without_names_is_positional(named, header):
    text = header + csv(NAMES).partition("\n")[2]
    answer = named.post("/invocations", data=text, content_type="text/csv")
    np.testing.assert_allclose(answer.json["predictions"], expected(ROWS), rtol=1e-5)


@pytest.mark.parametrize("name", ["pixels", "alpha"])
def test_one_tensor_of_all_columns_is_positional(named, name):
    content = tensor(name, [list(row.values()) for row in ROWS], shape=[2, 3])
    outputs = named.post(INFER, json={"inputs": [content]}).json["outputs"]
    np.testing.assert_allclose(outputs[0]["data"], expected(ROWS).ravel(), rtol=1e-5)


def test_a_model_without_names_takes_any(nameless):
    record = {"foo": 0.1, "bar": 0.5, "baz": 0.9}
    answer = invocations(nameless, {"dataframe_records": [record]})
    np.testing.assert_allclose(answer.json["predictions"], expected([ROW]), rtol=1e-5)
    inputs = [tensor(name) for name in NAMES]
    refused = nameless.post(INFER, json={"inputs": inputs})
    assert (refused.status_code, refused.json["error"]) == (400, "inputs: expected one, pixels, got 3")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": [2, 2]}, "inputs[1].shape: expected [-1] or [-1, 1], got [2, 2]"),
        ({"shape": []}, "inputs[1].shape: expected [-1] or [-1, 1], got []"),
        ({"shape": [True]}, "inputs[1].shape: expected [-1] or [-1, 1], got [true]"),
        ({"shape": [0]}, "inputs[1].shape: expected 1 to 10000 rows, got 0"),
        ({"shape": [1]}, "inputs[1].shape: expected 2 rows, as inputs[0] has, got 1"),
        ({"data": [0.5]}, "inputs[1].data: expected 2 numbers, got 1"),
        ({"data": [0.5, [1]]}, "inputs[1].data[1]: expected a number from 0 to 1, got a list"),
        ({"data": [0.5, 2]}, "inputs[1].data[1]: expected a number from 0 to 1, got 2"),
        ({"data": None}, "inputs[1].data: expected a list, got null"),
        ({"name": 5}, "inputs[1].name: expected a string, got 5"),
        (
            {"parameters": {"binary_data_size": 8}},
            "Inference-Header-Content-Length: expected, since a tensor comes in bytes; got none",
        ),
        (
            {"parameters": {"binary_data_size": 9}},
            "inputs[1].parameters.binary_data_size: expected 8, as shape and datatype have it, got 9",
        ),
    ],
    ids=str,
)
def test_a_tensor_that_is_no_column_is_400(named, changes, message):
    inputs = [tensor(name) for name in NAMES]
    inputs[1] |= changes
    answer = named.post(INFER, json={"inputs": inputs})
    assert (answer.status_code, answer.json) == (400, {"error": message})


def test_whole_numbers_beside_fractions_are_numbers_and_no_pixels(named):
    inputs = [tensor("alpha"), tensor("beta"), tensor("gamma", [0, 1], "INT64")]
    outputs = named.post(INFER, json={"inputs": inputs}).json["outputs"]
    rows = [row | {"gamma": gamma} for row, gamma in zip(ROWS, (0, 1), strict=True)]
    np.testing.assert_allclose(outputs[0]["data"], expected(rows).ravel(), rtol=1e-5)


@pytest.mark.parametrize(
    ("names", "header"),
    [
        (("400", "401.5", "403"), "403,400,401.5"),
        (("a, cm", "b, cm", "c, cm"), '"c, cm","a, cm","b, cm"'),
    ],
    ids=["numbers", "commas"],
)
def test_a_header_holds_any_names_of_the_model(publish, make_app, names, header):
    publish(**document_facts(names))
    text = f"{header}\n0.9,0.1,0.5"
    answer = make_app().test_client().post("/invocations", data=text, content_type="text/csv")
    np.testing.assert_allclose(answer.json["predictions"], expected([ROW]), rtol=1e-5)


def test_the_model_tells_its_names(named):
    assert named.get("/model").json["input"]["names"] == list(NAMES)


name_lists = st.lists(
    st.sampled_from("012") | st.text(min_size=1).filter(str.strip), min_size=2, unique_by=str.strip
)


@given(name_lists, st.data())
def test_columns_are_found_whatever_they_are_called(names, data):
    columns = data.draw(st.permutations(names))
    places = order(columns, Limits((len(names),), 1, tuple(names)), "here")
    assert [columns[place] for place in places] == names


@given(name_lists, st.data())
def test_a_column_that_is_not_there_is_named(names, data):
    missing = data.draw(st.sampled_from(names))
    columns = [name for name in data.draw(st.permutations(names)) if name != missing]
    with pytest.raises(RequestError, match="missing: "):
        order(columns, Limits((len(names),), 1, tuple(names)), "here")
