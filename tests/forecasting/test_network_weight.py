"""How much of its distance to a simple forecast a network's forecast keeps."""

import numpy as np
import pytest

from skrnn._forecasting.held_out import network_weight, share_of_distance
from tests.forecasting.references import NAN

MANY, FEW = 10**9, 5
rng = np.random.default_rng(0)
ACTUAL, NAIVE = rng.normal(size=(2, 400, 3))
# The truth lies two fifths of the way from the simple forecast to the network's.
FORECAST = NAIVE + (ACTUAL - NAIVE) / 0.4
SERIES = np.repeat(np.arange(4), 100)


def with_errors(size, actual=ACTUAL):
    return actual + size * rng.choice([-1, 1], size=actual.shape)


def weight(
    actual=ACTUAL, forecast=FORECAST, simple=NAIVE, series=SERIES, n_apart=MANY, power=1, of=None
):
    return (of or network_weight)(actual, forecast, simple, series, n_apart=n_apart, power=power)


# ----------------------------------------------------------------------- by the ratio of errors


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize(
    ("ratio", "expected"), [(1, 0.5), (1.1, 0.534), (1.25, 0.853), (1 / 1.25, 0.147), (5, 1)]
)
def test_the_weight_follows_from_the_ratio_of_errors(ratio, expected, power):
    got = weight(forecast=with_errors(1), simple=with_errors(ratio), power=power)
    assert got == pytest.approx(expected, abs=0.005)


def test_exact_forecasts():
    assert weight(forecast=ACTUAL) == pytest.approx(1)
    assert weight(forecast=NAIVE, simple=ACTUAL) == pytest.approx(0)
    assert weight(forecast=ACTUAL, simple=ACTUAL) == 0.5


def test_few_windows_leave_the_mean_of_both():
    weights = [
        weight(forecast=with_errors(1), simple=with_errors(2), n_apart=n) for n in (1, 5, 50, MANY)
    ]
    assert weights == sorted(weights)
    assert 0.5 < weights[0] < 0.7
    assert weights[-1] > 0.95


def test_a_large_series_does_not_decide_alone():
    size = np.where(SERIES == 0, 1e9, 1.0)[:, None]
    forecast = with_errors(np.where(size > 1, 2.0, 1.0)) * size
    simple = with_errors(np.where(size > 1, 1.0, 2.0)) * size
    assert weight(ACTUAL * size, forecast, simple) > 0.85


@pytest.mark.parametrize("unit", [1e-120, 1e-9, 1e120])
@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("of", [network_weight, share_of_distance])
def test_the_unit_does_not_matter(unit, power, of):
    expected = weight(power=power, of=of)
    got = weight(ACTUAL * unit, FORECAST * unit, NAIVE * unit, power=power, of=of)
    assert got == pytest.approx(expected)


@pytest.mark.parametrize("of", [network_weight, share_of_distance])
def test_missing_values_do_not_count(of):
    spoilt = np.where(rng.random(ACTUAL.shape) < 0.3, NAN, ACTUAL)
    spoilt[SERIES == 1] = NAN
    far = np.where(np.isnan(spoilt), 1e6, FORECAST)
    assert weight(spoilt, far, of=of) == weight(spoilt, of=of)


def test_windows_in_which_the_simple_forecast_happens_to_be_right_do_not_decide():
    # one step ahead: the simple forecast is off by 10 nearly always, the network by 1 always.
    actual = 100 + rng.normal(size=(60, 1))
    forecast, simple = with_errors(1, actual), with_errors(10, actual)
    simple[::6] = actual[::6] + 1e-6
    series = np.zeros(60, dtype=int)
    assert weight(actual, forecast, simple, series) > 0.9


# ------------------------------------------------------- of the better informed, by the share


@pytest.mark.parametrize("power", [1, 2])
def test_the_better_informed_have_the_share_with_the_smallest_error(power):
    assert weight(power=power, of=share_of_distance) == pytest.approx(0.4)
    assert weight(forecast=ACTUAL, power=power, of=share_of_distance) == 1
    wrong = 2 * NAIVE - ACTUAL
    assert weight(forecast=wrong, power=power, of=share_of_distance) == pytest.approx(0, abs=1e-6)
    assert weight(ACTUAL, ACTUAL, ACTUAL, of=share_of_distance) == 1


def test_few_windows_tell_little_against_the_better_informed():
    assert weight(n_apart=FEW, of=share_of_distance) == pytest.approx(1 - 0.6 * FEW / (FEW + 20))
    for trust in (4, 20):
        got = share_of_distance(ACTUAL, FORECAST, NAIVE, SERIES, n_apart=FEW, trust=trust)
        assert got == pytest.approx(1 - 0.6 * FEW / (FEW + trust))


def test_means_of_intermittent_demand_are_judged_as_means():
    # three days in four nothing is sold: the median is 0, and so is the last season mostly.
    sold = 4.0 * (rng.random((800, 1)) < 0.25)
    simple = rng.permutation(sold)
    forecast, series = np.ones((800, 1)), np.zeros(800, dtype=int)
    for of in (network_weight, share_of_distance):
        assert weight(sold, forecast, simple, series, power=2, of=of) > 0.85
    zero = np.zeros((800, 1))
    assert weight(sold, forecast, zero, series, power=2) > 0.55
    assert weight(sold, forecast, zero, series, power=1) < 0.2
    assert weight(sold, forecast, zero, series, power=2, of=share_of_distance) > 0.9
    assert weight(sold, forecast, zero, series, power=1, of=share_of_distance) < 0.1
