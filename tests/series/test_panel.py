import decimal
import pickle
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from skrnn._series.panel import read_panel, rows_of_index

DAYS = pd.date_range("2024-01-01", periods=6, name="day")


def panel_index(rows, names=("shop", "day")):
    """A (series, time) index from pairs of an id and the number of a day."""
    return pd.MultiIndex.from_arrays(
        [
            [series for series, _ in rows],
            pd.Index([DAYS[0] + pd.Timedelta(n, "D") for _, n in rows]),
        ],
        names=names,
    )


@pytest.fixture
def panel():
    """Two series of different ends, one with a missing row; "b" comes first."""
    index = panel_index([("b", 0), ("b", 1), ("a", 1), ("a", 3), ("a", 4)])
    return pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], index=index, name="sales")


@pytest.fixture
def table():
    frame = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": [4.0, 5.0, 6.0]}, index=DAYS[:3])
    return frame.rename_axis(columns="shop")


def steps_of(panel):
    """What the panel holds, as {id: [(time, value), ...]}."""
    return {
        panel.ids[i]: list(
            zip(
                panel.clock.index(np.arange(panel.first[i], panel.last[i] + 1)),
                panel.values[panel.starts[i] : panel.stops[i]].tolist(),
                strict=True,
            )
        )
        for i in range(panel.n_series)
    }


def with_own_values(read):
    """Write the panel's own values as if they were forecasts of its own times."""
    positions = [np.arange(a, b + 1) for a, b in zip(read.first, read.last, strict=True)]
    values = [read.values[a:b] for a, b in zip(read.starts, read.stops, strict=True)]
    return read.layout.write(values, read.ids, positions, read.clock)


# ---------------------------------------------------------------------------- what is read


def test_series_of_a_panel_are_laid_end_to_end_on_the_grid(panel):
    read = read_panel(panel)
    np.testing.assert_array_equal(read.values, [1.0, 2.0, 3.0, np.nan, 4.0, 5.0])
    assert read.starts.tolist() == [0, 2] and read.lengths.tolist() == [2, 4]
    assert read.first.tolist() == [0, 1] and read.last.tolist() == [1, 4]
    assert read.stops.tolist() == [2, 6] and read.n_series == read.n_series == 2
    assert read.ids.tolist() == ["b", "a"] and read.clock.freq_name == "D"


@st.composite
def mixed_rows(draw):
    """Rows of several series, each increasing in time, mixed in any way."""
    n_series = draw(st.integers(1, 4))
    rows = []
    for series in range(n_series):
        times = sorted(draw(st.sets(st.integers(0, 12), min_size=2, max_size=8)))
        rows.append([(series, one) for one in times])
    mixed = []
    while any(rows):
        source = draw(st.sampled_from([of_series for of_series in rows if of_series]))
        mixed.append(source.pop(0))
    return mixed


@settings(max_examples=150, deadline=None)
@given(rows=mixed_rows(), kind=st.sampled_from(["integer", "datetime", "period"]))
def test_every_row_is_found_at_its_time_and_nothing_else(rows, kind):
    times = {
        "integer": pd.RangeIndex(13),
        "datetime": pd.date_range("2024-03-25", periods=13, freq="MS", tz="Europe/Berlin"),
        "period": pd.period_range("2024", periods=13, freq="Q"),
    }[kind]
    rows = [("full", one) for one in range(13)] + rows  # shows the frequency
    index = pd.MultiIndex.from_arrays(
        [[f"id{series}" for series, _ in rows], times[[one for _, one in rows]]]
    )
    y = pd.Series(np.arange(1.0, len(rows) + 1), index=index)
    read = read_panel(y)
    expected = {(f"id{series}", times[one]): y.iloc[i] for i, (series, one) in enumerate(rows)}
    found = {
        (series, one): value
        for series, steps in steps_of(read).items()
        for one, value in steps
        if not np.isnan(value)
    }
    assert found == expected
    assert read.ids.tolist() == list(dict.fromkeys(index.get_level_values(0)))
    series, positions = rows_of_index(index, panel=read, name="X")
    np.testing.assert_array_equal(read.values[read.row_of(series, positions)], y)
    assert (np.add.reduceat(~np.isnan(read.values), read.starts) >= 2).all()


