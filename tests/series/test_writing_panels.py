"""Forecasts are written in the container and at the times of the data."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from skrnn._series.panel import read_panel
from tests.series.panels import DAYS, panel_index, with_own_values

# ---------------------------------------------------------------------------- writing back


def test_values_written_at_their_own_times_are_the_data_itself(panel, table):
    on_grid = panel.reindex(
        panel_index([("b", 0), ("b", 1), ("a", 1), ("a", 2), ("a", 3), ("a", 4)])
    )
    assert_series_equal(with_own_values(read_panel(panel)), on_grid)
    assert_frame_equal(with_own_values(read_panel(panel.to_frame())), on_grid.to_frame())
    assert_frame_equal(with_own_values(read_panel(table)), table)
    assert_series_equal(with_own_values(read_panel(table["a"])), table["a"])
    wide = table.to_numpy()
    np.testing.assert_array_equal(with_own_values(read_panel(wide)), wide)
    np.testing.assert_array_equal(with_own_values(read_panel(wide[:, 1])), wide[:, 1])
    column = panel.to_numpy()[:2, None]
    np.testing.assert_array_equal(
        with_own_values(read_panel(column, index=panel.index[:2])), column
    )


def test_forecasts_follow_each_series_in_the_container_of_y(panel, table):
    read = read_panel(panel)
    forecast = read.future_container(np.array([[10.0, 11.0], [20.0, 21.0]]), read.last + 1)
    expected = pd.Series(
        [10.0, 11.0, 20.0, 21.0],
        index=panel_index([("b", 2), ("b", 3), ("a", 5), ("a", 6)]),
        name="sales",
    )
    assert_series_equal(forecast, expected)
    read = read_panel(table)
    forecast = read.future_container(np.array([[10.0, 11.0], [20.0, 21.0]]), read.last + 1)
    expected = pd.DataFrame(
        {"a": [10.0, 11.0], "b": [20.0, 21.0]}, index=DAYS[3:5], columns=table.columns
    )
    assert_frame_equal(forecast, expected)
    assert forecast.index.freq == DAYS.freq


@pytest.mark.parametrize(
    "dtype, expected",
    [
        ("float32", "float32"),
        ("float64", "float64"),
        ("Float64", "Float64"),
        ("Float32", "Float32"),
        ("int64", "float64"),
        ("Int64", "float64"),
        ("bool", "float64"),
        ("float16", "float64"),
        ("Sparse[float64]", "float64"),
    ],
)
def test_forecasts_are_floats_of_the_kind_of_y(dtype, expected, panel):
    ones = pd.Series(np.ones(3), index=DAYS[:3]).astype(dtype)
    on_panel = pd.Series(np.ones(5), index=panel.index).astype(dtype)
    for y in (ones, ones.to_frame("a"), on_panel, on_panel.to_frame("a")):
        read = read_panel(y)
        values = np.ones((read.n_series, 2))
        forecast = read.future_container(values, read.last + 1)
        columns = read.future_container(values[:, :, None], read.last + 1, [0.5])
        for one in (forecast, columns):
            dtypes = [one.dtype] if isinstance(one, pd.Series) else list(one.dtypes)
            assert dtypes == [expected] * len(dtypes)


def test_columns_of_different_dtypes_are_forecast_as_float64(table):
    read = read_panel(table.astype({"a": "float32"}))
    assert set(read.future_container(np.ones((2, 1)), read.last + 1).dtypes) == {np.dtype("f8")}


def test_an_array_is_forecast_as_an_array():
    for shape, expected in [((3,), (2,)), ((3, 4), (2, 4))]:
        read = read_panel(np.ones(shape, dtype=np.float32))
        values = np.arange(read.n_series * 2.0).reshape(read.n_series, 2)
        forecast = read.future_container(values, read.last + 1)
        assert forecast.shape == expected and forecast.dtype == np.float32
        np.testing.assert_array_equal(forecast.reshape(2, -1), values.T)
        three = read.future_container(
            np.stack([values, values + 1, values + 2], axis=2), read.last + 1, [0.1, 0.5, 0.9]
        )
        assert three.shape == (*expected, 3)
        np.testing.assert_array_equal(three[..., 1], forecast + 1)


def test_an_array_beside_a_panel_is_forecast_series_by_series(panel):
    read = read_panel(panel.to_numpy(), index=panel.index)
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert read.future_container(values, read.last + 1).tolist() == [1.0, 2.0, 3.0, 4.0]


def test_quantiles_are_columns(panel, table):
    values = np.arange(8.0).reshape(2, 2, 2)  # (n_series, n_steps, n_columns)
    read = read_panel(panel)
    columns = read.future_container(values, read.last + 1, [0.1, 0.9])
    assert columns.columns.tolist() == [0.1, 0.9]
    assert columns.index.equals(read.future_container(values[:, :, 0], read.last + 1).index)
    np.testing.assert_array_equal(columns.loc["a", 0.9], values[1, :, 1])
    read = read_panel(table)
    columns = read.future_container(values, read.last + 1, ["lower", "upper"])
    assert columns.columns.names == [None, "shop"]
    for i, column in enumerate(["lower", "upper"]):
        assert_frame_equal(
            columns[column], read.future_container(values[:, :, i], read.last + 1), check_freq=True
        )
    read = read_panel(table["b"])
    columns = read.future_container(values[:1], read.last + 1, ["lower", "upper"])
    assert columns.columns.tolist() == ["lower", "upper"]
    np.testing.assert_array_equal(columns, values[0])


def test_tables_may_have_several_column_levels(table):
    wide = pd.concat({"north": table, "south": table + 1}, axis=1, names=["region"])
    read = read_panel(wide)
    assert_frame_equal(with_own_values(read), wide)
    columns = read.future_container(np.ones((4, 2, 2)), read.last + 1, [0.1, 0.9])
    assert columns.columns.names == [None, "region", "shop"]
    assert columns[0.9].columns.equals(wide.columns)


@pytest.mark.parametrize(
    "ids",
    [
        ["x", "y"],
        [7, 3],
        pd.CategoricalIndex(["x", "y"], categories=["y", "x", "z"]),
        pd.DatetimeIndex(["2001-01-01", "2002-01-01"]),
        [("x", 1), ("y", 2)],
    ],
    ids=["strings", "integers", "categories", "dates", "tuples"],
)
def test_ids_keep_their_dtype_and_order(ids):
    level = pd.Index(ids, tupleize_cols=False)
    index = pd.MultiIndex(
        levels=[level, DAYS], codes=[[1, 1, 0, 0], [0, 1, 1, 2]], names=["a", "b"]
    )
    read = read_panel(pd.Series(np.arange(4.0), index=index))
    assert read.ids.tolist() == [level[1], level[0]]
    forecast = read.future_container(np.ones((2, 1)), read.last + 1)
    assert forecast.index.levels[0].dtype == level.dtype and forecast.index.names == ["a", "b"]
    assert forecast.index.get_level_values(0).tolist() == [level[1], level[0]]


def test_some_series_at_any_times_can_be_written(panel, table):
    read = read_panel(panel)
    written = read.layout.write(
        [np.array([0.5, 0.25])], read.ids[[1]], [np.array([8, 6])], read.clock
    )
    expected = pd.Series([0.5, 0.25], index=panel_index([("a", 8), ("a", 6)]), name="sales")
    assert_series_equal(written, expected)
    read = read_panel(table)
    written = read.layout.write(
        np.array([[0.5, 0.25]]), read.ids[[1]], np.array([[4, 5]]), read.clock
    )
    assert_frame_equal(
        written, pd.DataFrame({"b": [0.5, 0.25]}, index=DAYS[4:6], columns=table.columns[1:])
    )
    with pytest.raises(ValueError, match="positions: got different ones"):
        read.future_container(np.ones((2, 1)), np.array([1, 2]))


def test_a_read_panel_survives_pickling(panel):
    read = read_panel(panel)
    again = pickle.loads(pickle.dumps(read))
    assert_series_equal(with_own_values(again), with_own_values(read))


def test_forecasts_read_back_follow_the_data(panel, table):
    for y in (panel, panel.to_frame(), table, table["a"], panel.droplevel(0).iloc[2:]):
        read = read_panel(y)
        forecast = read.future_container(np.ones((read.n_series, 3)), read.last + 1)
        following = read_panel(forecast, clock=read.clock)
        assert following.first.tolist() == (read.last + 1).tolist()
        assert following.ids.equals(read.ids) and set(following.lengths) == {3}


# ---------------------------------------------------------------------------- speed


@pytest.mark.parametrize("by", ["series", "time"])
def test_many_series_are_read_and_written_in_a_moment(by):
    days = pd.date_range("1999-01-01", periods=100, tz="Europe/Berlin")
    index = pd.MultiIndex.from_product([np.arange(5000), days])
    if by == "time":
        index = index.swaplevel().sort_values().swaplevel()
    y = pd.Series(np.ones(len(index)), index=index)
    started = time.perf_counter()
    read = read_panel(y)
    read.future_container(np.ones((5000, 24)), read.last + 1)
    assert time.perf_counter() - started < 5.0
