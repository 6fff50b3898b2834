"""From pixels to a published version. Prefect lives here and nowhere else."""

import os
from pathlib import Path

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
