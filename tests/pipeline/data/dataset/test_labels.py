import numpy as np
import pytest

from pipeline.data.dataset.labels import LabelError, classes_of, names_of, numbers_of


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.uint8([7, 0]), ["7", "0"]),
        (np.int64([[7], [-1]]), ["7", "-1"]),
        (np.array(["cat", "a dog"]), ["cat", "a dog"]),
        (np.float32([5, -1]), ["5", "-1"]),
        (np.uint8([[0, 1, 0], [0, 0, 1]]), ["1", "2"]),
        (np.float64([[0, 1], [1, 0]]), ["1", "0"]),
        (np.array([[True, False], [False, True]]), ["0", "1"]),
    ],
    ids=["numbers", "column", "text", "whole", "one-hot", "one-hot-floats", "one-hot-bools"],
)
def test_labels_are_whole_numbers_or_text_or_one_hot(labels, names):
    assert names_of(labels, 2, "y") == names


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.uint8([1, 2, 3]), r"y: expected 2 labels, got dimensions \(3,\)"),
        (np.ones((2, 2), int), r"y: expected 2 labels, got dimensions \(2, 2\)"),
        (np.zeros((2, 2), int), r"y: expected 2 labels, got dimensions \(2, 2\)"),
        (np.eye(3), r"y: expected 2 labels, got dimensions \(3,\)"),
        (np.float32([1, 2.5]), "y: expected whole numbers or text as labels, got float32 such as 2.5"),
        (np.float64([1, np.nan]), "y: expected whole numbers or text as labels, got float64 such as nan"),
        (np.float64([np.inf, 1]), "y: expected whole numbers or text as labels, got float64 such as inf"),
        (np.array([b"1", b"2"]), "y: expected whole numbers or text as labels, got |S1"),
    ],
    ids=["more", "two-hot", "none-hot", "more-one-hot", "fractions", "nan", "infinite", "bytes"],
)
def test_other_arrays_are_a_sentence(labels, sentence):
    with pytest.raises(LabelError, match=sentence):
        names_of(labels, 2, "y")


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["10", "9", "-1", "9"], ("-1", "9", "10")),
        (["10", "9", "x"], ("10", "9", "x")),
        (["Setosa", "virginica", "versicolor"], ("Setosa", "versicolor", "virginica")),
        (["05", "5"], ("05", "5")),
    ],
    ids=["numbers", "mixed", "text", "the-same-number"],
)
def test_classes_are_in_the_order_of_numbers_or_of_the_alphabet(names, classes):
    assert classes_of(names, 1, "y") == classes_of(reversed(names), 1, "y") == classes


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "y: expected 2 to 256 classes, got 0"),
        (["a"] * 9, "y: expected 2 to 256 classes, got 1"),
        (map(str, range(257)), "y: expected 2 to 256 classes, got 257"),
        ("aab", "y: expected 2 or more examples of each class, got 1 of b"),
        (["a", "\ud800"] * 2, r"y: expected labels of Unicode characters, got '\\ud800'"),
    ],
    ids=["none", "one", "many", "rare", "half-a-character"],
)
def test_classes_that_cannot_be_told_apart_are_a_sentence(names, sentence):
    with pytest.raises(LabelError, match=sentence):
        classes_of(names, 2, "y")


def test_labels_are_numbered_by_their_classes():
    numbers = numbers_of(["b", "a", "b"], ("a", "b"), "y")
    assert (numbers.tolist(), numbers.dtype) == ([1, 0, 1], np.uint8)


def test_a_label_that_is_no_class_is_a_sentence():
    with pytest.raises(LabelError, match="y: expected the labels a, b, got c"):
        numbers_of(["d", "b", "c"], ("a", "b"), "y")
