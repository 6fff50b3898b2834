"""Ink: what of a picture is the digit, in the form that MNIST's digits have."""

import numpy as np
import pytest
from pictures import MNIST, SIDE, alike, content, draw, seen
from PIL import Image, ImageDraw

from model.document.document import Input
from model.preprocessing.mnist_frame import formed
from pipeline.data.formats.mnist import load_mnist
from service.images.image_files import decode


@pytest.fixture(scope="module")
def seven() -> np.ndarray:
    return seen(draw())


def test_it_is_light_on_dark_in_a_box_of_20_with_its_mass_in_the_pixel_14_14(seven):
    rows, columns = np.nonzero(seven > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    total = seven.sum()
    centre = (seven.sum(axis=1) @ np.arange(28) / total, seven.sum(axis=0) @ np.arange(28) / total)
    assert np.abs(np.array(centre) - 14).max() <= 0.51
    assert (seven.dtype, seven.min(), seven.max() > 0.9) == (np.float32, 0, True)


@pytest.mark.mnist
def test_digits_of_mnist_stay_as_they_are(mnist_folder):
    digits = load_mnist(mnist_folder).test.images[:100].reshape(-1, 28, 28) / 255
    pictures = [Image.fromarray((digit * 255).round().astype(np.uint8)) for digit in digits]
    rows = [seen(picture) for picture in pictures]
    kept = np.abs(rows - digits).sum(axis=(1, 2)) < 0.02 * digits.sum(axis=(1, 2))
    assert np.mean(kept) >= 0.9, "some have strokes so thin that they are widened"


def test_what_is_in_the_form_already_stays(digits):
    for image in digits.test.images[:50].reshape(-1, 28, 28):
        once = seen(Image.fromarray(image))
        again = seen(Image.fromarray((once * 255).round().astype(np.uint8)))
        assert alike(again, once) < 0.25


def test_another_size_is_in_proportion():
    row = decode([content(draw())], Input((56, 56)), "body").reshape(56, 56)
    rows, columns = np.nonzero(row > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (39, 40)


def test_noise_is_no_ink(seven, rng):
    noisy = np.asarray(draw(), float) - 30 + rng.normal(0, 6, (SIDE, SIDE))
    assert alike(seen(Image.fromarray(noisy.clip(0, 255).astype(np.uint8))), seven) < 0.3


@pytest.mark.parametrize("place", [(3, 3), (136, 3), (70, 4), (4, 70), (136, 136)])
def test_a_speck_apart_is_no_part_of_the_digit(seven, place):
    image = draw()
    x, y = place
    ImageDraw.Draw(image).ellipse((x - 2, y - 2, x + 2, y + 2), fill=0)
    assert alike(seen(image), seven) < 0.05


def test_specks_that_hide_each_other_are_none_either(seven):
    image = draw()
    for x, y in ((70, 3), (3, 3), (3, 70), (137, 3)):
        ImageDraw.Draw(image).ellipse((x - 2, y - 2, x + 2, y + 2), fill=0)
    assert alike(seen(image), seven) < 0.05


def test_a_stroke_apart_belongs_to_the_digit():
    whole = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(whole).rectangle((40, 20, 100, 30), fill=0)
    ImageDraw.Draw(whole).rectangle((40, 50, 50, 120), fill=0)
    row = seen(whole)
    assert row[:, 14:].sum() > 0.2 * row.sum(), "the upper stroke reaches to the right"


@pytest.mark.parametrize("pen", [1, 2, 3])
def test_the_strokes_of_a_thin_pen_are_as_wide_as_others(pen):
    row = seen(draw((300, 300), (60, 40), 2, pen / 2))
    assert row.max() > 0.8
    assert (row > 0.4).any(axis=1).sum() >= 19, "every row that the digit takes is inked"


def test_wide_strokes_stay_as_wide(seven):
    wide = seen(draw(pen=24))
    assert wide.sum() > 1.4 * seven.sum()


@pytest.mark.parametrize("size", [(500, 500), (8000, 500), (3, 8000)])
def test_ink_that_all_but_vanishes_is_none_or_little(size):
    picture = Image.new("L", size)
    picture.putpixel((0, 0), 255)
    picture.putpixel((size[0] - 1, size[1] - 1), 255)
    image = formed(picture, MNIST.shape)
    assert image is None or (np.isfinite(image).all() and image.any())