def test_the_order_in_which_series_are_mixed_changes_only_their_order(panel):
    mixed = panel.iloc[[2, 0, 3, 1, 4]]
    assert read_panel(mixed).ids.tolist() == ["a", "b"]
    assert_series_equal(
        with_own_values(read_panel(mixed)).sort_index(),
        with_own_values(read_panel(panel)).sort_index(),
    )


def test_every_container_of_one_series_holds_the_same_values():
    values = [1.0, np.nan, 3.0, 4.0]
    containers = {
        "series": pd.Series(values, index=DAYS[:4], name="a"),
        "one column": pd.DataFrame({"a": values}, index=DAYS[:4]),
        "panel": pd.Series(values, index=panel_index([("a", n) for n in range(4)])),
        "panel frame": pd.DataFrame({"y": values}, index=panel_index([("a", n) for n in range(4)])),
        "array": np.array(values),
        "list": [1, None, 3, 4],
        "2-D array": np.array(values)[:, None],
        "masked": np.ma.masked_array([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 0]),
    }
    for what, y in containers.items():
        read = read_panel(y)
        np.testing.assert_array_equal(read.values, values, err_msg=what)
        assert read.starts.tolist() == [0] and read.lengths.tolist() == [4], what
        array_like = what in ("array", "list", "2-D array", "masked")
        assert read.ids.tolist() == ([0] if array_like else ["a"]), what


def test_a_series_without_a_name_has_the_id_0():
    assert read_panel(pd.Series([1.0, 2.0])).ids.tolist() == [0]
    assert read_panel(pd.Series([1.0, 2.0], name=("x", 1))).ids.tolist() == [("x", 1)]


def test_a_table_has_a_series_in_each_column_with_all_its_rows(table):
    read = read_panel(table.iloc[[0, 2]].asfreq("D"))
    np.testing.assert_array_equal(read.values, [1.0, np.nan, 3.0, 4.0, np.nan, 6.0])
    table.loc[table.index[[0, 2]], "a"] = np.nan
    table.loc[table.index[1], "a"] = 2.0
    read = read_panel(table)
    np.testing.assert_array_equal(read.values[:3], [np.nan, 2.0, np.nan])
    assert read.lengths.tolist() == [3, 3] and read.first.tolist() == [0, 0]
    assert read.ids.tolist() == ["a", "b"]


def test_missing_rows_of_a_table_are_missing_values():
    frame = pd.DataFrame({"a": np.arange(6.0), "b": -np.arange(6.0)}, index=DAYS)
    read = read_panel(frame.drop(DAYS[[2, 4]]))
    np.testing.assert_array_equal(read.values[:6], [0, 1, np.nan, 3, np.nan, 5])
    np.testing.assert_array_equal(read.values[6:], -read.values[:6])


def test_levels_that_list_absent_series_and_times_do_not_matter(panel):
    part = panel[panel.index.get_level_values(0) == "a"]
    assert "b" in part.index.levels[0]
    read = read_panel(part)
    assert read.ids.tolist() == ["a"] and read.first.tolist() == [0]
    np.testing.assert_array_equal(read.values, [3.0, np.nan, 4.0, 5.0])


