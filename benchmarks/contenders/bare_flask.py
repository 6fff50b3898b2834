"""Bare Flask: the same network and decoding as Numeral's, without log, metrics and admission."""

import os
from pathlib import Path

import numpy as np
import orjson
from flask import Flask, Response, request

from model.arrays import Array
from model.document.document import Input
from model.network.network import Network, class_probabilities, predicted_classes
from model.registry.registry import CHAMPION, Registry
from service.inputs import tensors
from service.inputs.json_rows import Limits
from service.protocols import numeral

JSON, CLASSES = "application/json", tuple("0123456789")
LIMITS = Limits(Input().shape, 10_000)
DATATYPE = tensors.datatype("UINT8", "datatype")


def app() -> Flask:
    """Return what gunicorn serves."""
    registry = Registry(Path(os.environ["NUMERAL_REGISTRY"]), "mnist")
    network = registry.load(registry.resolve(CHAMPION))[0].network
    bare = Flask(__name__)

    @bare.post("/predict")
    def predict() -> Response:
        body = request.get_data(cache=False)
        if request.mimetype == JSON:
            rows, _ = numeral.decode(body, LIMITS)
        else:
            rows = tensors.whole(body, DATATYPE, LIMITS, "body")
        return Response(_encoded(network, rows), mimetype=JSON)

    @bare.get("/readyz")
    def readyz() -> Response:
        return Response(b"{}", mimetype=JSON)

    return bare


def _encoded(network: Network, rows: Array) -> bytes:
    A = network.forward(rows.T)
    predictions = predicted_classes(A)
    content = {
        "predictions": predictions,
        "labels": [CLASSES[index] for index in predictions],
        "probabilities": np.ascontiguousarray(class_probabilities(A).T),
    }
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
