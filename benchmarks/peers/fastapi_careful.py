"""The network under FastAPI and uvicorn with what a service is operated with.

Bodies are validated by pydantic, requests are counted and timed by prometheus-client for all workers, and
each has a line of JSON in the access log on standard error.
"""

import logging
import os
import time
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import orjson
from fastapi import FastAPI, Request, Response
from network import answer, load
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from pydantic import BaseModel, Field

PIXELS, MOST_ROWS = 784, 10_000
Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(exist_ok=True)  # each worker has files there

REQUESTS = Counter("requests", "Requests answered.", ["path", "status"])
SECONDS = Histogram("request_seconds", "From request to answer.", ["path"])

log = logging.getLogger("access")
log.addHandler(logging.StreamHandler())
log.setLevel(logging.INFO)

app = FastAPI()
forward = load()

Pixel = Annotated[float, Field(ge=0, le=1)]
Row = Annotated[list[Pixel], Field(min_length=PIXELS, max_length=PIXELS)]


class Batch(BaseModel):
    """The body of a request."""

    instances: Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS)]


@app.middleware("http")
async def record(request: Request, call_next):
    """Count, time and log each request."""
    start = time.perf_counter()
    response = await call_next(request)
    seconds = time.perf_counter() - start
    route = request.scope.get("route")
    path = route.path if route else "unknown"
    REQUESTS.labels(path, response.status_code).inc()
    SECONDS.labels(path).observe(seconds)
    request_id = request.headers.get("X-Request-ID") or uuid4().hex
    response.headers["X-Request-ID"] = request_id
    line = {
        "time": time.time(),
        "request_id": request_id,
        "method": request.method,
        "path": request.url.path,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 3),
    }
    log.info(orjson.dumps(line).decode())
    return response


@app.post("/predict")
async def predict(batch: Batch):
    """Probabilities of rows."""
    content = orjson.dumps(answer(forward(batch.instances)), option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, media_type="application/json")


@app.get("/healthz")
async def healthz():
    """Say that the process lives."""
    return {}


@app.get("/metrics")
def metrics():
    """What Prometheus reads, of all workers."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return Response(generate_latest(registry), media_type="text/plain")
