"""Histories and folds whose rows alone do not show the frequency of all rows."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

from tests.forecasting.series import stacked, tiny, walk

# They train many networks: they are for the whole suite, not for every day.
pytestmark = pytest.mark.slow

Y = walk(60)
Y.index = pd.DatetimeIndex(Y.index.to_numpy(), name="day")  # without freq
PANEL = stacked({"a": Y, "b": 2 * Y}).reset_index().set_index(["shop", "day"])["sales"]
# Every second day, then every day.
MIXED = pd.concat([Y[:40:2], Y[40:]])
GAPS = [0, 2, 4, 6, 9, 11, 13]


@pytest.fixture(scope="module")
def of_series():
    return tiny().fit(Y)


@pytest.fixture(scope="module")
def of_panel():
    return tiny().fit(PANEL)


@pytest.mark.parametrize("rows", [[59], [50, 59], [50, 52, 54], GAPS], ids=str)
def test_a_history_is_read_on_the_grid_of_fit(of_series, rows):
    history = Y.iloc[rows]
    whole = history.reindex(pd.date_range(history.index[0], history.index[-1], freq="D"))
    expected = of_series.predict(history=whole)
    found = of_series.predict(history=history)
    assert found.index[0] == history.index[-1] + pd.Timedelta(days=1)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("rows", [[59], [50, 59], [50, 52, 54], GAPS], ids=str)
def test_a_history_of_a_panel_is_read_on_the_grid_of_fit(of_panel, of_series, rows):
    found = of_panel.predict(history=PANEL.groupby(level=0).nth(rows))
    expected = Y.index[rows[-1]] + pd.timedelta_range("1D", periods=4)
    for shop in "ab":
        assert found[shop].index.equals(pd.DatetimeIndex(expected))


@pytest.mark.parametrize("kind", ["dates", "periods", "integers"])
def test_a_single_row_of_any_time_is_a_history(kind):
    y = {"dates": Y, "periods": Y.to_period("D"), "integers": Y.reset_index(drop=True)}[kind]
    y = y.set_axis(range(0, 120, 2)) if kind == "integers" else y
    forecast = tiny().fit(y).predict(history=y.iloc[[-1]])
    assert len(forecast) == 4 and forecast.index[0] == y.index[-1] + (
        2 if kind == "integers" else y.index[1] - y.index[0]
    )


def test_a_single_time_off_the_grid_is_refused(of_series):
    with pytest.raises(ValueError, match=r"history: .*off the grid: 2024-02-29 05:00"):
        of_series.predict(history=Y.iloc[[-1]].shift(freq="5h"))


@pytest.mark.parametrize("form", ["series", "periods", "integers", "panel", "frame of a panel"])
def test_a_coarser_history_is_refused_with_the_code_that_fills_its_rows(form):
    y = {
        "series": Y,
        "periods": Y.to_period("D"),
        "integers": Y.reset_index(drop=True),
        "panel": PANEL,
        "frame of a panel": PANEL.to_frame(),
    }[form]
    y = pd.Series(y.to_numpy(), index=list(range(60))) if form == "integers" else y
    fitted = tiny().fit(y)
    history = y.groupby(level=0).nth(slice(0, 30, 2)) if "panel" in form else y.iloc[0:30:2]
    with pytest.raises(ValueError, match=r"history: .*Expected the grid of frequency") as refusal:
        fitted.predict(history=history)
    remedy = re.search(r"add them, history = (.*)\.$", str(refusal.value)).group(1)
    filled = eval(remedy, {"history": history, "pd": pd, "range": range})
    assert len(fitted.predict(history=filled)) == (8 if "panel" in form else 4)


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("form", ["series", "table", "panel", "periods", "integers"])
def test_every_cutoff_of_a_backtest_has_the_grid_of_all_rows(form, refit):
    y = {
        "series": MIXED,
        "table": pd.DataFrame({"a": MIXED, "b": 2 * MIXED}),
        "panel": stacked({"a": MIXED, "b": 2 * MIXED}),
        "periods": MIXED.to_period("D"),
        "integers": MIXED.set_axis((MIXED.index - MIXED.index[0]).days),
    }[form]
    found = tiny().backtest(y, n_windows=6, refit=refit)
    assert found["prediction"].notna().all()
    assert found["cutoff"].nunique() == 6


def test_a_backtest_with_features_has_the_grid_of_all_rows():
    X = pd.DataFrame({"x": np.arange(len(MIXED), dtype=float)}, MIXED.index)
    assert tiny().backtest(X[["x"]] * 0, MIXED, n_windows=3)["cutoff"].nunique() == 3


@pytest.mark.parametrize("kind", ["dates", "periods", "integers"])
def test_folds_of_another_frequency_are_refused_with_the_code_that_names_it(kind):
    y = {
        "dates": MIXED,
        "periods": MIXED.to_period("D"),
        "integers": MIXED.set_axis((MIXED.index - MIXED.index[0]).days),
    }[kind]
    cv = TimeSeriesSplit(4)

    def scores(y):
        return cross_val_score(tiny(), y.to_frame()[[]], y, cv=cv, error_score="raise")

    with pytest.raises(ValueError, match=r"X: .*off the grid: .*cross-validation") as refusal:
        scores(y)
    remedy = re.search(r"before it, y = (.*), and do the same", str(refusal.value)).group(1)
    assert np.isfinite(scores(eval(remedy, {"y": y, "pd": pd, "range": range}))).all()


def test_a_backtest_of_columns_with_two_levels_names_them():
    table = pd.DataFrame({("north", "a"): Y, ("south", "a"): 2 * Y})
    found = tiny().backtest(table, n_windows=2)
    assert set(found["series"]) == {("north", "a"), ("south", "a")}
