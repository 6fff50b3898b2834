"""Telemetry: what Prometheus reads, the same whichever worker answers."""

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gevent import monkey
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Summary,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from threadpoolctl import threadpool_info

from service.observability import metric_buffers, metric_files

IS_ONE_OF_SEVERAL = "PROMETHEUS_MULTIPROC_DIR" in os.environ
if IS_ONE_OF_SEVERAL:
    metric_files.use()
if IS_ONE_OF_SEVERAL and monkey.is_module_patched("socket"):  # where the application flushes them
    metric_buffers.keep_in_process()

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2500, 5000, 10_000)

REQUESTS = Counter("numeral_requests", "Requests answered.", ["protocol", "route", "code", "version"])
LATENCY = Histogram("numeral_request_seconds", "From request to answer.", ["route"], buckets=SECONDS)
DECODING = Histogram("numeral_decode_seconds", "From the first look at a batch to its rows.", buckets=SECONDS)
BATCH_ROWS = Histogram("numeral_batch_rows", "Instances in a request that was answered.", buckets=ROWS)
VERSION_ROWS = Counter("numeral_rows", "Instances answered.", ["version"])
ANSWERS = Summary(
    "numeral_answer_seconds", "From request to answer, of batches that were answered.", ["version"]
)
PASSES = Summary("numeral_pass_seconds", "A forward pass.", ["version"])
LAST = Gauge(
    "numeral_last_answer_timestamp_seconds",
    "When a batch was answered.",
    ["version"],
    multiprocess_mode="max",
)
QUEUE_WAIT = Histogram("numeral_queue_seconds", "From request to its turn.", buckets=SECONDS)
QUEUE_DEPTH = Gauge("numeral_queue_depth", "Requests that wait.", multiprocess_mode="livesum")
IN_FLIGHT = Gauge("numeral_requests_in_flight", "Requests that are here.", multiprocess_mode="livesum")
BYTES_IN_FLIGHT = Gauge(
    "numeral_bytes_in_flight", "Bytes of them and their answers.", multiprocess_mode="livesum"
)
BLAS_THREADS = Gauge("numeral_blas_threads", "Threads of a worker's BLAS.", multiprocess_mode="liveall")
REFUSALS = Counter("numeral_refusals", "Requests dropped before they cost anything.", ["reason"])
RELOADS = Counter("numeral_reloads", "Versions taken up.")
RELOAD_FAILURES = Counter("numeral_reload_failures", "Looks at the registry that ended in an error.")
RELOAD_FAILING = Gauge(
    "numeral_reload_failing", "1 while the champion cannot be taken up.", multiprocess_mode="livemax"
)
SERVED_VERSION = Gauge(
    "numeral_served_version", "The version that a worker serves.", multiprocess_mode="liveall"
)


@lru_cache(1024)  # finding a metric by its labels takes longer than counting
def request(protocol: str, route: str, code: int, version: str) -> tuple[Counter, Histogram]:
    """What counts and measures such requests."""
    return REQUESTS.labels(protocol, route, code, version), LATENCY.labels(route)


@lru_cache(8)
def refusals(reason: str) -> Counter:
    """What counts requests that are refused for a reason."""
    return REFUSALS.labels(reason)


@lru_cache(64)
def answers(version: str) -> tuple[Counter, Summary, Gauge]:
    """What counts, measures and dates the answers of a version."""
    return VERSION_ROWS.labels(version), ANSWERS.labels(version), LAST.labels(version)


@lru_cache(64)
def passes(version: str) -> Summary:
    """What measures the forward passes of a version."""
    return PASSES.labels(version)


def show_blas_threads() -> None:
    """Have a gauge show how many threads matrix products have in this process: one, beside other workers."""
    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    BLAS_THREADS.set(max(pools, default=0))


@dataclass(frozen=True)
class Statistics:
    """What a version has answered since the start, by all workers.

    Attributes:
        answers, refusals: requests.
        seconds: of the answers together, from request to answer.
        rows: in them.
        passes, pass_seconds: forward passes, and their time together.
        last: Unix time of the last answer; 0 where there is none.
    """

    answers: int
    refusals: int
    seconds: float
    rows: int
    passes: int
    pass_seconds: float
    last: float


def statistics() -> Callable[[str], Statistics]:
    """Those of any version, as they are now."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for metric in _registry().collect():
        for sample in metric.samples:
            if sample.labels.get("code", "4").startswith(("4", "5")):
                sums[sample.labels.get("version", "")][sample.name] += sample.value
    return lambda version: _statistics(sums[version])


def _statistics(sums: Mapping[str, float]) -> Statistics:
    return Statistics(
        answers=int(sums["numeral_answer_seconds_count"]),
        refusals=int(sums["numeral_requests_total"]),
        seconds=sums["numeral_answer_seconds_sum"],
        rows=int(sums["numeral_rows_total"]),
        passes=int(sums["numeral_pass_seconds_count"]),
        pass_seconds=sums["numeral_pass_seconds_sum"],
        last=sums["numeral_last_answer_timestamp_seconds"],
    )


def exposition() -> bytes:
    """Every metric, summed over the workers where there are several.

    Raises:
        OSError: the counts of the workers cannot be read.
    """
    return generate_latest(_registry())


def _registry() -> CollectorRegistry:
    if not IS_ONE_OF_SEVERAL:
        return REGISTRY
    metric_buffers.flush()
    # where it cannot be listed, the collector would find nothing, and say nothing
    list(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).iterdir())
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
