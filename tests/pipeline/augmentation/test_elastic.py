import dataclasses

import numpy as np
import pytest

from pipeline.augmentation.elastic import Deformation, deform

NONE = Deformation((0, 0), (4, 6), 0, 0, 0, 0)
STEADY = np.ones(64, np.float32)


def only(**bounds):
    return dataclasses.replace(NONE, **bounds)


def bent(image, deformation, count=64, strength=1.0, seed=0):
    images = np.repeat(image[None], count, axis=0)
    rng = np.random.default_rng(seed)
    return deform(images, STEADY[:count], deformation, strength, rng).astype(float)


@pytest.fixture
def dot():
    """A soft dot off the middle of 28 x 28, at row 14 and column 20."""
    rows, columns = np.mgrid[:28, :28]
    return np.round(250 * np.exp(-((rows - 14) ** 2 + (columns - 20) ** 2) / 8)).astype(np.uint8)


@pytest.fixture
def ink(digits):
    """Sixty-four real digits."""
    return digits.learning.images[digits.learning.rows[:64]].reshape(-1, 28, 28)


def centres(images):
    """Rows and columns (m, 2) of the centre of each image's ink."""
    mass = images.sum(axis=(1, 2))
    rows, columns = (images.sum(axis=axis) @ np.arange(28) / mass for axis in (2, 1))
    return np.stack([rows, columns], axis=1)


@pytest.mark.parametrize("deformation", [NONE, Deformation()], ids=["no bounds", "no strength"])
def test_without_bounds_or_strength_nothing_changes(deformation, ink):
    strength = 1.0 if deformation is NONE else 0.0
    assert (deform(ink, STEADY, deformation, strength, np.random.default_rng(0)) == ink).all()


def test_a_shift_moves_the_ink_by_as_much_at_most_along_either_axis(dot):
    moved = centres(bent(dot, only(shift=2.0))) - (14, 20)
    assert np.abs(moved).max() <= 2.05
    assert (np.ptp(moved, axis=0) > 2).all(), "to all sides"


def test_a_rotation_turns_the_ink_around_the_middle(dot):
    """The dot is 6.5 pixels right of the middle and half a pixel below: it stays at that distance."""
    away = centres(bent(dot, only(rotation=90.0))) - 13.5
    np.testing.assert_allclose(np.hypot(*away.T), np.hypot(0.5, 6.5), atol=0.1)
    assert np.ptp(away[:, 0]) > 8


def test_a_steady_class_turns_half_as_far(dot):
    images = np.repeat(dot[None], 64, axis=0)
    turned = [
        centres(deform(images, steadiness, only(rotation=40.0), 1.0, np.random.default_rng(0)).astype(float))
        for steadiness in (STEADY, STEADY / 2)
    ]
    angles = [np.arctan2(*(centre - 13.5).T) - np.arctan2(0.5, 6.5) for centre in turned]
    np.testing.assert_allclose(angles[1], angles[0] / 2, atol=0.02)


def test_a_scale_moves_the_ink_from_the_middle_or_to_it(dot):
    away = (centres(bent(dot, only(scale=0.2)))[:, 1] - 13.5) / 6.5
    assert away.min() == pytest.approx(1 / 1.2, abs=0.03)
    assert away.max() == pytest.approx(1 / 0.8, abs=0.03)


def test_a_shear_slants_an_upright_stroke():
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 13:15] = 255
    images = bent(stroke, only(shear=15.0))
    tops, bottoms = (images[:, rows].sum(axis=1) @ np.arange(28) for rows in (slice(5, 7), slice(21, 23)))
    slants = (tops / images[:, 5:7].sum(axis=(1, 2)) - bottoms / images[:, 21:23].sum(axis=(1, 2))) / 16
    assert 0.2 < np.abs(slants).max() <= np.tan(np.radians(15)) + 0.01
    assert slants.min() < 0 < slants.max()


def test_thinning_takes_shade_from_what_is_not_full_and_leaves_the_middle_of_a_stroke(dot):
    full = (dot * (255 / dot.max())).astype(np.uint8)
    widths = (bent(full, only(thinning=0.5), count=64) > 0).any(axis=1).sum(axis=1)
    assert (full > 0).any(axis=0).sum() >= widths.max() > widths.min()
    assert (bent(full, only(thinning=0.5)).max(axis=(1, 2)) == 255).all()
    assert (bent(full, only(thinning=0.5)) <= full).all()
    assert (bent(full, only(thinning=0.5), strength=0) == full).all()


def test_an_elastic_displacement_is_as_large_as_drawn_and_smooth():
    """Measured on ramps, whose pixels tell where they came from."""
    ramp = np.repeat(np.arange(28, dtype=np.uint8)[:, None] * 9, 28, axis=1)
    size = 1.5
    moved = (bent(ramp, only(displacement=(size, size))) - ramp)[:, 4:-4, 4:-4] / 9
    assert np.sqrt((moved**2).mean()) == pytest.approx(size, rel=0.15)
    assert np.abs(np.diff(moved, axis=2)).mean() < size / 4


def test_ink_stays_what_it_is_on_the_whole(ink):
    images = deform(ink, STEADY, Deformation(), 1.0, np.random.default_rng(0))
    assert images.dtype == np.uint8
    assert images.shape == ink.shape
    assert images.max() <= ink.max()
    assert images.mean() == pytest.approx(ink.mean(), rel=0.15)
    assert (np.abs(images.astype(int) - ink).mean(axis=(1, 2)) > 1).all(), "every one is bent"


def test_each_image_is_bent_in_its_own_way_and_the_seed_decides_how(dot):
    one, same, other = (bent(dot, Deformation(), count=2, seed=seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    assert (one[0] != one[1]).any()


def test_images_need_not_be_square_nor_of_that_size():
    images = np.full((3, 5, 9), 100, np.uint8)
    assert deform(images, STEADY[:3], Deformation(), 1.0, np.random.default_rng(0)).shape == (3, 5, 9)


@pytest.mark.parametrize(("epoch", "strength"), [(1, 1.0), (93, 1.0), (97, 3 / 7), (99, 1 / 7), (100, 0.0)])
def test_deformation_fades_over_the_last_epochs(epoch, strength):
    assert Deformation(fade=0.07).strength(epoch, 100) == pytest.approx(strength)
