"""Telemetry: what Prometheus reads, the same whichever worker answers."""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2500, 5000, 10_000)

REQUESTS = Counter("numeral_requests", "Requests answered.", ["route", "code"])
LATENCY = Histogram("numeral_request_seconds", "From request to answer.", ["route"], buckets=SECONDS)
BATCH_ROWS = Histogram("numeral_batch_rows", "Instances in a request that was answered.", buckets=ROWS)
RELOADS = Counter("numeral_reloads", "Versions taken up.")
RELOAD_FAILURES = Counter("numeral_reload_failures", "Looks at the registry that ended in an error.")
RELOAD_FAILING = Gauge(
    "numeral_reload_failing", "1 while the champion cannot be taken up.", multiprocess_mode="livemax"
)
SERVED_VERSION = Gauge(
    "numeral_served_version", "The version that a worker serves.", multiprocess_mode="liveall"
)


def exposition() -> bytes:
    """Every metric, summed over the workers where there are several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
