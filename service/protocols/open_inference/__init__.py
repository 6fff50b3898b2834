"""The Open Inference Protocol, version 2, as KServe, Triton and MLServer speak it, with tensors in bytes.

Its errors are `{"error": "..."}`; what is no valid request is 400.
"""

from typing import Any

from flask import Blueprint, Response, request

from model import VERSION
from model.arrays import Array
from service import errors
from service.api_documentation.openapi import JSON, Operation
from service.http import request_body
from service.inputs.json_rows import Limits
from service.observability import access_log, metrics
from service.protocols.open_inference import infer_request, infer_response
from service.protocols.open_inference.binary_tensors import JSON_LENGTH
from service.protocols.open_inference.infer_request import INPUT, LABELS, OUTPUTS, PREDICTIONS, PROBABILITIES
from service.responses import OCTETS, as_json
from service.serving import inference
from service.serving.servable import Answer, Served

PLATFORM = "numeral_numpy"
EXTENSIONS = ("binary_tensor_data", "classification", "model_configuration", "statistics")
ONE = {"dims": [1], "reshape": {"shape": []}}  # of a row: nothing but the value
CONFIGURED = {"FP32": "TYPE_FP32", "INT64": "TYPE_INT64", "BYTES": "TYPE_STRING"}
TAG = "Open Inference Protocol v2"

blueprint = Blueprint("open_inference", __name__, url_prefix="/v2")
errors.register(blueprint, errors.without_unprocessable(errors.answer))


@blueprint.get("")
@Operation(TAG, {JSON: "OipServer"}, unready=True)
def server() -> Response:
    """The server's metadata."""
    return as_json({"name": "numeral", "version": VERSION, "extensions": EXTENSIONS})


@blueprint.get("/health/live")
@Operation(TAG, {JSON: "OipLive"}, unready=True)
def live() -> Response:
    """The process lives."""
    access_log.note_probe()
    return as_json({"live": True})


@blueprint.get("/health/ready")
@Operation(TAG, {JSON: "OipReady"})
def ready() -> Response:
    """A model is served, else 503."""
    access_log.note_probe()
    inference.champion()
    return as_json({"ready": True})


@blueprint.post("/repository/index")
@Operation(TAG, {JSON: "OipIndex"}, unready=True)
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
@Operation(TAG, {JSON: "TfModels"}, unready=True)
def models() -> Response:
    """The names of all models: one."""
    return as_json({"models": [inference.models().name]})


@blueprint.get("/models/<name>")
@blueprint.get("/models/<name>/versions/<version>")
@Operation(TAG, {JSON: "OipMetadata"})
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
@Operation(TAG, {JSON: "OipModelReady"})
def model_ready(name: str, version: str | None = None) -> Response:
    """Whether it can answer."""
    access_log.note_probe()
    inference.named(name, version)
    return as_json({"name": name, "ready": True})


@blueprint.get("/models/<name>/config")
@blueprint.get("/models/<name>/versions/<version>/config")
@Operation(TAG, {JSON: "OipConfig"})
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
@Operation(TAG, {JSON: "OipStatistics"})
def stats(name: str | None = None, version: str | None = None) -> Response:
    """What its versions have answered since the start, by all workers."""
    models = inference.models()
    served = inference.named(name or models.name, version)
    wanted = [served.version] if version else [str(number) for number in models.versions()]
    statistics = metrics.statistics()
    return as_json({"model_stats": [_statistics(models.name, each, statistics(each)) for each in wanted]})


def _statistics(name: str, version: str, seen: metrics.Statistics) -> dict[str, Any]:
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
    TAG,
    {JSON: "OipResponse", OCTETS: None},
    {JSON: "OipRequest", OCTETS: None},
    headers=(JSON_LENGTH,),
)
def infer(name: str, version: str | None = None) -> Response:
    """Classify a batch."""
    served = inference.named(name, version)
    wanted = infer_request.read(
        request_body.read(), inference.limits(served), request.headers.get(JSON_LENGTH)
    )
    return infer_response.write(wanted, inference.answer(served, wanted.rows))


def decode_plain(content: bytes, _: Served, limits: Limits) -> tuple[Array, infer_request.Asked]:
    """The batch of a body of JSON, and what is wanted.

    Raises:
        RequestError: it is none, or tensors are wanted in bytes, which are no JSON.
    """
    wanted = infer_request.read(content, limits)
    if any(output.binary for output in wanted.outputs):
        raise errors.RequestError(errors.BAD_REQUEST, "outputs: expected none in bytes")
    return wanted.rows, wanted


def encode_plain(answer: Answer, wanted: infer_request.Asked) -> bytes:
    """An answer in JSON."""
    return infer_response.encode(wanted, answer)[0]
