"""MLflow's scoring protocol, and SageMaker's, which shares its paths.

Its errors are `{"error_code": "...", "message": "..."}`; what is no valid request is 400.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from flask import Blueprint, Response, request

from model import VERSION
from model.arrays import Array
from model.document.json_parser import ARRAY
from service import errors
from service.api_documentation import media_types
from service.api_documentation.openapi import JSON, Operation
from service.errors import (
    BAD_REQUEST,
    BUG,
    NOT_FOUND,
    OVERLOADED,
    UNPROCESSABLE,
    UNSUPPORTED_TYPE,
    RequestError,
)
from service.http import request_body
from service.images import image_files
from service.inputs import json_body, json_instances, json_rows, tabular, tensors
from service.inputs.column_names import order
from service.inputs.json_body import Json, expect, fields
from service.inputs.json_rows import Limits, Pixels
from service.observability import access_log
from service.responses import as_json, json_bytes
from service.serving import inference
from service.serving.servable import Answer, Served

FORMS = ("instances", "inputs", "dataframe_split", "dataframe_records")
PATH = "/invocations"
PATHS = (PATH, "/ping", "/health", "/version")
CODES = {
    BAD_REQUEST: "BAD_REQUEST",
    NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
    OVERLOADED: "REQUEST_LIMIT_EXCEEDED",
}
CSV, NPY = "text/csv", "application/x-npy"

blueprint = Blueprint("mlflow", __name__)


def error(status: int, message: str) -> dict[str, str]:
    """As this protocol has it."""
    code = CODES.get(status, "BAD_REQUEST" if status < BUG else "INTERNAL_ERROR")
    return {"error_code": code, "message": message}


def _error(status: int, message: str) -> Response:
    return as_json(error(status, message), status)


errors.register(blueprint, errors.without_unprocessable(_error))


@blueprint.get("/ping")
@blueprint.get("/health")
@Operation("MLflow and SageMaker", {"text/plain": None}, error="MlflowError")
def ping() -> Response:
    """A model is served, else 503."""
    access_log.note_probe()
    inference.champion()
    return Response("\n", mimetype="text/plain")


@blueprint.get("/version")
@Operation("MLflow and SageMaker", {"text/plain": None}, unready=True, error="MlflowError")
def version() -> Response:
    """Of Numeral."""
    return Response(VERSION, mimetype="text/plain")


@blueprint.post(PATH)
@Operation(
    "MLflow and SageMaker",
    {JSON: "MlflowPredictions", CSV: None, NPY: None},
    {JSON: "MlflowTable", CSV: None, NPY: None, **dict.fromkeys(image_files.TYPES)},
    error="MlflowError",
)
def invocations() -> Response:
    """The probabilities of each row."""
    served = inference.champion()
    answer = inference.answer(served, _decoded(served))
    probabilities = answer.probabilities
    wanted = media_types.preferred(JSON, CSV, NPY)
    if wanted == CSV:
        return Response("".join(f"{','.join(map(str, row))}\n" for row in probabilities), mimetype=CSV)
    if wanted == NPY:
        file = BytesIO()
        np.save(file, probabilities)
        return Response(file.getvalue(), mimetype=NPY)
    return Response(encode(answer), mimetype=JSON)


def decode(content: bytes, served: Served, limits: Limits) -> Array:
    """The batch (m, n_0) float32 of a body of JSON.

    Raises:
        RequestError: 400 or 422, it is none.
    """
    return json_body.read(content, lambda said: _batch(said, served, limits))


def decode_plain(content: bytes, served: Served, limits: Limits) -> tuple[Array, None]:
    """As `decode`; nothing else is asked for."""
    return decode(content, served, limits), None


def encode_plain(answer: Answer, _: None) -> bytes:
    """As `encode`."""
    return encode(answer)


def encode(answer: Answer) -> bytes:
    """An answer in JSON."""
    return json_bytes({"predictions": answer.probabilities})


def _decoded(served: Served) -> Array:
    limits, taken = inference.limits(served), request.mimetype
    top = _number(request.mimetype_params.get("max_value", "1"))
    if taken == JSON:
        return decode(request_body.read(), served, limits)
    if taken == CSV:
        return tabular.csv_rows(request_body.read(), limits, Pixels.up_to(top))
    if taken == NPY:
        return tensors.npy(request_body.read(), limits, top, "body")
    if image_files.is_type(taken):
        return image_files.decode([request_body.read()], served.document.input, "body")
    expected = ", ".join([JSON, CSV, NPY, *image_files.TYPES])
    raise RequestError(UNSUPPORTED_TYPE, f"Content-Type: expected one of {expected}, got {taken or 'none'}")


def _batch(content: Json, served: Served, limits: Limits) -> Array:
    if isinstance(content.root, ARRAY):  # as SageMaker's clients may send it
        return json_instances.rows_of(
            content.root, "body", served.document.input, limits, content.lists - 1, Pixels()
        )
    root = fields(content.root, "body", (), [*FORMS, "params", "max_value"])
    given = [form for form in FORMS if form in root]
    if len(given) != 1:
        got = " and ".join(given) or "none"
        raise RequestError(UNPROCESSABLE, f"body: expected one of {', '.join(FORMS)}, got {got}")
    params = root.get("params")
    top = 1 if params is None else fields(params, "params", (), ["max_value"]).get("max_value", 1)
    pixels, lists, (form,) = Pixels.up_to(root.get("max_value", top)), content.lists - 1, given
    if form == "dataframe_split":
        return _split(root[form], lists, limits, pixels)
    if form == "dataframe_records":
        return json_instances.records_of(root[form], form, limits, lists, pixels)
    return json_instances.table_of(root[form], form, served.document.input, limits, lists, pixels)


def _split(table: Any, lists: int, limits: Limits, pixels: Pixels) -> Array:
    """Rows beside the names of their columns."""
    where = "dataframe_split.data"
    split = fields(table, "dataframe_split", ["data"], ["columns", "index"])
    others = [expect(split[key], "a list", f"dataframe_split.{key}") for key in split if key != "data"]
    limits.check(len(expect(split["data"], "a list", where)), where)
    columns = list(split["columns"]) if "columns" in split and not _is_array_column(split, limits) else []
    places = order(columns, limits, "dataframe_split.columns") if columns else slice(None)
    place = f"{where}[{{}}]".format
    return json_rows.decode(split["data"], limits.shape, place, lists - len(others), pixels)[:, places]


def _is_array_column(split: Mapping[str, Any], limits: Limits) -> bool:
    """Whether the one column of a table holds arrays, each of all numbers of an instance."""
    first = split["data"][0]
    return (
        len(split["columns"]) == 1 < limits.width
        and isinstance(first, ARRAY)
        and len(first) == 1
        and isinstance(first[0], ARRAY)
    )


def _number(text: str) -> float | str:
    return float(text) if tabular.VALUE.fullmatch(text) else text
