"""The protocols: each decodes a request to one array, and encodes one answer. One file is one protocol."""

from collections.abc import Mapping

import orjson
from flask import Blueprint

from service import errors
from service.protocols import explanation, mlflow, numeral, open_inference, tensorflow
from service.responses import OCTETS
from service.serving.fast_path import JSON, Asked, Plain

BLUEPRINTS: tuple[Blueprint, ...] = tuple(
    protocol.blueprint for protocol in (numeral, explanation, open_inference, tensorflow, mlflow)
)


def error(path: str, status: int, message: str) -> bytes:
    """Return the JSON of an error on a path, in the form of its protocol."""
    is_mlflow = path.rstrip("/") in mlflow.PATHS
    return orjson.dumps(mlflow.error(status, message) if is_mlflow else {"error": message})


def missing(path: str) -> str:
    """Return what is said of a path where nothing is: what is there instead."""
    _, colon, verb = path.rpartition(":")
    if colon and path.startswith(f"{tensorflow.PREFIX}/"):
        return f"path: expected {' or '.join(tensorflow.VERBS)} after a model, got {colon + verb[:40]}"
    return errors.nothing_at(path)


def plain(name: str) -> Mapping[Asked, Plain]:
    """Return what is answered without Flask's routing.

    Args:
        name: of the model.
    """
    return {
        Asked(numeral.PATH, JSON): Plain("numeral", numeral.PATH, numeral.decode_plain, numeral.encode),
        Asked(f"/v2/models/{name}/infer", JSON): Plain(
            "open_inference",
            "/v2/models/<name>/infer",
            open_inference.decode_plain,
            open_inference.encode_plain,
        ),
        Asked(mlflow.PATH, JSON): Plain("mlflow", mlflow.PATH, mlflow.decode_plain, mlflow.encode_plain),
        **{
            Asked(numeral.PATH, OCTETS, name): Plain("numeral", numeral.PATH, decode, numeral.encode)
            for name, decode in numeral.octets_decoders()
        },
    }
