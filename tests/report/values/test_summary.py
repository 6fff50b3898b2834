"""The summary: a version in a few facts."""

import pytest

from report.values.summary import moment, summary


def test_it_has_the_facts(told):
    assert dict(summary(told).facts) == {
        "Data set": "mnist",
        "Examples": "100 train, 30 test",
        "Published": "2 January 2026, 03:04 UTC",
        "Recipe": "quick",
        "Units": "16 – 5 – 3",  # noqa: RUF001
        "Trained in": "12.4 s",
    }


def test_what_is_missing_is_unknown_or_left_out(make_told):
    facts = dict(summary(make_told(training={}, dataset={}, created_at="yesterday")).facts)
    assert (facts["Data set"], facts["Recipe"], facts["Published"]) == ("unknown", "unknown", "yesterday")
    assert facts.keys().isdisjoint({"Examples", "Trained in"})


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.04, "0.0 s"), (119, "119.0 s"), (214.3, "4 min"), (9000, "2.5 h")]
)
def test_a_duration_is_in_the_unit_that_fits(make_told, seconds, shown):
    assert dict(summary(make_told(training__seconds=seconds)).facts)["Trained in"] == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-11-23T00:27:29.040Z", "23 November 2026, 00:27 UTC"),
        ("2026-11-23T01:27:29+02:00", "22 November 2026, 23:27 UTC"),
        ("0001-01-01T00:00:00+23:00", "0001-01-01T00:00:00+23:00"),
        ("soon", "soon"),
        (7, None),
    ],
)
def test_a_moment_is_in_utc(written, shown):
    assert moment(written) == shown


def test_a_class_of_which_nothing_is_recognised_is_told_at_the_top(told, make_told):
    assert summary(told).notices == ()
    metrics = {"metrics__confusion": [[8, 2, 0], [10, 0, 0], [0, 0, 0]], "metrics__balanced_accuracy": 0.4}
    found = summary(make_told(**metrics))
    assert found.notices == ("It recognises no test example of yes.",)
    assert dict(found.facts)["Balanced accuracy"] == "40.00\u00a0%"


def test_of_many_classes_of_which_nothing_is_recognised_some_are_named(make_document):
    confusion = [[0] * 39 + [1] for _ in range(40)]
    document = make_document(classes=tuple(map(str, range(40))), metrics={"confusion": confusion})
    (notice,) = summary(document).notices
    assert notice.endswith(", 29 and 9 more.")
