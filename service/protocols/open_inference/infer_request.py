"""What is asked for: a tensor, in JSON or in bytes after it, and what is wanted of the answer."""

from dataclasses import dataclass
from typing import Any

from model.arrays import Array
from model.document.json_parser import ARRAY
from service.inputs import json_body, json_rows, tensors
from service.inputs.json_body import Json, expect, fields
from service.inputs.json_rows import Limits, Pixels
from service.protocols.open_inference import column_inputs
from service.protocols.open_inference.binary_tensors import JSON_LENGTH, check_size, parts_of
from service.protocols.open_inference.parameters import flag, parameters_of, refuse

BINARY_SIZE = b'"binary_data_size"'
DIGITS = 20  # of a length
INPUT, PROBABILITIES, PREDICTIONS, LABELS = "pixels", "probabilities", "predictions", "labels"
OUTPUTS = {PROBABILITIES: "FP32", PREDICTIONS: "INT64", LABELS: "BYTES"}


@dataclass(frozen=True)
class Output:
    """What is wanted: an output by name, in bytes or in JSON; or its k likeliest classes."""

    name: str
    binary: bool = False
    classification: int | None = None


@dataclass(frozen=True)
class Asked:
    """A request."""

    id: str | None
    rows: Array
    outputs: list[Output]


def read(content: bytes, limits: Limits, length: str | None = None) -> Asked:
    """What a body asks for.

    Args:
        content: of it.
        limits: of a batch.
        length: of its JSON, as its header says; None where all of it is JSON.

    Raises:
        RequestError: 400 or 422, it is no request.
    """
    if length is None:
        return _read_json(content, limits)
    if not (length.isascii() and length.isdigit() and len(length) < DIGITS and int(length) <= len(content)):
        refuse(f"{JSON_LENGTH}: expected at most the body's {len(content)} bytes, got {length[:40]}")
    said, raw = content[: int(length)], memoryview(content)[int(length) :]
    if not said:  # the one tensor and nothing else
        return Asked(
            None, tensors.whole(raw, tensors.DATATYPES["FP32"], limits, "body"), _outputs({}, binary=True)
        )
    return json_body.read(said, lambda said: _read(said, raw, limits))


def _read_json(content: bytes, limits: Limits) -> Asked:
    """Decode a body that its headers call JSON, without binary tensors."""
    try:
        return json_body.read(content, lambda said: _read(said, None, limits))
    except json_body.NotJsonError:
        if BINARY_SIZE in content:
            parts_of(None, [])
        raise


def _read(content: Json, raw: memoryview | None, limits: Limits) -> Asked:
    root = fields(content.root, "body", ["inputs"], ["id", "parameters", "outputs"])
    request_id = root.get("id")
    if request_id is not None:
        expect(request_id, "a string", "id")
    parameters = parameters_of(root, "")
    inputs = expect(root["inputs"], "a list", "inputs")
    outputs = _outputs(root, binary=flag(parameters, "binary_data_output", "parameters", default=False))
    lists = content.lists - 1 - (root.get("outputs") is not None)  # in the inputs
    rows = _rows(inputs, raw, limits, lists, parameters.get("max_value", 1))
    return Asked(request_id, rows, outputs)


def _rows(inputs: Any, raw: memoryview | None, limits: Limits, lists: int, max_value: Any) -> Array:
    if column_inputs.are_columns(inputs, limits):
        return column_inputs.rows_of(inputs, raw, limits, lists, max_value)
    if len(inputs) != 1:
        refuse(f"inputs: expected one, {INPUT}, got {len(inputs)}")
    tensor = fields(inputs[0], "inputs[0]", ["shape", "datatype"], ["name", "parameters", "data"])
    return _tensor(tensor, raw, limits, lists - 1, max_value)


def _tensor(
    tensor: dict[str, Any], raw: memoryview | None, limits: Limits, lists: int, max_value: Any
) -> Array:
    expect(tensor.get("name", INPUT), "a string", "inputs[0].name")
    dtype = tensors.datatype(tensor["datatype"], "inputs[0].datatype")
    shape = list(expect(tensor["shape"], "a list", "inputs[0].shape"))
    rows = tensors.rows_in(shape, limits, "inputs[0].shape")
    pixels = tensors.pixels_of(dtype, max_value)
    size = parameters_of(tensor, "inputs[0].").get("binary_data_size")
    if size is not None:
        return _of_bytes(raw, size, dtype, rows, limits, pixels)
    if raw:
        refuse(
            f"inputs[0].parameters.binary_data_size: expected, for {len(raw)} bytes after the JSON; got none"
        )
    data = expect(tensor.get("data"), "a list", "inputs[0].data")
    rows_and_row = (rows, *limits.shape)
    return json_rows.decode([data], rows_and_row, lambda _: "inputs[0].data", lists, pixels).reshape(rows, -1)


def _of_bytes(
    raw: memoryview | None, size: Any, dtype: tensors.Datatype, rows: int, limits: Limits, pixels: Pixels
) -> Array:
    check_size(size, rows * limits.width * dtype.itemsize, "inputs[0]")
    (part,) = parts_of(raw, [size])
    return tensors.decode(part, dtype, rows, pixels, "inputs[0]")


def _outputs(root: dict[str, Any], *, binary: bool) -> list[Output]:
    if root.get("outputs") is None or (isinstance(root["outputs"], ARRAY) and not len(root["outputs"])):
        return [Output(name, binary) for name in OUTPUTS]
    outputs = [
        _output(said, f"outputs[{index}]", binary=binary)
        for index, said in enumerate(expect(root["outputs"], "a list", "outputs"))
    ]
    if len({output.name for output in outputs}) < len(outputs):
        refuse(f"outputs: expected each of {', '.join(OUTPUTS)} once, got {len(outputs)}")
    return outputs


def _output(said: Any, where: str, *, binary: bool) -> Output:
    output = fields(said, where, ["name"], ["parameters"])
    name = output["name"]
    if not isinstance(name, str) or name not in OUTPUTS:
        refuse(f"{where}.name: expected one of {', '.join(OUTPUTS)}, got {json_body.shown(name)}")
    parameters = parameters_of(output, f"{where}.")
    k = parameters.get("classification")
    if k is not None:
        place = f"{where}.parameters.classification"
        if name != PROBABILITIES or expect(k, "a whole number", place) < 1:
            refuse(f"{place}: expected 1 or more, of {PROBABILITIES}, got {json_body.shown(k)} of {name}")
    return Output(name, flag(parameters, "binary_data", f"{where}.parameters", default=binary), k)
