import numpy as np
import pytest

from model.network.parameters import Parameters


def test_each_layer_has_its_shapes():
    parameters = Parameters((784, 30, 10))
    assert [W.shape for W in parameters.W] == [(30, 784), (10, 30)]
    assert [b.shape for b in parameters.b] == [(30, 1), (10, 1)]


def test_all_weights_lie_before_all_biases_layer_after_layer_and_in_row_order():
    parameters = Parameters((3, 2, 1))
    parameters.flat[:] = np.arange(11)
    assert [W.tolist() for W in parameters.W] == [[[0, 1, 2], [3, 4, 5]], [[6, 7]]]
    assert [b.tolist() for b in parameters.b] == [[[8], [9]], [[10]]]
    assert parameters.weights == 8


def test_a_vector_that_is_there_already_is_looked_at_and_not_copied():
    flat = np.arange(3.0)
    parameters = Parameters((2, 1), flat=flat)
    parameters.b[0][...] = 7
    assert flat.tolist() == [0, 1, 7]


def test_what_is_written_to_a_layer_stands_in_the_vector():
    parameters = Parameters((2, 1))
    parameters.W[0][...] = [[1, 2]]
    parameters.b[0] += 3
    assert parameters.flat.tolist() == [1, 2, 3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_the_one_asked_for(dtype):
    parameters = Parameters((2, 1), dtype)
    assert {array.dtype for array in (parameters.flat, *parameters.W, *parameters.b)} == {np.dtype(dtype)}


def test_the_default_is_float32():
    assert Parameters((2, 1)).flat.dtype == np.float32
