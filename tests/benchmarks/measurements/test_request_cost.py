"""Cost: parts are differences within a sample, and add up to the whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.datasets.published_networks import published
from benchmarks.measurements.request_cost import _measured, lines, minus, plus

ROOT = Path(__file__).parents[3]
MEASURED = {
    "environ": [1.0, 2.0],
    "decode": [30.0, 30.0],
    "forward": [50.0, 50.0],
    "predict": [70.0, 72.0],
    "encode": [5.0, 5.0],
    "counts of log": [4.0, 4.0],
    "other counts": [2.0, 2.0],
    "log and its counts": [7.0, 8.0],
    "admission and log": [20.0, 21.0],
    "express": [151.0, 152.0],
    "flask": [301.0, 302.0],
    "bare flask": [61.0, 62.0],
}


def test_differences_and_sums_are_those_of_each_sample():
    assert minus([3.0, 5.0], [1.0, 2.0]) == [2.0, 3.0]
    assert plus([3.0, 5.0], [1.0, 2.0]) == [4.0, 7.0]
    with pytest.raises(ValueError, match="shorter"):
        minus([1.0, 2.0], [1.0])


def test_the_parts_add_up_to_the_whole():
    figures = {what: float(figure.split()[0]) for what, figure, _ in lines(MEASURED)}
    *parts, express, _flask, _bare = figures.values()
    assert sum(parts) == pytest.approx(express)
    assert (figures["log line"], figures["metrics"], figures["admission"]) == (3.5, 6.0, 11.5)


def test_shares_are_of_the_express_lane():
    shares = {what: share for what, _, share in lines(MEASURED)}
    assert shares["**all of a call, through the express lane**"] == "100%"
    assert shares["all of a call, through Flask"] == "200%"


def test_every_part_of_the_service_is_timed(tmp_path):
    registry = tmp_path / "registry"
    registry.mkdir()
    published((784, 5, 10), registry)
    body = tmp_path / "body"
    body.write_bytes(b'{"instances": [[' + b", ".join([b"0"] * 784) + b"]]}")
    measured = _measured(registry, body, 0)
    assert measured.keys() == MEASURED.keys()


def test_benchmarks_do_not_import_the_service_which_bounds_the_threads_of_blas():
    code = (
        "import sys, benchmarks.__main__; print([name for name in sys.modules if name.startswith('service')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