def test_levels_need_not_be_sorted():
    index = pd.MultiIndex(
        levels=[["b", "a"], DAYS[[2, 0, 3, 1]]], codes=[[0, 0, 0, 1, 1], [1, 3, 2, 1, 0]]
    )
    read = read_panel(pd.Series(np.arange(5.0), index=index))
    np.testing.assert_array_equal(read.values, [0, 1, np.nan, 2, 3, np.nan, 4])
    assert read.ids.tolist() == ["b", "a"]


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 0, 1], dtype="float32"),
        np.array([1, 0, 1], dtype="float16"),
        np.array([1, 0, 1], dtype="uint8"),
        np.array([True, False, True]),
        np.array([1, 0.0, np.True_], dtype=object),
        pd.array([1, 0, 1], dtype="Int64"),
        pd.array([1, 0, 1], dtype="Float32"),
        pd.array([True, False, True], dtype="boolean"),
        pd.arrays.SparseArray([1.0, 0.0, 1.0]),
    ],
    ids=lambda values: str(values.dtype),
)
def test_any_real_dtype_is_read_as_float64(values):
    for y in (pd.Series(values), pd.DataFrame({"a": values, "b": [1.0, 0.0, 1.0]})):
        read = read_panel(y)
        assert read.values.dtype == np.float64
        np.testing.assert_array_equal(read.values[:3], [1, 0, 1])


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, None, 3], dtype="Int64"),
        pd.array([1, None, 3], dtype="Float64"),
        pd.array([True, None, True], dtype="boolean"),
        np.array([1, None, 3], dtype=object),
        np.array([1, pd.NA, 3], dtype=object),
        np.array([1, np.nan, 3]),
    ],
    ids=lambda values: f"{values.dtype} {values[1]}",
)
def test_every_way_to_write_a_missing_value_is_nan(values):
    for y in (pd.Series(values), pd.DataFrame({"a": values, "b": [1.0, 2.0, 3.0]})):
        assert np.isnan(read_panel(y).values[:3]).tolist() == [False, True, False]


def test_what_is_read_does_not_change_with_the_data_nor_the_data_with_what_is_read(panel, table):
    array = np.arange(4.0)
    wide = np.arange(6.0).reshape(3, 2)
    for y in (panel.copy(), table.copy(), array, wide, wide.T, pd.Series(array)):
        before = y.copy()
        read = read_panel(y)
        expected = read.values.copy()
        if isinstance(y, np.ndarray):
            assert not np.shares_memory(read.values, y)
        y[:] = -1.0
        np.testing.assert_array_equal(read.values, expected)
        y[:] = before
        read.values[:] = 7.0
        np.testing.assert_array_equal(y, before)


# ------------------------------------------------------------------------- on a given clock


def test_a_given_clock_counts_from_its_own_origin(panel):
    clock = read_panel(panel).clock
    later = pd.Series([1.0, 2.0], index=panel_index([("c", 7), ("c", 9)]))
    read = read_panel(later, clock=clock)
    assert read.clock is clock and read.first.tolist() == [7] and read.lengths.tolist() == [3]
    earlier = pd.Series([1.0], index=DAYS[:1] - pd.Timedelta("5D"))
    assert read_panel(earlier, clock=clock).first.tolist() == [-5]


def test_a_series_off_a_given_clock_is_refused(panel):
    clock = read_panel(panel).clock
    with pytest.raises(ValueError, match=r"history: got 1 time.*off the grid: 2024-01-09 12:00"):
        index = pd.DatetimeIndex(["2024-01-08", "2024-01-09 12:00"])
        read_panel(pd.Series([1.0, 2.0], index=index), clock=clock, name="history")
    for freq in ("2D", "h", "MS"):
        other = pd.Series(np.arange(5.0), index=pd.date_range("2024-02-01", periods=5, freq=freq))
        with pytest.raises(ValueError, match=rf"history: .*frequency '{freq}'.*'D'.*resample"):
            read_panel(other, clock=clock, name="history")
    with pytest.raises(ValueError, match=r"history: got .*integer|history: got .*RangeIndex"):
        read_panel([1.0, 2.0], clock=clock, name="history")


def test_an_array_takes_the_index_beside_it(panel):
    index = pd.date_range("2024-01-31", periods=3, freq="ME")
    read = read_panel(np.arange(3.0), index=index)
    assert read.clock.freq_name == "ME" and read.ids.tolist() == [0]
    read = read_panel(panel.to_numpy(), index=panel.index)
    np.testing.assert_array_equal(read.values, read_panel(panel).values)
    assert read.ids.tolist() == ["b", "a"]
    column = read_panel(panel.to_numpy()[:, None], index=panel.index)
    np.testing.assert_array_equal(column.values, read.values)
    with pytest.raises(ValueError, match="y: got 4 rows beside an index of 5 rows"):
        read_panel(np.arange(4.0), index=panel.index)
    with pytest.raises(ValueError, match=r"y: got an array of shape \(5, 2\).*y\[:, 0\]"):
        read_panel(np.ones((5, 2)), index=panel.index)


