"""Metrics are of the whole service, whichever worker answers and whatever becomes of the others."""

import os
import signal

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from server import wait_for

WORKERS, REQUESTS = 2, 60


@pytest.fixture
def server(serve, publish, tmp_path):
    publish()
    server = serve(tmp_path / "registry", workers=WORKERS)
    wait_for(lambda: len(pids(server)) == WORKERS)
    return server


def test_a_worker_maps_nothing_that_a_full_disk_would_have_no_room_for(serve, publish, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    publish()
    server = serve(tmp_path / "registry", workers=WORKERS)
    wait_for(lambda: len(pids(server)) == WORKERS)
    files = list(tmp_path.glob("numeral-metrics-*/*.db"))
    assert len(files) >= 2 * WORKERS
    assert all(file.stat().st_blocks * 512 >= file.stat().st_size for file in files)


def samples(server, name: str) -> list:
    text = requests.get(server.url + "/metrics", timeout=60).text
    return [
        sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    ]


def pids(server) -> set[int]:
    """The workers that say which version they serve."""
    return {int(sample.labels["pid"]) for sample in samples(server, "numeral_served_version")}


def answered(server) -> float:
    return sum(
        sample.value
        for sample in samples(server, "numeral_requests_total")
        if (sample.labels["route"], sample.labels["code"]) == ("/model", "200")
    )


def ask(server, times: int) -> None:
    for _ in range(times):
        assert requests.get(server.url + "/model", timeout=60).ok  # each on a connection of its own


def test_a_total_is_of_all_workers(server):
    ask(server, REQUESTS)
    wait_for(lambda: answered(server) == REQUESTS)  # a worker's counts are a moment late for the others
    assert [answered(server) for _ in range(10)] == [REQUESTS] * 10


def test_a_killed_worker_is_replaced_and_leaves_its_counts_alone(server):
    ask(server, REQUESTS)
    wait_for(lambda: answered(server) == REQUESTS)  # what a killed worker has not written yet is lost
    before = pids(server)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in pids(server) and len(pids(server)) == WORKERS)
    ask(server, REQUESTS)
    wait_for(lambda: answered(server) == 2 * REQUESTS)
    assert before & pids(server) == before - {killed}


def test_new_workers_go_on_counting_where_the_old_ones_ended(server):
    ask(server, REQUESTS)
    before = pids(server)
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(pids(server)) == WORKERS and not pids(server) & before)
    ask(server, REQUESTS)
    wait_for(lambda: answered(server) == 2 * REQUESTS)
