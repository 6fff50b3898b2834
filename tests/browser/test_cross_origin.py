"""Scripts of other origins' pages: a browser lets them call where the setting names them, and else not."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

pytestmark = pytest.mark.slow

CALL = """
async (url) => {
  const ask = (body) => fetch(`${url}/predict`, {
    method: "POST", body, headers: { "Content-Type": "application/json", "X-Request-ID": "me" } });
  try {
    const good = await ask(JSON.stringify({ instances: [Array(784).fill(0)] })), bad = await ask("{}");
    return [good.status, good.headers.get("X-Request-ID"), (await good.json()).predictions.length,
      bad.status, (await bad.json()).error !== undefined];
  } catch (error) {
    return error.name;
  }
}
"""


@pytest.fixture
def origin(tmp_path) -> Iterator[str]:
    """Of a page that is not the service's."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page/index.html").write_text("<!doctype html><title>Another page</title>")
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path / "page")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_of_another_origin_may_call_where_the_setting_names_it_alone(browser, serve, trained, origin):
    context = browser.new_context()
    page = context.new_page()
    page.goto(origin)
    allowing = serve(trained, cors_origins=f"https://a.example, {origin}/", workers=1)
    assert page.evaluate(CALL, allowing.url) == [200, "me", 1, 422, True]
    assert page.evaluate(CALL, serve(trained, workers=1).url) == "TypeError"
    context.close()
