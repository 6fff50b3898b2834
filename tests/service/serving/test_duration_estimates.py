"""The workload: what kind of request takes how long, and what has a thread."""

import pytest

from service.serving import duration_estimates as room
from service.serving.duration_estimates import Workload, kind_of

JSON, BYTES = "application/json", "application/octet-stream"


def kind(method="POST", path="/predict", size=4000, **environ):
    return kind_of({"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_TYPE": JSON} | environ, size)


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(room, "perf_counter", lambda: now[0])
    return now


@pytest.mark.parametrize("path", ["/predict", "/predict/", "/predict/more"])
def test_requests_of_a_place_and_a_like_size_are_of_a_kind(path):
    assert kind(path=path, size=4000) == kind(size=3000)
    assert kind(path=path, size=4000) != kind(size=5000)


def test_what_asks_for_more_is_of_another_kind():
    assert kind(QUERY_STRING="version=9") != kind(QUERY_STRING="")
    assert kind(QUERY_STRING="version=9") == kind(QUERY_STRING="details=true")


def test_there_are_few_kinds_whatever_clients_ask_for():
    odd = {kind(path=f"/{index}", CONTENT_TYPE=f"text/{index}") for index in range(1000)}
    assert len(odd) == 1


@pytest.mark.parametrize(
    ("given", "type"),
    [
        (JSON, JSON), ("APPLICATION/JSON; charset=utf-8", JSON), (BYTES, BYTES), ("image/png", "image"),
        ("application/x-image", "image"),
        ("multipart/form-data; boundary=x", "multipart/form-data"), ("", "other"), ("garbage;;", "other"),
    ],
)  # fmt: skip
def test_a_type_may_be_said_in_other_words(given, type):  # noqa: A002
    assert kind(CONTENT_TYPE=given).type == type


@pytest.mark.parametrize(
    ("is_long", "changes"),
    [
        (False, {}),
        (False, {"size": 200_000}),
        (True, {"size": 600_000}),
        (True, {"size": 6_000_000}),
        (True, {"CONTENT_TYPE": "image/png", "size": 100}),
        (True, {"CONTENT_TYPE": "multipart/form-data; boundary=x"}),
        (True, {"HTTP_CONTENT_ENCODING": "gzip"}),
        (True, {"path": "/explain"}),
        (True, {"method": "GET", "path": "/docs"}),
        (True, {"method": "GET", "path": "/models/mnist/1"}),
        (True, {"method": "HEAD", "path": "/"}),
        (False, {"method": "GET", "path": "/healthz"}),
        (False, {"method": "GET", "path": "/metrics"}),
        (False, {"method": "GET", "path": "/v2/health/ready"}),
    ],
)
def test_what_was_never_seen_has_a_thread_where_it_may_take_long(is_long, changes):
    assert Workload().is_long(kind(**changes)) is is_long


def test_what_was_seen_to_be_quick_is_not_long_but_what_is_very_large_is():
    seen = Workload()
    for size in (600_000, 6_000_000):
        seen.learn(kind(size=size), 0.005, is_good=True)
    assert (seen.is_long(kind(size=600_000)), seen.is_long(kind(size=6_000_000))) == (False, True)


def test_what_was_seen_to_be_slow_is_long():
    seen = Workload()
    seen.learn(kind(), 0.03, is_good=True)
    assert seen.is_long(kind())


@pytest.mark.parametrize("size", [0, 1, 4000, 33_000_000])
def test_an_estimate_is_never_none(size):
    seen = Workload()
    assert seen.estimate(kind(size=size)) > 0
    assert seen.fresh_estimate(kind(size=size)) > 0


def test_what_is_unknown_is_expected_to_take_the_longer_the_larger_it_is():
    estimates = [Workload().estimate(kind(size=size)) for size in (1000, 100_000, 10_000_000)]
    assert estimates == sorted(set(estimates))


def test_an_estimate_follows_what_is_seen():
    seen = Workload()
    seen.learn(kind(), 0.010, is_good=True)
    assert seen.estimate(kind()) == pytest.approx(0.010)
    for _ in range(30):
        seen.learn(kind(), 0.002, is_good=True)
    assert seen.estimate(kind()) == pytest.approx(0.002, rel=0.01)


def test_errors_that_are_found_early_make_nothing_look_quicker():
    seen = Workload()
    seen.learn(kind(), 0.010, is_good=True)
    seen.learn(kind(), 0.0001, is_good=False)
    assert seen.estimate(kind()) == pytest.approx(0.010)
    seen.learn(kind(), 0.110, is_good=False)
    assert seen.estimate(kind()) == pytest.approx(0.030), "those that take long are work, too"


def test_what_was_slow_once_is_not_refused_for_ever(clock):
    seen = Workload()
    seen.learn(kind(), 2.0, is_good=True)
    assert seen.fresh_estimate(kind()) == pytest.approx(2.0)
    clock[0] += 1.5
    assert seen.fresh_estimate(kind()) < 0.01
