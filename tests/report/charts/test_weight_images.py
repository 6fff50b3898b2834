"""Sprites: each weight is a pixel whose colour tells its sign and whose opacity tells its size."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from report.charts.weight_images import ABOVE, BELOW, GAP, sprite


def pixels(images, limit, columns):
    source = sprite(np.float32(images), limit, columns)
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGBA"))


def test_colours_tell_the_sign_and_opacity_the_size():
    ((above, below, zero, half),) = pixels([[[2, -2, 0, 1]]], 2, 1)
    assert (tuple(above), tuple(below)) == ((*ABOVE, 255), (*BELOW, 255))
    assert zero[3] == 0
    assert int(half[3]) == pytest.approx(127, abs=9)


def test_weights_beyond_the_limit_have_the_full_colour():
    ((above, below),) = pixels([[[100, -100]]], 2, 1)
    assert (tuple(above), tuple(below)) == ((*ABOVE, 255), (*BELOW, 255))


def test_images_stand_side_by_side_with_clear_gaps():
    whole = pixels(np.ones((5, 3, 4)), 1, 2)
    assert whole.shape == (3 * 3 + 2 * GAP, 2 * 4 + GAP, 4)
    assert (whole[:, 4 : 4 + GAP, 3] == 0).all()
    assert (whole[-3:, :4, 3] == 255).all()
    assert (whole[-3:, 4:, 3] == 0).all()


def test_a_layer_of_zeros_is_clear():
    assert (pixels(np.zeros((1, 2, 2)), 0, 1)[..., 3] == 0).all()
