"""Columns: the inputs of a request that has one for each column that the model learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.arrays import Array
from model.document.json_parser import ARRAY, OBJECT
from service.errors import UNPROCESSABLE, RequestError
from service.inputs import json_rows, tensors
from service.inputs.column_names import order
from service.inputs.json_body import expect, fields, shown
from service.inputs.json_rows import BYTES, Limits, Pixels
from service.protocols.open_inference.binary_tensors import check_size, parts_of
from service.protocols.open_inference.parameters import parameters_of


@dataclass(frozen=True)
class Column:
    """An input of m numbers; `size` is that of its bytes, and None where its numbers are in the JSON."""

    where: str
    name: str
    m: int
    dtype: tensors.Datatype
    size: int | None
    data: Any

    @classmethod
    def of(cls, said: Any, where: str, limits: Limits) -> "Column":
        """What an object says.

        Raises:
            RequestError: 400 or 422, it is no column.
        """
        tensor = fields(said, where, ["name", "shape", "datatype"], ["parameters", "data"])
        name = expect(tensor["name"], "a string", f"{where}.name")
        shape = list(expect(tensor["shape"], "a list", f"{where}.shape"))
        if not _is_column(shape):
            got = ", ".join(map(shown, shape[: tensors.SHOWN]))
            raise RequestError(UNPROCESSABLE, f"{where}.shape: expected [-1] or [-1, 1], got [{got}]")
        limits.check(shape[0], f"{where}.shape")
        dtype = tensors.datatype(tensor["datatype"], f"{where}.datatype")
        size = parameters_of(tensor, f"{where}.").get("binary_data_size")
        if size is not None:
            check_size(size, shape[0] * dtype.itemsize, where)
        return cls(where, name, shape[0], dtype, size, tensor.get("data"))


def are_columns(inputs: Any, limits: Limits) -> bool:
    """Whether each input is a column: there are several, or the one has a column's name and shape."""
    if limits.names is None or len(inputs) != 1:
        return limits.names is not None and len(inputs) > 1
    said = inputs[0]
    if not isinstance(said, OBJECT) or said.get("name") not in limits.names:
        return False
    shape = said.get("shape")
    return isinstance(shape, ARRAY) and _is_column(list(shape))


def rows_of(inputs: Any, raw: memoryview | None, limits: Limits, lists: int, max_value: object) -> Array:
    """The batch (m, n_0) float32 of inputs [m] or [m, 1], each found by its name.

    Where all are of whole types they are pixels from 0 to 255, else numbers up to `max_value`.

    Args:
        inputs: a list, as the parser has it.
        raw: the bytes after the JSON; None where no header says where that ends.
        limits: of the batch.
        lists: among the inputs, if none hides among their numbers.
        max_value: that numbers have.

    Raises:
        RequestError: 400 or 422, they are no batch.
    """
    columns = [Column.of(said, f"inputs[{index}]", limits) for index, said in enumerate(inputs)]
    places = order([column.name for column in columns], limits, "inputs")
    m = columns[0].m
    for column in columns:
        if column.m != m:
            expected = f"expected {m} rows, as inputs[0] has, got {column.m}"
            raise RequestError(UNPROCESSABLE, f"{column.where}.shape: {expected}")
    pixels = BYTES if all(column.dtype.kind in "ui" for column in columns) else Pixels.up_to(max_value)
    values = np.empty((len(columns), m), np.float32)
    _read_json(columns, lists - len(columns), pixels, values)
    _read_bytes(columns, raw, pixels, values)
    return values[places].T


def _is_column(shape: list[Any]) -> bool:
    return bool(shape) and all(type(size) is int for size in shape) and all(size == 1 for size in shape[1:])


def _read_json(columns: Sequence[Column], lists: int, pixels: Pixels, values: Array) -> None:
    """Fill those of the values (n_0, m) that are in the JSON."""
    places = [place for place, column in enumerate(columns) if column.size is None]
    if places:
        where = [f"{columns[place].where}.data" for place in places]
        data = [
            expect(columns[place].data, "a list", name) for place, name in zip(places, where, strict=True)
        ]
        values[places] = json_rows.decode(data, values.shape[1:], where.__getitem__, lists, pixels)


def _read_bytes(columns: Sequence[Column], raw: memoryview | None, pixels: Pixels, values: Array) -> None:
    """Fill those of the values (n_0, m) that come in bytes, one after the other."""
    places = [place for place, column in enumerate(columns) if column.size is not None]
    if not (places or raw):
        return
    for place, part in zip(places, parts_of(raw, [columns[at].size or 0 for at in places]), strict=True):
        numbers = np.frombuffer(part, columns[place].dtype)
        values[place] = json_rows.checked(numbers, pixels, columns[place].where)
