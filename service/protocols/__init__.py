"""The protocols: each decodes a request to one array, and encodes one answer. One file is one protocol."""

from flask import Blueprint

from service.protocols import mlflow, numeral, open_inference, tensorflow

BLUEPRINTS: tuple[Blueprint, ...] = tuple(
    protocol.blueprint for protocol in (numeral, open_inference, tensorflow, mlflow)
)
