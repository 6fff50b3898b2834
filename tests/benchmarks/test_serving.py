"""The comparison of services: the same rows for all, and each told beside ours."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import noop, wrk
from benchmarks.contenders import CONTENDERS, Form
from benchmarks.serving import _standing, published
from benchmarks.wrk import Load, Outcome
from model.registry import Registry

ROWS = np.random.default_rng(0).integers(0, 256, (3, 784), np.uint8)


def numbers(value):
    """All numbers in what JSON has."""
    if isinstance(value, dict):
        value = [value["instances"] if "instances" in value else value["inputs"][0]["data"]]
    return [number for item in value for number in numbers(item)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_every_contender_is_asked_the_same(contender):
    load = contender.loads["JSON"](ROWS)
    assert load.rows == 3
    assert numbers(json.loads(load.body)) == (ROWS / 255).ravel().tolist()
    if "bytes" in contender.loads:
        assert contender.loads["bytes"](ROWS).body == ROWS.tobytes()


def test_the_ceiling_reads_and_answers_nothing():
    answer = noop.app().test_client().post("/predict", data=b"x" * 1000)
    assert (answer.status_code, answer.json) == (200, {})


def test_peers_serve_our_network(tmp_path):
    variables = published((784, 5, 10), tmp_path)
    network = Registry(tmp_path, "mnist").load(1)[0].network
    with np.load(variables["NETWORK"]) as arrays:
        assert [arrays[name].shape for name in ("W0", "b0", "W1", "b1")] == [
            (5, 784),
            (5, 1),
            (10, 5),
            (10, 1),
        ]
        assert np.array_equal(arrays["W1"], network.parameters.W[1])


def test_a_standing_is_told_in_our_rates():
    def service(name, *rates):
        outcomes = [Outcome(rate, 1.0, 3.0) for rate in rates]
        return SimpleNamespace(contender=SimpleNamespace(name=name), outcomes={form: outcomes})

    form = Form("JSON", 1, 16)
    lines = _standing([service("ours", 4000, 2000), service("peer", 1000, 1000)], form).splitlines()
    assert lines[-1] == "| peer | 1000 (1000 to 1000) | 0.38 (0.25 to 0.50) | 1.00 | 3.00 |"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (Form("JSON", 1, 1), "1 row, JSON, 1 connection"),
        (Form("bytes", 64, 16), "64 rows, bytes, 16 connections"),
    ],
)
def test_a_form_is_told_in_words(form, words):
    assert str(form) == words


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not here")
class TestWrk:
    def test_a_load_is_measured(self, publish_and_serve):
        outcome = wrk.run(publish_and_serve.url, self.load("/predict"), connections=2, seconds=1)
        assert outcome.rate > 1
        assert 0 < outcome.p50 <= outcome.p99

    def test_answers_that_are_refusals_do_not_count(self, publish_and_serve):
        with pytest.raises(SystemExit, match="expected nothing but answers of 200"):
            wrk.run(publish_and_serve.url, self.load("/nothing"), connections=2, seconds=1)

    @staticmethod
    def load(path):
        return Load(path, "application/octet-stream", ROWS.tobytes(), len(ROWS))

    @pytest.fixture
    def publish_and_serve(self, registry, make_document, serve, tmp_path):
        registry.publish(make_document(), "for a test")
        registry.point("champion", 1, "for a test")
        return serve(tmp_path / "registry")
