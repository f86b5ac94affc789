"""Products of matrices against those of numpy."""

import numpy as np
import pytest

from skrnn._kernels import product


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_product_of_rows_is_that_of_numpy(dtype):
    rng = np.random.default_rng(0)
    tolerance = 1e-5 if dtype == np.float32 else 1e-13
    for n_rows in (1, 2, 8, 9, 27):
        for n_columns in (1, 16, 40, 70):
            width = product.padded_width(n_columns, np.dtype(dtype).itemsize)
            left = rng.normal(size=(n_rows, 22)).astype(dtype)[:, ::2]
            right = rng.normal(size=(11, width)).astype(dtype)
            begun = rng.normal(size=(n_rows, width)).astype(dtype)
            out, interpreted = begun.copy(), begun.copy()
            for add in (True, False):
                product.multiply(left, right, out, add)
                expected = left @ right + add * begun
                np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance)
                product.multiply.py_func(left, right, interpreted, add)
                np.testing.assert_allclose(interpreted, out, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("itemsize", [4, 8])
def test_a_padded_width_has_room_in_whole_vectors_and_is_not_crowded(itemsize):
    for n_columns in range(1, 1200):
        width = product.padded_width(n_columns, itemsize)
        assert width >= n_columns and width * itemsize % 32 == 0
        assert width * itemsize % 2048
