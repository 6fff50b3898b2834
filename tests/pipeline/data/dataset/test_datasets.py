import numpy as np
import pytest

from model.errors import NumeralError
from pipeline.data.dataset.datasets import DatasetError, Labelled, content_of, dataset_of, only
from pipeline.data.dataset.labels import LabelError


def labelled(labels, shape=(2, 3), dtype=np.uint8, where="x"):
    """Images of zeros with these labels."""
    return Labelled(where, np.zeros((len(labels), *shape), dtype), list(labels))


def test_two_parts_make_a_data_set_of_their_own_shape_and_classes():
    dataset = dataset_of("d", {"f": "00"}, labelled("bab"), labelled("ab"))
    assert (dataset.name, dataset.sha256, dataset.classes) == ("d", {"f": "00"}, ("a", "b"))
    assert dataset.learning.true_classes().tolist() == [1, 0, 1]
    assert dataset.test.true_classes().tolist() == [0, 1]
    assert dataset.learning.images.shape == (3, 6)
    assert (dataset.input.shape, dataset.input.preprocessing) == ((2, 3), "none")


def test_without_a_test_part_a_fifth_of_every_class_is_the_test_and_always_the_same():
    one, same = (dataset_of("d", {}, labelled("aaaaabbbbbbbbbb" * 2)) for _ in range(2))
    assert np.bincount(one.test.true_classes()).tolist() == [2, 4]
    assert np.bincount(one.learning.true_classes()).tolist() == [8, 16]
    assert (one.test.rows == same.test.rows).all()
    assert not set(one.test.rows) & set(one.learning.rows)


def test_the_smallest_data_set_without_a_test_part_has_two_of_two():
    dataset = dataset_of("d", {}, labelled("aabb"))
    assert dataset.learning.true_classes().tolist() == dataset.test.true_classes().tolist() == [0, 1]
    with pytest.raises(LabelError, match="2 or more examples of each class, got 1 of b"):
        dataset_of("d", {}, labelled("aab"))


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (
            labelled("ab", shape=(3, 2), where="t"),
            r"t: expected images \(2, 3\) of uint8 as in x, got \(3, 2\)",
        ),
        (labelled("ab", dtype=np.float32, where="t"), r"t: expected .* of uint8 as in x, got .* of float32"),
        (labelled("ac", where="t"), "t: expected the labels a, b, got c"),
    ],
    ids=["shape", "bytes-and-fractions", "class"],
)
def test_parts_that_do_not_fit_together_are_a_sentence(test, sentence):
    with pytest.raises(NumeralError, match=sentence):
        dataset_of("d", {}, labelled("aabb"), test)


def test_a_part_has_the_classes_that_were_asked_for_in_that_order(digits):
    part = only(digits, ("8", "5"))
    assert part.classes == ("8", "5")
    for whole, examples in ((digits.learning, part.learning), (digits.test, part.test)):
        labels = whole.labels[examples.rows]
        assert set(labels) == {5, 8}
        assert (examples.true_classes() == (labels == 5)).all()
        assert len(examples) == np.isin(whole.true_classes(), [5, 8]).sum()


def test_a_part_may_be_all_of_as_many_classes_as_there_can_be():
    labels = [str(label) for label in range(256)]
    whole = dataset_of("d", {}, labelled(labels), labelled(labels))
    assert only(whole, labels[::-1]).test.true_classes().tolist() == list(range(255, -1, -1))


@pytest.mark.parametrize("labels", [(), ("5",), ("5", "5"), ("5", "5", "8"), ("5", "x")])
def test_a_part_has_two_or_more_classes_that_there_are(digits, labels):
    with pytest.raises(DatasetError, match="classes: expected two or more of 0, 1"):
        only(digits, labels)


def test_a_part_has_something_to_be_tested_on():
    whole = dataset_of("d", {}, labelled("abc"), labelled("c"))
    with pytest.raises(DatasetError, match="expected test examples of a, b, got none"):
        only(whole, ("a", "b"))


def test_a_name_that_no_document_can_hold_is_a_sentence():
    with pytest.raises(DatasetError, match=r"data set: expected a file name in UTF-8, got 'csv:\\udcff.csv'"):
        dataset_of("csv:\udcff.csv", {}, labelled("aabb"))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("none", "none: expected a file, and there is none"),
        ("file/none", "file/none: expected a file, and there is none"),
        (".", "expected a file, got a folder"),
    ],
)
def test_what_is_no_file_is_a_sentence(tmp_path, name, sentence):
    (tmp_path / "file").write_bytes(b"!")
    assert content_of(tmp_path / "file") == b"!"
    with pytest.raises(DatasetError, match=sentence):
        content_of(tmp_path / name)
