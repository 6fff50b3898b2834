"""The Open Inference Protocol, version 2, as KServe, Triton and MLServer speak it, with tensors in bytes.

Its errors are `{"error": "..."}`; what is no valid request is 400.
"""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import simdjson
from flask import Blueprint, Response, request

from model import VERSION
from model.activations import Array
from service import batch, body, errors, inference, json_body, telemetry, tensors
from service.batch import Limits, Pixels
from service.errors import BAD_REQUEST, RequestError
from service.json_body import Json, expect, fields
from service.openapi import JSON, Operation
from service.responses import OCTETS, as_bytes, as_json, json_bytes
from service.served import Answer

PLATFORM = "numeral_numpy"
EXTENSIONS = ("binary_tensor_data", "classification", "model_configuration", "statistics")
JSON_LENGTH = "Inference-Header-Content-Length"
DIGITS = 20  # of a length
INPUT, PROBABILITIES, PREDICTIONS, LABELS = "pixels", "probabilities", "predictions", "labels"
OUTPUTS = {PROBABILITIES: "FP32", PREDICTIONS: "INT64", LABELS: "BYTES"}
ONE = {"dims": [1], "reshape": {"shape": []}}  # of a row: nothing but the value
SHARED_MEMORY = "shared_memory_region"
KNOWN = (
    SHARED_MEMORY,
    "binary_data_output",
    "binary_data_size",
    "binary_data",
    "classification",
    "max_value",
)  # parameters
CONFIGURED = {"FP32": "TYPE_FP32", "INT64": "TYPE_INT64", "BYTES": "TYPE_STRING"}

blueprint = Blueprint("open_inference", __name__, url_prefix="/v2")
errors.register(blueprint, errors.without_unprocessable(errors.answer))


@blueprint.get("")
@Operation("Open Inference Protocol v2", {JSON: "OipServer"}, unready=True)
def server() -> Response:
    """The server's metadata."""
    return as_json({"name": "numeral", "version": VERSION, "extensions": EXTENSIONS})


@blueprint.get("/health/live")
@Operation("Open Inference Protocol v2", {JSON: "OipLive"}, unready=True)
def live() -> Response:
    """The process lives."""
    return as_json({"live": True})


@blueprint.get("/health/ready")
@Operation("Open Inference Protocol v2", {JSON: "OipReady"})
def ready() -> Response:
    """A model is served, else 503."""
    inference.champion()
    return as_json({"ready": True})


@blueprint.post("/repository/index")
@Operation("Open Inference Protocol v2", {JSON: "OipIndex"}, unready=True)
def index() -> Response:
    """Every version that can be named."""
    models = inference.models()
    return as_json(
        [
            {"name": models.name, "version": str(version), "state": "READY", "reason": ""}
            for version in models.versions()
        ]
    )


@blueprint.get("/models")
@Operation("Open Inference Protocol v2", {JSON: "TfModels"}, unready=True)
def models() -> Response:
    """The names of all models: one."""
    return as_json({"models": [inference.models().name]})


@blueprint.get("/models/<name>")
@blueprint.get("/models/<name>/versions/<version>")
@Operation("Open Inference Protocol v2", {JSON: "OipMetadata"})
def metadata(name: str, version: str | None = None) -> Response:
    """What the model takes and gives."""
    served = inference.named(name, version)
    n_0, classes = served.document.network.sizes[0], len(served.document.classes)
    shapes = {PROBABILITIES: [-1, classes], PREDICTIONS: [-1], LABELS: [-1]}
    return as_json(
        {
            "name": name,
            "versions": [str(number) for number in inference.models().versions()],
            "platform": PLATFORM,
            "inputs": [{"name": INPUT, "datatype": "FP32", "shape": [-1, n_0]}],
            "outputs": [
                {"name": output, "datatype": datatype, "shape": shapes[output]}
                for output, datatype in OUTPUTS.items()
            ],
        }
    )


@blueprint.get("/models/<name>/ready")
@blueprint.get("/models/<name>/versions/<version>/ready")
@Operation("Open Inference Protocol v2", {JSON: "OipModelReady"})
def model_ready(name: str, version: str | None = None) -> Response:
    """Whether it can answer."""
    inference.named(name, version)
    return as_json({"name": name, "ready": True})


@blueprint.get("/models/<name>/config")
@blueprint.get("/models/<name>/versions/<version>/config")
@Operation("Open Inference Protocol v2", {JSON: "OipConfig"})
def config(name: str, version: str | None = None) -> Response:
    """What Triton would be configured with."""
    served = inference.named(name, version)
    n_0, classes = served.document.network.sizes[0], len(served.document.classes)
    dims: dict[str, dict[str, Any]] = {PROBABILITIES: {"dims": [classes]}, PREDICTIONS: ONE, LABELS: ONE}
    return as_json(
        {
            "name": name,
            "platform": PLATFORM,
            "backend": "numeral",
            "max_batch_size": inference.limits(served).rows,
            "input": [{"name": INPUT, "data_type": CONFIGURED["FP32"], "dims": [n_0]}],
            "output": [
                {"name": output, "data_type": CONFIGURED[datatype], **dims[output]}
                for output, datatype in OUTPUTS.items()
            ],
        }
    )


