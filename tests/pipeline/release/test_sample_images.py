from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.document.document import Input
from pipeline.release.sample_images import MOST_MISTAKES, OF_EACH_CLASS, mistakes, samples
from pipeline.training.evaluate import Evaluation


def opened(image: str) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(b64decode(image))))


def answered(dataset, wrong: dict[int, float]) -> Evaluation:
    """All answers right, but some, each with its confidence."""
    predicted = dataset.test.true_classes().astype(int)
    confidence = np.full(len(predicted), 0.5)
    for place, sure in wrong.items():
        predicted[place] = (predicted[place] + 1) % 10
        confidence[place] = sure
    return Evaluation(None, predicted, confidence)


def test_samples_are_the_first_test_examples_of_each_class(digits):
    found = samples(digits)
    labels = digits.test.true_classes()
    assert [each["label"] for each in found] == [
        label for label in digits.classes for _ in range(OF_EACH_CLASS)
    ]
    for each in found:
        earlier = labels[: each["index"]] == labels[each["index"]]
        assert digits.classes[labels[each["index"]]] == each["label"]
        assert earlier.sum() < OF_EACH_CLASS


def test_an_image_is_the_example_s_own(digits):
    for each in samples(digits)[:3]:
        pixels = digits.test.images[digits.test.rows[each["index"]]]
        assert (opened(each["image"]) == pixels.reshape(28, 28)).all()


def test_images_of_floats_are_shown_as_bytes(digits):
    test = digits.test
    floats = replace(digits, test=replace(test, images=(test.images / 255).astype(np.float32)))
    assert samples(floats) == samples(digits)


def test_mistakes_are_told_the_most_confident_first(digits):
    found = mistakes(digits, answered(digits, {3: 0.7, 5: 0.99, 8: 0.7}))
    assert [(each["index"], each["confidence"]) for each in found] == [(5, 0.99), (3, 0.7), (8, 0.7)]
    labels = digits.test.true_classes()
    assert [each["true"] for each in found] == [digits.classes[labels[place]] for place in (5, 3, 8)]
    assert all(each["predicted"] == str((int(each["true"]) + 1) % 10) for each in found)
    assert opened(found[0]["image"]).shape == (28, 28)


@pytest.mark.parametrize(("wrong", "told"), [(0, 0), (1, 1), (MOST_MISTAKES, 24), (MOST_MISTAKES + 5, 24)])
def test_no_more_mistakes_are_told_than_people_look_at(digits, wrong, told):
    assert len(mistakes(digits, answered(digits, dict.fromkeys(range(wrong), 0.9)))) == told


def test_what_is_no_image_is_not_shown(digits):
    flat = replace(digits, input=Input((784,), preprocessing="none"))
    assert samples(flat) == []
    (mistake,) = mistakes(flat, answered(flat, {3: 0.7}))
    assert mistake.keys() == {"index", "true", "predicted", "confidence"}
