"""Instances in JSON: each a row, or an object with a row, an image in base64, or a number for each column."""

import binascii
import re
from base64 import b64decode
from typing import Any

from model.arrays import Array
from model.document.document import Input
from model.document.json_parser import ARRAY, OBJECT
from service.errors import UNPROCESSABLE, RequestError
from service.images import image_files
from service.inputs import json_rows, tabular
from service.inputs.column_names import order
from service.inputs.json_body import expect, is_number, keys_of, only
from service.inputs.json_rows import Limits, Pixels

# what is read of an object that says more
MEMBERS = ("pixels", "b64", "image_bytes", "data", "image", "instances")
DATA_URI = re.compile(r"\Adata:[^,]*;base64,", re.IGNORECASE)
QUADRUPLE = 4  # characters are three bytes


def rows_of(instances: Any, where: str, expected: Input, limits: Limits, lists: int, pixels: Pixels) -> Array:
    """The batch (m, n_0) float32 of a list of instances, of which all are of one form.

    Args:
        instances: as the parser has them.
        where: they are, for the message.
        expected: the input that they are for.
        limits: of it.
        lists: in the instances, if none hides among their numbers.
        pixels: what numbers are.

    Raises:
        RequestError: 422, they are no batch, or one is no image; as by `image_files.decode`.
    """
    limits.check(len(expect(instances, "a list", where)), where)
    first = instances[0]
    if not isinstance(first, OBJECT):
        return json_rows.decode(instances, limits.shape, f"{where}[{{}}]".format, lists, pixels)
    if _is_record(first, limits, f"{where}[0]"):
        return tabular.records_of(instances, where, limits, pixels)
    members = [_member(instance, f"{where}[{index}]") for index, instance in enumerate(instances)]
    values, places = [value for value, _ in members], [place for _, place in members]
    if isinstance(values[0], str):
        files = [_base64(value, place) for value, place in members]
        return image_files.decode(files, expected, where)
    return json_rows.decode(values, limits.shape, places.__getitem__, lists, pixels)


def table_of(table: Any, where: str, expected: Input, limits: Limits, lists: int, pixels: Pixels) -> Array:
    """The batch (m, n_0) float32 of a list of instances, or of an object with such, or with a list a column.

    Raises:
        RequestError: as by `rows_of`.
    """
    if isinstance(table, OBJECT):
        if _names_columns(table, limits):
            return columns_of(table, where, limits, lists + 1, pixels)
        table, where = only(table, where)
    return rows_of(table, where, expected, limits, lists, pixels)


def records_of(records: Any, where: str, limits: Limits, lists: int, pixels: Pixels) -> Array:
    """The batch (m, n_0) float32 of a list of objects, each with a number for each column, or one array.

    Raises:
        RequestError: 422, it is no batch.
    """
    limits.check(len(expect(records, "a list", where)), where)
    first = records[0]
    if not isinstance(first, OBJECT) or len(first) != 1 or limits.width == 1:
        return tabular.records_of(records, where, limits, pixels)
    if not isinstance(only(first, f"{where}[0]")[0], ARRAY):
        return tabular.records_of(records, where, limits, pixels)
    arrays = [only(record, f"{where}[{index}]") for index, record in enumerate(records)]
    places = [place for _, place in arrays]
    return json_rows.decode([array for array, _ in arrays], limits.shape, places.__getitem__, lists, pixels)


def columns_of(columns: Any, where: str, limits: Limits, lists: int, pixels: Pixels) -> Array:
    """The batch (m, n_0) float32 of an object with a list for each column.

    Raises:
        RequestError: 422, it is no batch.
    """
    keys_of(columns, where)
    names = list(columns.keys())
    names = [names[place] for place in order(names, limits, where)]
    places = [f"{where}.{name[:40]}" for name in names]
    m = len(expect(columns[names[0]], "a list", places[0]))
    limits.check(m, where)
    return json_rows.decode([columns[name] for name in names], (m,), places.__getitem__, lists, pixels).T


def _names_columns(content: Any, limits: Limits) -> bool:
    """Whether the keys of an object are columns."""
    if len(content) == limits.width > 1:
        return True
    return limits.names is not None and (len(content) > 1 or not set(limits.names).isdisjoint(content.keys()))


def _is_record(instance: Any, limits: Limits, where: str) -> bool:
    """Whether an object has, or is to have, a number for each column."""
    if len(instance) == limits.width > 1:
        return True
    if limits.names is None or not {*MEMBERS}.difference(limits.names).isdisjoint(instance.keys()):
        return False
    return any(is_number(instance[key]) for key in keys_of(instance, where))


def _member(instance: Any, where: str) -> tuple[Any, str]:
    """What an object has to be read, and where it is."""
    keys = keys_of(instance, where)
    known = [key for key in MEMBERS if key in keys]
    value, place = (instance[known[0]], f"{where}.{known[0]}") if known else only(instance, where)
    return only(value, place) if isinstance(value, OBJECT) else (value, place)


def _base64(value: Any, where: str) -> bytes:
    """The bytes of base64, which may have line breaks, come without its padding, or be a data URI."""
    text = DATA_URI.sub("", "".join(expect(value, "a string", where).split()))
    try:
        return b64decode(text + "=" * (-len(text) % QUADRUPLE), validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(UNPROCESSABLE, f"{where}: expected base64, got something else") from None
