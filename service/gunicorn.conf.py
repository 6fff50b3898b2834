"""gunicorn, from Numeral's settings. `python -m service` runs it; see docs/operations.md."""

import logging
import os
import resource
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from service.http.forwarded_for import Forwarded
from service.http.root_path import settings_from
from service.observability.json_logs import CONFIG, Logger, report_thread
from service.worker.load_balancing import Balance
from service.worker.signals import hold_signals, release_signals

METRICS = "PROMETHEUS_MULTIPROC_DIR"  # names the folder that the workers count in

settings = settings_from(os.environ)

files, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = settings.workers
worker_class = "service.worker.gunicorn_worker.Worker"
worker_connections = min(10_000, most_files // 2)  # each a file; the rest is for the registry and the metrics
keepalive = 75  # longer than load balancers keep theirs, so that they close first
graceful_timeout = settings.drain_seconds
control_socket_disable = True
if "FORWARDED_ALLOW_IPS" not in os.environ:  # gunicorn's own name for it
    forwarded_allow_ips = settings.trusted_proxies
secure_scheme_headers: dict[str, str] = {}  # where these contradict each other, gunicorn refuses the request
forwarder_headers = ""  # no header moves the service to another path
logconfig_dict = CONFIG
logger_class = Logger
threading.excepthook = report_thread
logging.captureWarnings(capture=True)  # as of an image whose notes are cut off
proc_name = "numeral"
places = 2 * settings.workers + 64  # some workers are about to end, some are added by a signal
balance = Balance(places)


def on_starting(server: Any) -> None:
    """Refuse to load the service here: each worker is to watch the registry, in a loop of its own."""
    if server.cfg.preload_app:
        sys.exit("gunicorn: expected no --preload (preload_app): each worker loads the service itself")


def when_ready(_: Any) -> None:
    """Make the metrics folder: a new one each start, so that no count is stale."""
    os.environ[METRICS] = tempfile.mkdtemp(prefix="numeral-metrics-")
    os.register_at_fork(before=hold_signals, after_in_parent=release_signals)


def pre_fork(server: Any, worker: Any) -> None:
    """Give a worker its place."""
    taken = {each.place for each in server.WORKERS.values() if each.balance is balance}
    worker.place = min(set(range(places)) - taken, default=0)
    worker.balance = balance
    balance.set(worker.place, 0)  # already now: others need not take all that come until it is ready


def post_worker_init(worker: Any) -> None:
    """Have any class of workers know the clients of proxies, and get signals that were held over the fork."""
    trusts_all = "*" in worker.cfg.forwarded_allow_ips
    worker.wsgi = Forwarded(worker.wsgi, worker.cfg.forwarded_allow_networks(), trusts_all=trusts_all)
    release_signals()


def worker_exit(_: Any, __: Any) -> None:
    """Write what a worker has logged and counted last."""
    from service.observability import access_log, metric_buffers  # noqa: PLC0415  counts read METRICS on import

    access_log.flush()
    metric_buffers.flush()


def child_exit(_: Any, worker: Any) -> None:
    """Forget the gauges and connections of a worker that is gone; its counts stay."""
    worker.balance.leave(worker.place)
    from prometheus_client import multiprocess  # noqa: PLC0415  a library that reads METRICS on import

    from service.observability import metric_files  # noqa: PLC0415  it, too

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
    metric_files.trim(Path(os.environ[METRICS]), worker.pid)


def on_exit(_: Any) -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ[METRICS], ignore_errors=True)
