import numpy as np
import pytest

from pipeline.augmentation.normalisation import INK, View

UPRIGHT = View(upright=True)


@pytest.fixture
def ink(digits):
    """Three hundred real digits, more than one block of them."""
    return digits.learning.images[digits.learning.rows[:300]].reshape(-1, 28, 28)


def extents(images, least=INK):
    """First and last column of each image that has as much ink."""
    columns = (images >= least).any(axis=1)
    return columns.argmax(axis=1), 27 - columns[:, ::-1].argmax(axis=1)


def slants(images):
    """Columns per row that the ink leans."""
    ink = images.astype(float)
    mass = ink.sum(axis=(1, 2), keepdims=True)
    rows, columns = np.mgrid[:28, :28]
    off_y = rows - (ink * rows).sum(axis=(1, 2), keepdims=True) / mass
    off_x = columns - (ink * columns).sum(axis=(1, 2), keepdims=True) / mass
    return (ink * off_x * off_y).sum(axis=(1, 2)) / (ink * off_y**2).sum(axis=(1, 2))


def bar(first, last):
    """An upright bar from one column to another."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, 5:23, first : last + 1] = 255
    return image


def test_a_plain_view_is_the_image(ink):
    assert View().of(ink) is ink


@pytest.mark.parametrize("columns", [10, 12, 16, 20])
@pytest.mark.parametrize("upright", [False, True])
def test_ink_is_brought_to_the_width_and_to_the_middle(ink, columns, upright):
    first, last = extents(View(columns / 28, upright).of(ink))
    wide = last - first + 1
    assert np.abs(wide - columns)[wide > 8].mean() < 1.5
    assert np.abs((first + last) / 2 - 13.5).mean() < 1


@pytest.mark.parametrize(
    ("first", "last", "width", "expected"), [(4, 23, 10, 10), (8, 15, 16, 16), (2, 3, 20, 4)]
)
def test_a_bar_is_squeezed_or_stretched_to_twice_its_width_at_most(first, last, width, expected):
    seen = View(width / 28).of(bar(first, last))
    left, right = extents(seen, 128)
    assert right - left + 1 == pytest.approx(expected, abs=1)
    assert (left + right) / 2 == pytest.approx(13.5, abs=0.5)
    assert (seen.any(axis=2) == bar(first, last).any(axis=2)).all(), "rows stay rows"


def test_an_upright_view_takes_the_slant_away(ink):
    before, after = slants(ink), slants(UPRIGHT.of(ink))
    assert np.abs(before).mean() > 0.08
    assert np.abs(after).mean() < 0.01


def test_an_upright_view_keeps_the_ink_and_its_middle(ink):
    seen = UPRIGHT.of(ink)
    columns = np.arange(28)
    before, after = (images.sum(axis=1) @ columns / images.sum(axis=(1, 2)) for images in (ink, seen))
    np.testing.assert_allclose(after, before, atol=0.5)
    assert seen.mean() == pytest.approx(ink.mean(), rel=0.02)


@pytest.mark.parametrize("view", [View(0.43), UPRIGHT, View(0.57, upright=True)])
@pytest.mark.parametrize("pixel", [0, 1, INK - 1, INK, 255])
def test_an_image_without_a_shape_is_no_fault(view, pixel):
    images = np.full((2, 28, 28), pixel, np.uint8)
    seen = view.of(images)
    assert seen.shape == images.shape
    assert seen.max(initial=0) <= pixel
    assert seen.any() == (pixel > 0)


def test_each_image_is_seen_alone(ink):
    view = View(0.5, upright=True)
    assert (view.of(ink)[7] == view.of(ink[7:8])[0]).all()


def test_images_need_not_be_square():
    assert View(0.4, upright=True).of(np.full((3, 5, 9), 100, np.uint8)).shape == (3, 5, 9)


def test_a_width_is_a_share_of_the_image_s():
    small, large = (View(0.5).of(np.full((1, side, side), 200, np.uint8)) for side in (8, 64))
    assert [(image.max(axis=1) >= 128).sum() for image in (small, large)] == [4, 32]
