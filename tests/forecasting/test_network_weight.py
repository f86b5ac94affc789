"""How much of its distance to the naive forecast a network's forecast keeps."""

import numpy as np
import pytest

from skrnn._forecasting.held_out import network_weight
from tests.forecasting.references import NAN

MANY, FEW = 10**9, 5
rng = np.random.default_rng(0)
ACTUAL, NAIVE = rng.normal(size=(2, 400, 3))
# The truth lies two fifths of the way from the naive forecast to the network's.
FORECAST = NAIVE + (ACTUAL - NAIVE) / 0.4
SERIES = np.repeat(np.arange(4), 100)


def weight(actual=ACTUAL, forecast=FORECAST, naive=NAIVE, series=SERIES, n_apart=MANY, power=1):
    return network_weight(actual, forecast, naive, series, n_apart=n_apart, power=power)


@pytest.mark.parametrize("power", [1, 2])
def test_the_weight_is_the_share_with_the_smallest_error(power):
    assert weight(power=power) == pytest.approx(0.4)
    assert weight(forecast=ACTUAL, power=power) == 1
    assert weight(forecast=2 * NAIVE - ACTUAL, power=power) == pytest.approx(0, abs=1e-6)


def test_few_windows_tell_little():
    assert 0.4 < weight(n_apart=FEW) < 1
    assert weight(n_apart=FEW) == pytest.approx(1 - 0.6 * FEW / (FEW + 20))


def test_a_large_series_does_not_decide_alone():
    size = np.where(SERIES == 0, 1e9, 1.0)[:, None]
    wrong_if_large = np.where(size > 1, 2 * NAIVE - ACTUAL, FORECAST)
    got = weight(ACTUAL * size, wrong_if_large * size, NAIVE * size)
    assert got == pytest.approx(0.4)


@pytest.mark.parametrize("unit", [1e-120, 1e-9, 1e120])
@pytest.mark.parametrize("power", [1, 2])
def test_the_unit_does_not_matter(unit, power):
    assert weight(ACTUAL * unit, FORECAST * unit, NAIVE * unit, power=power) == pytest.approx(0.4)


def test_missing_values_do_not_count():
    spoilt = np.where(rng.random(ACTUAL.shape) < 0.3, NAN, ACTUAL)
    spoilt[SERIES == 1] = NAN
    assert weight(spoilt) == pytest.approx(0.4)


def test_where_both_forecasts_are_exact_the_network_keeps_its_weight():
    assert weight(ACTUAL, ACTUAL, ACTUAL) == 1


def test_windows_in_which_the_naive_forecast_happens_to_be_right_do_not_decide():
    # one step ahead: the naive forecast is off by 10 nearly always, the network by 1 always.
    actual = 100 + rng.normal(size=(60, 1))
    forecast = actual + rng.choice([-1, 1], size=(60, 1))
    naive = actual + 10 * rng.choice([-1, 1], size=(60, 1))
    naive[::6] = actual[::6] + 1e-6
    series = np.zeros(60, dtype=int)
    assert weight(actual, forecast, naive, series) > 0.9


def test_means_of_intermittent_demand_are_judged_as_means():
    # three days in four nothing is sold: the median is 0, and so is the last season mostly.
    sold = 4.0 * (rng.random((800, 1)) < 0.25)
    naive = rng.permutation(sold)
    forecast, series = np.ones((800, 1)), np.zeros(800, dtype=int)
    assert weight(sold, forecast, naive, series, power=2) > 0.9
    assert weight(sold, forecast, np.zeros((800, 1)), series, power=2) > 0.9
    assert weight(sold, forecast, np.zeros((800, 1)), series, power=1) < 0.1
