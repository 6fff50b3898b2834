"""The open loop: requests come at their rate, and every answer is seen with its status and time."""

import numpy as np

from benchmarks.loads.http import request
from benchmarks.loads.open_loop import CUT_OFF, OpenLoop, Seen, ask
from benchmarks.loads.wrk import Load

CONTENT = request(Load("/predict", "application/json", b"{}", 1), ["X-Request-Timeout-Ms: 5"])


def never(_seconds):
    return False


def test_requests_come_at_their_rate_and_all_answers_are_seen(scripted_server):
    server = scripted_server(lambda index: "refused" if index % 3 == 2 else "ok")
    loop = OpenLoop(server.port, CONTENT)
    seen = loop.run(rate=300, seconds=0.5)
    loop.close()
    assert set(server.requests) == {CONTENT}
    assert 80 < len(server.requests) < 240, "at random for half a second: 150, give or take six deviations"
    assert (seen.count(200) + seen.count(429), seen.unsent) == (len(server.requests), 0)
    assert seen.count(429) == len(server.requests) // 3
    assert 0 < seen.percentile(0.5) <= seen.percentile(0.99)


def test_a_connection_that_the_server_closes_is_not_used_again(scripted_server):
    server = scripted_server(lambda _: "last")
    seen = ask(never, server.port, CONTENT, 100, 0.2)
    assert seen.milliseconds.keys() <= {200}
    assert seen.count(200) == len(server.requests)


def test_a_request_on_a_new_connection_that_is_cut_off_is_seen(scripted_server):
    server = scripted_server(lambda _: "cut off")
    seen = ask(never, server.port, CONTENT, 100, 0.2)
    assert seen.milliseconds.keys() <= {CUT_OFF}
    assert seen.count(CUT_OFF) == len(server.requests)


def test_percentiles_are_of_one_status():
    seen = Seen({200: [4.0, 1.0, 3.0, 2.0], 429: [9.0]})
    assert (seen.percentile(0.5), seen.percentile(0.99), seen.percentile(0.5, 429)) == (3.0, 4.0, 9.0)
    assert np.isnan(seen.percentile(0.5, 503))
