"""The start and the stop of real servers."""

import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
from dataclasses import fields

import pytest
import requests
from pictures import content, draw
from PIL import Image
from server import ROOT, Server, children, wait_for

from model.settings import Settings


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where servers make their temporary folders."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def start(**settings: str) -> subprocess.CompletedProcess:
    """Start a server that is not expected to stay."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMERAL_")}
    environment |= {f"NUMERAL_{name.upper()}": value for name, value in settings.items()}
    return run("-m", "service", env=environment)


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess:
    """Run Python to its end."""
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, **options
    )


@pytest.mark.parametrize(
    ("argument", "code", "beginning"),
    [("--version", 0, "numeral 0.1.0\n"), ("--help", 0, "usage: python -m service"), ("serve", 2, "")],
)
def test_an_argument_is_answered_and_nothing_is_served(argument, code, beginning):
    ended = run("-m", "service", argument)
    assert (ended.returncode, ended.stdout[: len(beginning)]) == (code, beginning)
    assert all(f"NUMERAL_{field.name.upper()} " in ended.stdout for field in fields(Settings)) == (
        argument == "--help"
    )


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("threds", "8", "NUMERAL_THREDS: no such setting; the settings are NUMERAL_HOST, "),
        ("threads", "many", "NUMERAL_THREADS: expected a whole number from 1 to 1024, got 'many'"),
        ("reload_seconds", "nan", "NUMERAL_RELOAD_SECONDS: expected a number from 0.01 to 3600, got 'nan'"),
        ("root_path", "numeral", "NUMERAL_ROOT_PATH: expected a path such as /numeral, of "),
        (
            "root_path",
            "/v2",
            "NUMERAL_ROOT_PATH: expected a path that begins as none of the service's own, got",
        ),
        ("model", "../x", "model name: expected letters, digits, '.', '_' or '-', got '../x'"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(setting, value, sentence):
    ended = start(**{setting: value})
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith(f"python -m service: {sentence}")


def test_a_port_that_is_taken_stops_the_start_and_leaves_nothing(temporary, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = start(port=str(taken.getsockname()[1]), registry=str(tmp_path))
    messages = [json.loads(line)["message"] for line in ended.stderr.splitlines()]
    assert (ended.returncode, any("in use" in message for message in messages)) == (1, True)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "service"),  # as `make run` and the container do
        ("-m", "gunicorn", "--config", "service/gunicorn.conf.py", "service.app:from_environment()"),
    ],
    ids=["python -m service", "gunicorn"],
)
def test_however_it_is_started_matrix_products_have_one_thread(serve, tmp_path, publish, command):
    publish()
    server = serve(tmp_path / "registry", workers=2, command=command)

    def threads() -> list[str]:
        text = requests.get(server.url + "/metrics", timeout=60).text
        return re.findall(r"^numeral_blas_threads\{.*\} (\S+)$", text, re.MULTILINE)

    wait_for(lambda: threads() == ["1.0", "1.0"])


def test_a_server_is_ready_once_there_is_a_champion(serve, tmp_path, publish):
    server = serve(tmp_path / "registry", ready=False, workers=1)
    assert requests.get(server.url + "/readyz", timeout=60).status_code == 503
    publish()
    wait_for(lambda: server.answers("/readyz"))


def test_a_stop_leaves_no_temporary_folder(serve, tmp_path, publish, temporary):
    publish()
    server = serve(tmp_path / "registry", workers=1)
    assert len(list(temporary.glob("numeral-metrics-*"))) == 1
    server.stop()
    assert (server.process.returncode, list(temporary.iterdir())) == (0, [])


def test_every_line_of_the_log_is_JSON(serve, tmp_path, publish, connect, receive):
    publish(lineage={"notes": ["a note\nof two lines"]})
    server = serve(tmp_path / "registry", workers=1)
    for line in (b"GET /\xff HTTP/1.1", b"GET /%0a%22%00 HTTP/1.0", b"\x16\x03\x01", b"PUT /model HTTP/1.0"):
        receive(connect(server, line + b"\r\n\r\n"))
    exif = Image.Exif()
    exif[0x010E] = "a description"
    image = content(draw(), "JPEG", exif=exif.tobytes()[:-20])  # Pillow warns of it
    headers = {"Content-Type": "image/jpeg"}
    assert requests.post(server.url + "/predict", data=image, headers=headers, timeout=60).ok
    lines = [json.loads(line) for line in server.stop().splitlines()]
    assert {404, 405} <= {line.get("status") for line in lines}
    assert "py.warnings" in {line["logger"] for line in lines}


@pytest.mark.parametrize(
    ("host", "bind"), [("localhost", "localhost:8000"), ("::1", "[::1]:8000"), ("[::1]", "[::1]:8000")]
)
def test_a_host_may_be_of_either_family(monkeypatch, host, bind):
    monkeypatch.setenv("NUMERAL_HOST", host)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert runpy.run_path(str(ROOT / "service" / "gunicorn.conf.py"))["bind"] == bind


def test_a_worker_that_is_told_to_end_before_it_serves_does(tmp_path):
    server = Server(tmp_path / "registry", tmp_path / "service.log", workers=1)
    try:
        wait_for(lambda: children(server.process.pid))
        (newborn,) = children(server.process.pid)
        os.kill(newborn, signal.SIGTERM)
        wait_for(lambda: newborn not in children(server.process.pid))
        wait_for(server.answers)
    finally:
        server.stop()
