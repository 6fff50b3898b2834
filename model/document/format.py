"""The model document, format 1: one JSON object that people, jq and every language can read.

Weights are nested lists of the shortest decimals that give the same float32 back. docs/model-format.md
states the format; this file writes it and reads it, and refuses whatever is not it.
"""

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson

from model.document.document import FORMAT, FORMAT_VERSION, Document, Input, describe
from model.document.json_arrays import read_matrix, read_row
from model.document.json_parser import ARRAY, OBJECT, plain
from model.document.strict_json import expect, member, parse, refuse_infinite, shown
from model.errors import FormatError
from model.evaluation.novelty import Familiarity
from model.network.network import Network


def encode(document: Document) -> bytes:
    """The document as UTF-8 JSON.

    Raises:
        FormatError: a number is NaN or infinite, which JSON cannot say.
    """
    parameters = document.network.parameters
    if not np.isfinite(parameters.flat).all():
        raise FormatError("network.layers: expected finite weights, got NaN or Infinity")
    content = describe(document)
    refuse_infinite(content)
    layers = [{"W": W, "b": b.ravel()} for W, b in zip(parameters.W, parameters.b, strict=True)]
    # of all float32 alone, this one's shortest decimal gives its neighbour to who reads it as a float64 first
    raw = orjson.dumps(layers, option=orjson.OPT_SERIALIZE_NUMPY).replace(b"7.038531e-26", b"7.0385307e-26")
    content["network"]["layers"] = orjson.Fragment(raw)
    if document.familiarity:
        content["familiarity"] = asdict(document.familiarity)
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def decode(raw: bytes) -> Document:
    """Read a document of format 1; keys that it does not name are ignored.

    Raises:
        FormatError: it is not JSON, repeats a key, or breaks the format.
    """
    root = parse(raw)
    _expect_equal(root, "format", FORMAT)
    _expect_equal(root, "format_version", FORMAT_VERSION)
    network = _network(member(root, "network", OBJECT))
    classes = tuple(plain(member(root, "classes", ARRAY)))
    _check_classes(classes, network.sizes[-1])
    return Document(
        name=member(root, "name", str),
        version=member(root, "version", int),
        created_at=member(root, "created_at", str),
        network=network,
        input=_input(plain(member(root, "input", OBJECT)), network.sizes[0]),
        classes=classes,
        familiarity=_familiarity(root, network.sizes[0]),
        **{part: plain(member(root, part, OBJECT)) for part in ("training", "dataset", "metrics", "lineage")},
    )


def _network(content: Any) -> Network:
    sizes = plain(member(content, "sizes", ARRAY, "network"))
    activations = plain(member(content, "activations", ARRAY, "network"))
    layers = list(member(content, "layers", ARRAY, "network"))
    try:
        network = Network.build(sizes, activations, member(content, "cost", str, "network"))
    except ValueError as error:
        raise FormatError(f"network.{error}") from None
    if len(layers) != len(network.activations):
        raise FormatError(f"network.layers: expected {len(network.activations)}, got {len(layers)}")
    for index, layer in enumerate(layers):
        where = f"network.layers[{index}]"
        expect(layer, OBJECT, where)
        read_matrix(layer.get("W"), network.parameters.W[index], f"{where}.W")
        read_row(layer.get("b"), network.parameters.b[index].reshape(-1), f"{where}.b")
    return network


def _input(content: dict[str, Any], pixels: int) -> Input:
    shape, limits, preprocessing = (content.get(key) for key in ("shape", "range", "preprocessing"))
    if not isinstance(shape, list) or not all(type(side) is int and side > 0 for side in shape):
        raise FormatError(f"input.shape: expected positive integers, got {shape}")
    if math.prod(shape) != pixels:
        raise FormatError(f"input.shape: expected {pixels} pixels, as network.sizes[0], got {shape}")
    if limits != [0, 1]:
        raise FormatError(f"input.range: expected [0, 1], got {limits}")
    if not isinstance(preprocessing, str):
        raise FormatError(f"input.preprocessing: expected a name, got {preprocessing}")
    return Input(tuple(shape), (0.0, 1.0), preprocessing, _names(content.get("names"), pixels))


def _names(names: Any, pixels: int) -> tuple[str, ...] | None:
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FormatError(f"input.names: expected a list of strings, got {names!r}")
    different = {name.strip() for name in names} - {""}
    if len(names) != pixels or len(different) != pixels:
        got = ", ".join(names)
        raise FormatError(f"input.names: expected {pixels} that differ, as network.sizes[0], got {got}")
    return tuple(names)


def _familiarity(root: Any, width: int) -> Familiarity | None:
    if "familiarity" not in root:
        return None
    content = member(root, "familiarity", OBJECT)
    where = "familiarity"
    count = min(len(member(content, "variances", ARRAY, where)), width)
    mean, variances = np.empty(width, np.float32), np.empty(count, np.float32)
    axes = np.empty((count, width), np.float32)
    read_row(content.get("mean"), mean, f"{where}.mean")
    read_row(content.get("variances"), variances, f"{where}.variances")
    read_matrix(content.get("axes"), axes, f"{where}.axes")
    if count and variances.min() <= 0:
        raise FormatError(f"{where}.variances: expected numbers above 0, got {variances.min()}")
    rest, farthest, most_ink = (_positive(content, key, where) for key in ("rest", "farthest", "most_ink"))
    return Familiarity(mean, axes, variances, rest, farthest, most_ink)


def _positive(content: Any, key: str, where: str) -> float:
    value = content.get(key)
    if type(value) not in (int, float) or not value > 0:
        raise FormatError(f"{where}.{key}: expected a number above 0, got {shown(value)}")
    return float(value)


def _check_classes(classes: tuple[Any, ...], outputs: int) -> None:
    expected = 2 if outputs == 1 else outputs
    if len(classes) != expected or not all(isinstance(label, str) for label in classes):
        raise FormatError(f"classes: expected {expected} strings, got {list(classes)}")


def _expect_equal(content: Any, key: str, expected: object) -> None:
    value = content.get(key)
    if type(value) is not type(expected) or value != expected:
        raise FormatError(f"{key}: expected {expected!r}, got {shown(value)}")
