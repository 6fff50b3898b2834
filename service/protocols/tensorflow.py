"""TensorFlow Serving's REST protocol, and KServe's first, which shares its paths.

A label of TensorFlow's is an alias of the registry. Its errors are `{"error": "..."}`; what is no valid
request is 400.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from model.arrays import Array
from service import errors
from service.api_documentation.openapi import JSON, Operation
from service.errors import UNPROCESSABLE, RequestError
from service.http import request_body
from service.inputs import json_body, json_instances
from service.inputs.json_body import Json, expect, fields, shown
from service.inputs.json_rows import Pixels
from service.observability import access_log
from service.responses import as_json
from service.serving import inference
from service.serving.servable import Served

INPUT, OUTPUT = "pixels", "probabilities"
SIGNATURE = "serving_default"

PREFIX, VERBS = "/v1/models", (":predict", ":classify")

blueprint = Blueprint("tensorflow", __name__, url_prefix=PREFIX)
errors.register(blueprint, errors.without_unprocessable(errors.answer))


@blueprint.get("")
@Operation("TensorFlow Serving and KServe v1", {JSON: "TfModels"}, unready=True)
def models() -> Response:
    """The names of all models: one."""
    return as_json({"models": [inference.models().name]})


@blueprint.get("/<name>")
@blueprint.get("/<name>/versions/<version>")
@blueprint.get("/<name>/labels/<label>")
@Operation("TensorFlow Serving and KServe v1", {JSON: "TfStatus"})
def status(name: str, version: str | None = None, label: str | None = None) -> Response:
    """Which versions can be asked."""
    access_log.note_probe()
    served = inference.named(name, version, label)
    numbers = [served.version] if version or label else map(str, inference.models().versions())
    state = {"state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    versions = {"model_version_status": [{"version": number, **state} for number in numbers]}
    return as_json(versions if version or label else {"name": name, "ready": True, **versions})


@blueprint.get("/<name>/metadata")
@blueprint.get("/<name>/versions/<version>/metadata")
@blueprint.get("/<name>/labels/<label>/metadata")
@Operation("TensorFlow Serving and KServe v1", {JSON: "TfMetadata"})
def metadata(name: str, version: str | None = None, label: str | None = None) -> Response:
    """What the model takes and gives."""
    served = inference.named(name, version, label)
    signature = {
        "inputs": {INPUT: _tensor_info(INPUT, served.document.network.sizes[0])},
        "outputs": {OUTPUT: _tensor_info(OUTPUT, len(served.document.classes))},
        "method_name": "tensorflow/serving/predict",
    }
    return as_json(
        {
            "model_spec": {"name": name, "signature_name": "", "version": served.version},
            "metadata": {"signature_def": {"signature_def": {SIGNATURE: signature}}},
        }
    )


@blueprint.post("/<name>:predict")
@blueprint.post("/<name>/versions/<version>:predict")
@blueprint.post("/<name>/labels/<label>:predict")
@Operation("TensorFlow Serving and KServe v1", {JSON: "TfPrediction"}, {JSON: "TfPredict"})
def predict(name: str, version: str | None = None, label: str | None = None) -> Response:
    """The probabilities of each instance."""
    served = inference.named(name, version, label)
    key, rows = json_body.read(request_body.read(), lambda content: _batch(content, served))
    return as_json({key: inference.answer(served, rows).probabilities})


@blueprint.post("/<name>:classify")
@blueprint.post("/<name>/versions/<version>:classify")
@blueprint.post("/<name>/labels/<label>:classify")
@Operation("TensorFlow Serving and KServe v1", {JSON: "TfClassification"}, {JSON: "TfClassify"})
def classify(name: str, version: str | None = None, label: str | None = None) -> Response:
    """The label and the score of each class, in the order of the classes, for each example."""
    served = inference.named(name, version, label)
    rows = json_body.read(request_body.read(), lambda content: _examples(content, served))
    classes = served.document.classes
    return as_json(
        {
            "results": [
                list(zip(classes, scores, strict=True))
                for scores in inference.answer(served, rows).probabilities.tolist()
            ]
        }
    )


def _tensor_info(name: str, size: int) -> dict[str, Any]:
    dimensions = [{"size": str(each), "name": ""} for each in (-1, size)]
    return {
        "dtype": "DT_FLOAT",
        "tensor_shape": {"dim": dimensions, "unknown_rank": False},
        "name": f"{name}:0",
    }


def _batch(content: Json, served: Served) -> tuple[str, Array]:
    """The key that is answered with, and the rows."""
    root = fields(content.root, "body", (), ["signature_name", "max_value", "instances", "inputs"])
    if ("instances" in root) == ("inputs" in root):
        raise RequestError(UNPROCESSABLE, "body: expected instances or inputs, and not both")
    if "instances" in root:
        expect(root["instances"], "a list", "instances")
        return "predictions", _rows(root["instances"], "instances", root, content, served)
    return "outputs", _rows(root["inputs"], "inputs", root, content, served)


def _examples(content: Json, served: Served) -> Array:
    root = fields(content.root, "body", ["examples"], ["signature_name", "max_value"])
    expect(root["examples"], "a list", "examples")
    return _rows(root["examples"], "examples", root, content, served)


def _rows(rows: Any, where: str, root: Mapping[str, Any], content: Json, served: Served) -> Array:
    signature = expect(root.get("signature_name", SIGNATURE), "a string", "signature_name")
    if signature not in (SIGNATURE, ""):
        got = shown(signature)
        raise RequestError(UNPROCESSABLE, f"signature_name: expected {SIGNATURE}, got {got}")
    pixels = Pixels.up_to(root.get("max_value", 1))
    return json_instances.table_of(
        rows, where, served.document.input, inference.limits(served), content.lists - 1, pixels
    )
