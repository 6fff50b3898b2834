"""The comparison of services: the same rows for all, ratios within a round, and what is to be reached."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.contenders import bare_flask, noop
from benchmarks.contenders.contender import Form
from benchmarks.contenders.controls import FORMER
from benchmarks.contenders.line_up import CONTENDERS
from benchmarks.contenders.numeral import NUMERAL
from benchmarks.contenders.peers import FASTAPI, MOSEC
from benchmarks.contenders.version_changes import Changes
from benchmarks.datasets.published_networks import published
from benchmarks.documents.comparison import Standing, rate_table, times
from benchmarks.loads import wrk
from benchmarks.loads.wrk import Load, Outcome
from benchmarks.measurements.serving import FORMS, NETWORKS, TIMES, bars
from model.registry.registry import Registry

ROWS = np.random.default_rng(0).integers(0, 256, (3, 784), np.uint8)
FORM = Form("JSON", 1, 16)
CHANGES = Changes(ready=[0.4, 0.6, 0.5], taken_up=[1.0, 1.0, 1.0])


def numbers(value):
    """All numbers in what JSON has."""
    if isinstance(value, dict):
        value = [value["instances"] if "instances" in value else value["inputs"][0]["data"]]
    return [number for item in value for number in numbers(item)] if isinstance(value, list) else [value]


def outcomes(*rates):
    return {turn: Outcome(rate, 1.0, 3.0) for turn, rate in enumerate(rates)}


def standings(ours=33_000.0, mebibytes=160):
    """Numeral is just as fast as it must be beside whoever is held against it, in every form and network."""
    least = {(form, contender): least for form, contender, least in TIMES}
    measured = [Standing(NUMERAL, 0.4, mebibytes, 0, {form: outcomes(ours, ours) for form in FORMS})]
    for contender in (FASTAPI, MOSEC, FORMER):
        rates = {form: 33_000 / least.get((form, contender), 1) for form in FORMS}
        measured.append(
            Standing(contender, 1, 1, 1, {form: outcomes(rate, rate) for form, rate in rates.items()})
        )
    return dict.fromkeys(NETWORKS, measured)


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_every_contender_is_asked_the_same(contender):
    load = contender.loads["JSON"](ROWS)
    assert load.rows == 3
    assert numbers(json.loads(load.body)) == (ROWS / 255).ravel().tolist()
    if "bytes" in contender.loads:
        assert contender.loads["bytes"](ROWS).body == ROWS.tobytes()


def test_numeral_sets_its_blas_threads_itself():
    assert NUMERAL.variables(1).keys() == {"NUMERAL_PORT", "NUMERAL_WORKERS"}
    assert all(other.variables(1)["OPENBLAS_NUM_THREADS"] == "1" for other in CONTENDERS[1:])


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


@pytest.mark.parametrize("kind", ["JSON", "bytes"])
def test_bare_flask_answers_as_the_network_does(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMERAL_REGISTRY", published((784, 5, 10), tmp_path)["NUMERAL_REGISTRY"])
    load = NUMERAL.loads[kind](ROWS)
    answer = bare_flask.app().test_client().post(load.path, data=load.body, content_type=load.content_type)
    network = Registry(tmp_path, "mnist").load(1)[0].network
    expected = network.forward(np.float32(ROWS / 255).T).T
    assert np.allclose(answer.json["probabilities"], expected, atol=1e-6)


def test_rates_are_compared_within_the_rounds_that_both_were_measured_in():
    assert times(outcomes(4, 6, 9), {0: Outcome(1, 1, 1), 2: Outcome(3, 1, 1)}) == [4, 3]
    assert times(outcomes(4), outcomes(0)) == [float("inf")]


def test_a_contender_is_described_in_our_rates():
    ours = Standing(NUMERAL, 1, 1, 1, {FORM: outcomes(4000, 2000)})
    peer = Standing(replace(NUMERAL, name="peer"), 1, 1, 1, {FORM: outcomes(1000, 1000)})
    silent = Standing(replace(NUMERAL, name="silent"), 1, 1, 1)
    lines = rate_table([ours, silent, peer], FORM).splitlines()
    assert lines[-1] == "| peer | 1000 (1000 to 1000) | 0.38 (0.25 to 0.50) | 1.00 | 3.00 |"
    assert not any("silent" in line for line in lines)


def test_every_bar_is_reached_where_the_figures_are_just_enough():
    assert [bar.what for bar in bars(standings(33_001), CHANGES) if not bar.reached] == []


def test_ratios_that_are_too_low_are_no_bar_reached():
    missed = [bar.what for bar in bars(standings(32_000), CHANGES) if not bar.reached]
    assert len(missed) == len(TIMES) * len(NETWORKS)


def test_a_long_tail_a_late_start_and_too_much_memory_are_no_bars_reached():
    measured = standings(33_001, mebibytes=161)
    ours, *_ = measured[NETWORKS[0]]
    ours.outcomes[Form("bytes", 64, 16)] = {0: Outcome(33_001, 1.0, 3.1), 1: Outcome(33_001, 1.0, 3.1)}
    changes = Changes(ready=[0.6], taken_up=[1.0])
    *_, tail_1, tail_64, tail_1000, ready, memory_1, memory_2 = bars(measured, changes)
    assert (tail_1.reached, tail_64.reached, tail_1000.reached) == (True, False, True)
    assert tail_64.note == "784-500-10, bytes"
    assert not any(bar.reached for bar in (ready, memory_1, memory_2))


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
