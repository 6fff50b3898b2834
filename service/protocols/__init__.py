"""The protocols: each decodes a request to one array, and encodes one answer. One file is one protocol."""

from flask import Blueprint

from service.errors import OVERLOADED
from service.protocols import explanation, mlflow, numeral, open_inference, tensorflow

BLUEPRINTS: tuple[Blueprint, ...] = tuple(
    protocol.blueprint for protocol in (numeral, explanation, open_inference, tensorflow, mlflow)
)


def refused(head: bytes, message: str) -> dict[str, str]:
    """What is said to a request that is refused by its first lines alone, in the form of its protocol."""
    if head.startswith(f"POST {mlflow.PATH}".encode()):
        return mlflow.error(OVERLOADED, message)
    return {"error": message}
