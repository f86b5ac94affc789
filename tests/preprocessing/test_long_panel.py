import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from skrnn._series.panel import read_panel
from skrnn.preprocessing import panel_from_long, panel_to_long

DAYS = pd.date_range("2024-01-01", periods=4)


@pytest.fixture
def frame():
    """Two series, their rows mixed and out of order."""
    return pd.DataFrame(
        {
            "unique_id": ["web", "shop", "web", "web", "shop"],
            "ds": DAYS[[2, 0, 0, 1, 1]],
            "y": [3.0, 10.0, 1.0, 2.0, 20.0],
            "price": [0.3, 1.0, 0.1, 0.2, 2.0],
        },
        index=[9, 9, 7, 5, 3],
    )


@pytest.fixture
def panel():
    """What ``frame`` is as a panel."""
    index = pd.MultiIndex.from_arrays(
        [["web"] * 3 + ["shop"] * 2, DAYS[[0, 1, 2, 0, 1]]], names=["unique_id", "ds"]
    )
    return pd.Series([1.0, 2.0, 3.0, 10.0, 20.0], index=index, name="y")


def test_rows_are_collected_by_series_and_sorted_by_time(frame, panel):
    assert_series_equal(panel_from_long(frame), panel)


def test_series_keep_the_order_of_their_first_rows(frame):
    assert read_panel(panel_from_long(frame.iloc[1:])).ids.tolist() == ["shop", "web"]


def test_columns_and_target_may_have_any_name(frame, panel):
    renamed = frame.rename(columns={"unique_id": 0, "ds": "day", "y": "sales"})
    found = panel_from_long(renamed, series=0, time="day", target="sales")
    assert_series_equal(found, panel.rename("sales").rename_axis([0, "day"]))


def test_series_and_time_may_be_index_levels(frame, panel):
    assert_series_equal(panel_from_long(frame.set_index("unique_id")), panel)
    assert_series_equal(panel_from_long(frame.set_index(["ds", "unique_id"])), panel)


def test_several_columns_become_a_frame(frame, panel):
    features = panel_from_long(frame, target=["price"])
    assert features.columns.tolist() == ["price"] and features.index.equals(panel.index)
    assert features["price"].tolist() == [0.1, 0.2, 0.3, 1.0, 2.0]
    everything = panel_from_long(frame, target=None)
    assert everything.columns.tolist() == ["y", "price"]
    assert_series_equal(everything["y"], panel)


def test_columns_keep_their_dtypes(frame):
    frame = frame.astype({"unique_id": "category", "y": "Int64", "price": "float32"})
    everything = panel_from_long(frame, target=None)
    assert [str(dtype) for dtype in everything.dtypes] == ["Int64", "float32"]
    assert everything.index.levels[0].dtype == frame["unique_id"].dtype


@pytest.mark.parametrize(
    "times",
    [
        pd.period_range("2024-01", periods=4, freq="M"),
        pd.date_range("2024-01-01", periods=4, tz="Europe/Berlin"),
        pd.Index([1, 2, 3, 4]),
        pd.Index([1, 2, 3, 4], dtype="Int64"),
    ],
    ids=lambda times: str(times.dtype),
)
def test_time_may_be_dates_periods_or_integers(frame, times):
    found = panel_from_long(frame.assign(ds=times[[2, 0, 0, 1, 1]]))
    assert found.tolist() == [1.0, 2.0, 3.0, 10.0, 20.0]
    assert read_panel(found).n_series == 2


def test_the_table_is_neither_changed_nor_shared(frame):
    before = frame.copy()
    found = panel_from_long(frame)
    found.iloc[:] = -1.0
    assert_frame_equal(frame, before)
    frame["y"] = 7.0
    assert (found == -1.0).all()


