"""MLflow's scoring protocol, and SageMaker's, which shares its paths.

Its errors are `{"error_code": "...", "message": "..."}`; what is no valid request is 400.
"""

from typing import Any

import simdjson
from flask import Blueprint, Response, request

from model import VERSION
from model.activations import Array
from service import batch, body, errors, images, inference, json_body, tables
from service.batch import Limits, Pixels
from service.errors import BAD_REQUEST, BUG, NOT_FOUND, UNPROCESSABLE, UNSUPPORTED_TYPE, RequestError
from service.json_body import Json, expect, fields, only
from service.openapi import JSON, Operation
from service.responses import as_json

FORMS = ("instances", "inputs", "dataframe_split", "dataframe_records")
CODES = {BAD_REQUEST: "BAD_REQUEST", NOT_FOUND: "RESOURCE_DOES_NOT_EXIST"}
CSV = "text/csv"

blueprint = Blueprint("mlflow", __name__)


def _error(status: int, message: str) -> Response:
    code = CODES.get(status, "BAD_REQUEST" if status < BUG else "INTERNAL_ERROR")
    return as_json({"error_code": code, "message": message}, status)


errors.register(blueprint, errors.without_unprocessable(_error))


@blueprint.get("/ping")
@blueprint.get("/health")
@Operation("MLflow and SageMaker", {"text/plain": None}, error="MlflowError")
def ping() -> Response:
    """A model is served, else 503."""
    inference.champion()
    return Response("\n", mimetype="text/plain")


@blueprint.get("/version")
@Operation("MLflow and SageMaker", {"text/plain": None}, unready=True, error="MlflowError")
def version() -> Response:
    """Of Numeral."""
    return Response(VERSION, mimetype="text/plain")


@blueprint.post("/invocations")
@Operation(
    "MLflow and SageMaker",
    {JSON: "MlflowPredictions"},
    {JSON: "MlflowTable", CSV: None, **dict.fromkeys(images.TYPES)},
    error="MlflowError",
)
def invocations() -> Response:
    """The probabilities of each row."""
    served = inference.champion()
    limits = inference.limits(served)
    if request.mimetype == "application/json":
        rows = json_body.read(body.read(), lambda content: _batch(content, limits))
    elif request.mimetype == CSV:
        top = request.mimetype_params.get("max_value", "1")
        rows = tables.csv_rows(body.read(), limits, Pixels.up_to(_number(top)))
    elif request.mimetype in images.TYPES:
        rows = images.decode([body.read()], served.document.input, "body")
    else:
        expected, got = ", ".join([JSON, CSV, *images.TYPES]), request.mimetype or "none"
        raise RequestError(UNSUPPORTED_TYPE, f"Content-Type: expected one of {expected}, got {got}")
    return as_json({"predictions": inference.answer(served, rows).probabilities})


def _batch(content: Json, limits: Limits) -> Array:
    root = fields(content.root, "body", (), [*FORMS, "params", "max_value"])
    given = [form for form in FORMS if form in root]
    if len(given) != 1:
        raise RequestError(
            UNPROCESSABLE, f"body: expected one of {', '.join(FORMS)}, got {' and '.join(given) or 'none'}"
        )
    params = root.get("params")
    top = fields(params, "params", (), ["max_value"]).get("max_value", 1) if params is not None else 1
    pixels = Pixels.up_to(root.get("max_value", top))
    (form,) = given
    table = root[form]
    if form == "dataframe_records":
        return tables.records_of(table, form, limits, pixels)
    if form == "dataframe_split":
        return _split(table, content, limits, pixels)
    where = form
    if isinstance(table, simdjson.Object):
        table, where = only(table, where)
    return _rows(table, where, limits, content.lists - 1, pixels)


def _split(table: Any, content: Json, limits: Limits, pixels: Pixels) -> Array:
    """Rows beside the names of their columns."""
    split = fields(table, "dataframe_split", ["data"], ["columns", "index"])
    others = [expect(split[key], "a list", f"dataframe_split.{key}") for key in split if key != "data"]
    rows = _rows(split["data"], "dataframe_split.data", limits, content.lists - 1 - len(others), pixels)
    if "columns" not in split:
        return rows
    return rows[:, tables.order(list(split["columns"]), limits, "dataframe_split.columns")]


def _rows(table: Any, where: str, limits: Limits, lists: int, pixels: Pixels) -> Array:
    expect(table, "a list", where)
    limits.check(len(table), where)
    return batch.decode(table, limits.shape, f"{where}[{{}}]".format, lists, pixels)


def _number(text: str) -> float | str:
    return float(text) if tables.VALUE.fullmatch(text) else text
