"""Logs: one JSON object a line, whatever is logged."""

import json
import logging
import logging.config
import sys
import threading
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.observability.json_logs import CONFIG, JsonFormatter, report_thread


def line(message="hello", *args, fields=None, exc_info=None) -> str:
    record = logging.LogRecord("service.x", logging.WARNING, "x.py", 1, message, args, exc_info)
    if fields is not None:
        record.fields = fields
    return JsonFormatter().format(record)


def test_a_line_has_time_level_logger_and_message():
    content = json.loads(line("%s of %d", "one", 2))
    assert datetime.fromisoformat(content.pop("time")).utcoffset().total_seconds() == 0
    assert content == {"level": "warning", "logger": "service.x", "message": "one of 2"}


def test_fields_stand_beside_the_message():
    assert json.loads(line(fields={"status": 200}))["status"] == 200


def test_an_error_brings_its_traceback():
    try:
        {}["the cause"]
    except KeyError:
        content = json.loads(line(exc_info=sys.exc_info()))
    assert content["traceback"].splitlines()[-1] == "KeyError: 'the cause'"


@pytest.mark.parametrize(
    "value",
    [object(), {1}, b"bytes", {3: "a number as key"}, 10**400],
    ids=lambda value: type(value).__name__,
)
def test_a_field_of_any_kind_is_written(value):
    assert json.loads(line(fields={"value": value}))["value"]


@given(st.text(st.characters(), max_size=50))
def test_any_text_is_one_line_of_JSON(text):
    written = line("%s", text, fields={"path": text})
    assert len(written.splitlines()) == 1
    assert json.loads(written)["path"] == text


def test_text_that_no_encoding_takes_is_one_line_of_JSON():
    written = line("%s", "/registry/\udcff")  # a path whose bytes are not UTF-8
    assert json.loads(written.encode())["message"] == "/registry/\udcff"


def test_the_configuration_is_one_that_logging_takes():
    logging.config.DictConfigurator(CONFIG).configure_formatter(CONFIG["formatters"]["json"])


def test_the_bug_that_ends_a_thread_is_logged(caplog):
    error = KeyError("a bug")
    report_thread(threading.ExceptHookArgs((KeyError, error, None, None)))
    assert (caplog.records[0].levelname, caplog.records[0].exc_info[1]) == ("CRITICAL", error)