BAD_TABLES = {
    "no frame": (lambda frame: [1, 2], {}, TypeError, "frame: got a list.*DataFrame"),
    "an empty frame": (lambda frame: frame.iloc[:0], {}, ValueError, "without rows"),
    "no such series": (lambda frame: frame, {"series": "id"}, ValueError, "series: got 'id'"),
    "no such time": (lambda frame: frame, {"time": "day"}, ValueError, "time: got 'day'"),
    "no such target": (lambda frame: frame, {"target": "v"}, ValueError, "target: got 'v'"),
    "no such targets": (lambda frame: frame, {"target": ["v"]}, ValueError, "target: got 'v'"),
    "a missing id": (
        lambda frame: frame.assign(unique_id=[None, "a", "a", "a", "a"]),
        {},
        ValueError,
        "series: got 1 missing value.*dropna",
    ),
    "a missing time": (
        lambda frame: frame.assign(ds=[pd.NaT, *DAYS]),
        {},
        ValueError,
        "time: got 1 missing value",
    ),
    "text for times": (
        lambda frame: frame.assign(ds=frame["ds"].astype(str)),
        {},
        ValueError,
        r"time: got the column 'ds'.*pd\.to_datetime",
    ),
    "floats for times": (
        lambda frame: frame.assign(ds=np.arange(5.0)),
        {},
        ValueError,
        "time: got the column 'ds' of dtype float64",
    ),
    "a repeated time": (
        lambda frame: pd.concat([frame, frame.iloc[:1]]),
        {},
        ValueError,
        r"repeat an earlier.*\(web, 2024-01-03",
    ),
}


@pytest.mark.parametrize("bad", BAD_TABLES)
def test_what_is_no_long_table_is_refused_with_a_remedy(frame, bad):
    change, arguments, kind, message = BAD_TABLES[bad]
    with pytest.raises(kind, match=message):
        panel_from_long(change(frame), **arguments)


# ------------------------------------------------------------------------------- the way back


def test_a_panel_comes_back_from_its_long_table(frame, panel):
    assert_series_equal(panel_from_long(panel_to_long(panel)), panel)
    features = panel_from_long(frame, target=["y", "price"])
    assert_frame_equal(panel_from_long(panel_to_long(features), target=None), features)


def test_a_panel_becomes_plain_columns(panel):
    expected = pd.DataFrame(
        {
            "unique_id": ["web"] * 3 + ["shop"] * 2,
            "ds": DAYS[[0, 1, 2, 0, 1]],
            "y": [1.0, 2.0, 3.0, 10.0, 20.0],
        }
    )
    assert_frame_equal(panel_to_long(panel), expected)
    assert_frame_equal(panel_to_long(panel.rename(None).rename_axis([None, None])), expected)
    assert_frame_equal(panel_to_long(panel.to_frame("sales")), expected)
    named = panel_to_long(panel, series="id", time="day", target="forecast")
    assert named.columns.tolist() == ["id", "day", "forecast"]


def test_a_table_is_stacked_series_by_series():
    table = pd.DataFrame({"b": [1.0, 2.0], "a": [3.0, 4.0]}, index=DAYS[:2])
    expected = pd.DataFrame(
        {"unique_id": list("bbaa"), "ds": DAYS[[0, 1, 0, 1]], "y": [1.0, 2.0, 3.0, 4.0]}
    )
    assert_frame_equal(panel_to_long(table), expected)
    assert_frame_equal(panel_to_long(table.rename_axis(columns="shop", index="day")), expected)


def test_a_table_of_regions_has_pairs_for_ids():
    table = pd.DataFrame([[1.0, 2.0]], index=DAYS[:1])
    table.columns = pd.Index([("north", 1), ("south", 2)], tupleize_cols=False)
    assert panel_to_long(table)["unique_id"].tolist() == [("north", 1), ("south", 2)]


@pytest.mark.parametrize("columns", [[0.1, 0.5, 0.9], ["lower", "upper"]])
def test_quantiles_and_intervals_keep_their_names(panel, columns):
    one = panel.loc["web"]
    table = pd.DataFrame({"b": [1.0, 2.0], "a": [3.0, 4.0]}, index=DAYS[:2])
    for y, ids in [(panel, ["web", "shop"]), (one, [0]), (table, ["b", "a"])]:
        read = read_panel(y)
        values = np.arange(read.n_series * 2 * len(columns)).reshape(read.n_series, 2, len(columns))
        forecast = read.future_container(values, read.last + 1, columns)
        long = panel_to_long(forecast)
        assert long.columns.tolist() == ["unique_id", "ds", *columns]
        assert long["unique_id"].tolist() == [one for one in ids for _ in range(2)]
        np.testing.assert_array_equal(long[columns], values.reshape(-1, len(columns)))
        point = panel_to_long(read.future_container(values[:, :, 0], read.last + 1))
        assert point["unique_id"].equals(long["unique_id"]) and point["ds"].equals(long["ds"])


