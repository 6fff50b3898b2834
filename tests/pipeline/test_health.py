"""The health of a schedule's process, as a container's health check asks for it."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from server import free_port

from pipeline import health

ROOT = Path(__file__).parents[2]


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Run the health check; what it exits with, and prints."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("PREFECT_RUNNER_SERVER_PORT", str(free_port()))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    def ask():
        command = [sys.executable, "-m", "pipeline.health"]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.stderr == ""
        return result.returncode, result.stdout

    return ask


class Runner(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def runner():
    with HTTPServer(("127.0.0.1", 0), Runner) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("healthy", "code"), [(True, 0), (False, 1)])
def test_what_the_process_says_of_itself_is_printed(asked, healthy, code):
    health.report("waits for 火", healthy=healthy)
    assert asked() == (code, "waits for 火\n")


def test_the_runner_answers_once_it_is_left_to_it(asked, runner, monkeypatch):
    health.report("trains", healthy=True)
    health.leave_to_the_runner()
    health.leave_to_the_runner()
    code, said = asked()
    assert code == 1
    assert said.startswith(
        f"Prefect's runner does not answer at http://localhost:{os.environ['PREFECT_RUNNER_SERVER_PORT']}/"
    )
    monkeypatch.setenv("PREFECT_RUNNER_SERVER_PORT", str(runner.server_port))
    assert asked() == (0, "waits for the schedule\n")
