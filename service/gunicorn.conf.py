"""gunicorn, from Numeral's settings. `python -m service` runs it; see docs/operations.md."""

import os
import shutil
import tempfile
from typing import Any

from model.settings import Settings
from service.logs import CONFIG

settings = Settings.from_environment(os.environ)

# Both are read by libraries when a worker imports them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the workers are the parallelism
metrics_folder = tempfile.mkdtemp(prefix="numeral-metrics-")  # a new one each start: no stale counts
os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder

bind = f"{settings.host}:{settings.port}"
workers = settings.workers
worker_class = "gthread"
threads = settings.threads
graceful_timeout = settings.drain_seconds
keepalive = 75  # longer than load balancers keep theirs, so that they close first
control_socket_disable = True
logconfig_dict = CONFIG
proc_name = "numeral"


def child_exit(_: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone; its counts stay."""
    from prometheus_client import multiprocess  # noqa: PLC0415  after its folder is named, above

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_: Any) -> None:
    """Leave nothing behind."""
    shutil.rmtree(metrics_folder, ignore_errors=True)