# ---------------------------------------------------------------------------- looking up


def test_steps_outside_a_series_have_no_row(panel):
    read = read_panel(panel)
    rows = read.row_of(np.array([[0], [1], [-1]]), np.arange(-1, 6))
    assert rows.tolist() == [
        [-1, 0, 1, -1, -1, -1, -1],
        [-1, -1, 2, 3, 4, 5, -1],
        [-1, -1, -1, -1, -1, -1, -1],
    ]


def test_rows_of_another_index_are_found_by_id_and_time(panel):
    read = read_panel(panel)
    index = panel_index([("zz", 0), ("a", 9), ("b", 1), ("a", 2)])
    series, positions = rows_of_index(index, panel=read, name="X")
    assert series.tolist() == [-1, 1, 0, 1] and positions.tolist() == [0, 9, 1, 2]


def test_rows_of_a_plain_index_are_times_of_the_one_series_or_of_the_whole_table(panel, table):
    for y in (table["a"], table):
        series, positions = rows_of_index(DAYS[[4, 2]], panel=read_panel(y), name="X")
        assert series.tolist() == [0, 0] and positions.tolist() == [4, 2]
    series, positions = rows_of_index(panel.index, panel=read_panel(table), name="X")
    assert series.tolist() == [1, 1, 0, 0, 0] and positions.tolist() == [0, 1, 1, 3, 4]
    with pytest.raises(ValueError, match=r"X: .*\(series, time\) MultiIndex.*set_index"):
        rows_of_index(DAYS, panel=read_panel(panel), name="X")
    with pytest.raises(ValueError, match=r"X: .*MultiIndex.*times only.*droplevel"):
        rows_of_index(panel.index, panel=read_panel(table["a"]), name="X")
    with pytest.raises(ValueError, match=r"X: .*off the grid"):
        rows_of_index(DAYS + pd.Timedelta("1h"), panel=read_panel(table), name="X")


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


# ---------------------------------------------------------------------------- refusals

BAD_DATA = {
    "nothing": (None, TypeError, "y: got None.*pandas Series"),
    "text": ("y", TypeError, "y: got a str"),
    "a mapping": ({"a": [1.0]}, TypeError, "y: got a dict"),
    "a number": (3.0, TypeError, "y: got a float"),
    "ragged lists": ([[1.0], [1.0, 2.0]], TypeError, r"y: got a list.*pd\.concat"),
    "three dimensions": (np.ones((2, 2, 2)), TypeError, r"y: got a ndarray of shape \(2, 2, 2\)"),
    "an empty list": ([], ValueError, "y: got list of length 0, without values"),
    "an empty Series": (pd.Series([], dtype=float), ValueError, "y: .*without values.*filtered"),
    "an empty table": (pd.DataFrame({"a": []}), ValueError, "y: .*without values"),
    "no column": (pd.DataFrame(index=DAYS), ValueError, "y: .*without columns"),
    "infinity": (
        pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, np.inf]}, index=DAYS[:2]),
        ValueError,
        r"y: got infinity in series 'b' at 2024-01-02.*replace",
    ),
    "negative infinity": ([1.0, -np.inf], ValueError, "y: got infinity in series 0 at 1"),
    "a huge number": ([1.0, 1e200], ValueError, r"y: got a value of magnitude 1e\+200"),
    "an integer beyond floats": ([1, 10**400], ValueError, "y: got an integer that float64"),
    "only missing values": ([np.nan, np.nan], ValueError, "y: got 1 series without any value: 0"),
    "a series of missing values": (
        pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan] * 2, "c": [np.nan] * 2}),
        ValueError,
        r"y: got 2 series without any value: 'b', 'c'\..*dropna\(axis=1",
    ),
    "strings": (pd.Series(["1", "2"]), ValueError, r"y: got values of dtype .*astype\(float\)"),
    "a column of strings": (
        pd.DataFrame({"a": [1.0], "b": ["1"]}),
        ValueError,
        "y: got values of dtype .* in the column 'b'",
    ),
    "decimals": (
        pd.Series([decimal.Decimal(1)]),
        ValueError,
        r"y: got values of dtype object that are of type Decimal.*astype\(float\)",
    ),
    "dates": (pd.Series(DAYS), ValueError, r"y: got values of dtype datetime64.*index"),
    "durations": (pd.Series(DAYS - DAYS[0]), ValueError, "y: .*timedelta64.*total_seconds"),
    "complex numbers": (np.array([1j]), ValueError, r"y: .*complex128.*np\.real"),
    "categories": (pd.Series(["1"], dtype="category"), ValueError, "y: .*category"),
    "a column twice": (
        pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]),
        ValueError,
        "y: got the column 'a' more than once",
    ),
    "text for times": (pd.Series([1.0], index=["2024"]), TypeError, r"y: .*pd\.to_datetime"),
}


