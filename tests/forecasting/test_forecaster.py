"""What a forecaster promises: no look into the future, the form of its answers, and the rest."""

from __future__ import annotations

import copy
import pickle
import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback

from skrnn import RNNForecaster
from skrnn._forecasting import learning
from skrnn._forecasting.features import FeatureRows, FeatureTable
from skrnn._forecasting.seasonality import seasonal_naive
from skrnn._forecasting.windows import Windows, WindowShape, training_cutoffs
from skrnn._series.panel import read_panel, rows_of_index
from skrnn._training.net import RecurrentNet
from skrnn.exceptions import LostIndexWarning, SeasonalNaiveWarning

TINY = {
    "horizon": 4,
    "context_length": 12,
    "seasonal_period": 4,
    "hidden_size": 3,
    "max_epochs": 1,
    "batch_size": 512,
    "validation_fraction": 0,
    "random_state": 0,
}
GARBAGE = [1e9, -1e-9, np.nan]


def tiny(**params) -> RNNForecaster:
    return RNNForecaster(**TINY | params)


def weights_of(forecaster) -> np.ndarray:
    return np.concatenate(
        [p.detach().numpy().ravel() for net in forecaster.nets_ for p in net.module_.parameters()]
    )


def walk(n_timesteps: int, seed: int = 0, name="sales", start="2024-01-01") -> pd.Series:
    """A daily series whose level moves and which repeats every four days."""
    rng = np.random.default_rng(seed)
    values = 50 + rng.normal(size=n_timesteps).cumsum() + 5 * (np.arange(n_timesteps) % 4)
    index = pd.date_range(start, periods=n_timesteps, name="day")
    return pd.Series(values, index=index, name=name)


def features_of(index: pd.Index, seed: int = 1) -> pd.DataFrame:
    """A feature known in advance and one known up to the cutoff only."""
    columns = np.random.default_rng(seed).normal(size=(len(index), 2))
    return pd.DataFrame(columns, index=index, columns=["plan", "seen"])


# --------------------------------------------------------------------------------------
# nothing after the cutoff can change a forecast
# --------------------------------------------------------------------------------------


def laid_out(kind: str):
    """A panel with gaps, the features beside it, and all cutoffs of its windows."""
    y = walk(30)
    y.iloc[[4, 17, 25]] = np.nan
    if kind == "panel":
        y = pd.concat({"a": walk(20, 1), "b": y, "c": walk(9, 2)}, names=["shop"])
    panel = read_panel(y)
    rows = FeatureRows(features_of(y.index), *rows_of_index(y.index, panel=panel, name="y"))
    table = FeatureTable.learn(
        rows, past_features="seen", static_features=None, calendar=("day_of_week",)
    )
    return panel, table.lay_out(panel, [rows], 0), training_cutoffs(panel, 4)


@pytest.mark.parametrize("n_tail", [0, 3])
@pytest.mark.parametrize("kind", ["series", "panel"])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_inputs_of_a_window_do_not_depend_on_rows_after_its_cutoff(kind, n_tail, garbage):
    panel, features, cutoffs = laid_out(kind)
    shape = WindowShape(12, 4, (4,), torch.float32)
    tail = np.full((len(cutoffs), n_tail), 50.0) if n_tail else None

    def batch(panel, features, numbers):
        windows = Windows(panel, features, cutoffs, shape, torch.device("cpu"), tail=tail)
        return windows.batch(np.array(numbers))

    expected = batch(panel, features, range(len(cutoffs)))
    assert len(cutoffs) > 20
    n_other_targets = 0
    for number, cutoff in enumerate(cutoffs):
        series = int(np.searchsorted(panel.starts, cutoff, side="right")) - 1
        rows = np.arange(len(panel.values))
        is_unknown = (rows < panel.starts[series]) | (rows > cutoff)
        past, shared = features.past.copy(), features.past_by_position.copy()
        past[is_unknown] = garbage
        shared[cutoff - panel.starts[series] + panel.first[series] + 1 :] = garbage
        spoilt = batch(
            replace(panel, values=np.where(is_unknown, garbage, panel.values)),
            replace(features, past=past, past_by_position=shared),
            [number],
        )
        for one, other in zip(spoilt.inputs, expected.inputs, strict=True):
            torch.testing.assert_close(one[0], other[number], rtol=0, atol=0)
        n_other_targets += not torch.equal(spoilt.y[0], expected.y[number])
    assert n_other_targets == len(cutoffs)


@pytest.fixture(scope="module")
def with_features():
    """Fitted beside a feature known in advance and one known up to the cutoff only."""
    y = walk(60)
    return tiny(past_features="seen").fit(features_of(y.index), y)


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("horizon", [3, 4, 11])
def test_past_features_after_the_cutoff_are_never_read(with_features, garbage, horizon):
    later = pd.date_range("2024-03-01", periods=horizon, name="day")
    X = features_of(later)
    expected = with_features.predict(X)
    assert expected.notna().all()
    pd.testing.assert_series_equal(with_features.predict(X.assign(seen=garbage)), expected)
    assert not np.allclose(with_features.predict(X.assign(plan=3.0)), expected)


def test_past_features_after_the_cutoff_may_be_anything(with_features):
    X = features_of(pd.date_range("2024-03-01", periods=9, name="day"))
    expected = with_features.predict(X)
    for anything in ("unknown", np.inf, None, pd.NaT):
        pd.testing.assert_series_equal(with_features.predict(X.assign(seen=anything)), expected)


@pytest.mark.parametrize("garbage", GARBAGE)
def test_past_features_of_rows_after_the_last_observation_are_never_read(with_features, garbage):
    # their y is missing, so the cutoff is before them.
    y = walk(40).where(np.arange(40) < 31)
    X = features_of(y.index)
    later = features_of(pd.date_range("2024-02-10", periods=5, name="day"))
    spoilt = X.assign(seen=X["seen"].where(np.arange(40) < 31, garbage))
    expected = with_features.predict(later, history=y, X_history=X)
    got = with_features.predict(later, history=y, X_history=spoilt)
    pd.testing.assert_series_equal(got, expected)


def test_past_features_up_to_the_cutoff_are_read(with_features):
    y = walk(40)
    X = features_of(y.index)
    later = features_of(pd.date_range("2024-02-10", periods=5, name="day"))
    other = X.assign(seen=X["seen"].where(np.arange(40) != 39, 5.0))
    expected = with_features.predict(later, history=y, X_history=X)
    assert not np.allclose(with_features.predict(later, history=y, X_history=other), expected)


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
@pytest.mark.parametrize("gap", [0, 6])
def test_a_block_of_known_rows_is_forecast_from_the_rows_before_it(decoder, gap, garbage):
    y = walk(60)
    X = features_of(y.index)
    fitted = tiny(decoder=decoder, past_features="seen").fit(X, y)
    block = slice(40, 44)  # the blocks of four end with the series
    y = y.where((np.arange(60) < 40 - gap) | (np.arange(60) >= 40))
    expected = fitted.predict(X[block], history=y, X_history=X)
    spoilt = fitted.predict(
        X[block].assign(seen=garbage),
        history=y.where(np.arange(60) < 40, garbage),
        X_history=X.assign(seen=X["seen"].where(np.arange(60) < 40 - gap, garbage)),
    )
    pd.testing.assert_series_equal(spoilt, expected)
    # a last block of four reads the features of all its steps.
    ahead = fitted.predict(X[40 - gap : 46], history=y[: 40 - gap], X_history=X[: 40 - gap])
    np.testing.assert_allclose(ahead[gap : gap + 4], expected, rtol=1e-6)


