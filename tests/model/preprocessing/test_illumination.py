"""Paper: a photo in uneven light is read as one in even light."""

import numpy as np
import pytest
from pictures import SIDE, alike, draw, seen
from PIL import Image, ImageChops

from model.preprocessing.illumination import evened, is_even
from model.preprocessing.mnist_frame import formed

ACROSS = np.linspace(0, 1, 2 * SIDE)


@pytest.fixture(scope="module")
def seven() -> np.ndarray:
    return formed(evened(written()), (28, 28))


def written() -> Image.Image:
    """A seven on paper."""
    return draw((2 * SIDE, 2 * SIDE), (90, 70), 1.3, 9).point(lambda shade: 40 + round(shade * 0.75))


def lit(light: np.ndarray, rng=None, grain=0.0) -> Image.Image:
    """A photo of it where so much of the light falls."""
    shades = np.asarray(written(), float) * light
    if rng is not None:
        shades += rng.normal(0, grain, shades.shape)
    return Image.fromarray(shades.clip(0, 255).astype(np.uint8))


def shadow(slope: float, at: float, soft: float) -> np.ndarray:
    """Light that halves beyond a line across."""
    distance = ACROSS + slope * ACROSS[:, None] - at * (1 + slope)
    return 1 - 0.5 * (distance / soft + 0.5).clip(0, 1)


LIGHTS = {
    "from a side": 1 - 0.6 * np.broadcast_to(ACROSS, (2 * SIDE, 2 * SIDE)),
    "from above": 1 - 0.6 * np.broadcast_to(ACROSS[:, None], (2 * SIDE, 2 * SIDE)),
    "a shadow's edge beside the digit": shadow(0, 0.1, 0.02),
    "a shadow's edge across the digit": shadow(0.5, 0.5, 0.02),
    "a sharp shadow": shadow(0.5, 0.5, 0.005),
    "a soft shadow": shadow(2, 0.4, 0.2),
    "a shadow in a corner": shadow(1, 0.8, 0.05),
    "a shadow and a lamp": shadow(1, 0.6, 0.02) * (1 - 0.4 * ACROSS[:, None]),
}


@pytest.mark.parametrize("light", LIGHTS)
def test_uneven_light_makes_no_difference(seven, light):
    assert alike(seen(lit(LIGHTS[light])), seven) < 0.2


@pytest.mark.parametrize("light", LIGHTS)
def test_nor_does_it_in_a_grainy_photo(seven, light, rng):
    photo = lit(LIGHTS[light], rng, grain=4)
    assert alike(seen(photo, "JPEG", quality=70), seven) < 0.35


@pytest.mark.parametrize("light", LIGHTS)
def test_chalk_on_a_blackboard_is_read_too(seven, light):
    board = ImageChops.invert(lit(LIGHTS[light]))
    assert alike(seen(board), seven) < 0.2


def test_an_evened_photo_shows_what_the_paper_does(seven):
    assert alike(seven, seen(written())) < 0.4


def test_without_it_the_light_is_told_from_ink():
    assert is_even(written())
    assert not is_even(lit(LIGHTS["from a side"]))


def test_an_evened_photo_is_dark_on_light_and_even():
    even = evened(ImageChops.invert(lit(LIGHTS["a shadow and a lamp"])))
    assert is_even(even)
    assert np.median(np.asarray(even)) > 200


@pytest.mark.parametrize("size", [(1, 2), (2, 1), (2, 2), (5, 3), (8192, 1), (3, 4000)])
def test_a_picture_may_be_of_any_size(size, rng):
    width, height = size
    even = evened(Image.fromarray(rng.integers(0, 256, (height, width), np.uint8)))
    assert even.width <= width
    assert even.height <= height
