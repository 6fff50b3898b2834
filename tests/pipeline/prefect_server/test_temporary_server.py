import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from server import children, wait_for

ROOT = Path(__file__).parents[3]
START = """
import os, signal
from pipeline.prefect_server.temporary_server import TemporaryServer

server = TemporaryServer()
print(os.environ["PREFECT_API_URL"], flush=True)
signal.pause()
"""


@pytest.fixture
def started(tmp_path):
    """A process that has started a temporary server, its URL, and the server's process id."""
    environment = os.environ | {"PREFECT_HOME": str(tmp_path)}
    command = [sys.executable, "-c", START]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline()
        (server,) = children(process.pid)
        yield process, url, server
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_a_temporary_server_ends_with_the_process_that_started_it(started, number):
    process, url, server = started
    assert url.startswith("http://127.0.0.1:")
    process.send_signal(number)
    assert process.stdout.read() == ""  # nobody else has it open
    process.wait()
    wait_for(lambda: not is_running(server))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except FileNotFoundError:
        return False