def test_quantiles_of_a_table_are_matched_by_series_not_by_place():
    table = pd.DataFrame({"b": [1.0, 2.0], "a": [3.0, 4.0]}, index=DAYS[:2])
    read = read_panel(table)
    values = np.arange(8.0).reshape(2, 2, 2)
    forecast = read.future_container(values, read.last + 1, ["lower", "upper"])
    expected = panel_to_long(forecast).set_index(["unique_id", "ds"]).sort_index()
    mixed = panel_to_long(forecast.iloc[:, [3, 0, 2, 1]]).set_index(["unique_id", "ds"])
    assert_frame_equal(mixed.sort_index()[["lower", "upper"]], expected)


def test_one_series_has_the_id_0(panel):
    long = panel_to_long(panel.loc["web"])
    assert long["unique_id"].tolist() == [0, 0, 0] and long["y"].tolist() == [1.0, 2.0, 3.0]


def test_the_time_zone_and_the_dtype_stay():
    times = pd.date_range("2024-03-30", periods=2, tz="Europe/Berlin")
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]}, index=times, dtype="float32")
    long = panel_to_long(table)
    assert long["ds"].dtype == times.dtype and long["y"].dtype == "float32"
    periods = panel_to_long(table.tz_localize(None).to_period("D").astype("Float64"))
    assert str(periods["ds"].dtype) == "period[D]" and str(periods["y"].dtype) == "Float64"


def test_the_forecast_is_neither_changed_nor_shared(panel):
    table = panel.unstack(0)
    for forecast in (panel, panel.to_frame(), table):
        before = forecast.copy()
        long = panel_to_long(forecast)
        long["y"] *= 2.0
        long.loc[:, "y"] = -1.0
        assert forecast.equals(before)


def test_what_is_no_forecast_is_refused_with_a_remedy(panel):
    with pytest.raises(TypeError, match=r"forecast: got a ndarray.*pd\.Series"):
        panel_to_long(np.ones(3))
    with pytest.raises(ValueError, match="forecast: got the column 'a' more than once"):
        panel_to_long(pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]))
    with pytest.raises(ValueError, match=r"forecast: .*3 levels.*\(series, time\)"):
        panel_to_long(pd.concat({"north": panel}))


@pytest.mark.parametrize("labels", [{"series": "y"}, {"time": "y"}, {"time": "unique_id"}])
def test_columns_of_a_long_table_need_names_of_their_own(panel, labels):
    with pytest.raises(ValueError, match=f"got the label '{next(iter(labels.values()))}'"):
        panel_to_long(panel, **labels)


def test_the_time_is_not_in_the_column_of_the_series(frame):
    with pytest.raises(ValueError, match="time: got 'unique_id'"):
        panel_from_long(frame, time="unique_id")


def two_levels(first=("north", "south"), names=("region", "shop")):
    columns = pd.MultiIndex.from_product([first, ["a", "b"]], names=names)
    return pd.DataFrame(np.arange(12.0).reshape(3, 4), DAYS[:3], columns)


def test_columns_with_two_levels_are_one_series_each():
    long = panel_to_long(two_levels())
    assert long.columns.tolist() == ["unique_id", "ds", "y"]
    assert long["unique_id"].tolist() == [
        (region, shop) for region in ("north", "south") for shop in "ab" for _ in range(3)
    ]
    assert long["y"].tolist() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]
    assert panel_from_long(long)["north", "a"].tolist() == [0, 4, 8]


def test_columns_with_three_levels_are_one_series_each():
    long = panel_to_long(pd.concat({"x": two_levels()}, axis=1, names=["country"]))
    assert long["unique_id"].iloc[-1] == ("x", "south", "b") and long["y"].iloc[-1] == 11


def test_named_integers_in_the_first_level_are_no_paths():
    long = panel_to_long(two_levels(first=(0, 1)))
    assert long["unique_id"].unique().tolist() == [(0, "a"), (0, "b"), (1, "a"), (1, "b")]


@pytest.mark.parametrize("values", [(0.1, 0.9), ("lower", "upper"), (0, 1)], ids=str)
def test_values_of_series_with_two_levels_keep_their_columns(values):
    table = pd.concat({value: two_levels() for value in values}, axis=1)
    long = panel_to_long(table)
    assert long.columns.tolist() == ["unique_id", "ds", *values]
    assert long["unique_id"].nunique() == 4 and len(long) == 12
    assert long[values[0]].tolist() == long[values[1]].tolist()
