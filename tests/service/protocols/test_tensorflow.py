"""TensorFlow Serving's REST protocol in the forms that its documentation gives, and KServe's first."""

import json
from base64 import b64encode
from pathlib import Path
from textwrap import wrap

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
ROWS = (np.arange(2 * 784).reshape(2, 784) % 256 / 255).round(3)
LIST = ROWS.tolist()
SQUARE = ROWS.reshape(2, 28, 28).tolist()
URL = "/v1/models/mnist"


@pytest.fixture
def client(publish, make_app, registry):
    """Two versions: 1, which is called `stable`, and the champion, 2."""
    publish(seed=1)
    publish(seed=2)
    registry.point("stable", 1, "for a test")
    return make_app().test_client()


def expected(registry, version):
    return registry.load(version)[0].network.forward(ROWS.astype(np.float32).T).T


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"instances": LIST}, "predictions"),
        ({"instances": SQUARE, "signature_name": "serving_default"}, "predictions"),
        ({"instances": [{"pixels": row} for row in LIST]}, "predictions"),
        ({"instances": [{"image": row} for row in SQUARE]}, "predictions"),
        ({"inputs": LIST}, "outputs"),
        ({"inputs": {"pixels": SQUARE}, "signature_name": ""}, "outputs"),
        ({"inputs": (ROWS * 255).tolist(), "max_value": 255}, "outputs"),
        ({"instances": ROWS.reshape(2, 28, 28, 1).tolist()}, "predictions"),
        ({"instances": ROWS.reshape(2, 1, 28, 28).tolist()}, "predictions"),
        ({"instances": ROWS.reshape(2, 1, 784, 1).tolist()}, "predictions"),
        ({"instances": [{"key": "a [ b", "pixels": row} for row in LIST]}, "predictions"),
        ({"instances": [dict(zip(map(str, range(784)), row, strict=True)) for row in LIST]}, "predictions"),
    ],
    ids=[
        "rows",
        "square",
        "named rows",
        "named squares",
        "columnar",
        "named columnar",
        "to 255",
        "channels last",
        "channels first",
        "units around and within",
        "a key beside",
        "a number a column",
    ],
)
def test_predict_answers_in_the_form_of_the_question(client, registry, content, key):
    answer = client.post(f"{URL}:predict", json=content).json
    assert list(answer) == [key]
    np.testing.assert_allclose(answer[key], expected(registry, 2), atol=1e-6)


@pytest.mark.parametrize(
    "instance",
    [lambda text: {"b64": text}, lambda text: {"image_bytes": {"b64": text}, "key": "1"},
     lambda text: {"data": text, "target": 0}, lambda text: {"b64": text.rstrip("=")},
     lambda text: {"b64": "\r\n".join(wrap(text, 76)) + "\n"},
     lambda text: {"b64": f"data:image/png;base64,{text}"},
     lambda text: {"b64": f"DATA:;charset=x;base64,{text}".rstrip("=")}],
    ids=["alone", "named", "in KServe's way", "without padding", "in lines", "a data URI", "another"],
)  # fmt: skip
def test_an_image_may_come_in_base64(client, instance):
    image = (ROOT / "docs/digit.png").read_bytes()
    expected = client.post("/predict", data=image, content_type="image/png").json["probabilities"]
    text = b64encode(image).decode()
    assert text.endswith("=")
    content = {"instances": [instance(text)]}
    assert client.post(f"{URL}:predict", json=content).json["predictions"] == expected


@pytest.mark.parametrize(
    ("path", "version"),
    [("", 2), ("/versions/1", 1), ("/versions/2", 2), ("/labels/stable", 1), ("/labels/champion", 2)],
)
def test_a_version_or_a_label_is_asked(client, registry, path, version):
    answer = client.post(f"{URL}{path}:predict", json={"instances": LIST}).json
    np.testing.assert_allclose(answer["predictions"], expected(registry, version), atol=1e-6)


def test_a_label_follows_its_alias(client, registry):
    registry.point("stable", 2, "for a test")
    answer = client.post(f"{URL}/labels/stable:predict", json={"instances": LIST}).json
    np.testing.assert_allclose(answer["predictions"], expected(registry, 2), atol=1e-6)


