"""Series of every container are read, and looked up, on their grid of times."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_series_equal

from skrnn._series.panel import read_panel, rows_of_index
from tests.series.panels import DAYS, panel_index, with_own_values


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
    with pytest.raises(ValueError, match=r"X: .*MultiIndex.*times only.*X\.xs\("):
        rows_of_index(panel.index, panel=read_panel(table["a"]), name="X")
    with pytest.raises(ValueError, match=r"X: .*off the grid"):
        rows_of_index(DAYS + pd.Timedelta("1h"), panel=read_panel(table), name="X")
