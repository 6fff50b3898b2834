"""Starts, overload, long work and stops: every bar is reached by just enough, and missed by less."""

import math
from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.contenders.numeral import GUNICORN, MAKE, MODULE, build_image
from benchmarks.documents.comparison import Standing
from benchmarks.loads.open_loop import Seen
from benchmarks.loads.steady_clients import Tally
from benchmarks.loads.wrk import Outcome
from benchmarks.measurements import beside_long_work, overload, starts, stops
from benchmarks.measurements.beside_long_work import ALONE, BODIES, EXPLANATIONS, LOADING, Beside
from benchmarks.measurements.overload import BURST, Round
from benchmarks.measurements.starts import FORM, Start
from benchmarks.measurements.stops import Stop


def missed(bars):
    return [index for index, bar in enumerate(bars) if not bar.reached]


def seen(milliseconds, accepted=100, refused=0):
    return Seen({200: [milliseconds] * accepted, 429: [50.0] * refused})


ENOUGH = Round(
    peak=200,
    usual=seen(10.0),
    timeout=60,
    too_much=seen(22.0, 700, 2300),
    probes=[1.0, 50.0],
    burst=[1.0] * BURST,
    alone=seen(10.0),
    beside=seen(12.0),
)


class TestOverload:
    def test_just_enough_is_enough(self):
        assert missed(overload.bars([ENOUGH.figures()])) == []

    @pytest.mark.parametrize(
        ("change", "index"),
        [
            ({"peak": 201}, 0),
            ({"usual": seen(9.9)}, 1),
            ({"probes": [51.0]}, 3),
            ({"probes": [1.0, math.inf]}, 3),
            ({"burst": [1.0] * (BURST - 1)}, 4),
            ({"burst": [1.1] * BURST}, 4),
            ({"alone": seen(9.9)}, 5),
        ],
    )
    def test_each_figure_has_its_bar(self, change, index):
        assert missed(overload.bars([replace(ENOUGH, **change).figures()])) == [index]

    def test_where_nothing_was_refused_nothing_is_said_of_refusals(self):
        assert missed(overload.bars([replace(ENOUGH, too_much=seen(22.0, 700)).figures()])) == [2]

    def test_requests_that_were_not_sent_count_as_asked(self):
        too_much = Seen({200: [1.0] * 10}, unsent=5)
        figures = replace(ENOUGH, too_much=too_much).figures()
        assert figures["asked at 3 times the peak, requests a second"] == 15 / overload.SECONDS


class TestStarts:
    def test_starts_are_as_fast_as_one_another(self):
        assert missed(starts.bars([Start(1000, [9, 7]), Start(750, [15, 1])])) == []

    def test_a_slow_start_and_an_idle_worker_are_no_bars_reached(self):
        assert missed(starts.bars([Start(1000, [9, 7]), Start(740, [16, 0])])) == [0, 1]

    def test_a_start_without_workers_is_no_bar_reached(self):
        assert missed(starts.bars([Start(1000, [])])) == [1]

    @pytest.mark.parametrize(("rate", "reached"), [(951, True), (1049, True), (949, False), (1051, False)])
    def test_ways_to_start_are_held_against_the_first_within_a_round(self, rate, reached):
        ways = [
            Standing(MODULE, 1, 1, 1, {FORM: {0: Outcome(1000, 1, 1), 1: Outcome(2000, 1, 1)}}),
            Standing(GUNICORN, 1, 1, 1, {FORM: {0: Outcome(rate, 1, 1), 1: Outcome(2 * rate, 1, 1)}}),
            Standing(MAKE, 1, 1, 1),
        ]
        (gunicorn, make) = starts.way_bars(ways)
        assert (gunicorn.reached, make.reached) == (reached, False)

    def test_where_there_is_no_docker_a_sentence_says_so(self, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert build_image() == "Docker is not installed, so the container was not measured."


class TestBeside:
    def rounds(self, **milliseconds):
        situations = (ALONE, BODIES, EXPLANATIONS, LOADING)
        return {each: [Beside(milliseconds.get(each.split()[0], [1.0] * 100), 1.0)] for each in situations}

    def test_one_late_answer_of_two_hundred_is_no_matter(self):
        assert missed(beside_long_work.bars(self.rounds(while_=[1.0]))) == []
        assert missed(beside_long_work.bars(self.rounds(beside=[1.0] * 199 + [900.0]))) == []

    def test_late_answers_beside_long_work_are(self):
        assert missed(beside_long_work.bars(self.rounds(beside=[1.0] * 97 + [26.0] * 3))) == [0, 1]
        assert missed(beside_long_work.bars(self.rounds(alone=[100.0] * 3))) == []


class TestStops:
    def stop(self, **changes):
        return replace(Stop(2.0, Tally(Counter({200: 9})), 64.0, 40), **changes)

    def test_just_enough_is_enough(self):
        assert missed(stops.bars([self.stop(), self.stop(seconds=9.0), self.stop()])) == []

    def test_one_lost_request_in_one_of_many_rounds_is_too_many(self):
        assert missed(stops.bars([self.stop(), self.stop(tally=Tally(lost=1)), self.stop()])) == [1]

    def test_a_late_end_and_memory_that_is_held_are_no_bars_reached(self):
        assert missed(stops.bars([self.stop(seconds=2.1, mebibytes=65.0)])) == [0, 2]

    def test_answers_that_are_no_200_are_shown(self):
        figures = self.stop(tally=Tally(Counter({200: 5, 503: 2}))).figures()
        assert (figures["requests answered"], figures["of these with another status than 200"]) == (7, 2)