@pytest.mark.parametrize("bad", BAD_DATA)
def test_what_is_no_panel_is_refused_with_a_remedy(bad):
    y, kind, message = BAD_DATA[bad]
    with pytest.raises(kind, match=message):
        read_panel(y)


def test_a_panel_frame_of_several_columns_is_refused(panel):
    frame = panel.to_frame().assign(price=1.0)
    with pytest.raises(ValueError, match=r"y: .*2 columns, \['sales', 'price'\].*y\['sales'\]"):
        read_panel(frame)


def test_series_of_a_panel_without_values_are_named(panel):
    panel[panel.index.get_level_values(0) == "b"] = np.nan
    with pytest.raises(ValueError, match=r"1 series without any value: 'b'.*drop\(\[.*level=0"):
        read_panel(panel)


def test_levels_in_the_wrong_order_are_refused(panel):
    for y in (panel.swaplevel(), panel.swaplevel().sort_index()):
        with pytest.raises(ValueError, match=r"\['day', 'shop'\].*swaplevel\(\)\.sort_index"):
            read_panel(y)
    integers = pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([(1, "a"), (2, "a")]))
    with pytest.raises(ValueError, match="swaplevel"):
        read_panel(integers)


def test_two_integer_levels_are_series_and_time():
    index = pd.MultiIndex.from_tuples([(7, 1), (7, 2), (8, 1)])
    assert read_panel(pd.Series([1.0, 2.0, 3.0], index=index)).ids.tolist() == [7, 8]


def test_more_levels_are_refused(panel):
    three = pd.concat({"north": panel}, names=["region"])
    with pytest.raises(ValueError, match=r"3 levels, \['region', 'shop', 'day'\].*Join"):
        read_panel(three)


def test_the_remedy_for_more_levels_works(panel):
    y = pd.concat({"north": panel}, names=["region"])
    y.index = pd.MultiIndex.from_arrays(
        [y.index.droplevel(-1).to_flat_index().map(str), y.index.get_level_values(-1)]
    )
    assert read_panel(y).ids.tolist() == ["('north', 'b')", "('north', 'a')"]


def test_a_level_that_holds_no_times_is_refused_and_the_remedy_works():
    index = pd.MultiIndex.from_product([["a", "b"], ["2024-01-01", "2024-01-02"]])
    y = pd.Series(np.arange(4.0), index=index)
    with pytest.raises(TypeError, match=r"second level.*set_levels\(pd\.to_datetime"):
        read_panel(y)
    y.index = y.index.set_levels(pd.to_datetime(y.index.levels[1]), level=1)
    assert read_panel(y).clock.freq_name == "D"


