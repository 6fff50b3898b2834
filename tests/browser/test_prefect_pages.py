"""Prefect's own pages work by both names of loopback, and no other page can write to its server."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from server import free_port, wait_for

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
POST_BLOB = """async url => {
    const body = new Blob(['{"name": "from-elsewhere"}'], {type: "application/json"});
    await fetch(url, {method: "POST", mode: "no-cors", body}).catch(() => null);
}"""
OPEN_SOCKET = """url => new Promise(done => {
    const socket = new WebSocket(url, ["prefect"]);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
})"""


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """The port of Prefect's server, as the compose stack starts it."""
    folder = tmp_path_factory.mktemp("prefect")
    port = free_port()
    environment = os.environ | {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "ui"),
    }
    environment.pop("PREFECT_API_URL", None)
    command = [sys.executable, "-m", "pipeline.prefect_server", "--port", str(port)]

    def is_up():
        assert process.poll() is None
        try:
            return requests.get(f"http://127.0.0.1:{port}/api/health", timeout=60).ok
        except requests.ConnectionError:
            return False

    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            wait_for(is_up, 120)
            yield port
        finally:
            process.kill()


@pytest.fixture
def elsewhere():
    """The address of a page of another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_pages_ask_their_server_and_are_answered(browser, prefect, name):
    with browser.new_page() as page:
        answers = []
        page.on("response", lambda response: answers.append((response.url, response.status)))
        with page.expect_response(
            lambda response: "/api/" in response.url and response.request.method == "POST"
        ) as asked:
            page.goto(f"http://{name}:{prefect}/")
        assert asked.value.status == 200
        page.wait_for_load_state("networkidle")
        assert [answer for answer in answers if answer[1] >= 400] == []


def test_a_page_of_another_origin_cannot_write(browser, prefect, elsewhere):
    with browser.new_page() as page:
        page.goto(elsewhere)
        page.evaluate(POST_BLOB, f"http://127.0.0.1:{prefect}/api/flows/")
        assert page.evaluate(OPEN_SOCKET, f"ws://127.0.0.1:{prefect}/api/events/in") == "refused"
    assert flows(prefect) == []


def flows(port):
    """The names of all flows, asked as Prefect's own client does."""
    url = f"http://127.0.0.1:{port}/api"
    token = requests.get(f"{url}/csrf-token", params={"client": "test"}, timeout=60).json()["token"]
    headers = {"Prefect-Csrf-Client": "test", "Prefect-Csrf-Token": token}
    answer = requests.post(f"{url}/flows/filter", json={}, headers=headers, timeout=60)
    answer.raise_for_status()
    return [flow["name"] for flow in answer.json()]
