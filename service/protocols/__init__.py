"""The protocols: each decodes a request to one array, and encodes one answer. One file is one protocol."""

from collections.abc import Mapping

import orjson
from flask import Blueprint

from service.express import Plain
from service.protocols import explanation, mlflow, numeral, open_inference, tensorflow

BLUEPRINTS: tuple[Blueprint, ...] = tuple(
    protocol.blueprint for protocol in (numeral, explanation, open_inference, tensorflow, mlflow)
)


def error(path: str, status: int, message: str) -> bytes:
    """Return the JSON of an error on a path, in the form of its protocol."""
    return orjson.dumps(
        mlflow.error(status, message) if path.rstrip("/") == mlflow.PATH else {"error": message}
    )


def plain_paths(name: str) -> Mapping[str, Plain]:
    """Return the paths where plain JSON is answered without Flask's routing.

    Args:
        name: of the model.
    """
    return {
        numeral.PATH: Plain("numeral", numeral.PATH, numeral.decode_plain, numeral.encode),
        f"/v2/models/{name}/infer": Plain(
            "open_inference",
            "/v2/models/<name>/infer",
            open_inference.decode_plain,
            open_inference.encode_plain,
        ),
        mlflow.PATH: Plain("mlflow", mlflow.PATH, mlflow.decode_plain, mlflow.encode_plain),
    }
