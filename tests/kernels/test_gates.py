"""The activations of the gates, and how they are compiled."""

import re

import numba
import numpy as np
import pytest

from skrnn._kernels import gates, gru, lstm, product, rnn


def test_the_activations_are_those_of_their_definitions():
    x = np.concatenate([np.linspace(-12, 12, 4001), [0.0, 1e-8, -1e-30, 60.0, -1e30]])
    for dtype, tolerance in ((np.float32, 5e-7), (np.float64, 1e-15)):
        values = x.astype(dtype)
        of_tanh = np.array([gates.tanh(value) for value in values])
        of_sigmoid = np.array([gates.sigmoid(value) for value in values])
        np.testing.assert_allclose(of_tanh, np.tanh(values.astype(float)), rtol=tolerance)
        expected = 0.5 * np.tanh(0.5 * values.astype(float)) + 0.5
        np.testing.assert_allclose(of_sigmoid, expected, atol=tolerance)
        # beyond that 1 - tanh ** 2 would be negative, and a gate would leave its range.
        assert np.abs(of_tanh).max() <= 1 and of_sigmoid.min() >= 0 and of_sigmoid.max() <= 1
        assert of_tanh.dtype == dtype == of_sigmoid.dtype


@pytest.mark.slow
@pytest.mark.skipif(product._VECTOR_BYTES != 64, reason="the processor has no AVX-512")
@pytest.mark.parametrize("step", [gru.gru_step, lstm.lstm_step, rnn.rnn_step])
def test_activations_are_computed_in_whole_registers(step):
    compiled = numba.njit(**product._OPTIONS)(step.py_func)
    n_vectors = step.py_func.__code__.co_argcount
    compiled(*np.zeros((n_vectors, 64), np.float32))
    (code,) = compiled.inspect_asm().values()
    assert re.search(r"vdivps.*zmm", code)
