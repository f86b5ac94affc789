"""Series and features in Arrow's types, and tables of polars and pyarrow."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from tests.forecasting.series import stacked, tiny, walk

pa = pytest.importorskip("pyarrow")

Y = walk(40)
X = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40) % 3 == 0}, Y.index)
KINDS = ["timestamp[ns][pyarrow]", "timestamp[us][pyarrow]", "date32[pyarrow]"]


def arrow_times(data, kind="timestamp[ns][pyarrow]"):
    return data.set_axis(pd.Index(pd.Series(data.index).astype(kind).array, name="day"))


@pytest.mark.parametrize("kind", KINDS)
def test_times_of_arrow_are_read(kind):
    y = arrow_times(Y, kind)
    forecast = tiny().fit(y).predict()
    np.testing.assert_array_equal(forecast, tiny().fit(Y).predict())
    assert forecast.index[0] == Y.index[-1] + pd.Timedelta(days=1)
    assert isinstance(forecast.index, pd.DatetimeIndex)


def test_times_of_arrow_with_a_zone_keep_it():
    y = arrow_times(Y.tz_localize("Europe/Berlin"), "timestamp[us, tz=Europe/Berlin][pyarrow]")
    assert str(tiny().fit(y).predict().index.tz) == "Europe/Berlin"


def test_a_panel_with_times_of_arrow_is_read():
    panel = stacked({"a": arrow_times(Y), "b": arrow_times(2 * Y)})
    expected = tiny().fit(stacked({"a": Y, "b": 2 * Y})).predict()
    np.testing.assert_array_equal(tiny().fit(panel).predict(), expected)


def test_later_calls_read_times_of_arrow():
    fitted = tiny().fit(Y[:30])
    np.testing.assert_array_equal(fitted.predict(history=arrow_times(Y)), fitted.predict(history=Y))
    expected = fitted.backtest(Y, n_windows=2)["prediction"]
    np.testing.assert_array_equal(
        fitted.backtest(arrow_times(Y), n_windows=2)["prediction"], expected
    )
    assert fitted.update(arrow_times(Y[30:])).cutoff_ == Y.index[-1]
    features = arrow_times(X)
    with_features = tiny().fit(features[:-4], arrow_times(Y)[:-4])
    assert len(with_features.predict(features[-4:])) == 4


@pytest.mark.parametrize("dtype", ["bool[pyarrow]", "boolean", "int8[pyarrow]", "double[pyarrow]"])
def test_values_and_features_of_arrow_are_read(dtype):
    plain = (Y > 55).astype(float)
    features = X.assign(b=X["b"].astype(dtype))
    expected = tiny().fit(X[:-4].astype(float), plain[:-4]).predict(X[-4:].astype(float))
    fitted = tiny().fit(features[:-4], (Y > 55).astype(dtype)[:-4])
    np.testing.assert_allclose(fitted.predict(features[-4:]), expected)


def as_arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def as_polars(frame):
    return pytest.importorskip("polars").from_pandas(frame.reset_index(drop=True))


@pytest.mark.parametrize("of_library", [as_arrow, as_polars])
def test_names_of_other_tables_are_learned_and_checked(of_library):
    fitted = tiny().fit(of_library(X), Y.to_numpy())
    assert fitted.feature_names_in_.tolist() == ["a", "b"]
    rows = of_library(X[:4])
    expected = fitted.predict(rows)
    other = rows.select(["b", "a"])
    with pytest.raises(ValueError, match="same order as they were in fit") as refusal:
        fitted.predict(other)
    remedy = re.search(r"Pass (X.*)\.$", str(refusal.value)).group(1)
    found = fitted.predict(eval(remedy, {"X": other, "estimator": fitted, "list": list}))
    np.testing.assert_array_equal(found, expected)
    assert tiny(past_features="b").fit(of_library(X), Y.to_numpy()).n_features_in_ == 2


@pytest.mark.parametrize("method", ["fit", "predict", "update", "backtest"])
@pytest.mark.parametrize("of_library", [as_arrow, as_polars])
def test_dates_in_a_column_are_refused_with_code_that_runs(of_library, method):
    table = of_library(Y.reset_index())
    fitted = tiny().fit(Y[:30])
    call = (lambda y: fitted.predict(history=y)) if method == "predict" else getattr(fitted, method)
    with pytest.raises(ValueError, match="times in the index") as refusal:
        call(table)
    name, remedy = re.search(r"index, (\w+) = (.*)\.$", str(refusal.value)).groups()
    y = eval(remedy, {"pd": pd, name: table})["sales"]
    answer = call(y[30:] if method == "update" else y)
    assert isinstance(answer, (RNNForecaster, pd.Series, pd.DataFrame))
