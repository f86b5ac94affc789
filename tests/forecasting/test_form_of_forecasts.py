"""The form of the answers: container, times and names of what is forecast."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from skrnn.exceptions import LostIndexWarning, SeasonalNaiveWarning
from tests.forecasting.series import features_of, tiny, walk

MONTHS = pd.date_range("2019-01-31", periods=40, freq="ME", name="month")
NEXT_MONTHS = pd.date_range("2022-05-31", periods=4, freq="ME", name="month")


def monthly(n_timesteps=40, seed=0) -> pd.Series:
    return pd.Series(walk(n_timesteps, seed).to_numpy(), MONTHS[:n_timesteps], name="sales")


def containers() -> dict[str, Any]:
    one, two = monthly(), monthly(seed=1)
    table = pd.DataFrame({"a": one, "b": two}).rename_axis(columns="shop")
    levels = pd.MultiIndex.from_tuples([("north", 1), ("south", 2)], names=["area", "shop"])
    panel = pd.concat({"b": one, "a": two[:30]}, names=["shop"])
    return {
        "Series": one,
        "Series without a name": one.rename(None),
        "Series of float32": one.astype("float32"),
        "Series of Float64": one.astype("Float64"),
        "Series of integers": one.round().astype("int64"),
        "Series of Int64": one.round().astype("Int64"),
        "frame of one column": one.to_frame(),
        "table": table,
        "table of float32": table.astype("float32"),
        "table with levels": table.set_axis(levels, axis=1),
        "table with numbers for names": table.set_axis([7, 3], axis=1),
        "panel": panel,
        "panel of Float32": panel.astype("Float32"),
        "panel of one column": panel.to_frame("sales"),
        "array": one.to_numpy(),
        "array of float32": one.to_numpy(dtype="float32"),
        "array of integers": one.round().to_numpy(dtype="int32"),
        "array of two series": table.to_numpy(),
        "list": one.to_list(),
        "tensor": torch.from_numpy(table.to_numpy(copy=True)),
    }


# One of each kind of container is always tested.
ALWAYS = ("Series", "Series of integers", "table", "panel", "array", "array of two series")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=() if name in ALWAYS else pytest.mark.slow)
        for name in containers()
    ],
)
def contained(request):
    """What a forecaster was fitted on, and the forecaster."""
    y = containers()[request.param]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        return y, tiny(validation_fraction=0.2).fit(y)


def dtype_of_forecasts(y):
    dtype = y.dtypes.iloc[0] if isinstance(y, pd.DataFrame) else getattr(y, "dtype", None)
    return dtype if str(dtype) in ("float32", "Float64", "Float32") else np.dtype("float64")


def next_index(y, horizon=4):
    """The index of the forecasts."""
    if not isinstance(y, (pd.Series, pd.DataFrame)):
        return pd.RangeIndex(40, 40 + horizon)
    if y.index.nlevels == 1:
        return pd.date_range("2022-05-31", periods=horizon, freq="ME", name="month")
    rows = [("b", time) for time in next_index(monthly(), horizon)]
    rows += [("a", time) for time in pd.date_range("2021-07-31", periods=horizon, freq="ME")]
    return pd.MultiIndex.from_tuples(rows, names=["shop", "month"])


def assert_same_form(answer, y, index):
    """Whether an answer is in the container of y, on that index, with its names and dtype."""
    if isinstance(y, pd.Series):
        assert isinstance(answer, pd.Series)
        assert answer.name == y.name and answer.dtype == dtype_of_forecasts(y)
        pd.testing.assert_index_equal(answer.index, index)
    elif isinstance(y, pd.DataFrame):
        assert isinstance(answer, pd.DataFrame)
        pd.testing.assert_index_equal(answer.index, index)
        pd.testing.assert_index_equal(answer.columns, y.columns)
        assert (answer.dtypes == dtype_of_forecasts(y)).all()
    else:
        y = np.asarray(y)
        assert isinstance(answer, np.ndarray)
        assert answer.shape == (len(index), *y.shape[1:])
        assert answer.dtype == dtype_of_forecasts(y)
    if isinstance(index, pd.DatetimeIndex):
        assert getattr(answer, "index", index).freq == index.freq
    assert not pd.isna(np.asarray(answer, dtype=float)).any()


def assert_same_form_of_columns(answer, y, index, columns):
    """Whether an answer has these columns, under which those of a table stand."""
    if isinstance(y, (pd.Series, pd.DataFrame)):
        assert isinstance(answer, pd.DataFrame)
        pd.testing.assert_index_equal(answer.index, index)
        is_table = isinstance(y, pd.DataFrame) and y.index.nlevels == 1
        assert (answer.dtypes == dtype_of_forecasts(y)).all()
        assert list(answer.columns.unique(0)) == list(columns)
        if is_table:
            assert answer.columns.nlevels == 1 + y.columns.nlevels
            assert answer.columns.names[1:] == y.columns.names
            for column in columns:
                pd.testing.assert_index_equal(answer[column].columns, y.columns)
        else:
            assert answer.columns.nlevels == 1
    else:
        y = np.asarray(y)
        assert answer.shape == (len(index), *y.shape[1:], len(columns))
        assert answer.dtype == dtype_of_forecasts(y)
    assert not pd.isna(np.asarray(answer, dtype=float)).any()


@pytest.mark.parametrize("horizon", [None, 2, 9])
def test_forecasts_come_in_the_container_of_y_with_the_next_times(contained, horizon):
    y, fitted = contained
    index = next_index(y, horizon or 4)
    assert_same_form(fitted.predict(horizon=horizon), y, index)
    quantiles = fitted.predict_quantiles((0.9, 0.5), horizon=horizon)
    assert_same_form_of_columns(quantiles, y, index, [0.9, 0.5])
    interval = fitted.predict_interval(horizon=horizon)
    assert_same_form_of_columns(interval, y, index, ["lower", "upper"])
    paths = fitted.sample_paths(3, horizon=horizon)
    assert_same_form_of_columns(paths, y, index, [0, 1, 2])


def test_fitted_values_come_in_the_container_of_y_for_all_its_times(contained):
    y, fitted = contained
    index = y.index if isinstance(y, (pd.Series, pd.DataFrame)) else pd.RangeIndex(40)
    assert_same_form(fitted.fitted_values(), y, index)


def test_rows_of_X_are_answered_one_by_one(contained):
    y, fitted = contained
    if not isinstance(y, (pd.Series, pd.DataFrame)):
        rows, index = np.zeros((4, 0)), pd.RangeIndex(4)
    else:
        # of a panel, rows before and after the cutoff.
        rows = pd.DataFrame(index=next_index(y, 6)[1:] if y.index.nlevels == 1 else y.index[::7])
        index = rows.index
        assert_same_form(fitted.predict(rows.assign(any=1.0)), y, index)
    assert_same_form(fitted.predict(rows), y, index)
    assert_same_form_of_columns(fitted.predict_quantiles([0.5], rows), y, index, [0.5])
    assert_same_form_of_columns(fitted.predict_interval(rows), y, index, ["lower", "upper"])
    assert_same_form_of_columns(fitted.sample_paths(2, rows), y, index, [0, 1])


def test_the_rows_after_the_cutoff_are_answered_as_without_X(contained):
    y, fitted = contained
    index = next_index(y, 9)
    rows = np.zeros((9, 0))
    if isinstance(y, (pd.Series, pd.DataFrame)):
        rows = pd.DataFrame(index=index)
    np.testing.assert_array_equal(fitted.predict(rows), fitted.predict(horizon=9))
    np.testing.assert_array_equal(
        fitted.predict_quantiles([0.3], rows), fitted.predict_quantiles([0.3], horizon=9)
    )
    np.testing.assert_array_equal(fitted.sample_paths(2, rows), fitted.sample_paths(2, horizon=9))


def test_training_rows_are_answered_as_fitted_values(contained):
    y, fitted = contained
    index = y.index if isinstance(y, (pd.Series, pd.DataFrame)) else pd.RangeIndex(len(y))
    rows = pd.DataFrame(index=index)
    np.testing.assert_array_equal(fitted.predict(rows), fitted.fitted_values())


def test_the_answer_to_a_history_comes_in_its_container():
    fitted = tiny().fit(monthly())
    for history in containers().values():
        if isinstance(history, (pd.Series, pd.DataFrame)):
            assert_same_form(fitted.predict(history=history), history, next_index(history))


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2023-10-27 05:00", periods=44, freq="h", tz="Europe/Berlin"),
        pd.date_range("2024-02-20", periods=44, freq="D", tz="Europe/Berlin", name="when"),
        pd.date_range("2024-03-29 11:00", periods=44, freq="h", tz="America/New_York"),
        pd.date_range("2024-01-01", periods=44, freq="15min", unit="s"),
        pd.date_range("2024-01-01", periods=44, freq="W-WED"),
        pd.bdate_range("2024-01-01", periods=44),
        pd.date_range("1990-12-31", periods=44, freq="YE"),
        pd.date_range("2012-03-31", periods=44, freq="QE-MAR"),
        pd.period_range("2020-01", periods=44, freq="M", name="when"),
        pd.period_range("2024-01-01", periods=44, freq="W"),
        pd.RangeIndex(100, 188, 2, name="row"),
        pd.Index(np.arange(44, dtype="int32") * 3 - 50),
    ],
    ids=lambda times: f"{times.dtype} {getattr(times, 'freqstr', '')}",
)
def test_the_next_times_are_those_that_pandas_would_make(times):
    y = walk(40).set_axis(times[:40])
    fitted = tiny().fit(y)
    forecast = fitted.predict()
    pd.testing.assert_index_equal(forecast.index, times[40:], exact=True)
    if isinstance(times, pd.DatetimeIndex):
        assert forecast.index.freq == times.freq
        assert fitted.cutoff_ == times[39]
        # one gap, and pandas sees no frequency any more.
        gappy = tiny().fit(y.drop(times[20])).predict()
        assert list(gappy.index) == list(times[40:])
    assert list(fitted.predict(pd.DataFrame(index=times[41:43])).index) == list(times[41:43])


def test_the_cutoff_of_a_panel_is_that_of_each_series():
    panel = pd.concat({"b": monthly(), "a": monthly(30)}, names=["shop"])
    cutoff = tiny().fit(panel).cutoff_
    assert cutoff.to_dict() == {"b": MONTHS[39], "a": MONTHS[29]}


def test_the_array_that_goes_with_X_takes_its_times():
    y = monthly()
    X = pd.DataFrame({"plan": np.arange(40.0)}, index=MONTHS)
    later = pd.DataFrame({"plan": np.arange(4.0)}, index=NEXT_MONTHS)
    array = tiny().fit(X, y.to_numpy()).predict(later)
    assert isinstance(array, np.ndarray) and array.shape == (4,)
    np.testing.assert_array_equal(array, tiny().fit(X, y).predict(later))


def test_nothing_the_caller_passes_is_modified():
    y, X = walk(40), features_of(walk(40).index)
    for data in (y, X):
        data.to_numpy()  # a view, which copy-on-write makes read-only
    frozen = y.to_numpy(copy=True)
    frozen.flags.writeable = False
    table = X.to_numpy(copy=True)
    table.flags.writeable = False
    fitted = tiny().fit(table, frozen)
    fitted.predict(table[:4])
    fitted.update(table[:5], frozen[:5])
    y_before, X_before = y.copy(), X.copy()
    fitted = tiny(target_transform="log", past_features="seen").fit(X, y)
    later = features_of(pd.date_range("2024-02-10", periods=9, name="day"))
    later_before = later.copy()
    fitted.predict(later, history=y, X_history=X)
    more = walk(9, 3, start="2024-02-10")
    more_before = more.copy()
    fitted.score(later, more)
    fitted.update(later, more, refit=True)
    fitted.backtest(X, y, n_windows=1)
    pd.testing.assert_series_equal(y, y_before)
    pd.testing.assert_frame_equal(X, X_before)
    pd.testing.assert_series_equal(more, more_before)
    pd.testing.assert_frame_equal(later, later_before)


def test_newer_rows_need_no_names():
    series, table = walk(40), pd.DataFrame({"b": walk(40), "a": walk(40, 1)})
    for y in (series, table):
        expected = tiny().fit(y[:36]).update(y[36:]).predict()
        unnamed = tiny().fit(y[:36]).update(y[36:].to_numpy()).predict()
        assert_same_form(unnamed, y, expected.index)
        np.testing.assert_array_equal(unnamed, expected)
    renamed = tiny().fit(series[:36]).update(series[36:].rename(None))
    np.testing.assert_array_equal(
        renamed.predict(), tiny().fit(series[:36]).update(series[36:]).predict()
    )
    turned = tiny().fit(table[:36]).update(table[36:][["a", "b"]])
    np.testing.assert_array_equal(turned.predict(), expected)


def test_a_series_may_stop_while_the_others_go_on():
    table = pd.DataFrame({"b": walk(40), "a": walk(40, 1)})
    table.loc[table.index[36:], "a"] = np.nan
    fitted = tiny().fit(table[:36])
    expected = fitted.predict(history=table)
    pd.testing.assert_frame_equal(fitted.update(table[36:]).predict(), expected)


def test_what_the_caller_changes_after_fit_does_not_reach_the_forecaster():
    y, X = walk(40), features_of(walk(40).index)
    later = features_of(pd.date_range("2024-02-10", periods=4, name="day"))
    array, table = y.to_numpy(copy=True), X.to_numpy(copy=True)
    fitted = tiny().fit(table, array)
    expected = fitted.predict(later.to_numpy())
    array[:], table[:] = 0.0, 0.0
    np.testing.assert_array_equal(fitted.predict(later.to_numpy()), expected)


def test_unnamed_features_stand_in_the_order_of_fit():
    y = walk(40)
    X = features_of(y.index)
    later = features_of(pd.date_range("2024-02-10", periods=4, name="day"))
    by_number = tiny().fit(X.to_numpy(), y)
    expected = by_number.predict(later.set_axis([0, 1], axis=1))
    by_name = tiny().fit(X, y)
    np.testing.assert_array_equal(by_name.predict(later), expected)
    with pytest.warns(UserWarning, match="feature names"):
        np.testing.assert_array_equal(by_number.predict(later), expected)
    with pytest.warns(UserWarning, match="feature names"):
        got = by_name.predict(later.set_axis([0, 1], axis=1))
    np.testing.assert_array_equal(got, expected)


def test_rows_numbered_anew_are_the_future_with_a_warning():
    X, y = features_of(pd.RangeIndex(60)), walk(60).to_numpy()
    fitted = tiny().fit(X[:50], y[:50])
    expected = fitted.predict(X[50:])
    with pytest.warns(LostIndexWarning, match="numbered from 0 that are not those of fit"):
        forecast = fitted.predict(X[50:].reset_index(drop=True))
    np.testing.assert_array_equal(forecast, expected)
    np.testing.assert_array_equal(fitted.predict(X[:9]), fitted.predict(X[:50])[:9])


def test_what_a_number_cannot_hold_is_its_largest():
    extreme = pd.Series(np.where(np.arange(60) % 2, 1e-100, 1e100))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        logs = tiny(target_transform="log", seasonal_period=1, validation_fraction=0.2).fit(extreme)
        narrow = tiny(validation_fraction=0.2).fit((walk(60) * 4e36).astype("float32"))
    assert np.isfinite(logs.sample_paths(20, horizon=40)).all(axis=None)
    bounds = narrow.predict_interval(coverage=0.999, horizon=100)
    assert bounds.to_numpy().dtype == np.float32 and np.isfinite(bounds).all(axis=None)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_a_narrow_type_of_integer_times_goes_on_in_a_wider_one(dtype):
    y = pd.Series(walk(120).to_numpy(), pd.Index(np.arange(120), dtype=dtype))
    assert tiny().fit(y).predict(horizon=150).index.tolist() == list(range(120, 270))