@pytest.mark.parametrize("row, what", [((None, DAYS[0]), "series id"), (("a", pd.NaT), "time")])
def test_rows_without_id_or_time_are_refused(row, what):
    index = pd.MultiIndex.from_tuples([("a", DAYS[1]), row])
    with pytest.raises(ValueError, match=rf"1 row\(s\) without a {what}, the first is row 1"):
        read_panel(pd.Series([1.0, 2.0], index=index))


def test_unsorted_rows_are_named_up_to_three(panel):
    with pytest.raises(ValueError, match=r"1 row.*back in time: \('a', 2024-01-02\).*sort_index"):
        read_panel(panel.iloc[[0, 1, 3, 2, 4]])
    backwards = pd.Series(np.arange(6.0), index=DAYS[::-1])
    with pytest.raises(ValueError, match=r"5 row.*: 2024-01-05, 2024-01-04, 2024-01-03, \.\.\."):
        read_panel(backwards)
    assert read_panel(backwards.sort_index()).n_series == 1


def test_repeated_times_are_named_and_the_remedy_works(panel):
    twice = pd.concat([panel, panel.iloc[[-1]]])
    with pytest.raises(
        ValueError, match=r"1 time\(s\) that come twice: \('a', 2024-01-05\).*level=\[0, 1\]"
    ):
        read_panel(twice)
    assert read_panel(twice.groupby(level=[0, 1]).mean()).n_series == 2
    plain = pd.Series([1.0, 2.0, 4.0], index=DAYS[[0, 1, 1]])
    with pytest.raises(ValueError, match=r"come twice: 2024-01-02.*groupby\(level=0\)"):
        read_panel(plain)
    np.testing.assert_array_equal(read_panel(plain.groupby(level=0).mean()).values, [1.0, 3.0])


def test_series_below_one_another_without_ids_are_told_about_panels():
    stacked = pd.Series(np.arange(6.0), index=DAYS[:3].append(DAYS[:3]))
    with pytest.raises(ValueError, match=r"3 time\(s\) come twice.*panel_from_long"):
        read_panel(stacked)


def test_the_hour_that_daylight_saving_repeats_gets_a_hint_and_the_remedy_works():
    index = pd.date_range("2024-10-26", periods=48, freq="h", tz="Europe/Berlin").tz_localize(None)
    y = pd.Series(np.arange(48.0), index=index)
    with pytest.raises(ValueError, match=r"come twice|back in time") as caught:
        read_panel(y)
    assert "tz_localize" in str(caught.value)
    y.index = y.index.tz_localize("Europe/Berlin", ambiguous="infer")
    np.testing.assert_array_equal(read_panel(y).values, np.arange(48.0))


def test_one_row_in_each_series_needs_a_frequency():
    index = panel_index([("a", 0), ("b", 3)])
    y = pd.Series([1.0, 2.0], index=index)
    with pytest.raises(ValueError, match=r"one time in every series.*to_period"):
        read_panel(y)
    y.index = y.index.set_levels(y.index.levels[1].to_period("D"), level=1)
    assert read_panel(y).first.tolist() == [0, 3]
    made_with_one = pd.MultiIndex.from_product(
        [["a", "b"], pd.date_range("2024", periods=1, freq="MS")]
    )
    assert read_panel(pd.Series([1.0, 2.0], index=made_with_one)).clock.freq_name == "MS"


def test_series_between_each_others_times_are_refused():
    hours = pd.to_timedelta([0, 2, 4, 1, 3, 5], unit="h")
    index = pd.MultiIndex.from_arrays([list("aaabbb"), DAYS[0] + hours])
    with pytest.raises(ValueError, match=r"3 time\(s\) off the grid.*'2h'"):
        read_panel(pd.Series(np.arange(6.0), index=index))


def test_a_grid_of_almost_nothing_but_gaps_is_refused():
    index = pd.DatetimeIndex(["2024-01-01 00:00:00", "2024-01-01 00:00:01", "2025-01-01"])
    with pytest.raises(ValueError, match=r"3 rows on a grid of 31622401 steps.*'s'.*resample"):
        read_panel(pd.Series([1.0, 2.0, 3.0], index=index))


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
