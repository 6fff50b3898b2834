"""Logs: one JSON object a line, for people with jq and for machines."""

import json
import logging
import threading
from datetime import UTC, datetime
from typing import Any

from gunicorn import glogging

# lines have none of these, and to find them out for each takes longer than to write it
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None  # noqa: SLF001  documented among logging's optimizations

log = logging.getLogger(__name__)
encoder = json.JSONEncoder(default=str)  # ASCII: no text can break the line or the log


class JsonFormatter(logging.Formatter):
    """Time, level, logger and message, then whatever `extra={"fields": {...}}` brought."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return encoder.encode(line)


class Logger(glogging.Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's, without its access log, which is costly; service/observability/access_log.py has one."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Log nothing."""


def report_thread(end: threading.ExceptHookArgs) -> None:
    """Log the bug that has ended a thread."""
    log.critical("a thread ended in a bug", exc_info=end.exc_value)


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "service.observability.json_logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    },
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "service": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
    },
}
