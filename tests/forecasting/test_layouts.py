"""The same series is forecast the same in every layout."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrnn import RNNForecaster
from tests.forecasting.series import stacked, tiny, walk

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


@pytest.mark.slow
@given(drawn=some_series(), seed=st.integers(0, 99))
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


def test_the_series_may_be_passed_by_the_name_of_y():
    y = pd.Series(np.arange(30.0) ** 1.5, pd.date_range("2024-01-01", periods=30))
    settings = {"horizon": 2, "context_length": 6, "seasonal_period": 1, "random_state": 0}
    settings |= {"hidden_size": 2, "max_epochs": 1, "validation_fraction": 0}
    by_name = RNNForecaster(**settings).fit(y=y[:28])
    by_place = RNNForecaster(**settings).fit(y[:28])
    np.testing.assert_array_equal(by_name.predict(), by_place.predict())
    assert by_name.score(y=y[28:]) == by_place.score(y[28:])
    by_x, by_y = ({"X": y, "n_windows": 1}, {"y": y, "n_windows": 1})
    tested = [RNNForecaster(**settings).backtest(**given) for given in (by_x, by_y)]
    pd.testing.assert_frame_equal(*tested)
    with pytest.raises(TypeError, match="y: got None"):
        by_name.fit()
