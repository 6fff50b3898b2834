from model.document.document import describe


def test_another_version_changes_nothing_else(make_small):
    document = make_small()
    other = document.with_version(7)
    assert (document.version, other.version) == (0, 7)
    assert describe(other) == describe(document) | {"version": 7}
    assert other.network is document.network


def test_a_description_has_everything_but_the_weights(make_small):
    description = describe(make_small())
    assert list(description) == [
        *("format", "format_version", "name", "version", "created_at", "network", "input", "classes"),
        *("training", "dataset", "metrics", "lineage"),
    ]
    assert description["network"] == {
        "sizes": (4, 12, 10),
        "activations": ["relu", "softmax"],
        "cost": "categorical_cross_entropy",
    }
