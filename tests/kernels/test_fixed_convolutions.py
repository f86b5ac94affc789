"""Fixed convolutions are those that numpy computes, whatever sequences come together."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn._kernels import FixedConvolutions, convolution_values, shares_above

RNG = np.random.default_rng(0)
LENGTHS = np.array([30, 1, 7, 55, 30, 12, 9, 9, 41, 16])
VALUES = RNG.normal(size=(LENGTHS.sum(), 3)).astype(np.float32)
CONVOLUTIONS = FixedConvolutions(
    dilations=np.array([1, 1, 1, 3, 3, 20]),
    heavy_taps=np.array([[0, 1, 2], [0, 4, 8], [3, 5, 6], [0, 1, 2], [6, 7, 8], [1, 2, 8]]),
    features=np.array([0, 0, 1, 2, 1, 0, 2, 0, 2]),
    starts_of_features=np.array([0, 1, 2, 4, 5, 7, 9]),
    bounds=np.array([0.5, -1.0, 2.0, 0.3, 0.1, -0.4, 0.7, 1.5, 0.2], dtype=np.float32),
    starts_of_bounds=np.array([0, 2, 3, 3, 5, 8, 9]),
)


def reference(sequence: np.ndarray, i: int) -> np.ndarray:
    """A convolution of a sequence with zeros before it, in double precision."""
    dilation = CONVOLUTIONS.dilations[i]
    weights = np.full(9, -1.0)
    weights[CONVOLUTIONS.heavy_taps[i]] = 2.0
    kernel = np.zeros(8 * dilation + 1)
    kernel[::dilation] = weights
    return np.convolve(sequence[:, _features(i)].sum(axis=1), kernel)[: len(sequence)]


def _features(i: int) -> np.ndarray:
    first, stop = CONVOLUTIONS.starts_of_features[i : i + 2]
    return CONVOLUTIONS.features[first:stop]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_shares_are_those_of_numpy(dtype):
    values = VALUES.astype(dtype)
    shares = shares_above(values, LENGTHS, CONVOLUTIONS)
    for sequence, own in zip(np.split(values, np.cumsum(LENGTHS)[:-1]), shares, strict=True):
        expected = []
        for i, dilation in enumerate(CONVOLUTIONS.dilations):
            convolved = reference(sequence.astype(np.float64), i)
            found = convolution_values(
                sequence, int(dilation), CONVOLUTIONS.heavy_taps[i], _features(i)
            )
            np.testing.assert_allclose(found, convolved, atol=1e-4)
            first, stop = CONVOLUTIONS.starts_of_bounds[i : i + 2]
            expected += [(convolved > bound).mean() for bound in CONVOLUTIONS.bounds[first:stop]]
        np.testing.assert_allclose(own, expected, atol=1e-6)


def test_a_sequence_alone_has_the_bits_that_it_has_among_others():
    shares = shares_above(VALUES, LENGTHS, CONVOLUTIONS)
    starts = np.cumsum(LENGTHS) - LENGTHS
    for row, (start, length) in enumerate(zip(starts, LENGTHS, strict=True)):
        alone = shares_above(VALUES[start : start + length], LENGTHS[row : row + 1], CONVOLUTIONS)
        np.testing.assert_array_equal(alone[0], shares[row])


def test_a_value_depends_on_no_later_timestep():
    sequence = VALUES[:30].copy()
    before = convolution_values(sequence, 2, np.array([0, 3, 8]), np.array([0, 2]))
    sequence[20:] += 1.0
    after = convolution_values(sequence, 2, np.array([0, 3, 8]), np.array([0, 2]))
    np.testing.assert_array_equal(after[:20], before[:20])
    assert (after[20:] != before[20:]).any()
