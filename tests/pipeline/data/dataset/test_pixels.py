import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays, boolean_dtypes, floating_dtypes, integer_dtypes

from pipeline.data.dataset.pixels import PixelError, check_images, pixels_of

FILES = arrays(
    integer_dtypes(endianness="?") | floating_dtypes(endianness="?") | boolean_dtypes(),
    array_shapes(min_dims=2, max_dims=2, max_side=4),
)


def place(row, column):
    return f"{row}, {column}"


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_whole_numbers_up_to_255_are_bytes_whatever_keeps_them(dtype):
    pixels = pixels_of(np.array([[0, 1], [2, 255]], dtype), place)
    assert (pixels.tolist(), pixels.dtype) == ([[0, 1], [2, 255]], np.uint8)


@pytest.mark.parametrize("numbers", [[[0.0, 0.25]], [[1.0, 0.5]], [[0, 1]], [[0, 0]], [[False, True]]])
def test_numbers_up_to_1_are_taken_as_they_are(numbers):
    pixels = pixels_of(np.array(numbers), place)
    assert (pixels.tolist(), pixels.dtype) == (numbers, np.float32)


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (
            [[0, 1], [2, 256]],
            "1, 1: expected numbers from 0 to 1, or whole .* got 256 where the greatest is 256",
        ),
        ([[0, -1]], "0, 1: .* got -1 where the greatest is 0"),
        ([[5.1, 3.5]], "0, 0: .* got 5.1 where"),
        ([[200, 0.5]], "0, 1: .* got 0.5 where the greatest is 200"),
        ([[0, np.nan]], "0, 1: .* got nan where the greatest is 0"),
        ([[np.nan, 200]], "0, 0: .* got nan where the greatest is 200"),
        ([[np.nan, np.nan]], "0, 0: .* got nan"),
        ([[0, np.inf]], "0, 1: .* got inf where the greatest is inf"),
        ([[0, -np.inf]], "0, 1: .* got -inf"),
    ],
    ids=str,
)
def test_other_numbers_are_a_sentence_that_says_where(numbers, sentence):
    with pytest.raises(PixelError, match=sentence):
        pixels_of(np.array(numbers), place)


@given(FILES)
def test_whatever_a_file_holds_becomes_pixels_of_the_same_values_or_an_error(numbers):
    try:
        pixels = pixels_of(numbers, place)
    except PixelError:
        return
    if pixels.dtype == np.uint8:
        assert (pixels == numbers).all()
    else:
        assert (np.abs(pixels - numbers) < 1e-7).all()
        assert 0 <= pixels.min() <= pixels.max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_images_have_any_number_of_dimensions(shape):
    check_images(np.zeros(shape), "x")


@pytest.mark.parametrize("shape", [(), (4,), (0, 4), (4, 0), (4, 0, 4)])
def test_images_have_numbers(shape):
    with pytest.raises(
        PixelError, match="x: expected the numbers of images, in two dimensions or more; got "
    ):
        check_images(np.zeros(shape), "x")


@pytest.mark.parametrize("dtype", [complex, "U3", "datetime64[s]", object])
def test_images_are_numbers(dtype):
    with pytest.raises(PixelError, match="x: expected the numbers of images"):
        check_images(np.zeros((2, 2), dtype), "x")
