"""Bars: the median of the rounds decides, and what was not measured is not reached."""

import pytest

from benchmarks.documents.targets import Bar, bar_table

NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("values", "reached"),
    [
        ([0.5, 1.0, 9.0], True),
        ([0.9, 0.9, 9.0], False),
        ([2.1], False),
        ([], False),
        ([1.0, NAN, 1.0], False),
    ],
)
def test_the_median_decides(values, reached):
    assert Bar("near one", values, least=1, most=2).reached is reached


def test_a_bound_may_be_on_one_side_alone():
    assert Bar("fast", [INFINITE], least=1).reached
    assert Bar("soon", [-1.0], most=1).reached
    assert not Bar("soon", [INFINITE], most=1).reached


def test_the_table_has_the_spread_and_the_note():
    table = bar_table([Bar("a", [1.0, 3.0, 2.0], least=2, note="of b"), Bar("c", [], most=1)])
    assert table.splitlines()[2:] == [
        "| a | 2.00 (1.00 to 3.00), of b | yes |",
        "| c | not measured | no |",
    ]