def test_classify_scores_every_class(client, registry):
    content = {"signature_name": "serving_default", "examples": [{"pixels": row} for row in LIST]}
    results = client.post(f"{URL}:classify", json=content).json["results"]
    assert [label for label, _ in results[0]] == list("0123456789")
    scores = [[score for _, score in result] for result in results]
    np.testing.assert_allclose(scores, expected(registry, 2), atol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "body: expected instances or inputs, and not both"),
        ({"instances": LIST, "inputs": LIST}, "body: expected instances or inputs, and not both"),
        ({"instances": 1.0}, "instances: expected a list, got 1.0"),
        ({"instances": []}, "instances: expected 1 to 10000 rows, got 0"),
        ({"instances": [1.0, 2.0, 5.0]}, "instances[0]: expected a list of numbers, got 1.0"),
        ({"instances": [{"a": LIST[0], "b": 1}]}, "instances[0]: expected one key, got 2"),
        ({"instances": [{"b64": "?"}]}, "instances[0].b64: expected base64, got something else"),
        ({"instances": [{"b64": "eA=x"}]}, "instances[0].b64: expected base64, got something else"),
        ({"instances": [{"b64": "data:image/png,eA=="}]},
         "instances[0].b64: expected base64, got something else"),
        ({"instances": [{"b64": "eA=="}]}, "instances: expected a whole image, PNG, JPEG, WEBP, BMP"),
        ({"instances": [{"b64": "eA=="}, {"x": LIST[0]}]}, "instances[1].x: expected a string, got a list"),
        ({"instances": [{"x": 5}]}, "instances[0].x: expected a list of numbers, got 5"),
        ({"instances": [{"x": LIST[0]}, {"x": "abc"}]},
         "instances[1].x: expected a list of numbers, got 'abc'"),
        ({"instances": [[[[[[[0.5] * 784]]]]]]},
         "instances[0][0][0][0][0]: expected a number from 0 to 1, got a list"),
        ({"instances": [[[]] * 784]}, "instances[0][0]: expected 1 numbers, got 0"),
        ({"instances": [{"a": LIST[0]}, LIST[1]]}, "instances[1]: expected an object, got a list"),
        ({"instances": [{"a": [0, 1]}]}, "instances[0].a: expected 784 numbers, got 2"),
        ({"instances": [{"a": [0] * 783 + [[0]]}]},
         "instances[0].a[783]: expected a number from 0 to 1, got a list"),
        ({"instances": [{"a": "[" + "a" * 783}]}, "instances[0].a: expected base64, got something else"),
        ({"inputs": {"a": LIST, "b": LIST}}, "inputs: expected one key, got 2"),
        ({"inputs": {"a": [[0, 1]]}}, "inputs.a[0]: expected 784 numbers, got 2"),
        ({"instances": LIST, "signature_name": 3}, "signature_name: expected a string, got 3"),
        ({"instances": LIST, "signature_name": "other"},
         "signature_name: expected serving_default, got 'other'"),
        ([], "body: expected an object, got a list"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)  # fmt: skip
def test_what_is_no_request_is_400(client, content, message):
    answer = client.post(f"{URL}:predict", json=content)
    assert (answer.status_code, answer.json) == (400, {"error": message})


@pytest.mark.parametrize("verb", [":predict", ":classify"])
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/models/other", "model: expected mnist, got 'other'"),
        (f"{URL}/versions/3", "mnist has no version '3'"),
        (f"{URL}/labels/beta", "mnist has no alias 'beta'"),
    ],
)
def test_what_is_not_there_is_404(client, path, message, verb):
    answer = client.post(path + verb, json={"instances": LIST})
    assert (answer.status_code, answer.json) == (404, {"error": message})


def test_status_names_the_versions(client):
    answer = client.get(URL).json
    assert (answer["name"], answer["ready"]) == ("mnist", True)
    assert [each["version"] for each in answer["model_version_status"]] == ["2", "1"]
    available = {
        "version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}
    }  # fmt: skip
    assert client.get(f"{URL}/labels/stable").json["model_version_status"] == [available]
    assert client.get("/v1/models").json == {"models": ["mnist"]}


def test_metadata_has_whole_numbers_as_strings(client):
    answer = client.get(f"{URL}/versions/1/metadata").json
    assert answer["model_spec"] == {"name": "mnist", "signature_name": "", "version": "1"}
    signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["pixels"]["tensor_shape"]["dim"] == [
        {"size": "-1", "name": ""},
        {"size": "784", "name": ""},
    ]
    assert signature["method_name"] == "tensorflow/serving/predict"


def test_nothing_is_ready_before_a_model(client_without_model):
    for answer in (client_without_model.get(URL), client_without_model.post(f"{URL}:predict", json={})):
        assert (answer.status_code, answer.json["error"][:25]) == (503, "no model is served yet: /"[:25])
