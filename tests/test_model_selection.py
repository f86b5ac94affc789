import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    TimeSeriesSplit,
    check_cv,
    cross_val_score,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn.model_selection import PanelTimeSeriesSplit

DAYS = pd.date_range("2024-01-01", periods=40)


def panel_of(rows):
    """A panel from pairs of a series and the number of a day."""
    index = pd.MultiIndex.from_arrays(
        [[series for series, _ in rows], DAYS[[day for _, day in rows]]], names=["shop", "day"]
    )
    return pd.Series(np.arange(len(rows), dtype=float), index=index)


def folds_of(splitter, X, y=None):
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(X, y)]


@st.composite
def panels(draw):
    """Rows of series that start and end at different days, with holes, in any mixed order."""
    rows = [(0, day) for day in range(draw(st.integers(10, 20)))]
    for series in range(1, draw(st.integers(1, 4))):
        start = draw(st.integers(0, 12))
        days = draw(st.sets(st.integers(start, 19), min_size=1, max_size=8))
        rows += [(series, day) for day in sorted(days)]
    order = draw(st.sampled_from(["by series", "by time"]))
    return rows if order == "by series" else sorted(rows, key=lambda row: row[1])


splitters = st.builds(
    PanelTimeSeriesSplit,
    st.integers(1, 4),
    test_size=st.one_of(st.none(), st.integers(1, 4)),
    gap=st.integers(0, 3),
    align=st.sampled_from(["calendar", "end"]),
)


def split_or_skip(splitter, rows):
    """Folds as lists of (series, day), and as row numbers."""
    try:
        folds = folds_of(splitter, panel_of(rows))
    except ValueError:
        assume(False)  # too few timesteps: checked by tests of its own
    return [([rows[i] for i in train], [rows[i] for i in test]) for train, test in folds], folds


def naive_folds(splitter, rows):
    """The folds as the documentation says them, row by row."""
    last = {series: max(day for one, day in rows if one == series) for series, _ in rows}
    end = max(last.values())
    ago = [(last[series] if splitter.align == "end" else end) - day for series, day in rows]
    test_size = splitter.test_size or (max(ago) + 1) // (splitter.n_splits + 1)
    for fold in range(splitter.n_splits):
        oldest = (splitter.n_splits - fold) * test_size - 1
        train = [row for row, n in zip(rows, ago, strict=True) if n > oldest + splitter.gap]
        known = {series for series, _ in train}
        newest = oldest - test_size
        test = [
            row
            for row, n in zip(rows, ago, strict=True)
            if newest < n <= oldest and row[0] in known
        ]
        yield set(train), set(test)


@given(rows=panels(), splitter=splitters)
def test_folds_are_the_rows_before_the_cutoff_and_those_after_it(rows, splitter):
    folds, _ = split_or_skip(splitter, rows)
    assert [(set(train), set(test)) for train, test in folds] == list(naive_folds(splitter, rows))


@given(rows=panels(), splitter=splitters)
def test_no_row_is_in_both_parts_and_every_tested_series_was_trained_on(rows, splitter):
    folds, numbers = split_or_skip(splitter, rows)
    assert len(folds) == splitter.get_n_splits() == splitter.n_splits
    for (train, test), (train_rows, test_rows) in zip(folds, numbers, strict=True):
        assert train and test and set(train).isdisjoint(test)
        assert {series for series, _ in test} <= {series for series, _ in train}
        assert len(set(train_rows)) == len(train_rows)
        assert test_rows == sorted(test_rows)


@given(rows=panels(), splitter=splitters)
def test_no_test_row_is_older_than_a_training_row_plus_the_gap(rows, splitter):
    folds, _ = split_or_skip(splitter, rows)
    for train, test in folds:
        for series in {one for one, _ in test}:
            newest = max(day for one, day in train if one == series)
            oldest = min(day for one, day in test if one == series)
            assert oldest - newest > splitter.gap
        if splitter.align == "calendar":
            assert min(day for _, day in test) - max(day for _, day in train) > splitter.gap