@pytest.mark.parametrize("garbage", GARBAGE[:2])
def test_fitted_values_of_a_block_do_not_change_with_what_came_after(garbage):
    fitted = tiny().fit(walk(60))
    y = walk(30, 5)
    blocks = y.index[2:].to_frame()[[]]
    expected = fitted.predict(blocks, history=y)
    for start in range(6, 30, 4):
        spoilt = fitted.predict(blocks, history=y.where(np.arange(30) < start, garbage))
        pd.testing.assert_series_equal(spoilt[: start + 2], expected[: start + 2])


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("kind", ["series", "panel"])
@pytest.mark.parametrize("garbage", [1e9, np.nan])
def test_a_backtest_does_not_look_past_its_cutoffs(kind, refit, garbage):
    y = walk(40)
    if kind == "panel":
        y = pd.concat({"a": walk(40, 1), "b": y[5:38]}, names=["shop"])
    X = features_of(y.index)
    days = y.index.get_level_values("day")
    expected = tiny(past_features="seen").backtest(X, y, n_windows=3, refit=refit)
    for cutoff in expected["cutoff"].unique():
        is_known = days <= cutoff
        spoilt = tiny(past_features="seen").backtest(
            X.assign(seen=X["seen"].where(is_known, garbage)),
            y.where(is_known, garbage),
            n_windows=3,
            refit=refit,
        )
        columns = ["series", "cutoff", "time", "prediction"]
        pd.testing.assert_frame_equal(
            spoilt.loc[spoilt["cutoff"] <= cutoff, columns],
            expected.loc[expected["cutoff"] <= cutoff, columns],
        )


class StopBeforeTheLastTraining(Callback):
    """Interrupts the training on all windows, so that what was held out stays unseen."""

    n_trainings = 0

    def on_train_begin(self, net, **kwargs):
        type(self).n_trainings += 1

    def on_epoch_end(self, net, **kwargs):
        if type(self).n_trainings == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_network_that_tells_the_skill_has_not_seen_what_is_held_out(early_stopping):
    def learned(y):
        StopBeforeTheLastTraining.n_trainings = 0
        forecaster = tiny(
            callbacks=[StopBeforeTheLastTraining()],
            early_stopping=early_stopping,
            validation_fraction=0.25,
        )
        with pytest.raises(KeyboardInterrupt):
            forecaster.fit(y)
        return forecaster

    y = walk(60)
    expected = learned(y)
    for garbage in (1e6, -3.0):
        spoilt = learned(y.where(np.arange(60) < 45, garbage * np.arange(60)))
        np.testing.assert_array_equal(weights_of(spoilt), weights_of(expected))
        assert spoilt.skill_ != expected.skill_


def test_nor_what_is_held_out_of_a_series_with_a_long_gap():
    def learned(y):
        StopBeforeTheLastTraining.n_trainings = 0
        forecaster = tiny(callbacks=[StopBeforeTheLastTraining()], validation_fraction=0.25)
        with pytest.raises(KeyboardInterrupt):
            forecaster.fit(y)
        return weights_of(forecaster)

    steps = np.arange(30)
    gappy = walk(30, 1).where((steps == 0) | (steps >= 19))
    spoilt = gappy.where(steps < 22, 1e6 * steps)
    others = {"long": walk(60)}
    expected = learned(stacked({**others, "gappy": gappy}))
    np.testing.assert_array_equal(learned(stacked({**others, "gappy": spoilt})), expected)


def test_quantiles_and_paths_of_known_rows_do_not_look_past_their_block():
    with pytest.warns(SeasonalNaiveWarning):
        fitted = tiny(validation_fraction=0.3).fit(walk(60))
    y = walk(30, 5)
    rows = y.index[2:14].to_frame()[[]]
    spoilt = y.where(np.arange(30) < 14, 1e9)
    for method in ("predict_quantiles", "predict_interval", "sample_paths"):
        answers = [getattr(fitted, method)(X=rows, history=data)[:12] for data in (y, spoilt)]
        pd.testing.assert_frame_equal(answers[1], answers[0])


# --------------------------------------------------------------------------------------
# the same series in any layout
# --------------------------------------------------------------------------------------

N_TIMES = 44
CLOCKS = {
    "days": pd.date_range("2024-01-01", periods=N_TIMES, name="time"),
    "days without freq": pd.DatetimeIndex(
        pd.date_range("2024-01-01", periods=N_TIMES), freq=None, name="time"
    ),
    "business days": pd.bdate_range("2024-01-01", periods=N_TIMES, name="time"),
    "hours over the end of summer time": pd.date_range(
        "2023-10-27 22:00", periods=N_TIMES, freq="h", tz="Europe/Berlin", name="time"
    ),
    "days over the start of summer time": pd.date_range(
        "2024-03-01", periods=N_TIMES, tz="Europe/Berlin", name="time"
    ),
    "ends of months": pd.date_range("2020-01-31", periods=N_TIMES, freq="ME", name="time"),
    "quarters": pd.period_range("2014Q1", periods=N_TIMES, freq="Q", name="time"),
    "integers with a step": pd.Index(np.arange(N_TIMES) * 5 - 7, name="time"),
    "row numbers": pd.RangeIndex(N_TIMES, name="time"),
}


@pytest.fixture(scope="module")
def on_clock():
    """Forecasters by the clock they were fitted on."""
    made: dict[str, RNNForecaster] = {}

    def fitted(clock):
        if clock not in made:
            made[clock] = tiny().fit(walk(N_TIMES).set_axis(CLOCKS[clock]))
        return made[clock]

    return fitted


@st.composite
def some_series(draw):
    """Series of one clock that start anywhere, end together and have gaps, by their names."""
    clock = draw(st.sampled_from(sorted(CLOCKS)))
    series = {}
    for name in "cab"[: draw(st.integers(1, 3))]:
        values = walk(N_TIMES, draw(st.integers(0, 9)), name).to_numpy()
        values = values * 10.0 ** draw(st.integers(-3, 3))
        missing = draw(st.sets(st.integers(1, N_TIMES - 2), max_size=12))
        values[list(missing)] = np.nan
        start = draw(st.integers(0, N_TIMES - 5))
        series[name] = pd.Series(values, index=CLOCKS[clock], name=name)[start:]
    return clock, series


def stacked(series) -> pd.Series:
    return pd.concat(series, names=["shop"])


def interleaved(panel: pd.Series, seed: int) -> pd.Series:
    """The rows of a panel mixed in any way that keeps each series in the order of time."""
    ids = panel.index.get_level_values(0)
    mixed = np.random.default_rng(seed).permutation(ids)
    order = np.empty(len(ids), dtype=int)
    for one in set(ids):
        order[mixed == one] = np.flatnonzero(ids == one)
    return panel.iloc[order]


@pytest.mark.parametrize(
    ("start", "missing"), [("2024-02-19", "2024-02-20"), ("2024-02-16", "2024-02-19")]
)
def test_business_days_without_one_are_read_on_the_grid_of_the_fit(on_clock, start, missing):
    fitted = on_clock("business days")
    times = pd.bdate_range(start, "2024-02-29")
    values = pd.Series(np.arange(len(times)) ** 2.0, times, name="c")
    values[missing] = np.nan
    panel = stacked({"c": values})
    answer = fitted.predict(history=panel.dropna())
    pd.testing.assert_series_equal(answer, fitted.predict(history=panel))


