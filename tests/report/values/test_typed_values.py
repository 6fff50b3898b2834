"""Facts: what is not of its type is missing, whatever it is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.values.typed_values import all_of, count, decimal, entries, mapping, number, percent, share, text

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(ANYTHING)
def test_whatever_comes_is_of_the_type_or_missing(value):
    for read, kind in ((number, float), (share, float), (count, int), (text, str)):
        assert read(value) is None or type(read(value)) is kind
    assert type(mapping(value)) is dict
    assert type(entries(value)) is list


@pytest.mark.parametrize("value", [True, "1", None, [1], math.nan, math.inf, -math.inf, 10**400, -1e200])
def test_no_number(value):
    assert number(value) is None


@given(st.floats(-1e100, 1e100) | st.integers(-(10**15), 10**15))
def test_a_number(value):
    assert number(value) == value


@pytest.mark.parametrize(("value", "expected"), [(0, 0.0), (1, 1.0), (0.5, 0.5), (1.01, None), (-0.01, None)])
def test_a_share_is_from_0_to_1(value, expected):
    assert share(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (7, 7), (-1, None), (1.0, None), (True, None)])
def test_a_count_is_whole_and_not_negative(value, expected):
    assert count(value) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_a_text_can_be_written(value):
    kept = text(value)
    kept.encode("utf-8")
    assert not any(ord(letter) < 32 and letter not in "\t\n\r" for letter in kept)


def test_a_text_ends():
    assert text("a" * 300) == "a" * 300
    assert text("a" * 301) == "a" * 299 + "…"


def test_all_of_them_or_none():
    assert all_of([1, 2], count) == [1, 2]
    assert all_of([1, "2"], count) is None
    assert all_of([], count) == []


def test_numbers_as_people_read_them():
    assert (percent(0.98765), percent(0.5, 0), percent(None)) == ("98.77\u00a0%", "50\u00a0%", "–")  # noqa: RUF001
    assert (decimal(0.123456), decimal(None)) == ("0.1235", "–")  # noqa: RUF001
