"""Lists of numbers are read about as fast as arrays: nothing is called for each number."""

from __future__ import annotations

import cProfile
import pstats

import numpy as np
import pytest

from skrnn._input.measurements import read_measurements
from skrnn._input.tokens import read_tokens

N = 5000


def _n_calls(read) -> int:
    profile = cProfile.Profile()
    profile.runcall(read)
    return pstats.Stats(profile).total_calls


@pytest.mark.parametrize(
    "read",
    [
        lambda: read_tokens([[3] * N, [4] * (N - 1)]),
        lambda: read_tokens(([3] * N, (4,) * (N - 1))),
        lambda: read_tokens([[3.0] * N, [4] * (N - 1)]),
        lambda: read_tokens([np.full(N, 3), [4] * (N - 1)]),
        lambda: read_tokens([[3] * N] * 2),
        lambda: read_tokens([[[3, 4]] * N, [[4, 5]]], allow_several=True),
        lambda: read_measurements([[0.5] * N, [1.5]]),
        lambda: read_measurements([[[0.5, 1.0]] * N, [[1.5, 2]]]),
    ],
)
def test_no_call_for_each_number(read):
    assert _n_calls(read) < N / 2


@pytest.mark.parametrize(
    "samples",
    [
        [[3, 4, 5], [6]],
        [[3, 4, 0, 0], [6, 7]],
        [(3, 4), [5]],
        [[3.0, 4.0], [5]],
        [np.array([3, 4], dtype=np.uint8), [5, 6, 7]],
        [[3, np.int64(4)], [5]],
        [[3, 4.0, 5], [7]],
    ],
)
def test_a_list_is_read_as_its_arrays_are(samples):
    from_lists = read_tokens(samples)
    from_arrays = read_tokens([np.array(sample, dtype=np.int64) for sample in samples])
    np.testing.assert_array_equal(from_lists.values, from_arrays.values)
    np.testing.assert_array_equal(from_lists.lengths, from_arrays.lengths)
    assert from_lists.values.dtype == np.int64


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([[3, 4], []], "length 0"),
        ([[3, 4], [True]], "booleans"),
        ([[3, 4], [-1]], "negative token id, -1"),
        ([[3, 4], [2**31]], "token id 2147483648"),
        ([[3, 4], [10**30]], "token id"),
        ([[3, 4], [1.5]], "not integers"),
        ([[3, 0, 4], [1]], "in sample 0 at timestep 1"),
        ([[3, 4], "ab"], "text at position 1"),
        ([[3, 4], ["a"]], "text"),
        ([[3, 4], 5], "1-D list|got"),
        ([[3, [4]], [5]], "different lengths"),
    ],
)
def test_what_is_no_list_of_ids_is_refused_as_before(samples, message):
    with pytest.raises((ValueError, TypeError), match=message):
        read_tokens(samples)


def test_a_list_of_lists_that_differ_in_width_is_refused():
    with pytest.raises(ValueError, match="rows of different lengths"):
        read_measurements([[[1.0, 2.0], [3.0]], [[1.0, 2.0]]])
