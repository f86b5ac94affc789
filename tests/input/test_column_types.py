"""Types of columns that pandas, polars and Arrow have of their own: times, gaps, dictionaries."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrnn import RNNForecaster
from skrnn._input.frames import plain_times, to_pandas
from skrnn.preprocessing import SequencePadder, from_long, panel_from_long

LONG = pd.DataFrame(
    {
        "id": ["b", "a", "b", "a", "c"],
        "t": pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-01", "2024-01-02", "2024-01-01"]),
        "v": [0.5, 1.5, 2.5, 3.5, 4.5],
        "n": [1, 2, 3, 4, 5],
        "flag": [True, False, True, True, False],
        "gap": [1.0, np.nan, 2.0, np.nan, 3.0],
    }
)
ARROW = pa.Table.from_pandas(LONG, preserve_index=False)
POLARS = pl.DataFrame({name: LONG[name].tolist() for name in LONG})
TABLES = {
    "pandas of Arrow": LONG.convert_dtypes(dtype_backend="pyarrow"),
    "pandas, nullable": LONG.convert_dtypes(),
    "pandas of dictionaries": ARROW.set_column(0, "id", ARROW["id"].dictionary_encode()).to_pandas(
        types_mapper=pd.ArrowDtype
    ),
    "pandas of dates": LONG.assign(t=LONG["t"].astype("date32[pyarrow]")),
    "polars": POLARS,
    "polars of dates": POLARS.with_columns(pl.col("t").cast(pl.Date)),
    "polars of categories": POLARS.with_columns(pl.col("id").cast(pl.Categorical)),
    "Arrow": ARROW,
    "Arrow of dictionaries": ARROW.set_column(0, "id", ARROW["id"].dictionary_encode()),
    "record batch": ARROW.to_batches()[0],
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_long_table_in_another_container(table):
    expected, ids = from_long(LONG, "id", "t")
    sequences, found = from_long(table, "id", "t")
    assert list(found) == list(ids)
    for one, other in zip(sequences, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    panel = panel_from_long(table, series="id", time="t", target="v")
    assert isinstance(panel.index.levels[1], pd.DatetimeIndex)
    np.testing.assert_array_equal(
        panel, panel_from_long(LONG, series="id", time="t", target="v").to_numpy()
    )


@pytest.mark.parametrize(
    "make", [pl.DataFrame, pa.table, lambda columns: pd.DataFrame(columns).convert_dtypes()]
)
def test_what_is_missing_stays_missing_in_every_type(make):
    columns = {
        "boolean": [True, None, False],
        "integer": [1, None, 3],
        "float": [0.5, None, 1.5],
        "decimal": [decimal.Decimal("0.5"), None, decimal.Decimal("1.5")],
    }
    nan = np.nan
    (found,) = SequencePadder().fit_transform([make(columns)])
    expected = [[1, 1, 0.5, 0.5], [nan] * 4, [0, 3, 1.5, 1.5]]
    np.testing.assert_array_equal(found, expected)


def test_small_integers_with_gaps_and_dictionaries_keep_their_values():
    for column in (
        pl.Series([1, None, 3], dtype=pl.Int8),
        pa.array([1, None, 3], pa.int16()),
        pa.array([1, None, 3]).dictionary_encode(),
    ):
        found = to_pandas(column, "y")
        np.testing.assert_array_equal(found, [1, np.nan, 3])
        assert found.dtype == np.float64
    words = to_pandas(pa.array(["u", "v", None]).dictionary_encode(), "y")
    assert words.isna().tolist() == [False, False, True]


def test_a_column_keeps_its_time_zone():
    times = [pd.Timestamp("2024-01-01 12:00", tz="Europe/Berlin")]
    kind = pa.timestamp("us", "Europe/Berlin")
    for column in (
        pa.array([time.to_pydatetime() for time in times], kind),
        pl.Series(["2024-01-01 12:00"]).str.to_datetime(time_zone="Europe/Berlin"),
    ):
        assert to_pandas(column, "t").tolist() == times
    of_pandas = pd.Series(times).astype(pd.ArrowDtype(kind))
    assert plain_times(of_pandas).tolist() == times


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
@pytest.mark.parametrize("kind", ["timestamp[ns][pyarrow]", "date32[pyarrow]"])
def test_a_forecaster_reads_times_of_arrow(kind):
    days = pd.date_range("2024-01-01", periods=30)
    y = pd.Series(np.arange(30) % 7 + np.linspace(0, 1, 30), days)
    forecaster = RNNForecaster(2, hidden_size=2, max_epochs=1, random_state=0)
    expected = forecaster.fit(y).predict()
    found = forecaster.fit(y.set_axis(pd.Index(pd.Series(days).astype(kind)))).predict()
    np.testing.assert_array_equal(found, expected)
    assert list(found.index) == list(expected.index)
