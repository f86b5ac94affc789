"""The simple forecast of windows: the median of kinds of exponential smoothing."""

import numpy as np
import pytest

from skrnn._forecasting.smoothed_median import smoothed_median

rng = np.random.default_rng(0)
SEASON = np.array([3.0, -1.0, -4.0, 2.0])
N = 60


def steady(level=50.0):
    noise = np.random.default_rng(0).normal(size=N)
    return level + np.resize(SEASON, N) + noise


def median(*histories, **params):
    return smoothed_median(np.stack(histories), **{"horizon": 6, "period": 4, **params})


def test_values_of_which_the_largest_is_not_twice_the_smallest_do_not_multiply():
    low, high = median(steady(1e3)), median(steady(1e6))
    np.testing.assert_allclose(high - 1e6, low - 1e3, atol=1e-6)
    growing = np.exp(0.05 * np.arange(N + 6)) * (20 + np.resize(SEASON, N + 6))
    known, ahead = growing[:N], growing[N:]
    by_products, by_sums = (
        np.abs(median(known, is_mean=is_mean)[0] - ahead).mean() for is_mean in (False, True)
    )
    assert by_products < by_sums


def test_logarithms_that_are_given_are_not_taken_again():
    expected = median(steady(), is_mean=True)
    np.testing.assert_array_equal(median(steady(), is_log=True), expected)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_values_that_are_not_positive_do_not_multiply(value):
    y = steady(20.0) + np.arange(N)
    assert not np.allclose(median(y), median(y, is_mean=True))
    y[30] = value
    np.testing.assert_array_equal(median(y), median(y, is_mean=True))


def test_histories_do_not_depend_on_each_other():
    histories = [steady(), steady(20.0) + np.arange(N), np.where(rng.random(N) < 0.1, 1.0, 0.0)]
    histories.append(np.where(np.arange(N) < 50, np.nan, steady()))
    together = median(*histories)
    np.testing.assert_array_equal(together, [median(one)[0] for one in histories])


def test_a_small_unit_and_a_large_one():
    y = steady(20.0) + np.arange(N)
    for unit in (1e-140, 1e140):
        np.testing.assert_allclose(median(y * unit), median(y) * unit, rtol=1e-9)