@blueprint.get("/models/stats")
@blueprint.get("/models/<name>/stats")
@blueprint.get("/models/<name>/versions/<version>/stats")
@Operation("Open Inference Protocol v2", {JSON: "OipStatistics"})
def stats(name: str | None = None, version: str | None = None) -> Response:
    """What its versions have answered since the start, by all workers."""
    models = inference.models()
    served = inference.named(name or models.name, version)
    wanted = [served.version] if version else [str(number) for number in models.versions()]
    statistics = telemetry.statistics()
    return as_json({"model_stats": [_statistics(models.name, each, statistics(each)) for each in wanted]})


def _statistics(name: str, version: str, seen: telemetry.Statistics) -> dict[str, Any]:
    def stage(count: int, seconds: float = 0) -> dict[str, int]:
        return {"count": count, "ns": int(seconds * 1e9)}

    return {
        "name": name,
        "version": version,
        "last_inference": int(seen.last * 1000),
        "inference_count": seen.rows,
        "execution_count": seen.passes,
        "inference_stats": {
            "success": stage(seen.answers, seen.seconds),
            "fail": stage(seen.refusals),
            "queue": stage(seen.answers),
            "compute_input": stage(seen.answers),
            "compute_infer": stage(seen.passes, seen.pass_seconds),
            "compute_output": stage(seen.answers),
            "cache_hit": stage(0),
            "cache_miss": stage(0),
        },
        "batch_stats": [],
    }


@blueprint.post("/models/<name>/infer")
@blueprint.post("/models/<name>/versions/<version>/infer")
@Operation(
    "Open Inference Protocol v2",
    {JSON: "OipResponse", OCTETS: None},
    {JSON: "OipRequest", OCTETS: None},
    headers=(JSON_LENGTH,),
)
def infer(name: str, version: str | None = None) -> Response:
    """Classify a batch."""
    served = inference.named(name, version)
    asked = _asked(body.read(), inference.limits(served))
    answer = inference.answer(served, asked.rows)
    return _response(asked, answer)


@dataclass(frozen=True)
class _Output:
    """What is wanted: an output by name, in bytes or in JSON; or its k likeliest classes."""

    name: str
    binary: bool = False
    classification: int | None = None


@dataclass(frozen=True)
class _Asked:
    """A request."""

    id: str | None
    rows: Array
    outputs: list[_Output]


def _asked(content: bytes, limits: Limits) -> _Asked:
    length = request.headers.get(JSON_LENGTH)
    if length is None:
        return json_body.read(content, lambda said: _read(said, None, limits))
    if not (length.isascii() and length.isdigit() and len(length) < DIGITS and int(length) <= len(content)):
        _refuse(f"{JSON_LENGTH}: expected at most the body's {len(content)} bytes, got {length[:40]}")
    said, raw = content[: int(length)], memoryview(content)[int(length) :]
    if not said:  # the one tensor and nothing else
        return _Asked(
            None, tensors.whole(raw, tensors.DATATYPES["FP32"], limits, "body"), _outputs({}, binary=True)
        )
    return json_body.read(said, lambda said: _read(said, raw, limits))


def _read(content: Json, raw: memoryview | None, limits: Limits) -> _Asked:
    root = fields(content.root, "body", ["inputs"], ["id", "parameters", "outputs"])
    request_id = root.get("id")
    if request_id is not None:
        expect(request_id, "a string", "id")
    parameters = _parameters(root, "")
    inputs = expect(root["inputs"], "a list", "inputs")
    if len(inputs) != 1:
        _refuse(f"inputs: expected one, {INPUT}, got {len(inputs)}")
    outputs = _outputs(root, binary=_flag(parameters, "binary_data_output", "parameters", default=False))
    elsewhere = 2 + (root.get("outputs") is not None)  # lists that are no data: these, inputs and the shape
    tensor = fields(inputs[0], "inputs[0]", ["shape", "datatype"], ["name", "parameters", "data"])
    rows = _tensor(tensor, raw, limits, content.lists - elsewhere, parameters.get("max_value", 1))
    return _Asked(request_id, rows, outputs)


