"""The displays of forecasts and of backtests."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skrnn import RNNForecaster
from skrnn.datasets import load_air_passengers
from skrnn.inspection import BacktestDisplay, ForecastDisplay

# A network that has hardly been trained is no better, and nobody asks it to be.
pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

TINY = {"horizon": 6, "hidden_size": 2, "max_epochs": 1, "batch_size": 1024, "random_state": 0}
Y = load_air_passengers()
N_TRAIN = 120


def wide():
    return pd.DataFrame({"air": Y, "sea": 700 - Y, "rail": Y.shift(3).fillna(100.0)})


def panel():
    parts = {"late": Y[30:130], "early": Y[:100]}
    return pd.concat(parts, names=["line", "month"])


@pytest.fixture(scope="module")
def fitted():
    return RNNForecaster(**TINY).fit(Y[:N_TRAIN])


@pytest.fixture(scope="module")
def fitted_wide():
    return RNNForecaster(**TINY).fit(wide()[:N_TRAIN])


@pytest.fixture(scope="module")
def fitted_panel():
    return RNNForecaster(**TINY).fit(panel())


@pytest.fixture
def axes():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 4)
    yield axes
    plt.close(figure)


def drawn(line):
    return np.asarray(line.get_ydata(), dtype=float)


# -- what a display of forecasts holds -------------------------------------------------------


def test_it_holds_the_forecast_and_the_intervals_of_one_series(fitted):
    display = ForecastDisplay.from_estimator(fitted, coverages=[0.8, 0.5])
    pd.testing.assert_series_equal(
        display.forecast["passengers"], fitted.predict(), check_names=False
    )
    for coverage in (0.5, 0.8):
        pd.testing.assert_frame_equal(
            display.intervals["passengers"][coverage], fitted.predict_interval(coverage=coverage)
        )
    pd.testing.assert_series_equal(
        display.history["passengers"], Y[N_TRAIN - 24 : N_TRAIN], check_names=False
    )


def test_it_holds_every_column_of_a_table(fitted_wide):
    display = ForecastDisplay.from_estimator(fitted_wide, horizon=9, coverages=0.8)
    forecast = fitted_wide.predict(horizon=9)
    interval = fitted_wide.predict_interval(horizon=9, coverage=0.8)
    assert list(display.forecast) == ["air", "sea", "rail"]
    for label in display.forecast:
        np.testing.assert_array_equal(display.forecast[label], forecast[label])
        assert display.forecast[label].index.equals(forecast.index)
        for end in ("lower", "upper"):
            np.testing.assert_array_equal(display.intervals[label][0.8][end], interval[end][label])


def test_it_holds_every_series_of_a_panel_at_its_own_times(fitted_panel):
    display = ForecastDisplay.from_estimator(fitted_panel, coverages=0.8, n_history=5)
    forecast, interval = fitted_panel.predict(), fitted_panel.predict_interval(coverage=0.8)
    for label in ("late", "early"):
        np.testing.assert_array_equal(display.forecast[label], forecast[label])
        assert display.forecast[label].index.equals(forecast[label].index)
        np.testing.assert_array_equal(display.intervals[label][0.8], interval.loc[label])
        np.testing.assert_array_equal(display.history[label], panel()[label][-5:])


@pytest.mark.parametrize("shape", [(-1,), (-1, 1), (60, 2)])
def test_arrays_are_numbered(shape):
    y = Y[:N_TRAIN].to_numpy().reshape(shape)
    forecaster = RNNForecaster(**TINY).fit(y)
    forecast, interval = forecaster.predict(), forecaster.predict_interval(coverage=0.8)
    y_true = np.arange(forecast.size, dtype=float).reshape(forecast.shape)
    display = ForecastDisplay.from_estimator(forecaster, y_true=y_true, coverages=0.8)
    np.testing.assert_array_equal(
        np.column_stack(list(display.forecast.values())).reshape(forecast.shape), forecast
    )
    np.testing.assert_array_equal(
        np.stack([table[0.8] for table in display.intervals.values()], axis=1).reshape(
            interval.shape
        ),
        interval,
    )
    np.testing.assert_array_equal(
        np.column_stack(list(display.y_true.values())).reshape(forecast.shape), y_true
    )
    assert display.forecast[0].index.tolist() == list(range(len(y), len(y) + 6))


def test_rows_of_x_are_forecast(fitted):
    later = Y.to_frame()[[]][N_TRAIN - 4 : N_TRAIN + 3]
    display = ForecastDisplay.from_estimator(fitted, later)
    np.testing.assert_array_equal(display.forecast["passengers"], fitted.predict(later))
    assert display.forecast["passengers"].index.equals(later.index)


def test_rows_of_some_series_only_are_forecast(fitted_panel):
    later = fitted_panel.predict().to_frame()[[]].drop("late", level=0)
    display = ForecastDisplay.from_estimator(fitted_panel, later)
    assert list(display.forecast) == ["early"]


def test_other_series_are_forecast_from_their_own_history(fitted):
    other = (1000 - Y[:50]).rename("other")
    display = ForecastDisplay.from_estimator(fitted, history=other, n_history=3)
    np.testing.assert_array_equal(display.forecast["other"], fitted.predict(history=other))
    np.testing.assert_array_equal(display.history["other"], other[-3:])


def test_x_goes_through_a_pipeline_and_a_search():
    X = pd.DataFrame({"year": Y.index.year, "month": Y.index.month}, index=Y.index, dtype=float)
    pipeline = make_pipeline(MinMaxScaler(), RNNForecaster(**TINY, validation_fraction=0))
    pipeline.set_output(transform="pandas")
    cv = TimeSeriesSplit(2, test_size=6)
    search = GridSearchCV(pipeline, {"rnnforecaster__cell": ["rnn"]}, cv=cv, error_score="raise")
    search.fit(X[:N_TRAIN], Y[:N_TRAIN])
    display = ForecastDisplay.from_estimator(search, X[N_TRAIN:])
    np.testing.assert_array_equal(display.forecast["passengers"], search.predict(X[N_TRAIN:]))


def test_without_held_out_windows_there_are_no_bands(axes):
    forecaster = RNNForecaster(**TINY, validation_fraction=0).fit(Y)
    display = ForecastDisplay.from_estimator(forecaster).plot(ax=axes[0])
    assert display.intervals is None
    assert display.bands_ == {"passengers": []}


def test_no_coverages_are_no_bands(fitted):
    assert ForecastDisplay.from_estimator(fitted, coverages=None).intervals is None


def test_what_came_is_cut_to_the_times_of_the_forecast(fitted_wide):
    display = ForecastDisplay.from_estimator(fitted_wide, y_true=wide()[["rail", "air"]])
    assert list(display.y_true) == ["air", "rail"]
    for label, came in display.y_true.items():
        np.testing.assert_array_equal(came, wide()[label][N_TRAIN : N_TRAIN + 6])


def test_the_name_of_a_single_series_does_not_matter_for_what_came(fitted):
    display = ForecastDisplay.from_estimator(fitted, y_true=Y[N_TRAIN : N_TRAIN + 2].rename("x"))
    came = display.y_true["passengers"]
    np.testing.assert_array_equal(came, [*Y[N_TRAIN : N_TRAIN + 2], *[np.nan] * 4])


def test_named_series_are_drawn_in_the_order_they_are_named(fitted_wide):
    display = ForecastDisplay.from_estimator(fitted_wide, series=["rail", "air"])
    assert list(display.forecast) == list(display.history) == ["rail", "air"]
    assert list(ForecastDisplay.from_estimator(fitted_wide, series="sea").forecast) == ["sea"]


def test_nine_series_are_drawn_if_none_is_named():
    table = pd.DataFrame({number: Y * (number + 1) for number in range(11)})
    forecaster = RNNForecaster(**TINY, validation_fraction=0).fit(table)
    assert list(ForecastDisplay.from_estimator(forecaster).forecast) == list(range(9))


# -- what is drawn -----------------------------------------------------------------------------


def test_what_is_drawn_is_what_is_stored(fitted, axes):
    display = ForecastDisplay.from_estimator(fitted, y_true=Y, coverages=[0.5, 0.9])
    assert display.plot(ax=axes[0]) is display
    assert display.ax_ is axes[0]
    assert display.figure_ is axes[0].figure
    history, forecast, came = display.lines_["passengers"]
    np.testing.assert_array_equal(drawn(history), display.history["passengers"])
    np.testing.assert_array_equal(drawn(forecast), display.forecast["passengers"])
    np.testing.assert_array_equal(drawn(came), display.y_true["passengers"])
    assert len(display.bands_["passengers"]) == 2
    for band, coverage in zip(display.bands_["passengers"], [0.9, 0.5], strict=True):
        corners = set(band.get_paths()[0].vertices[:, 1])
        table = display.intervals["passengers"][coverage]
        assert set(table["lower"]) | set(table["upper"]) == corners


def test_every_series_gets_its_axes(fitted_wide, axes):
    display = ForecastDisplay.from_estimator(fitted_wide).plot(ax=axes)
    assert list(display.axes_) == list(axes[:3])
    for label, ax in zip(display.forecast, axes[:3], strict=True):
        assert ax.get_title() == label
        np.testing.assert_array_equal(drawn(ax.lines[1]), display.forecast[label])
    assert not axes[3].lines


def test_a_sheet_has_axes_for_the_series_and_no_others(fitted_wide):
    import matplotlib.pyplot as plt

    display = ForecastDisplay.from_estimator(fitted_wide).plot()
    assert display.figure_.axes == list(display.axes_)
    assert len(display.axes_) == 3
    plt.close(display.figure_)


def test_a_single_timestep_can_be_seen(axes):
    forecaster = RNNForecaster(**{**TINY, "horizon": 1}).fit(Y[:N_TRAIN])
    display = ForecastDisplay.from_estimator(forecaster, coverages=0.8).plot(ax=axes[0])
    assert display.lines_["passengers"][1].get_marker() == "o"
    (segment,) = display.bands_["passengers"][0].get_segments()
    np.testing.assert_array_equal(segment[:, 1], display.intervals["passengers"][0.8].iloc[0])


@pytest.mark.parametrize("kind", ["period", "time zone", "integer"])
def test_all_kinds_of_times_are_drawn(kind, axes):
    y = Y[:60]
    if kind == "period":
        y = y.set_axis(y.index.to_period("M"))
    elif kind == "time zone":
        hours = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin")
        y = y.set_axis(hours)
    else:
        y = y.reset_index(drop=True)
    forecaster = RNNForecaster(**TINY, validation_fraction=0).fit(y)
    display = ForecastDisplay.from_estimator(forecaster).plot(ax=axes[0])
    history, forecast = display.lines_["passengers"]
    step = np.diff(history.get_xdata(orig=False))[-1]
    gap = forecast.get_xdata(orig=False)[0] - history.get_xdata(orig=False)[-1]
    assert 0 < gap < 1.2 * step
    axes[0].figure.canvas.draw()
    back = BacktestDisplay.from_estimator(forecaster, y, n_windows=2, refit=False)
    back.plot(ax=axes[1])
    first_cutoff = back.cutoff_lines_["passengers"][0].get_xdata(orig=False)[0]
    times = back.lines_["passengers"][0].get_xdata(orig=False)
    np.testing.assert_allclose(first_cutoff, times[-13])


# -- backtests ---------------------------------------------------------------------------------


def test_a_backtest_display_holds_what_the_backtest_returns(fitted, axes):
    frame = fitted.backtest(Y, n_windows=3, refit=False)
    display = BacktestDisplay.from_estimator(fitted, Y, n_windows=3, refit=False, n_history=10)
    forecasts = display.forecasts["passengers"]
    assert list(forecasts) == frame["cutoff"].unique().tolist()
    np.testing.assert_array_equal(np.concatenate(list(forecasts.values())), frame["prediction"])
    times = np.concatenate([forecast.index for forecast in forecasts.values()])
    np.testing.assert_array_equal(times, frame["time"])
    np.testing.assert_array_equal(display.y_true["passengers"], Y[-3 * 6 - 10 :])
    assert display.plot(ax=axes[0]) is display
    came, *lines = display.lines_["passengers"]
    np.testing.assert_array_equal(drawn(came), display.y_true["passengers"])
    for line, forecast in zip(lines, forecasts.values(), strict=True):
        np.testing.assert_array_equal(drawn(line), forecast)
    marks = [line.get_xdata()[0] for line in display.cutoff_lines_["passengers"]]
    assert marks == [cutoff.to_datetime64() for cutoff in forecasts]


def test_a_frame_alone_shows_what_came_where_it_was_forecast(fitted_wide):
    frame = fitted_wide.backtest(wide(), n_windows=3, stride=2, refit=False)
    display = BacktestDisplay.from_frame(frame)
    for label in ("air", "sea", "rail"):
        np.testing.assert_array_equal(display.y_true[label], wide()[label][-10:])
        assert len(display.forecasts[label]) == 3


def test_the_series_of_a_panel_are_told_apart(fitted_panel, axes):
    display = BacktestDisplay.from_estimator(fitted_panel, panel(), n_windows=6, refit=False)
    frame = fitted_panel.backtest(panel(), n_windows=6, refit=False)
    for label, forecasts in display.forecasts.items():
        rows = frame[frame["series"] == label]
        np.testing.assert_array_equal(np.concatenate(list(forecasts.values())), rows["prediction"])
    assert list(BacktestDisplay.from_frame(frame, panel(), series="early").y_true) == ["early"]
    assert list(display.plot(ax=axes).axes_) == list(axes[: len(display.forecasts)])


def test_features_and_arrays_go_into_a_backtest():
    X = pd.DataFrame({"year": Y.index.year}, index=Y.index, dtype=float)
    forecaster = RNNForecaster(**TINY, validation_fraction=0)
    display = BacktestDisplay.from_estimator(
        forecaster, X, Y.to_numpy(), n_windows=2, refit=False, n_history=0
    )
    (came,) = display.y_true.values()
    np.testing.assert_array_equal(came, Y[-12:])
    assert came.index.equals(Y.index[-12:])


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"coverages": [0.5, 90]}, r"coverages: got \[0.5, 90\].*fractions"),
        ({"coverages": [0.5, 0.5]}, "coverages: got"),
        ({"series": "tram"}, "series: got 'tram', while the series are"),
        ({"series": []}, r"series: got \[\]"),
        ({"n_history": -1}, "n_history: got -1"),
        ({"n_history": 2.5}, "n_history: got 2.5"),
        ({"horizon": 0}, "horizon: got 0"),
        ({"y_true": Y[:N_TRAIN]}, "y_true: got 1 series without a value at a time of the"),
        ({"y_true": Y.to_numpy()}, "y_true: "),
    ],
)
def test_arguments_that_cannot_be_used_are_named(fitted, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ForecastDisplay.from_estimator(fitted, **arguments)


def test_what_is_no_forecaster_is_refused(fitted):
    other = LinearRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(TypeError, match=r"got a LinearRegression\. Expected an RNNForecaster"):
        ForecastDisplay.from_estimator(other)
    with pytest.raises(TypeError, match=r"got a Pipeline\. Expected an RNNForecaster"):
        BacktestDisplay.from_estimator(make_pipeline(fitted), Y)
    with pytest.raises(NotFittedError):
        ForecastDisplay.from_estimator(RNNForecaster())


def test_a_frame_of_another_kind_is_refused(fitted):
    with pytest.raises(TypeError, match="frame: got a Series"):
        BacktestDisplay.from_frame(Y)
    with pytest.raises(ValueError, match=r"frame: got 144 rows with the columns \['passengers'\]"):
        BacktestDisplay.from_frame(Y.to_frame())
    with pytest.raises(TypeError, match="n_history: got 'all'"):
        BacktestDisplay.from_estimator(fitted, Y, n_history="all")


def test_too_few_axes_are_refused(fitted_wide, axes):
    with pytest.raises(ValueError, match="ax: got 2 axes for 3 series"):
        ForecastDisplay.from_estimator(fitted_wide).plot(ax=axes[:2])


def test_without_matplotlib_the_error_says_what_to_install(fitted, monkeypatch):
    displays = [
        ForecastDisplay.from_estimator(fitted),
        BacktestDisplay.from_frame(fitted.backtest(Y, n_windows=1)),
    ]
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for display in displays:
        with pytest.raises(ImportError, match=r"pip install 'skrnn\[plot\]'"):
            display.plot()