@given(rows=panels(), splitter=splitters)
def test_the_first_training_rows_are_the_earliest_of_all_series(rows, splitter):
    folds, numbers = split_or_skip(splitter, rows)
    last = {series: max(day for one, day in rows if one == series) for series, _ in rows}
    for (train, _), (train_rows, _) in zip(folds, numbers, strict=True):
        if splitter.align == "calendar":
            times = [day for _, day in train]
        else:
            times = [day - last[series] for series, day in train]
        assert sorted(zip(times, train_rows, strict=True)) == list(
            zip(times, train_rows, strict=True)
        )


@given(
    n_rows=st.integers(2, 40),
    n_splits=st.integers(2, 5),
    test_size=st.one_of(st.none(), st.integers(1, 6)),
    gap=st.integers(0, 4),
)
def test_rows_that_are_times_are_split_as_scikit_learn_does(n_rows, n_splits, test_size, gap):
    X = np.zeros((n_rows, 2))
    expected = TimeSeriesSplit(n_splits, test_size=test_size, gap=gap)
    splitter = PanelTimeSeriesSplit(n_splits, test_size=test_size, gap=gap)
    try:
        folds = folds_of(expected, X)
    except ValueError:
        with pytest.raises(ValueError, match="n_splits: got"):
            folds_of(splitter, X)
        return
    table = pd.DataFrame(X, index=DAYS[:n_rows])
    for rows in (X, X[:, 0], X.tolist(), table, table[0], table.reset_index(drop=True)):
        assert folds_of(splitter, rows) == folds
    one_series = pd.concat({"only": table})
    assert folds_of(splitter, one_series) == folds
    assert (
        folds_of(
            PanelTimeSeriesSplit(n_splits, test_size=test_size, gap=gap, align="end"), one_series
        )
        == folds
    )


def test_a_worked_example_of_series_that_end_at_different_times():
    rows = [("a", day) for day in range(6)] + [("b", day) for day in range(4)]
    calendar = PanelTimeSeriesSplit(2, test_size=1)
    # The last days of "a" are 4 and 5, when "b" is over.
    assert folds_of(calendar, panel_of(rows)) == [
        ([0, 6, 1, 7, 2, 8, 3, 9], [4]),
        ([0, 6, 1, 7, 2, 8, 3, 9, 4], [5]),
    ]
    end = PanelTimeSeriesSplit(2, test_size=1, align="end")
    # Counted from the end, day 2 of "a" is as far back as day 0 of "b".
    assert folds_of(end, panel_of(rows)) == [
        ([0, 1, 2, 6, 3, 7], [4, 8]),
        ([0, 1, 2, 6, 3, 7, 4, 8], [5, 9]),
    ]


def test_a_series_that_starts_after_the_cutoff_is_tested_only_in_later_folds():
    rows = [("a", day) for day in range(9)] + [("new", day) for day in range(5, 9)]
    folds = folds_of(PanelTimeSeriesSplit(2, test_size=2), panel_of(rows))
    assert [test for _, test in folds] == [[5, 6], [7, 8, 11, 12]]
    assert 9 not in folds[0][0] and 9 in folds[1][0]


def test_missing_rows_are_timesteps():
    rows = [("a", day) for day in range(8) if day != 6] + [("b", day) for day in range(8)]
    ((train, test),) = folds_of(PanelTimeSeriesSplit(1, test_size=2), panel_of(rows))
    assert [rows[i] for i in test] == [("a", 7), ("b", 6), ("b", 7)]
    assert len(train) == 12


def test_the_default_test_size_divides_the_time_not_the_rows():
    rows = [(series, day) for series in range(5) for day in range(12)]
    folds = folds_of(PanelTimeSeriesSplit(3), panel_of(rows))
    assert [len(test) for _, test in folds] == [5 * 3] * 3
    assert [len(train) for train, _ in folds] == [5 * 3, 5 * 6, 5 * 9]


def test_months_are_counted_as_months():
    months = pd.date_range("2023-01-31", periods=14, freq="ME")
    y = pd.Series(range(28), index=pd.MultiIndex.from_product([["a", "b"], months]))
    for times in (months, months.to_period("M"), pd.RangeIndex(14)):
        y.index = pd.MultiIndex.from_product([["a", "b"], times])
        (_, test), (_, last) = folds_of(PanelTimeSeriesSplit(2, test_size=3), y)
        assert test == [8, 9, 10, 22, 23, 24] and last == [11, 12, 13, 25, 26, 27]


