"""The ceiling: Flask under the service's own gunicorn, reading the body and answering {}; nothing else."""

from flask import Flask, Response, request


def app() -> Flask:
    """Return what there is to serve."""
    bare = Flask(__name__)

    @bare.post("/predict")
    def predict() -> Response:
        request.get_data(cache=False)
        return Response(b"{}", mimetype="application/json")

    @bare.get("/readyz")
    def readyz() -> Response:
        return Response(b"{}", mimetype="application/json")

    return bare