def _tensor(
    tensor: dict[str, Any], raw: memoryview | None, limits: Limits, lists: int, max_value: Any
) -> Array:
    expect(tensor.get("name", INPUT), "a string", "inputs[0].name")
    dtype = tensors.datatype(tensor["datatype"], "inputs[0].datatype")
    shape = list(expect(tensor["shape"], "a list", "inputs[0].shape"))
    rows = tensors.rows_in(shape, limits, "inputs[0].shape")
    pixels = tensors.pixels_of(dtype, max_value)
    size = _parameters(tensor, "inputs[0].").get("binary_data_size")
    if size is not None:
        return _of_bytes(raw, size, dtype, rows, limits, pixels)
    if raw:
        _refuse(
            f"inputs[0].parameters.binary_data_size: expected, for {len(raw)} bytes after the JSON; got none"
        )
    data = expect(tensor.get("data"), "a list", "inputs[0].data")
    rows_and_row = (rows, *limits.shape)
    return batch.decode([data], rows_and_row, lambda _: "inputs[0].data", lists, pixels).reshape(rows, -1)


def _of_bytes(
    raw: memoryview | None, size: Any, dtype: tensors.Datatype, rows: int, limits: Limits, pixels: Pixels
) -> Array:
    where, expected = "inputs[0].parameters.binary_data_size", rows * limits.width * dtype.itemsize
    if expect(size, "a whole number", where) != expected:
        _refuse(f"{where}: expected {expected}, as shape and datatype have it, got {size}")
    if raw is None:
        _refuse(f"{JSON_LENGTH}: expected, since a tensor comes in bytes; got none")
    if len(raw) != size:
        _refuse(f"body: expected {size} bytes after the JSON, got {len(raw)}")
    return tensors.decode(raw, dtype, rows, pixels, "inputs[0]")


def _outputs(root: dict[str, Any], *, binary: bool) -> list[_Output]:
    if root.get("outputs") is None or (
        isinstance(root["outputs"], simdjson.Array) and not len(root["outputs"])
    ):
        return [_Output(name, binary) for name in OUTPUTS]
    outputs = [
        _output(said, f"outputs[{index}]", binary=binary)
        for index, said in enumerate(expect(root["outputs"], "a list", "outputs"))
    ]
    if len({output.name for output in outputs}) < len(outputs):
        _refuse(f"outputs: expected each of {', '.join(OUTPUTS)} once, got {len(outputs)}")
    return outputs


def _output(said: Any, where: str, *, binary: bool) -> _Output:
    output = fields(said, where, ["name"], ["parameters"])
    name = output["name"]
    if not isinstance(name, str) or name not in OUTPUTS:
        _refuse(f"{where}.name: expected one of {', '.join(OUTPUTS)}, got {json_body.shown(name)}")
    parameters = _parameters(output, f"{where}.")
    k = parameters.get("classification")
    if k is not None:
        place = f"{where}.parameters.classification"
        if name != PROBABILITIES or expect(k, "a whole number", place) < 1:
            _refuse(f"{place}: expected 1 or more, of {PROBABILITIES}, got {json_body.shown(k)} of {name}")
    return _Output(name, _flag(parameters, "binary_data", f"{where}.parameters", default=binary), k)


def _parameters(holder: dict[str, Any], where: str) -> dict[str, Any]:
    said = holder.get("parameters")
    parameters = {} if said is None else fields(said, f"{where}parameters", (), KNOWN)
    if SHARED_MEMORY in parameters:
        _refuse(f"{where}parameters.{SHARED_MEMORY}: expected none, since memory is not shared")
    return parameters


def _flag(parameters: dict[str, Any], name: str, where: str, *, default: bool) -> bool:
    flag: bool = expect(parameters.get(name, default), "true or false", f"{where}.{name}")
    return flag


def _response(asked: _Asked, answer: Answer) -> Response:
    content: dict[str, Any] = {
        "model_name": answer.served.document.name,
        "model_version": answer.served.version,
        "outputs": [],
    }
    if asked.id is not None:
        content["id"] = asked.id
    raw = []
    for output in asked.outputs:
        datatype, values = _values(output, answer)
        tensor: dict[str, Any] = {"name": output.name, "datatype": datatype, "shape": values.shape}
        if output.binary:
            raw.append(tensors.encode(values))
            tensor["parameters"] = {"binary_data_size": len(raw[-1])}
        else:
            tensor["data"] = values.ravel() if datatype != "BYTES" else values.ravel().tolist()
        content["outputs"].append(tensor)
    if not raw:
        return as_json(content)
    said = json_bytes(content)
    return as_bytes(b"".join([said, *raw]), Inference_Header_Content_Length=str(len(said)))


def _values(output: _Output, answer: Answer) -> tuple[str, Array]:
    if output.classification is not None:
        return "BYTES", _classification(answer, output.classification)
    if output.name == LABELS:
        return "BYTES", np.array(answer.labels, object)
    return OUTPUTS[output.name], answer.predictions if output.name == PREDICTIONS else answer.probabilities


def _classification(answer: Answer, k: int) -> Array:
    classes, top = answer.served.document.classes, answer.top(k)
    texts = [
        [f"{row[index]:f}:{index}:{classes[index]}" for index in indices]
        for row, indices in zip(answer.probabilities, top, strict=True)
    ]
    return np.array(texts, object)


def _refuse(message: str) -> NoReturn:
    raise RequestError(BAD_REQUEST, message)