def test_the_index_may_be_that_of_X_or_of_y():
    y = panel_of([(series, day) for series in "ab" for day in range(9)])
    splitter = PanelTimeSeriesSplit(2, test_size=2)
    expected = folds_of(splitter, y)
    for X, target in [
        (y.to_frame(), y),
        (y.to_frame()[[]], y),
        (y.to_frame(), None),
        (y.to_frame(), y.to_numpy()),
        (y.to_numpy()[:, None], y),
        (y.reset_index(drop=True).to_frame(), y),
        (None, y),
    ]:
        assert folds_of(splitter, X, target) == expected
    assert expected != folds_of(splitter, y.to_numpy())


def test_levels_that_list_absent_times_do_not_matter():
    y = panel_of([(series, day) for series in "ab" for day in range(20)])
    part = y[y.index.get_level_values("day") < DAYS[10]]
    again = panel_of([(series, day) for series in "ab" for day in range(10)])
    splitter = PanelTimeSeriesSplit(3)
    assert folds_of(splitter, part) == folds_of(splitter, again)


def test_splitting_changes_nothing_and_can_be_repeated():
    y = panel_of([(series, day) for series in "ab" for day in range(9)])
    before = y.copy()
    splitter = PanelTimeSeriesSplit(2)
    assert folds_of(splitter, y) == folds_of(splitter, y)
    pd.testing.assert_series_equal(y, before)


# ----------------------------------------------------------------------------- in scikit-learn


@pytest.fixture
def regression():
    """Features and targets of a panel with a trend, as any regressor takes them."""
    y = panel_of([(series, day) for series in "abc" for day in range(30)])
    X = pd.DataFrame({"day": y.index.get_level_values("day").day_of_year}, index=y.index)
    return X, pd.Series(2.0 * X["day"] + 1.0, index=y.index)


def test_scikit_learns_searches_take_it(regression):
    X, y = regression
    splitter = PanelTimeSeriesSplit(3, test_size=4)
    assert check_cv(splitter) is splitter
    search = GridSearchCV(
        make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1e-6, 1e6]}, cv=splitter
    ).fit(X, y)
    assert search.best_params_ == {"ridge__alpha": 1e-6}
    assert search.n_splits_ == 3
    scores = cross_val_score(Ridge(1e-6), X, y, cv=splitter, scoring="neg_mean_absolute_error")
    np.testing.assert_allclose(scores, 0.0, atol=1e-4)


class RecordsRows(Ridge):
    """Remembers the days it was trained on, in a list shared by its clones."""

    seen = []

    def fit(self, X, y):
        self.seen.append(X["day"].to_numpy())
        return super().fit(X, y)


def test_a_learning_curve_starts_from_the_earliest_times_of_all_series(regression):
    X, y = regression
    RecordsRows.seen = []
    learning_curve(
        RecordsRows(), X, y, cv=PanelTimeSeriesSplit(1, test_size=10), train_sizes=[6, 12, 60]
    )
    assert [days.tolist() for days in RecordsRows.seen] == [
        sorted(list(range(1, n_days + 1)) * 3) for n_days in (2, 4, 20)
    ]


def test_it_has_the_manners_of_a_splitter(regression):
    splitter = PanelTimeSeriesSplit(3, test_size=24)
    assert (
        repr(splitter) == "PanelTimeSeriesSplit(align='calendar', gap=0, n_splits=3, test_size=24)"
    )
    assert repr(clone(splitter, safe=False)) == repr(splitter)
    assert splitter.get_n_splits(*regression, groups=None) == 3
    with sklearn.config_context(enable_metadata_routing=True):
        X, y = regression
        assert len(cross_val_score(Ridge(), X, y, cv=PanelTimeSeriesSplit(2))) == 2
        assert not hasattr(splitter, "set_split_request")


def test_groups_are_ignored_with_a_warning(regression):
    X, y = regression
    splitter = PanelTimeSeriesSplit(2)
    with pytest.warns(UserWarning, match="groups: PanelTimeSeriesSplit splits by time"):
        folds = list(splitter.split(X, y, groups=np.arange(len(X))))
    assert folds_of(splitter, X) == [(train.tolist(), test.tolist()) for train, test in folds]


# ------------------------------------------------------------------------------------- refusals

