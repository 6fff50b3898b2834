"""Numeral's own protocol: POST /predict, in JSON or in bytes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, request

from model.arrays import Array
from service.api_documentation import media_types
from service.api_documentation.openapi import JSON, Operation
from service.errors import UNPROCESSABLE, UNSUPPORTED_TYPE, RequestError
from service.http import query_string, request_body
from service.images import image_files
from service.inputs import json_body, json_rows, tensors
from service.inputs.json_body import Json
from service.inputs.json_rows import Limits, Pixels
from service.inputs.tensors import Datatype
from service.responses import OCTETS, as_bytes, json_bytes
from service.serving import diagnostics, inference
from service.serving.servable import Answer, Served

FORM = "multipart/form-data"
DATATYPE, DEFAULT_DATATYPE = "Tensor-Datatype", "UINT8"  # of a body of bytes

PATH = "/predict"
OPTIONAL = ("max_value", "top_k")  # keys of a body of JSON
NOTHING: Mapping[str, Any] = MappingProxyType({})
TAKES = {JSON: "Batch", OCTETS: None, **dict.fromkeys(image_files.TYPES), FORM: "Files"}

blueprint = Blueprint("numeral", __name__)


@blueprint.post(PATH)
@Operation(
    "prediction",
    gives={JSON: "Answer", OCTETS: None},
    takes=TAKES,
    headers=(DATATYPE,),
    query=("version", "alias", "details"),
    unprocessable=True,
)
def predict() -> Response:
    """Classify a batch."""
    asked = query_string.read("version", "alias", "details")
    served = inference.served(asked)
    rows, top_k = decoded(served, inference.limits(served))
    answer = inference.answer(served, rows)
    if media_types.preferred(JSON, OCTETS) == OCTETS:
        return _as_bytes(answer)
    more = diagnostics.of(answer, rows) if query_string.flag(asked, "details") else {}
    return Response(encode(answer, top_k, more), mimetype=JSON)


def decoded(served: Served, limits: Limits, optional: Sequence[str] = OPTIONAL) -> tuple[Array, int | None]:
    """The batch (m, n_0) float32 of a request, and how many of the likeliest classes it asks for.

    Args:
        served: what it is for.
        limits: of it.
        optional: keys that JSON may have.

    Raises:
        RequestError: as for any body; 415, it is of another type; 422, it is no batch.
    """
    taken = request.mimetype
    if taken == JSON:
        return decode(request_body.read(), limits, optional)
    if taken == OCTETS:
        dtype = tensors.datatype(request.headers.get(DATATYPE, DEFAULT_DATATYPE), DATATYPE)
        return tensors.whole(request_body.read(), dtype, limits, "body"), None
    if image_files.is_type(taken):
        return image_files.decode([request_body.read()], served.document.input, "body"), None
    if taken == FORM:
        return _files(served, limits), None
    expected = ", ".join([JSON, OCTETS, *image_files.TYPES, FORM])
    raise RequestError(UNSUPPORTED_TYPE, f"Content-Type: expected one of {expected}, got {taken or 'none'}")


def decode(content: bytes, limits: Limits, optional: Sequence[str] = OPTIONAL) -> tuple[Array, int | None]:
    """The batch (m, n_0) float32 of a body of JSON, and how many of the likeliest classes it asks for.

    Raises:
        RequestError: 400 or 422, it is none.
    """
    return json_body.read(content, lambda said: _batch(said, limits, optional))


def decode_plain(content: bytes, _: Served, limits: Limits) -> tuple[Array, int | None]:
    """As `decode`, whatever version it is for."""
    return decode(content, limits)


def octets_decoders() -> Iterator[tuple[str | None, Callable[[bytes, Served, Limits], tuple[Array, None]]]]:
    """Yield how to decode bytes, for each datatype and where none is named."""
    for name in (None, *tensors.DATATYPES):
        yield name, partial(_decode_octets, tensors.DATATYPES[name or DEFAULT_DATATYPE])


def _decode_octets(dtype: Datatype, content: bytes, _: Served, limits: Limits) -> tuple[Array, None]:
    return tensors.whole(content, dtype, limits, "body"), None


def encode(answer: Answer, top_k: int | None, more: Mapping[str, Any] = NOTHING) -> bytes:
    """An answer in JSON.

    Args:
        answer: to a batch.
        top_k: how many of the likeliest classes are asked for.
        more: keys of it.
    """
    content = {
        "model": answer.served.identity,
        "predictions": answer.predictions,
        "labels": answer.labels,
        "probabilities": answer.probabilities,
        **more,
    }
    if top_k is not None:
        classes = answer.served.document.classes
        content["top"] = [
            [{"label": classes[index], "probability": row[index]} for index in indices]
            for row, indices in zip(answer.probabilities, answer.top(top_k), strict=True)
        ]
    return json_bytes(content)


def _files(served: Served, limits: Limits) -> Array:
    """The images of a form, in its order."""
    if request.headers.get("Content-Encoding"):
        raise RequestError(UNSUPPORTED_TYPE, f"Content-Encoding: expected none for {FORM}")
    files = [file for _, file in request.files.items(multi=True)]
    if request.form and not files:
        fields = ", ".join(json_body.shown(key) for key in islice(request.form, json_body.SHOWN_KEYS))
        expected = "expected parts with a file name, as curl -F file=@NAME sends"
        raise RequestError(UNPROCESSABLE, f"files: {expected}; got {fields} without")
    limits.check(len(files), "files")
    return image_files.decode([file.read() for file in files], served.document.input, "files")


def _batch(content: Json, limits: Limits, optional: Sequence[str] = OPTIONAL) -> tuple[Array, int | None]:
    keys = json_body.fields(content.root, "body", ["instances"], optional, others=False)
    instances = json_body.expect(keys["instances"], "a list", "instances")
    limits.check(len(instances), "instances")
    top_k = keys.get("top_k")
    if "top_k" in keys and json_body.expect(top_k, "a whole number", "top_k") < 1:
        raise RequestError(UNPROCESSABLE, f"top_k: expected 1 or more, got {top_k}")
    pixels = Pixels.up_to(keys.get("max_value", 1))
    lists = content.lists - 1
    return json_rows.decode(instances, limits.shape, "instances[{}]".format, lists, pixels), top_k


def _as_bytes(answer: Answer) -> Response:
    rows, classes = answer.probabilities.shape
    return as_bytes(
        answer.probabilities.tobytes(),
        Tensor_Datatype="FP32",
        Tensor_Shape=f"{rows},{classes}",
        Model_Name=answer.served.document.name,
        Model_Version=answer.served.version,
    )
