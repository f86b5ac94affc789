"""The automatic calendar is kept only where held-out windows show that it helps."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import interrupted, walk

PARAMS = {
    **{"horizon": 2, "context_length": 3, "seasonal_period": 1, "hidden_size": 8},
    **{"max_epochs": 3, "learning_rate": 0.02, "validation_fraction": 0.3, "random_state": 0},
}


def week(n_days=120):
    """Days of which only the weekday tells what comes: no window of three shows it."""
    days = pd.date_range("2024-01-01", periods=n_days)
    noise = np.random.default_rng(0).normal(scale=0.1, size=n_days)
    return pd.Series(np.array([0, 5, 0, 0, 9, 0, 0])[days.day_of_week] + 10 + noise, days)


@pytest.fixture(scope="module")
def of_weeks():
    return RNNForecaster(**PARAMS).fit(week())


@pytest.fixture(scope="module")
def of_a_walk():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        return RNNForecaster(**PARAMS).fit(walk(120))


def test_a_calendar_that_helps_is_kept(of_weeks):
    assert of_weeks.calendar_ == ("day_of_week",)
    given = RNNForecaster(**PARAMS, calendar=["day_of_week"]).fit(week())
    pd.testing.assert_series_equal(of_weeks.predict(), given.predict(), check_exact=True)
    assert of_weeks.skill_ == given.skill_
    assert of_weeks.network_weight_ == given.network_weight_


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
def test_a_calendar_that_does_not_help_is_left_out(of_a_walk):
    assert of_a_walk.calendar_ == ()
    without = RNNForecaster(**PARAMS, calendar=None).fit(walk(120))
    pd.testing.assert_series_equal(of_a_walk.predict(), without.predict(), check_exact=True)
    pd.testing.assert_frame_equal(
        of_a_walk.predict_interval(), without.predict_interval(), check_exact=True
    )
    assert of_a_walk.skill_ == without.skill_
    assert len(of_a_walk.history_) == len(without.history_) == 3


@pytest.mark.parametrize("calendar", ["day_of_week", ["day_of_week"]])
@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
def test_a_calendar_that_was_asked_for_is_kept(calendar):
    fitted = RNNForecaster(**PARAMS, calendar=calendar).fit(walk(120))
    assert fitted.calendar_ == ("day_of_week",)


def test_without_held_out_windows_the_calendar_is_kept():
    fitted = RNNForecaster(**PARAMS | {"validation_fraction": 0}).fit(walk(120))
    assert fitted.calendar_ == ("day_of_week",)


@pytest.mark.parametrize(("period", "n_future"), [(12, 0), (4, 4)])
def test_a_cycle_that_is_the_season_is_no_feature(period, n_future):
    months = pd.date_range("2015-01-01", periods=60, freq="MS")
    y = pd.Series(np.random.default_rng(0).normal(size=60), months)
    params = {"seasonal_period": period, "validation_fraction": 0, "max_epochs": 1}
    fitted = RNNForecaster(**PARAMS | params).fit(y)
    assert fitted.net_.module_.n_future == n_future
    assert fitted.calendar_ == (("time_of_year",) if n_future else ())


@pytest.mark.parametrize("when", ["at once", "later"])
def test_an_interruption_of_the_trial_without_a_calendar_keeps_the_one_with_it(when, of_weeks):
    fitted = interrupted(2, when, RNNForecaster(**PARAMS), week())
    assert fitted.calendar_ == ("day_of_week",)
    assert len(fitted.history_) == 3
    assert fitted.skill_ == of_weeks.skill_
    assert fitted.network_weight_ == of_weeks.network_weight_
    assert np.isfinite(fitted.predict()).all()
