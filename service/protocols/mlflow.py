"""MLflow's scoring protocol, and SageMaker's, which shares its paths.

Its errors are `{"error_code": "...", "message": "..."}`; what is no valid request is 400.
"""

import csv
import re
from typing import Any

import numpy as np
import simdjson
from flask import Blueprint, Response, request

from model import VERSION
from model.activations import Array
from service import batch, body, errors, images, inference, json_body
from service.batch import Limits, Pixels
from service.errors import BAD_REQUEST, BUG, NOT_FOUND, UNPROCESSABLE, UNSUPPORTED_TYPE, RequestError
from service.json_body import Json, expect, fields, is_number, keys_of, only, shown
from service.openapi import JSON, Operation
from service.responses import as_json

FORMS = ("instances", "inputs", "dataframe_split", "dataframe_records")
CODES = {BAD_REQUEST: "BAD_REQUEST", NOT_FOUND: "RESOURCE_DOES_NOT_EXIST"}
CSV = "text/csv"
NUMBER = re.compile(r"[0-9]{1,9}")

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
        rows = _csv(body.read(), limits, Pixels.up_to(_number(request.mimetype_params.get("max_value", "1"))))
    elif request.mimetype in images.TYPES:
        rows = images.decode(body.read(), served.document.input, "body")[None]
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
        return _records(table, limits, pixels)
    lists, where = content.lists - 1, form
    if form == "dataframe_split":
        split = fields(table, form, ["data"], ["columns", "index"])
        lists -= ("columns" in split) + ("index" in split)
        table, where = split["data"], f"{form}.data"
    if isinstance(table, simdjson.Object):
        table, where = only(table, where)
    expect(table, "a list", where)
    limits.check(len(table), where)
    return batch.decode(table, limits.shape, f"{where}[{{}}]".format, lists, pixels)


def _records(records: Any, limits: Limits, pixels: Pixels) -> Array:
    """Rows, their columns in the order of the numbers in their names, if any; else, of the first row."""
    expect(records, "a list", "dataframe_records")
    limits.check(len(records), "dataframe_records")
    columns = keys_of(records[0], "dataframe_records[0]")
    order = _ordered(list(records[0].keys()))
    numbers = np.empty((len(records), limits.width), np.float64)
    for index, said in enumerate(records):
        where = f"dataframe_records[{index}]"
        if keys_of(said, where) != columns or len(columns) != limits.width:
            raise RequestError(
                UNPROCESSABLE,
                f"{where}: expected {limits.width} columns, in all rows the same, got {len(said)}",
            )
        record = said.as_dict()
        for place, column in enumerate(order):
            if not is_number(record[column]):
                value = shown(record[column])
                raise RequestError(UNPROCESSABLE, f"{where}.{column[:40]}: expected {pixels}, got {value}")
            numbers[index, place] = record[column]
    return _checked(numbers, pixels, "dataframe_records")


def _ordered(columns: list[str]) -> list[str]:
    """JSON's objects have no order of their own: a client may well have sorted their keys."""
    if len({NUMBER.sub("", column) for column in columns}) > 1:
        return columns
    return sorted(columns, key=lambda column: [int(number) for number in NUMBER.findall(column)])


def _csv(content: bytes, limits: Limits, pixels: Pixels) -> Array:
    """Rows of numbers, under a row of names or not."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RequestError(BAD_REQUEST, "body: expected UTF-8") from None
    lines = [line for line in text.splitlines() if line.strip()]
    lines = lines[_is_header(lines[0]) :] if lines else lines
    limits.check(len(lines), "body")
    try:
        numbers = np.loadtxt(lines, delimiter=",", quotechar='"', comments=None, ndmin=2)
    except ValueError as error:
        raise RequestError(UNPROCESSABLE, f"body: expected numbers between commas: {error}") from None
    if numbers.shape[1] != limits.width:
        raise RequestError(UNPROCESSABLE, f"body: expected {limits.width} columns, got {numbers.shape[1]}")
    return _checked(numbers, pixels, "body")


def _checked(numbers: Array, pixels: Pixels, where: str) -> Array:
    if not pixels.fit(numbers):
        row, column = np.unravel_index(pixels.first_wrong(numbers), numbers.shape)
        wrong = f"got {numbers[row, column]:g} in row {row}, column {column}, counted from 0"
        raise RequestError(UNPROCESSABLE, f"{where}: expected {pixels}, {wrong}")
    return pixels.scaled(numbers)


def _is_header(line: str) -> bool:
    """Names, or the numbers of columns, as pandas writes them; no row of pixels runs 0, 1, 2 ..."""
    names = next(csv.reader([line]))
    numbered = len(names) > 1 and names == [str(index) for index in range(len(names))]
    return numbered or any(_number(name) is None for name in names)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