@given(drawn=some_series(), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_series_are_forecast_the_same_in_every_layout(on_clock, drawn, seed):
    clock, series = drawn
    fitted = on_clock(clock)
    expected = {name: fitted.predict(history=one) for name, one in series.items()}
    panel = stacked(series)
    start = min(len(CLOCKS[clock]) - len(one) for one in series.values())
    times = CLOCKS[clock][start:]
    table = pd.DataFrame({name: one.reindex(times) for name, one in series.items()})
    answers = {
        "panel": fitted.predict(history=panel),
        "panel without rows of missing values": fitted.predict(history=panel.dropna()),
        "panel by time": fitted.predict(history=panel.sort_index(level=[1, 0])),
        "mixed panel": fitted.predict(history=interleaved(panel, seed)),
        "panel of one column": fitted.predict(history=panel.to_frame("sales"))["sales"],
        "table": fitted.predict(history=table).T.stack(),
        "table of one column": pd.concat(
            {name: fitted.predict(history=one.to_frame())[name] for name, one in series.items()}
        ),
    }
    if clock == "row numbers":
        array = fitted.predict(history=table.to_numpy())
        answers["array"] = pd.DataFrame(array, expected["c"].index, table.columns).T.stack()
        answers["lists"] = pd.concat(
            {
                name: pd.Series(fitted.predict(history=one.to_list()), expected[name].index)
                for name, one in table.items()
            }
        )
    for layout, answer in answers.items():
        assert set(answer.index.get_level_values(0)) == set(series), layout
        for name, one in expected.items():
            assert one.notna().all()
            got = answer.loc[name]
            np.testing.assert_allclose(got, one, rtol=1e-6, err_msg=layout)
            assert list(got.index) == list(one.index), layout


def test_series_that_stopped_are_forecast_onward_from_their_last_value(on_clock):
    fitted = on_clock("days")
    long, short = walk(30, 1, "long"), walk(22, 2, "short")
    table = pd.DataFrame({"long": long, "short": short})
    got = fitted.predict(history=table)
    onward = fitted.predict(history=short, horizon=12)
    np.testing.assert_allclose(got["short"], onward[8:], rtol=1e-6)
    assert list(got.index) == list(onward.index[8:])
    panel = fitted.predict(history=pd.concat({"long": long, "short": short}))
    np.testing.assert_allclose(panel["short"], onward[:4], rtol=1e-6)


@pytest.mark.parametrize("start", [11, 25])  # longer than a window, and shorter
def test_leading_missing_values_say_nothing(on_clock, start):
    y = walk(30)
    late = y.where(np.arange(30) >= start)
    got = on_clock("days").predict(history=late)
    pd.testing.assert_series_equal(got, on_clock("days").predict(history=y[start:]))


def test_levels_that_list_absent_series_change_nothing():
    panel = stacked({"a": walk(30, 1), "b": walk(30, 2), "c": walk(30, 3)})
    part = panel[panel.index.get_level_values(0) != "b"]
    assert "b" in part.index.levels[0]
    clean = part.copy()
    clean.index = part.index.remove_unused_levels()
    forecast = tiny().fit(part).predict()
    pd.testing.assert_series_equal(forecast, tiny().fit(clean).predict())
    assert set(forecast.index.get_level_values(0)) == {"a", "c"}


@pytest.mark.parametrize("clock", ["days", "ends of months", "quarters", "integers with a step"])
def test_where_a_series_lies_in_time_does_not_matter_without_a_calendar(clock):
    times = CLOCKS[clock]
    y = walk(30).to_numpy()
    fitted = tiny(calendar=None).fit(pd.Series(y, index=times[:30]))
    early = fitted.predict(history=pd.Series(y, index=times[:30]))
    late = fitted.predict(history=pd.Series(y, index=times[9:39]))
    np.testing.assert_allclose(late, early, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_what_else_is_in_a_panel_does_not_matter(on_clock, seed):
    fitted = on_clock("days")
    rng = np.random.default_rng(seed)
    others = {str(i): walk(int(rng.integers(4, 44)), 9 + i) * 1000 for i in range(11)}
    together = fitted.predict(history=stacked({"mine": walk(30), **others}))
    np.testing.assert_array_equal(together["mine"], fitted.predict(history=walk(30)))


# --------------------------------------------------------------------------------------
# the form of the answers
# --------------------------------------------------------------------------------------

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


@pytest.fixture(scope="module", params=containers())
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
    if not isinstance(y, (pd.Series, pd.DataFrame)):
        return
    rows = pd.DataFrame(index=y.index)
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
    fitted.update(frozen[:5], table[:5])
    y_before, X_before = y.copy(), X.copy()
    fitted = tiny(target_transform="log", past_features="seen").fit(X, y)
    later = features_of(pd.date_range("2024-02-10", periods=9, name="day"))
    later_before = later.copy()
    fitted.predict(later, history=y, X_history=X)
    more = walk(9, 3, start="2024-02-10")
    more_before = more.copy()
    fitted.score(later, more)
    fitted.update(more, later, refit=True)
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


# --------------------------------------------------------------------------------------
# quantiles, intervals, paths and horizons
# --------------------------------------------------------------------------------------

LOSSES = ["mae", "mse", "huber", "quantile", "student_t", "negative_binomial"]
POINT_LOSSES = LOSSES[:3]


def counts(n_timesteps=60, seed=0) -> pd.Series:
    rng = np.random.default_rng(seed)
    index = pd.date_range("2024-01-01", periods=n_timesteps, name="day")
    values = rng.poisson(3.0 + 6.0 * (np.arange(n_timesteps) % 4))
    return pd.Series(values.astype(float), index=index, name="sold")


@pytest.fixture(scope="module")
def of_loss():
    """Forecasters by loss, with held-out windows, of counts."""
    made: dict[str, RNNForecaster] = {}

    def fitted(loss):
        if loss not in made:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SeasonalNaiveWarning)
                made[loss] = tiny(loss=loss, validation_fraction=0.25).fit(counts())
        return made[loss]

    return fitted


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("horizon", [2, 11])
def test_quantiles_never_cross_and_come_as_they_were_asked_for(of_loss, loss, horizon):
    levels = [0.001, 0.025, 0.1, 0.3, 0.5, 0.51, 0.9, 0.999]
    rows = counts().index[1:].to_frame()[[]]
    for asked in (
        {"horizon": horizon},
        {"history": counts(33, 7), "horizon": horizon},
        {"X": rows},
    ):
        quantiles = of_loss(loss).predict_quantiles(levels, **asked)
        assert (np.diff(quantiles, axis=1) >= 0).all()
        mixed = of_loss(loss).predict_quantiles(levels[::-1], **asked)
        pd.testing.assert_frame_equal(mixed[levels], quantiles)
        one = of_loss(loss).predict_quantiles(0.3, **asked)
        pd.testing.assert_frame_equal(one, quantiles[[0.3]])


@pytest.mark.parametrize("loss", LOSSES)
def test_an_interval_is_made_of_two_quantiles_and_wider_with_more_coverage(of_loss, loss):
    fitted = of_loss(loss)
    interval = fitted.predict_interval(coverage=0.8)
    quantiles = fitted.predict_quantiles([0.1, 0.9])
    np.testing.assert_allclose(interval, quantiles)
    wider = fitted.predict_interval(coverage=0.95)
    assert (wider["lower"] <= interval["lower"]).all()
    assert (wider["upper"] >= interval["upper"]).all()
    assert ((wider["upper"] - wider["lower"]) > 0).all()


@pytest.mark.parametrize("loss", POINT_LOSSES)
@pytest.mark.parametrize("horizon", [4, 11])
def test_the_median_of_a_point_forecast_is_the_point(of_loss, loss, horizon):
    fitted = of_loss(loss)  # few windows: errors count in both directions.
    point = fitted.predict(horizon=horizon)
    median = fitted.predict_quantiles(0.5, horizon=horizon)[0.5]
    np.testing.assert_allclose(median, point, rtol=1e-9)
    interval = fitted.predict_interval(coverage=0.2, horizon=horizon)
    assert ((interval["lower"] <= point) & (point <= interval["upper"])).all()


def test_intervals_do_not_narrow_beyond_the_horizon(of_loss):
    interval = of_loss("mae").predict_interval(horizon=16)
    widths = (interval["upper"] - interval["lower"]).to_numpy().reshape(4, 4)
    assert (np.diff(widths, axis=0) > 0).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_shorter_horizon_is_the_start_of_a_longer_one(of_loss, loss):
    fitted = of_loss(loss)
    whole = fitted.predict(horizon=14)
    assert np.isfinite(whole).all() and whole.index.freq == "D"
    for horizon in (1, 3, 4, 5, 8, 13):
        part = fitted.predict(horizon=horizon)
        pd.testing.assert_series_equal(part, whole[:horizon])


@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_beyond_the_horizon_forecasts_are_read_as_if_they_had_been_observed(decoder):
    fitted = tiny(decoder=decoder).fit(walk(60))
    y = walk(40, 3)
    first = fitted.predict(history=y)
    second = fitted.predict(history=pd.concat([y, first]))
    together = fitted.predict(history=y, horizon=8)
    np.testing.assert_allclose(together, [*first, *second], rtol=1e-6)


def test_counts_are_forecast_as_counts(of_loss):
    fitted = of_loss("negative_binomial")
    assert (fitted.predict() > 0).all()
    for answer in (fitted.predict_quantiles([0.05, 0.5, 0.95]), fitted.sample_paths(20)):
        values = answer.to_numpy()
        assert (values >= 0).all() and (values == values.round()).all()


def test_rows_without_history_have_the_distribution_of_the_series(of_loss):
    rows = counts().index[:1].to_frame()[[]]
    quantiles = of_loss("mae").predict_quantiles([0.1, 0.9], rows)
    np.testing.assert_allclose(quantiles, [counts().quantile([0.1, 0.9])])
    paths = of_loss("mae").sample_paths(2000, rows).to_numpy()
    np.testing.assert_allclose(
        np.quantile(paths, [0.1, 0.5, 0.9]), counts().quantile([0.1, 0.5, 0.9]), atol=1
    )
    np.testing.assert_allclose(of_loss("mae").predict(rows), counts().mean())


def noise(n_series: int, n_timesteps: int, seed: int, integrate: bool = False) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n_timesteps, n_series))
    return pd.DataFrame(values.cumsum(axis=0) if integrate else values)


