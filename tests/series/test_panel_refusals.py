"""What is no panel is refused with a remedy."""

import decimal

import numpy as np
import pandas as pd
import pytest

from skrnn._series.panel import read_panel
from tests.series.panels import DAYS, panel_index

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
        r"y: got infinity in series 'b' at 2024-01-02.*y\.where",
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
    "durations": (pd.Series(DAYS - DAYS[0]), ValueError, r"y: .*timedelta64.*y / np\.timedelta64"),
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
    with pytest.raises(ValueError, match=r"3 rows on a grid of 31622401 steps.*'s'.*Resample y"):
        read_panel(pd.Series([1.0, 2.0, 3.0], index=index))