BAD_PARAMETERS = {
    "n_splits of 0": ({"n_splits": 0}, ValueError, "n_splits: got 0.*1 or more"),
    "n_splits of 2.0": ({"n_splits": 2.0}, TypeError, "n_splits: got 2.0.*integer"),
    "n_splits of True": ({"n_splits": True}, TypeError, "n_splits: got True"),
    "test_size of 0": ({"test_size": 0}, ValueError, "test_size: got 0.*1 or more"),
    "test_size of 0.2": ({"test_size": 0.2}, TypeError, "test_size: got 0.2.*integer"),
    "a negative gap": ({"gap": -1}, ValueError, "gap: got -1.*0 or more"),
    "gap of None": ({"gap": None}, TypeError, "gap: got None.*integer"),
    "another alignment": ({"align": "start"}, ValueError, "align: got 'start'.*calendar.*end"),
}


@pytest.mark.parametrize("bad", BAD_PARAMETERS)
def test_parameters_out_of_range_are_refused_at_once(bad):
    parameters, kind, message = BAD_PARAMETERS[bad]
    with pytest.raises(kind, match=message):
        PanelTimeSeriesSplit(**parameters)


@pytest.mark.parametrize("align", ["calendar", "end"])
def test_too_few_timesteps_are_refused_with_the_number_that_is_needed(align):
    y = panel_of([(series, day) for series in "ab" for day in range(9)])
    for n_splits, test_size, gap, n_needed in [(3, 3, 0, 10), (2, 4, 1, 10), (9, None, 0, 10)]:
        splitter = PanelTimeSeriesSplit(n_splits, test_size=test_size, gap=gap, align=align)
        message = f"n_splits: got {n_splits} for 9 timesteps.*at least {n_needed} timesteps.*Lower"
        with pytest.raises(ValueError, match=message):
            folds_of(splitter, y)
        enough = panel_of([(series, day) for series in "ab" for day in range(n_needed)])
        assert len(folds_of(splitter, enough)) == n_splits


def test_a_fold_without_test_rows_is_refused():
    rows = [("old", day) for day in range(10)] + [("new", day) for day in range(15, 20)]
    with pytest.raises(ValueError, match=r"fold 1 of 2 has no test row.*align='end'"):
        folds_of(PanelTimeSeriesSplit(2, test_size=3), panel_of(rows))
    assert len(folds_of(PanelTimeSeriesSplit(2, test_size=2, align="end"), panel_of(rows))) == 2


def test_rows_that_are_no_panel_are_refused():
    y = panel_of([(series, day) for series in "ab" for day in range(9)])
    splitter = PanelTimeSeriesSplit(2)
    for bad, message in [
        (y.iloc[::-1], "X: .*back in time.*sort_index"),
        (pd.concat([y, y.iloc[-1:]]), "X: .*come twice"),
        (y.swaplevel(), "X: .*swaplevel"),
        (y.iloc[:0], "X: got a panel without rows"),
    ]:
        with pytest.raises(ValueError, match=message):
            folds_of(splitter, bad)
    with pytest.raises(ValueError, match=r"y: .*back in time"):
        folds_of(splitter, np.zeros(len(y)), y.iloc[::-1])
    with pytest.raises(ValueError, match="X: got None, and None for y"):
        folds_of(splitter, None)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[9, 18\]"):
        folds_of(splitter, np.zeros(9), y)


def test_a_series_without_a_value_yet_leaves_the_fold():
    y = panel_of([(series, day) for series in "ab" for day in range(12)])
    y.iloc[12:20] = np.nan
    splitter = PanelTimeSeriesSplit(2, test_size=3)
    first, second = splitter.split(y)
    assert [len(rows) for rows in first] == [6, 3] and max(first[0]) < 12
    assert [len(rows) for rows in second] == [18, 6]
    X = pd.DataFrame({"promo": 1.0, "price": 2.0}, index=y.index)
    for other in (splitter.split(X, y), splitter.split(X, y.to_numpy()), splitter.split(None, y)):
        for (train, test), expected in zip(other, (first, second), strict=True):
            np.testing.assert_array_equal(train, expected[0])
            np.testing.assert_array_equal(test, expected[1])
    assert [len(test) for _, test in splitter.split(X)] == [6, 6]