@pytest.fixture(scope="module", params=[False, True], ids=["noise", "random walks"])
def of_noise(request):
    """Whether of random walks, and a forecaster of such series."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(seasonal_period=1, max_epochs=3, batch_size=64, hidden_size=6)
        return request.param, fitted.set_params(validation_fraction=0.3).fit(
            noise(40, 80, 0, request.param)
        )


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_intervals_hold_the_share_of_new_values_that_they_claim(of_noise, coverage):
    is_walk, fitted = of_noise
    new = noise(700, 44, 1, is_walk)
    interval = fitted.predict_interval(history=new[:40], coverage=coverage)
    actual = new[40:]
    is_inside = (interval["lower"] <= actual) & (actual <= interval["upper"])
    assert abs(is_inside.to_numpy().mean() - coverage) < 0.04
    # not in the mean only: at every step.
    assert (is_inside.mean(axis=1) - coverage).abs().max() < 0.06
    # and as many errors are up as are down.
    assert abs((actual < interval["lower"]).to_numpy().mean() - (1 - coverage) / 2) < 0.04


def test_paths_spread_as_the_quantiles_say(of_noise):
    _, fitted = of_noise
    new = noise(3, 40, 2)
    paths = fitted.sample_paths(4000, history=new, horizon=10)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    quantiles = fitted.predict_quantiles(levels, history=new, horizon=10)
    for series in new.columns:
        of_series = paths.xs(series, axis=1, level=1)
        width = quantiles[0.95][series] - quantiles[0.05][series]
        for level in levels:
            away = of_series.quantile(level, axis=1) - quantiles[level][series]
            assert (away.abs() < 0.08 * width).all()


def test_steps_of_a_path_err_together_as_they_did_on_held_out_windows(of_noise):
    is_walk, fitted = of_noise
    new = noise(400, 44, 3, is_walk)
    errors = (new[40:] - fitted.predict(history=new[:40])).T.to_numpy()
    expected = np.corrcoef(errors.T)
    paths = fitted.sample_paths(2000, history=new[[0]][:40]).to_numpy()
    np.testing.assert_allclose(np.corrcoef(paths), expected, atol=0.2)
    assert (expected[0, 1] > 0.6) == is_walk


def test_paths_of_one_seed_are_the_same_and_of_another_are_not(of_loss):
    fitted = of_loss("mae")
    expected = fitted.sample_paths(4, random_state=3)
    pd.testing.assert_frame_equal(fitted.sample_paths(4, random_state=3), expected)
    assert not np.allclose(fitted.sample_paths(4, random_state=4), expected)
    pd.testing.assert_frame_equal(fitted.sample_paths(4), fitted.sample_paths(4))
    state = np.random.RandomState(0)
    first = fitted.sample_paths(4, random_state=state)
    assert not np.allclose(fitted.sample_paths(4, random_state=state), first)
    state = np.random.RandomState(0)
    pd.testing.assert_frame_equal(fitted.sample_paths(4, random_state=state), first)


def test_without_a_season_the_error_of_a_random_walk_grows_with_the_step():
    horizon = 8
    walks = noise(60, 90, 0, integrate=True)
    fitted = RNNForecaster(
        horizon=horizon, hidden_size=16, max_epochs=6, validation_fraction=0, random_state=0
    ).fit(walks)
    assert fitted.seasonal_period_ == 1
    new = noise(1000, 60 + horizon, 1, integrate=True)
    errors = (fitted.predict(history=new[:60]) - new[60:]).abs().mean(axis=1).to_numpy()
    one_step = np.abs(np.diff(new, axis=0)).mean()
    assert abs(errors[0] / one_step - 1) < 0.15
    assert (np.diff(errors) > 0).all()
    # errors of a random walk grow with the square root of the step.
    np.testing.assert_allclose(errors / one_step, np.sqrt(np.arange(1, 9)), rtol=0.15)


# --------------------------------------------------------------------------------------
# each parameter has its effect
# --------------------------------------------------------------------------------------


def seasonal(n_timesteps, periods, freq, seed=0, noise_scale=0.3) -> pd.Series:
    """A series with seasons of these lengths, each of its own shape, and some noise."""
    rng = np.random.default_rng(seed)
    values = noise_scale * rng.normal(size=n_timesteps)
    for period in periods:
        values += rng.normal(size=period)[np.arange(n_timesteps) % period]
    return pd.Series(values, index=pd.date_range("2024-01-01", periods=n_timesteps, freq=freq))


OTHERS = {
    "context_length": 8,
    "seasonal_period": 1,
    "loss": "mse",
    "decoder": "direct",
    "segment_length": 2,
    "target_transform": "log",
    "calendar": ["day_of_week"],
    "n_members": 3,
    "cell": "lstm",
    "hidden_size": 5,
    "num_layers": 2,
    "dropout": 0.5,
    "learning_rate": 0.01,
    "learning_rate_schedule": "constant",
    "max_epochs": 2,
    "batch_size": 64,
    "weight_decay": 0.5,
    "gradient_clip": 0.01,
    "random_state": 1,
    "dtype": "float64",
    "net_params": {"optimizer": torch.optim.SGD},
}


@pytest.fixture(scope="module")
def base():
    return tiny(calendar=None).fit(walk(60))


@pytest.mark.parametrize("name", OTHERS)
def test_a_parameter_changes_what_is_forecast(base, name):
    other = tiny(**{"calendar": None, name: OTHERS[name]}).fit(walk(60))
    assert not np.allclose(other.predict(), base.predict(), rtol=1e-9)
    assert np.isfinite(other.predict()).all()


def test_the_network_has_the_shape_that_was_asked_for():
    fitted = tiny(cell="rnn", hidden_size=5, num_layers=2, dtype="float64").fit(walk(60))
    encoder = fitted.net_.module_.encoder
    assert (encoder.cell, encoder.hidden_size, encoder.num_layers) == ("rnn", 5, 2)
    assert {p.dtype for p in fitted.net_.module_.parameters()} == {torch.float64}


@pytest.mark.parametrize(
    ("context_length", "segment_length", "expected"),
    [(10, 4, 12), (12, 4, 12), (1, 5, 5), (7, 1, 7)],
)
def test_the_context_is_rounded_up_to_whole_segments(context_length, segment_length, expected):
    fitted = tiny(context_length=context_length, segment_length=segment_length).fit(walk(40))
    assert fitted.context_length_ == expected and fitted.segment_length_ == segment_length


def test_what_is_older_than_the_context_is_not_read(base):
    y = walk(40, 3)
    expected = base.predict(history=y)
    old = y.where(np.arange(40) >= 28, 1e6)
    pd.testing.assert_series_equal(base.predict(history=old), expected)
    young = y.where(np.arange(40) != 28, 60.0)
    assert not np.allclose(base.predict(history=young), expected)


def test_automatic_lengths_fit_the_data():
    fitted = tiny(context_length="auto", seasonal_period=7).fit(walk(100))
    assert fitted.context_length_ == 49 and fitted.segment_length_ == 7
    short = tiny(context_length="auto", seasonal_period=7).fit(walk(20))
    assert 20 <= short.context_length_ < 27
    assert tiny(decoder="recursive", context_length=9).fit(walk(30)).segment_length_ == 1


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_the_log_transform_is_a_fit_to_logarithms(scale):
    y = walk(60) * scale
    transformed = tiny(target_transform="log").fit(y)
    by_hand = tiny().fit(np.log(y))
    np.testing.assert_allclose(transformed.predict(), np.exp(by_hand.predict()), rtol=1e-5)
    np.testing.assert_allclose(
        transformed.fitted_values()[4:], np.exp(by_hand.fitted_values()[4:]), rtol=1e-5
    )


def test_logarithms_of_falling_values_are_forecast_above_zero():
    falling = pd.Series(np.exp(-np.arange(40.0)) * 1e9)
    fitted = tiny(target_transform="log", seasonal_period=1, validation_fraction=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted.fit(falling)
    assert (fitted.predict(horizon=9) > 0).all()
    assert (fitted.predict_interval(coverage=0.99) > 0).all(axis=None)
    assert (fitted.sample_paths(50) > 0).all(axis=None)


def test_members_are_combined_by_the_median():
    fitted = tiny(n_members=3).fit(walk(60))
    assert len(fitted.nets_) == 3 and fitted.net_ is fitted.nets_[0]
    singly = []
    for net in fitted.nets_:
        one = copy.copy(fitted)
        networks = replace(fitted._fitted.networks, nets=[net])
        one._fitted = replace(fitted._fitted, networks=networks)
        singly.append(one.predict())
    assert not np.allclose(singly[0], singly[1])
    np.testing.assert_allclose(fitted.predict(), np.median(singly, axis=0), rtol=1e-6)


def test_the_first_member_is_the_single_network():
    np.testing.assert_array_equal(
        weights_of(tiny().fit(walk(60))),
        weights_of(tiny(n_members=2).fit(walk(60)))[: len(weights_of(tiny().fit(walk(60))))],
    )


def test_calendar_features_tell_the_weekday():
    y = walk(40)
    days = [pd.Series(y.to_numpy(), y.index + pd.Timedelta(n, "D")) for n in (0, 1, 7)]
    fitted = tiny(calendar=["day_of_week"]).fit(y)
    monday, tuesday, next_monday = (fitted.predict(history=one).to_numpy() for one in days)
    assert not np.allclose(monday, tuesday, rtol=1e-9)
    np.testing.assert_allclose(monday, next_monday, rtol=1e-7)


@pytest.mark.parametrize(
    ("freq", "n_timesteps", "n_features"),
    [
        ("h", 40, 0),  # less than two days
        ("h", 60, 4),  # sine and cosine of the day and of its half
        ("h", 24 * 15, 4 + 7),
        ("D", 13, 0),
        ("D", 15, 7),
        ("D", 740, 7 + 4),
        ("ME", 23, 0),
        ("ME", 26, 4),
        ("YE", 60, 0),
    ],
)
def test_the_automatic_calendar_has_the_cycles_that_the_data_shows_twice(
    freq, n_timesteps, n_features
):
    y = seasonal(n_timesteps, [4], freq)
    network = tiny().fit(y).net_.module_
    assert network.n_future == n_features
    assert tiny(calendar=None).fit(y).net_.module_.n_future == 0
    assert tiny(calendar=[]).fit(y).net_.module_.n_future == 0


def test_features_known_in_advance_are_learned_from():
    rng = np.random.default_rng(0)
    index = pd.date_range("2024-01-01", periods=200)
    X = pd.DataFrame({"push": rng.choice([-1.0, 1.0], size=200)}, index=index)
    y = pd.Series(10 + 5 * X["push"] + rng.normal(size=200) * 0.1, index=index)
    params = {"seasonal_period": 1, "hidden_size": 16, "max_epochs": 5, "batch_size": 64}
    params |= {"learning_rate": 0.02, "calendar": None}
    fitted = tiny(**params).fit(X[:180], y[:180])
    error = (fitted.predict(X[180:]) - y[180:]).abs().mean()
    blind = tiny(**params).fit(y[:180])
    blind_error = (blind.predict(horizon=20) - y[180:]).abs().mean()
    assert error < 0.4 * blind_error


def test_static_categories_tell_series_apart():
    rng = np.random.default_rng(0)
    kinds = {name: ("up" if number % 2 else "down") for number, name in enumerate("abcdefgh")}
    series, features = {}, {}
    for name, kind in kinds.items():
        slope = 1.0 if kind == "up" else -1.0
        values = rng.normal(size=40) * 0.1 + slope * (np.arange(40) % 5 == 0).cumsum()
        series[name] = walk(40).mul(0).add(values)
        features[name] = pd.DataFrame({"kind": kind, "size": 3.0}, index=series[name].index)
    y, X = stacked(series), stacked(features)
    fitted = tiny(
        static_features=["kind", "size"], seasonal_period=1, max_epochs=6, batch_size=64
    ).fit(X, y)
    flat = walk(40) * 0
    forecasts = {}
    for kind in ("up", "down", "never seen"):
        beside = pd.DataFrame({"kind": kind, "size": 3.0}, index=flat.index)
        forecasts[kind] = fitted.predict(
            history=pd.concat({"z": flat}), X_history=pd.concat({"z": beside})
        ).mean()
    assert forecasts["up"] > forecasts["down"]
    assert np.isfinite(forecasts["never seen"])


@pytest.mark.parametrize(
    ("freq", "n_timesteps", "seasons", "expected"),
    [
        ("h", 24 * 40, [24], (24,)),
        ("h", 24 * 40, [24, 168], (24, 168)),
        ("30min", 48 * 20, [48], (48,)),
        ("D", 200, [7], (7,)),
        ("B", 120, [5], (5,)),
        ("W", 52 * 6, [52], (52,)),
        ("ME", 96, [12], (12,)),
        ("QE", 60, [4], (4,)),
        ("YE", 60, [4], (1,)),
    ],
)
def test_the_season_that_the_frequency_suggests_is_found_in_the_data(
    freq, n_timesteps, seasons, expected
):
    fitted = tiny(seasonal_period="auto", context_length="auto").fit(
        seasonal(n_timesteps, seasons, freq)
    )
    assert fitted.seasonal_period_ == expected[0]
    assert fitted._fitted.networks.shape.periods == expected


@pytest.mark.parametrize("season", [4, 7, 12, 24])
def test_the_season_of_numbered_rows_is_found_in_the_data(season):
    y = seasonal(season * 25, [season], "D").reset_index(drop=True)
    assert tiny(seasonal_period="auto").fit(y).seasonal_period_ == season


@pytest.mark.parametrize("freq", ["h", "D", "ME", "QE"])
@pytest.mark.parametrize("integrate", [False, True])
def test_noise_and_random_walks_have_no_season(freq, integrate):
    for seed in range(3):
        y = noise(10, 400, seed, integrate)
        y.index = pd.date_range("1900-01-31", periods=400, freq=freq)
        assert tiny(seasonal_period="auto").fit(y).seasonal_period_ == 1
    assert tiny(seasonal_period="auto").fit(y.reset_index(drop=True)).seasonal_period_ == 1


def test_seven_of_a_given_day_are_a_week_if_the_data_shows_one():
    with_week = seasonal(24 * 40, [24, 168], "h")
    without = seasonal(24 * 40, [24], "h")
    for y, periods in ((with_week, (24, 168)), (without, (24,))):
        fitted = tiny(seasonal_period=24, context_length="auto").fit(y.reset_index(drop=True))
        assert fitted._fitted.networks.shape.periods == periods
    several = tiny(seasonal_period=(6, 4)).fit(without)
    assert several.seasonal_period_ == 6 and several._fitted.networks.shape.periods == (6, 4)


def test_a_warm_start_trains_on():
    y = walk(60)
    warm = tiny(warm_start=True).fit(y)
    first = weights_of(warm)
    np.testing.assert_array_equal(first, weights_of(tiny().fit(y)))
    warm.set_params(max_epochs=2, learning_rate=0.01, batch_size=256).fit(y)
    assert warm.n_iter_ == 3 and len(warm.loss_curve_) == 3
    assert not np.allclose(weights_of(warm), first)
    cold = tiny().fit(y).fit(y)
    assert cold.n_iter_ == 1
    np.testing.assert_array_equal(weights_of(cold), first)


def test_a_warm_start_takes_newer_and_other_series():
    warm = tiny(warm_start=True, calendar=None).fit(walk(60))
    panel = stacked({"a": walk(50, 1), "b": walk(30, 2)})
    forecast = warm.fit(panel).predict()
    assert set(forecast.index.get_level_values(0)) == {"a", "b"}
    np.testing.assert_array_equal(warm.predict(history=walk(50, 1)), forecast["a"])


def test_early_stopping_finds_the_number_of_epochs_on_held_out_windows():
    y = pd.Series(np.random.default_rng(0).normal(size=60))
    fitted = tiny(
        early_stopping=True,
        validation_fraction=0.3,
        max_epochs=30,
        n_iter_no_change=2,
        learning_rate=0.05,
        learning_rate_schedule="constant",
        batch_size=256,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted.fit(y)
    assert fitted.n_iter_ < 30 and fitted.best_epoch_ == fitted.n_iter_


def test_without_held_out_windows_there_is_no_skill_and_no_interval():
    fitted = tiny(validation_fraction=0).fit(walk(60))
    assert np.isnan(fitted.skill_)
    with pytest.raises(ValueError, match=r"validation_fraction.*Set validation_fraction"):
        fitted.predict_interval()


def test_a_series_too_short_to_hold_anything_out_is_trained_on_whole():
    fitted = tiny(validation_fraction=0.2).fit(walk(10))
    assert np.isnan(fitted.skill_) and np.isfinite(fitted.predict()).all()
    with pytest.raises(ValueError, match="series too short"):
        fitted.sample_paths(2)


def test_an_epoch_is_a_fixed_number_of_windows():
    class Count(Callback):
        sizes: list = []

        def on_batch_begin(self, net, batch, training, **kwargs):
            type(self).sizes.append(len(batch[0][0]))

    for n_timesteps in (10, 3000):
        Count.sizes = []
        tiny(callbacks=[Count], batch_size=300).fit(walk(n_timesteps))
        assert sum(Count.sizes) == 1024
        assert max(Count.sizes) - min(Count.sizes) <= 1


def test_verbose_prints_a_line_for_each_epoch_and_else_nothing_is_said(capfd):
    tiny(max_epochs=2, validation_fraction=0).fit(walk(40)).predict()
    assert capfd.readouterr() == ("", "")
    tiny(max_epochs=2, validation_fraction=0, verbose=1).fit(walk(40))
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert [words[0] for words in lines if words and words[0].isdigit()] == ["1", "2"]


@pytest.mark.parametrize(
    "params",
    [
        {"horizon": 2},
        {"horizon": 9},
        {"loss": "quantile"},
        {"loss": "negative_binomial"},
        {"target_transform": "log"},
        {"decoder": "recursive"},
        {"context_length": 3},
        {"past_features": ["plan"]},
    ],
)
def test_a_parameter_set_after_fit_waits_for_the_next_fit(params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2).fit(walk(60))
    rows = walk(66).index[-20:].to_frame()[[]]

    def answers():
        return [
            fitted.predict(),
            fitted.predict(horizon=7),
            fitted.predict(rows),
            fitted.predict_quantiles(),
            fitted.fitted_values(),
            fitted.sample_paths(3),
        ]

    expected = answers()
    fitted.set_params(**params)
    for got, one in zip(answers(), expected, strict=True):
        np.testing.assert_array_equal(got, one)


# --------------------------------------------------------------------------------------
# one seed, one result; and what an interruption leaves
# --------------------------------------------------------------------------------------


@contextmanager
def torch_threads(n_threads: int):
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def everything(**params) -> list[np.ndarray]:
    """Weights and answers of a fit that draws from its seed in every way there is."""
    y = walk(70)
    X = features_of(y.index)
    later = features_of(pd.date_range("2024-03-11", periods=9, name="day"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = RNNForecaster(
            **TINY | {"validation_fraction": 0.2, "n_members": 2, "hidden_size": 48} | params
        ).fit(X, y)
    return [
        weights_of(fitted),
        fitted.predict(later),
        fitted.predict_quantiles([0.1, 0.7], later),
        fitted.sample_paths(3, later),
        fitted.fitted_values(),
        np.array([fitted.skill_]),
    ]


def is_equal(one, other) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("params", [{}, {"cell": "lstm", "early_stopping": True, "max_epochs": 2}])
def test_one_seed_gives_the_same_bits_whatever_the_threads_and_the_global_state(params):
    with torch_threads(1):
        expected = everything(**params)
    # NPY002 is about code that draws from the global state; here it must stay as it was.
    states = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    with torch_threads(3):
        torch.manual_seed(99)
        np.random.seed(99)  # noqa: NPY002
        seeded = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
        got = everything(**params)
        assert np.array_equal(np.random.get_state()[1], seeded[0])  # noqa: NPY002
        assert torch.equal(torch.get_rng_state(), seeded[1])
        assert torch.get_num_threads() == 3
    assert is_equal(got, expected)
    del states


def test_other_seeds_give_other_bits():
    assert not is_equal(everything(random_state=1)[:1], everything(random_state=2)[:1])
    assert not is_equal(everything(random_state=None)[:1], everything(random_state=None)[:1])


def test_a_random_state_is_advanced_by_each_fit():
    def two_fits():
        state = np.random.RandomState(5)
        forecaster = tiny(random_state=state)
        return [weights_of(forecaster.fit(walk(30))) for _ in range(2)]

    first = two_fits()
    assert not np.array_equal(*first)
    assert is_equal(two_fits(), first)


def test_a_pickled_forecaster_goes_on_as_the_first():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2, n_members=2, warm_start=True).fit(walk(60))
    loaded = pickle.loads(pickle.dumps(fitted))
    for method in ("predict", "predict_quantiles", "predict_interval", "sample_paths"):
        np.testing.assert_array_equal(getattr(loaded, method)(), getattr(fitted, method)())
    more = walk(8, 4, start="2024-03-01")
    for forecaster in (loaded, fitted):
        forecaster.update(more, refit=True)
    np.testing.assert_array_equal(loaded.predict(), fitted.predict())
    assert not hasattr(clone(loaded), "net_")


def test_nothing_is_written_and_no_warning_filter_is_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = list(warnings.filters)
    tiny().fit(walk(40)).update(walk(4, start="2024-02-10")).predict()
    assert warnings.filters == before
    assert list(tmp_path.rglob("*")) == []


class Interrupt(Callback):
    """Interrupts one of the trainings of a fit, in a batch of its first epoch or after it.

    A fit copies its callbacks: what all copies share is kept on the class.
    """

    n_trainings = 0

    def __init__(self, training, when):
        self.training = training
        self.when = when

    def on_train_begin(self, net, **kwargs):
        type(self).n_trainings += 1

    def on_batch_begin(self, net, training, **kwargs):
        if training and self.when == "at once" and self.n_trainings == self.training:
            raise KeyboardInterrupt

    def on_epoch_end(self, net, **kwargs):
        if self.when == "later" and self.n_trainings == self.training:
            raise KeyboardInterrupt


HELD_OUT = {"validation_fraction": 0.2, "n_members": 2, "max_epochs": 3}


def interrupted(training, when, forecaster, y, method="fit", **refit):
    Interrupt.n_trainings = 0
    forecaster.set_params(callbacks=[Interrupt(training, when)])
    with pytest.raises(KeyboardInterrupt):
        getattr(forecaster, method)(y, **refit)
    return forecaster.set_params(callbacks=None)


@pytest.fixture(scope="module")
def early_networks():
    """The two networks that are trained without the held-out windows."""
    return interrupted(3, "at once", tiny(**HELD_OUT), walk(60))


def test_interrupted_before_an_epoch_has_ended_a_forecaster_stays_unfitted():
    forecaster = tiny(**HELD_OUT)
    before = set(vars(forecaster))
    interrupted(1, "at once", forecaster, walk(60))
    assert set(vars(forecaster)) == before
    with pytest.raises(NotFittedError):
        forecaster.predict()


@pytest.mark.parametrize(
    ("training", "when", "n_networks"), [(1, "later", 1), (2, "at once", 1), (2, "later", 2)]
)
def test_interrupted_before_the_errors_are_known_what_was_trained_is_kept(
    early_networks, training, when, n_networks
):
    fitted = interrupted(training, when, tiny(**HELD_OUT), walk(60))
    assert len(fitted.nets_) == n_networks
    assert fitted.n_iter_ == (1 if training == 1 else 3)
    assert np.isfinite(fitted.predict()).all()
    assert np.isnan(fitted.skill_)
    if training == 2:
        size = len(weights_of(early_networks)) // 2
        np.testing.assert_array_equal(weights_of(fitted)[:size], weights_of(early_networks)[:size])


@pytest.mark.parametrize(
    ("training", "when"), [(3, "at once"), (3, "later"), (4, "at once"), (4, "later")]
)
def test_interrupted_in_the_last_training_the_networks_before_it_are_kept(
    early_networks, training, when
):
    fitted = interrupted(training, when, tiny(**HELD_OUT), walk(60))
    np.testing.assert_array_equal(weights_of(fitted), weights_of(early_networks))
    assert fitted.n_iter_ == 3 and np.isfinite(fitted.skill_)
    assert np.isfinite(fitted.predict_interval()).all(axis=None)


def test_interrupted_while_errors_are_learned_the_networks_are_kept(early_networks, monkeypatch):
    def press_ctrl_c(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("skrnn._forecasting.learning.mean_skill", press_ctrl_c)
    fitted = tiny(**HELD_OUT)
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(walk(60))
    np.testing.assert_array_equal(weights_of(fitted), weights_of(early_networks))
    assert np.isfinite(fitted.predict()).all()


@pytest.mark.parametrize("method", ["fit", "update"])
def test_interrupted_at_once_training_that_goes_on_leaves_the_forecaster_as_it_was(method):
    fitted = tiny(n_members=2, warm_start=True).fit(walk(40))
    before, expected = dict(vars(fitted)), fitted.predict()
    more = walk(44)[40:] if method == "update" else walk(44)
    refit = {"refit": True} if method == "update" else {}
    interrupted(1, "at once", fitted, more, method, **refit)
    assert vars(fitted).keys() == before.keys()
    assert all(vars(fitted)[name] is value for name, value in before.items())
    pd.testing.assert_series_equal(fitted.predict(), expected)


@pytest.mark.parametrize("method", ["fit", "update"])
@pytest.mark.parametrize(("training", "when"), [(1, "later"), (2, "at once"), (2, "later")])
def test_interrupted_later_training_that_goes_on_keeps_what_it_has(method, training, when):
    fitted = tiny(warm_start=True, **HELD_OUT | {"max_epochs": 2})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted.fit(walk(40))
    first = weights_of(fitted)
    more = walk(44)[40:] if method == "update" else walk(44)
    refit = {"refit": True} if method == "update" else {}
    interrupted(training, when, fitted, more, method, **refit)
    size = len(first) // 2
    is_new = [
        not np.array_equal(a, b)
        for a, b in zip(np.split(weights_of(fitted), 2), np.split(first, 2), strict=True)
    ]
    assert is_new == [True, (training, when) == (2, "later")]
    assert fitted.n_iter_ == 3 if training == 1 else fitted.n_iter_ == 4
    assert fitted.cutoff_ == walk(44).index[-1]
    assert size and np.isfinite(fitted.predict()).all()


def test_a_warm_start_adds_the_networks_that_an_interruption_left_out():
    fitted = interrupted(1, "later", tiny(warm_start=True, **HELD_OUT), walk(60))
    assert len(fitted.nets_) == 1
    fitted.fit(walk(60))
    assert len(fitted.nets_) == 2 and np.isfinite(fitted.predict()).all()


def test_a_failed_fit_leaves_the_earlier_one_as_it_was():
    class Fail(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise RuntimeError("disk full")

    fitted = tiny().fit(walk(40))
    expected = fitted.predict()
    with pytest.raises(RuntimeError, match="disk full"):
        fitted.set_params(callbacks=[Fail]).fit(walk(60))
    pd.testing.assert_series_equal(fitted.predict(), expected)


# --------------------------------------------------------------------------------------
# odd series
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mse", "quantile", "student_t"])
@pytest.mark.parametrize(
    "values",
    [
        np.zeros(40),
        np.full(40, 7.5),
        np.full(40, -1e12),
        -walk(40).to_numpy(),
        walk(40).to_numpy() * 1e12,
        walk(40).to_numpy() * 1e-12,
        walk(40).to_numpy() * 1e-30,
        walk(40).to_numpy() * 1e140,
        walk(40).to_numpy() + 1e12,
        np.r_[np.zeros(20), walk(20) * 1e12],
        np.r_[walk(20) * 1e12, np.zeros(20)],
        np.where(np.arange(40) == 30, 1e100, 1.0),
        np.where(np.arange(40) == 39, 1e100, 0.0),
        np.where(np.arange(40) % 13 == 0, walk(40), 0.0),
        np.r_[walk(20), np.full(20, np.nan)],
        np.r_[np.full(20, np.nan), walk(20)],
        np.r_[walk(9), np.full(22, np.nan), walk(9)],
        np.where(np.arange(40) % 3 == 0, walk(40), np.nan),
    ],
    ids=lambda values: f"{np.nanmin(values):.3g} to {np.nanmax(values):.3g}",
)
def test_odd_series_are_forecast_by_finite_numbers(values, loss):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(loss=loss, validation_fraction=0.2).fit(values)
    forecast = fitted.predict(horizon=9)
    assert np.isfinite(forecast).all()
    assert np.isfinite(fitted.fitted_values()).all()
    if fitted._fitted.residuals is not None:
        assert np.isfinite(fitted.predict_quantiles([0.01, 0.99], horizon=9)).all()
        assert np.isfinite(fitted.sample_paths(5, horizon=9)).all()


def test_a_constant_is_forecast_by_itself():
    for constant in (0.0, 7.5, -1e12, 1e-12):
        fitted = tiny().fit(np.full(40, constant))
        np.testing.assert_allclose(fitted.predict(), constant, rtol=0.2)


@pytest.mark.parametrize("factor", [1e-12, 1e12, 1e100])
def test_forecasts_have_the_scale_of_the_series(base, factor):
    y = walk(40, 3)
    got = base.predict(history=y * factor, horizon=9)
    np.testing.assert_allclose(got / factor, base.predict(history=y, horizon=9), rtol=1e-5)


def test_forecasts_move_with_the_level_of_the_series(base):
    y = walk(40, 3)
    got = base.predict(history=y + 1e6)
    np.testing.assert_allclose(got - 1e6, base.predict(history=y), atol=1e-4)


@pytest.mark.parametrize("n_timesteps", [4, 5, 6, 9, 13, 15])
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_series_shorter_than_a_window_are_learned_from(n_timesteps, decoder):
    fitted = tiny(decoder=decoder).fit(walk(n_timesteps))
    assert np.isfinite(fitted.predict(horizon=9)).all()
    assert np.isfinite(fitted.fitted_values()).all()


@pytest.mark.parametrize("n_timesteps", [1, 2, 3])
def test_series_of_a_few_timesteps_are_named_when_nothing_can_be_learned(n_timesteps):
    with pytest.raises(ValueError, match=rf"'sales', has {n_timesteps}.*Pass longer series"):
        tiny().fit(walk(n_timesteps))


@pytest.mark.parametrize("n_timesteps", [1, 2, 3])
def test_series_of_a_few_timesteps_are_forecast_beside_longer_ones(n_timesteps):
    short = walk(n_timesteps, 3) * 100
    forecast = tiny().fit(stacked({"long": walk(40), "short": short})).predict()
    assert np.isfinite(forecast).all()
    assert (forecast["short"] / short.mean()).between(0.5, 2).all()
    assert np.isfinite(tiny().fit(walk(40)).predict(history=short)).all()


def test_long_gaps_are_forecast_through():
    y = walk(120)
    y.iloc[30:90] = np.nan
    fitted = tiny().fit(y)
    assert np.isfinite(fitted.fitted_values()).all()
    stopped = y[:70]
    forecast = fitted.predict(history=stopped)
    assert list(forecast.index) == list(y.index[70:74])
    np.testing.assert_allclose(forecast, fitted.predict(history=y[:30], horizon=44)[40:], rtol=1e-6)


# --------------------------------------------------------------------------------------
# does it beat repeating the last season?
# --------------------------------------------------------------------------------------


def test_a_warning_says_when_repeating_the_last_season_is_better():
    y = pd.Series(np.tile([1.0, 5.0, 2.0, 8.0], 20))
    with pytest.warns(SeasonalNaiveWarning, match=r"last 4 timesteps: skill_ is") as warned:
        fitted = tiny(validation_fraction=0.2, max_epochs=1).fit(y + 0.01 * y.index % 3)
    assert fitted.skill_ < 0
    assert len(warned) == 1 and warned[0].filename == __file__


def test_a_naive_forecast_that_is_exact_leaves_no_skill():
    fitted = tiny(validation_fraction=0.2).fit(pd.Series(np.tile([1.0, 5.0, 2.0, 8.0], 20)))
    assert fitted.skill_ == 0


def test_no_warning_comes_where_the_network_is_better():
    # every season is the mirror image of the one before: repeating it is as wrong as can be.
    rng = np.random.default_rng(0)
    sign = np.repeat(np.where(np.arange(60) % 2, 1.0, -1.0), 4)
    y = pd.Series(sign * np.tile([1.0, 5.0, 2.0, 8.0], 60) + rng.normal(size=240) * 0.1)
    fitted = tiny(validation_fraction=0.2, max_epochs=6, batch_size=64, hidden_size=8).fit(y)
    assert 0.1 < fitted.skill_ < 1


def test_the_skill_is_that_of_the_networks_from_the_held_out_cutoffs(early_networks):
    y = walk(60)
    networks = copy.deepcopy(early_networks)
    networks._fitted.networks.set_weight(1.0)
    # the last fifth is held out; its windows begin at every cutoff from which it is the future.
    errors, naive_errors = [], []
    for cutoff in range(47, 56):
        known, actual = y[: cutoff + 1], y[cutoff + 1 : cutoff + 5].to_numpy()
        errors.append(np.abs(networks.predict(history=known) - actual))
        naive_errors.append(np.abs(known[-4:].to_numpy() - actual))
    expected = 1 - np.mean(errors) / np.mean(naive_errors)
    np.testing.assert_allclose(early_networks.skill_, expected, rtol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weight", [0.0, 0.25])
def test_a_network_that_weighs_less_is_drawn_towards_the_last_season(of_loss, loss, weight):
    fitted = copy.deepcopy(of_loss(loss))
    fitted._fitted.networks.set_weight(1.0)
    alone = fitted.predict()
    fitted._fitted.networks.set_weight(weight)
    expected = weight * alone + (1 - weight) * counts()[-4:].to_numpy()
    np.testing.assert_allclose(fitted.predict(), expected, rtol=1e-5)


def test_a_network_weighs_less_where_repeating_the_last_season_is_better():
    rng = np.random.default_rng(0)
    repeated = pd.DataFrame(np.tile([1.0, 5.0, 2.0, 8.0], 25)[:, None] * rng.uniform(1, 9, 30))
    repeated += rng.normal(size=repeated.shape) * 0.01
    with pytest.warns(SeasonalNaiveWarning):
        fitted = tiny(validation_fraction=0.2, context_length=4, seasonal_period=4).fit(repeated)
    assert fitted.skill_ < -0.1
    assert 0 <= fitted.network_weight_ < 0.5
    for net in fitted.nets_:
        assert float(net.module_.network_weight) == pytest.approx(fitted.network_weight_)
    assert tiny().fit(walk(40)).network_weight_ == 1.0


# --------------------------------------------------------------------------------------
# seams: what is easily taken for something else
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seasons", "context_length", "anchor"), [(24, 16, 1), ((24, 4), 16, 4), (4, 16, 4)]
)
def test_the_weight_is_learned_against_the_anchor_it_draws_to(
    seasons, context_length, anchor, monkeypatch
):
    learned = {}

    def weight_of(actual, forecast, naive, n_apart):
        learned["naive"] = naive
        return 0.0

    monkeypatch.setattr(learning, "network_weight", weight_of)
    y = walk(120)
    params = {"seasonal_period": seasons, "context_length": context_length, "calendar": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2, segment_length=4, **params).fit(y)
    panel = read_panel(y)
    series = np.zeros(len(learned["naive"]), dtype=int)
    cutoffs = np.arange(95, 95 + len(series))
    np.testing.assert_array_equal(
        learned["naive"], seasonal_naive(panel, series, cutoffs, 4, anchor)
    )
    # with weight 0 the forecast is that anchor.
    np.testing.assert_allclose(fitted.predict(), np.resize(y[-anchor:], 4), rtol=1e-5)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA"), RuntimeError("not enough memory")]
)
@pytest.mark.parametrize("net_params", [None, {"optimizer": torch.optim.SGD}])
def test_too_little_memory_is_told_with_a_way_out(error, net_params, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(RecurrentNet, "partial_fit", fail)
    with pytest.raises(ValueError, match=r"enough memory.*Lower them, or batch_size"):
        tiny(net_params=net_params).fit(walk(60))


def test_a_second_fit_that_goes_on_does_not_warn_of_the_first_ones_skill():
    warm = tiny(validation_fraction=0.3, warm_start=True)
    with pytest.warns(SeasonalNaiveWarning):
        warm.fit(walk(60))
    skill = warm.skill_
    warm.fit(walk(60))
    assert warm.skill_ == skill < 0


def test_hours_of_business_have_no_week_of_five():
    hours = pd.date_range("2024-01-01", periods=100, freq="bh")
    y = pd.Series(np.tile([0.0, 5.0, 1.0, 3.0, 9.0], 20), hours)
    assert tiny(seasonal_period="auto").fit(y).seasonal_period_ != 5


def test_paths_of_a_series_do_not_depend_on_the_others():
    panel = stacked({"a": walk(60, 1), "b": walk(60, 2), "c": walk(50, 3)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2, calendar=None).fit(panel)
    together = fitted.sample_paths(5, history=panel)
    for name in "abc":
        alone = fitted.sample_paths(5, history=panel.loc[[name]])
        np.testing.assert_array_equal(together.loc[[name]], alone)
    said = together - fitted.predict(history=panel).to_numpy()[:, None]
    assert not np.allclose(said.loc["a"], said.loc["b"])


def test_rows_numbered_anew_are_the_future_with_a_warning():
    X, y = features_of(pd.RangeIndex(60)), walk(60).to_numpy()
    fitted = tiny().fit(X[:50], y[:50])
    expected = fitted.predict(X[50:])
    with pytest.warns(LostIndexWarning, match="numbered from 0 that are not those of fit"):
        forecast = fitted.predict(X[50:].reset_index(drop=True))
    np.testing.assert_array_equal(forecast, expected)
    np.testing.assert_array_equal(fitted.predict(X[:9]), fitted.predict(X[:50])[:9])


def test_a_static_feature_that_is_not_repeated_stays_known():
    panel = stacked({"a": walk(60, 1), "b": walk(60, 2)})
    X = pd.DataFrame({"size": np.repeat([1.0, 9.0], 60), "kind": "x"}, index=panel.index)
    X.loc["b", "kind"] = "y"
    X.iloc[0] = [np.nan, None]
    fitted = tiny(static_features=["size", "kind"], learning_rate=0.1).fit(X, panel)
    later = pd.date_range(walk(60).index[-1], periods=5)[1:]
    rows = pd.MultiIndex.from_product([["a", "b"], later], names=panel.index.names)
    known = pd.DataFrame({"size": np.repeat([1.0, 9.0], 4), "kind": ["x"] * 4 + ["y"] * 4}, rows)
    unknown = pd.DataFrame({"size": np.nan, "kind": np.array([None] * 8, dtype=object)}, rows)
    forecast = fitted.predict(known)
    pd.testing.assert_series_equal(fitted.predict(unknown), forecast)
    pd.testing.assert_series_equal(fitted.predict(), forecast)


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
