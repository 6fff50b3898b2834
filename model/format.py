"""The model document, format 1: one JSON object that people, jq and every language can read.

Weights are nested lists of the shortest decimals that give the same float32 back. docs/model-format.md
states the format; this file writes it and reads it, and refuses whatever is not it.
"""

from typing import Any

import numpy as np
import orjson
import simdjson

from model.document import FORMAT, FORMAT_VERSION, Document, Input, describe
from model.errors import FormatError
from model.network import Network


def encode(document: Document) -> bytes:
    """The document as UTF-8 JSON.

    Raises:
        FormatError: a weight is NaN or infinite, which JSON cannot say.
    """
    parameters = document.network.parameters
    if not np.isfinite(parameters.flat).all():
        raise FormatError("network.layers: expected finite weights, got NaN or Infinity")
    content = describe(document)
    content["network"]["layers"] = [
        {"W": W, "b": b.ravel()} for W, b in zip(parameters.W, parameters.b, strict=True)
    ]
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def decode(raw: bytes) -> Document:
    """Read a document of format 1; keys that it does not name are ignored.

    Raises:
        FormatError: it is not JSON, repeats a key, or breaks the format.
    """
    try:
        root = simdjson.Parser().parse(raw)
    except (ValueError, RuntimeError) as error:
        raise FormatError(f"document: expected JSON, got {len(raw)} bytes that are not: {error}") from None
    if not isinstance(root, simdjson.Object):
        raise FormatError("document: expected a JSON object")
    _refuse_repeated_keys(root, "")
    _expect_equal(root, "format", FORMAT)
    _expect_equal(root, "format_version", FORMAT_VERSION)
    network = _network(_member(root, "network", simdjson.Object))
    classes = tuple(_member(root, "classes", simdjson.Array).as_list())
    _check_classes(classes, network.sizes[-1])
    return Document(
        name=_member(root, "name", str),
        version=_member(root, "version", int),
        created_at=_member(root, "created_at", str),
        network=network,
        input=_input(_member(root, "input", simdjson.Object).as_dict(), network.sizes[0]),
        classes=classes,
        **{
            part: _member(root, part, simdjson.Object).as_dict()
            for part in ("training", "dataset", "metrics", "lineage")
        },
    )


def _network(content: Any) -> Network:
    sizes = _member(content, "sizes", simdjson.Array).as_list()
    activations = _member(content, "activations", simdjson.Array).as_list()
    layers = list(_member(content, "layers", simdjson.Array))
    try:
        network = Network.build(sizes, activations, _member(content, "cost", str))
    except (ValueError, TypeError) as error:
        raise FormatError(f"network.{error}") from None
    if len(layers) != len(network.activations):
        raise FormatError(f"network.layers: expected {len(network.activations)}, got {len(layers)}")
    for index, layer in enumerate(layers):
        where = f"network.layers[{index}]"
        if not isinstance(layer, simdjson.Object):
            raise FormatError(f"{where}: expected an object")
        _read_rows(_member(layer, "W", simdjson.Array, where), network.parameters.W[index], f"{where}.W")
        bias = network.parameters.b[index].reshape(1, -1)
        _read_row(_member(layer, "b", simdjson.Array, where), bias[0], f"{where}.b")
    return network


def _read_rows(rows: Any, out: Any, where: str) -> None:
    if len(rows) != len(out):
        raise FormatError(f"{where}: expected {len(out)} rows, got {len(rows)}")
    for index, row in enumerate(rows):
        if not isinstance(row, simdjson.Array):
            raise FormatError(f"{where}[{index}]: expected a list of numbers")
        _read_row(row, out[index], f"{where}[{index}]")


def _read_row(row: Any, out: Any, where: str) -> None:
    if len(row) != len(out):
        raise FormatError(f"{where}: expected {len(out)} numbers, got {len(row)}")
    # as_buffer flattens lists within the row without a word, so they are looked for first
    if any(type(value) is simdjson.Array for value in row):
        raise FormatError(f"{where}: expected numbers, got a list among them")
    try:
        numbers = np.frombuffer(row.as_buffer(of_type="d"))
    except TypeError:
        raise FormatError(f"{where}: expected numbers alone") from None
    if np.abs(numbers).max() > np.finfo(out.dtype).max:
        raise FormatError(f"{where}: expected numbers within float32, got {np.abs(numbers).max()}")
    out[...] = numbers


def _input(content: dict[str, Any], pixels: int) -> Input:
    shape, limits, preprocessing = (content.get(key) for key in ("shape", "range", "preprocessing"))
    if not isinstance(shape, list) or not all(type(side) is int and side > 0 for side in shape):
        raise FormatError(f"input.shape: expected positive integers, got {shape}")
    if int(np.prod(shape)) != pixels:
        raise FormatError(f"input.shape: expected {pixels} pixels, as network.sizes[0], got {shape}")
    if limits != [0, 1]:
        raise FormatError(f"input.range: expected [0, 1], got {limits}")
    if not isinstance(preprocessing, str):
        raise FormatError(f"input.preprocessing: expected a name, got {preprocessing}")
    return Input(tuple(shape), (0.0, 1.0), preprocessing)


def _check_classes(classes: tuple[Any, ...], outputs: int) -> None:
    expected = 2 if outputs == 1 else outputs
    if len(classes) != expected or not all(isinstance(label, str) for label in classes):
        raise FormatError(f"classes: expected {expected} strings, got {list(classes)}")


def _member(content: Any, key: str, kind: Any, where: str = "") -> Any:
    value = content.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        place = f"{where}.{key}" if where else key
        raise FormatError(f"{place}: expected a {kind.__name__.lower()}, got {_shown(value)}")
    return value


def _expect_equal(content: Any, key: str, expected: object) -> None:
    if content.get(key) != expected:
        raise FormatError(f"{key}: expected {expected!r}, got {_shown(content.get(key))}")


def _shown(value: Any) -> str:
    return (
        repr(value) if value is None or isinstance(value, str | int | float) else type(value).__name__.lower()
    )


def _refuse_repeated_keys(value: Any, where: str) -> None:
    if isinstance(value, simdjson.Object):
        keys = list(value.keys())
        if len(set(keys)) != len(keys):
            repeated = sorted(key for key in set(keys) if keys.count(key) > 1)
            raise FormatError(
                f"{where or 'document'}: expected each key once, got {', '.join(repeated)} again"
            )
        for key in keys:
            if key not in ("W", "b"):
                _refuse_repeated_keys(value[key], f"{where}.{key}".lstrip("."))
    elif isinstance(value, simdjson.Array):
        for index, item in enumerate(value):
            _refuse_repeated_keys(item, f"{where}[{index}]")
