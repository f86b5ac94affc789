"""The times that are forecast, and the table of features to fill for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skrnn import RNNForecaster
from skrnn.baselines import LastValue
from tests.forecasting.series import features_of, stacked, tiny, walk

Y = walk(40)
UNEQUAL = stacked({"b": Y, "a": walk(25, 1), "c": walk(30, 2, start="2024-02-01")})
FORMS = {
    "dates": Y,
    "frame": Y.to_frame(),
    "table": pd.DataFrame({"a": Y, "b": walk(40, 1)}),
    "periods": Y.to_period("D"),
    "months": Y.set_axis(pd.date_range("2020-01-31", periods=40, freq="ME")),
    "business days": Y.set_axis(pd.bdate_range("2024-01-01", periods=40)),
    "zone": Y.tz_localize("Europe/Berlin"),
    "integers": Y.set_axis(range(10, 90, 2)),
    "panel": UNEQUAL,
    "panel frame": UNEQUAL.to_frame(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("horizon", [None, 1, 9])
def test_the_times_are_those_of_the_forecast(form, horizon):
    forecaster = LastValue(horizon=4, seasonal_period=1).fit(FORMS[form])
    index = forecaster.future_index(horizon)
    pd.testing.assert_index_equal(index, forecaster.predict(horizon=horizon).index, exact=True)
    frame = forecaster.future_frame(horizon)
    pd.testing.assert_index_equal(frame.index, index, exact=True)
    assert frame.shape[1] == 0
    pd.testing.assert_index_equal(forecaster.predict(frame).index, index)


@pytest.mark.parametrize("values", [Y.to_numpy(), Y.to_list(), np.ones((40, 2))])
def test_without_times_rows_go_on_being_numbered(values):
    forecaster = LastValue(horizon=3).fit(values)
    assert forecaster.future_index().equals(pd.RangeIndex(40, 43))
    assert np.array_equal(forecaster.predict(forecaster.future_frame()), forecaster.predict())


def test_the_times_follow_an_update():
    forecaster = LastValue(horizon=2).fit(Y[:-5]).update(Y[-5:])
    assert forecaster.future_index().to_list() == [
        pd.Timestamp("2024-02-10"),
        pd.Timestamp("2024-02-11"),
    ]


def _panel_of_features() -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=60, name="day")
    return pd.concat({name: features_of(days) for name in "abc"}, names=["shop"])


@pytest.mark.parametrize("columns", [["plan"], ["plan", "seen"], ["seen"], ["size", "plan"]])
def test_the_table_filled_in_is_what_predict_takes(columns):
    X = features_of(Y.index).assign(size=1.0)[columns]
    known_later = [column for column in columns if column == "plan"]
    forecaster = tiny(
        past_features="seen" if "seen" in columns else None,
        static_features="size" if "size" in columns else None,
    ).fit(X[:-4], Y[:-4])
    frame = forecaster.future_frame()
    assert frame.columns.to_list() == known_later
    assert frame.isna().all(axis=None)
    frame[:] = X.loc[frame.index, known_later]
    pd.testing.assert_series_equal(forecaster.predict(frame), forecaster.predict(X[-4:]))


def test_an_empty_table_is_refused_where_features_are_needed():
    forecaster = tiny(calendar=None).fit(features_of(Y.index)[["plan"]], Y)
    with pytest.raises(ValueError, match="plan"):
        forecaster.predict(forecaster.future_frame())


def test_the_table_of_a_panel_has_the_rows_of_each_series():
    ends = {"a": "2024-01-25", "b": "2024-02-09", "c": "2024-03-01"}
    X = _panel_of_features()
    forecaster = tiny(past_features="seen", calendar=None).fit(X.reindex(UNEQUAL.index), UNEQUAL)
    frame = forecaster.future_frame(horizon=2)
    assert frame.columns.to_list() == ["plan"]
    assert frame.index.names == ["shop", "day"]
    firsts = frame.reset_index().groupby("shop")["day"].min() - pd.Timedelta(days=1)
    assert firsts.dt.strftime("%Y-%m-%d").to_dict() == ends
    frame["plan"] = np.arange(6.0)
    whole = frame.assign(seen=7.0)
    pd.testing.assert_series_equal(forecaster.predict(frame), forecaster.predict(whole))


def test_features_of_an_array_are_numbered():
    X = features_of(Y.index).to_numpy()
    forecaster = tiny(past_features=0, calendar=None).fit(X[:-4], Y[:-4].to_numpy())
    frame = forecaster.future_frame()
    assert frame.columns.to_list() == [1] and frame.index.equals(pd.RangeIndex(36, 40))
    frame[1] = X[-4:, 1]
    np.testing.assert_array_equal(forecaster.predict(frame), forecaster.predict(X[-4:]))


def test_what_predict_refuses_is_refused():
    forecaster = LastValue().fit(Y)
    for ask in (forecaster.future_index, forecaster.future_frame):
        with pytest.raises(ValueError, match="horizon: got 0"):
            ask(0)
        with pytest.raises(ValueError, match="steps after the cutoff"):
            ask(10**6)
    with pytest.raises(NotFittedError):
        RNNForecaster().future_frame()
