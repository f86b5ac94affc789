"""Intervals of backtests."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.daily_series import DAYS, FEATURES, PANEL, WIDE, Y, tiny


def backtest(X, y=None, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        return tiny(validation_fraction=0.2).backtest(X, y, refit=False, **options)


@pytest.mark.parametrize("data", [(Y,), (WIDE,), (PANEL,), (FEATURES, WIDE), (WIDE.to_numpy(),)])
def test_a_backtest_has_the_intervals_of_its_cutoffs(data):
    found = backtest(*data, n_windows=2, coverage=[0.8, 0.5])
    plain = backtest(*data, n_windows=2)
    ends = ["lower_0.8", "upper_0.8", "lower_0.5", "upper_0.5"]
    assert list(found.columns) == [*plain.columns, *ends]
    pd.testing.assert_frame_equal(found[plain.columns], plain)
    order = found[["lower_0.8", "lower_0.5", "prediction", "upper_0.5", "upper_0.8"]]
    assert (np.diff(order) >= 0).all()


def test_they_are_those_of_predict_interval_for_each_series():
    found = backtest(WIDE, n_windows=1, coverage=0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2).fit(WIDE[:-4])
    expected = fitted.predict_interval(coverage=0.8)
    for name in WIDE.columns:
        of_series = found[found["series"] == name].set_index("time")
        assert of_series.index.equals(DAYS[-4:])
        for end in ("lower", "upper"):
            np.testing.assert_allclose(of_series[f"{end}_0.8"], expected[end][name])


@pytest.mark.parametrize("wrong", [0, 1, 80, "0.8", [], [0.8, 0.8], [0.8, None], {0.8: 1}])
def test_a_coverage_is_a_fraction(wrong):
    with pytest.raises(ValueError, match=r"coverage: got .*Pass \[0\.8, 0\.95\]"):
        backtest(Y, coverage=wrong)


def test_intervals_need_held_out_windows():
    with pytest.raises(ValueError, match="validation_fraction: got 0"):
        tiny().backtest(Y, n_windows=1, coverage=0.8)
