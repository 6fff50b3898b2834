"""From pixels to a published version. Prefect lives here and nowhere else."""

import logging
import os
from pathlib import Path

from model.errors import NumeralError

# Loopback is never asked through a proxy, whatever is: there it would mean another machine.
proxied_never = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
if proxied_never.strip() != "*":
    hosts = [*filter(None, proxied_never.split(",")), "localhost", "127.0.0.1", "::1"]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(dict.fromkeys(hosts))

# Before Prefect is imported anywhere: nothing is reported to anyone, its state stays with the project's,
# this package's log lines go where Prefect's go (and nowhere else outside of a flow), and a slow machine
# has time to start the temporary server.
for name, value in {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_HOME": str(Path("var/prefect").absolute()),
    "PREFECT_LOGGING_EXTRA_LOGGERS": "pipeline",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
}.items():
    os.environ.setdefault(name, value)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Keep the log to one line where an error is a sentence for people."""
    if record.exc_info and isinstance(record.exc_info[1], NumeralError):
        record.exc_info = None
    return True


# Not beside the flow: Prefect carries the flow into a process of its own without importing its module.
logging.getLogger("pipeline").setLevel(logging.INFO)
for name in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(name).addFilter(_without_traceback)
