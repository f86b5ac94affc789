"""The container of forecasts changes no error; missing values and gaps are left out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import cross_val_score

from skrnn.metrics import interval_coverage, mase, owa, smape
from tests.metrics.panels import MASE, NAN, PRED, SCALED, SMAPE, TIMES, TRAIN, TRUE, panel

# Containers


def containers():
    """Yield the same two series in every container that holds several."""
    train = {name: values[-4:] for name, values in TRAIN.items()}
    data = [TRUE, PRED, train]
    yield "panel", [panel(one) for one in data]
    yield "panel of one column", [panel(one).to_frame("sales") for one in data]
    yield "wide", [pd.DataFrame(one) for one in data]
    yield "array", [np.column_stack([one["a"], one["b"]]) for one in data]
    yield "list", [[np.array(one["a"]), np.array(one["b"])] for one in data]
    yield "wide beside arrays", [pd.DataFrame(TRUE), *(pd.DataFrame(x).values for x in data[1:])]
    yield "array beside wide", [pd.DataFrame(TRUE).values, *map(pd.DataFrame, data[1:])]
    yield "array, truth listed", [list(pd.DataFrame(TRUE).values.T), *map(pd.DataFrame, data[1:])]
    yield "panel, wide predictions", [panel(TRUE), pd.DataFrame(PRED), panel(train)]
    yield "wide, panel for training", [pd.DataFrame(TRUE), panel(PRED), panel(train)]
    yield (
        "columns in another order",
        [pd.DataFrame(TRUE), *(pd.DataFrame(x)[["b", "a"]] for x in data[1:])],
    )
    yield "predictions for each row", [panel(TRUE), panel(PRED).to_numpy(), panel(train)]
    yield "predictions in a column", [panel(TRUE), panel(PRED).to_numpy()[:, None], panel(train)]


@pytest.mark.parametrize("name, data", list(containers()))
def test_the_container_changes_no_result(name, data):
    y_true, y_pred, y_train = data
    expected = (MASE["a"] + (6 / 3) / ((3 + 4 + 3) / 3)) / 2
    assert mase(y_true, y_pred, y_train=y_train) == pytest.approx(expected)
    assert smape(y_true, y_pred) == pytest.approx(sum(SMAPE.values()) / 2)
    assert interval_coverage(y_true, y_pred, y_pred) == pytest.approx((1 / 3 + 1 / 3) / 2)
    assert owa(y_true, y_pred, y_train=y_train, y_reference=y_pred) == 1
    each = mase(y_true, y_pred, y_train=y_train, multioutput="raw_values")
    if isinstance(y_true, (pd.Series, pd.DataFrame)):
        assert each.name == "mase"
        assert each["a"] == pytest.approx(MASE["a"])
    else:
        assert isinstance(each, np.ndarray)
        assert each[0] == pytest.approx(MASE["a"])


@pytest.mark.parametrize(
    "y_true, y_pred, y_train",
    [
        (TRUE["a"], PRED["a"], TRAIN["a"]),
        (tuple(TRUE["a"]), np.array(PRED["a"], dtype=np.float32), np.array(TRAIN["a"])),
        (pd.Series(TRUE["a"], TIMES), pd.Series(PRED["a"], TIMES, name="p"), TRAIN["a"]),
        (pd.Series(TRUE["a"], TIMES), PRED["a"], pd.Series(TRAIN["a"])),
        (TRUE["a"], pd.Series(PRED["a"], TIMES), pd.DataFrame({"a": TRAIN["a"]})),
        (pd.Series(TRUE["a"], dtype="Int64"), pd.Series(PRED["a"], dtype="Float64"), TRAIN["a"]),
        (np.array(TRUE["a"])[:, None], PRED["a"], panel({"a": TRAIN["a"]})),
        (panel({"a": TRUE["a"]}), PRED["a"], TRAIN["a"]),
        ([np.array(TRUE["a"])], PRED["a"], [np.array(TRAIN["a"])]),
    ],
)
def test_one_series_may_come_in_any_container(y_true, y_pred, y_train):
    assert mase(y_true, y_pred, y_train=y_train) == pytest.approx(MASE["a"])
    each = mase(y_true, y_pred, y_train=y_train, multioutput="raw_values")
    assert each.shape == (1,)


@pytest.mark.parametrize("n_rows", [1, 2])
def test_series_ids_of_any_type_are_matched(n_rows):
    true = panel({name: values[:n_rows] for name, values in TRUE.items()})
    for ids in (["x", "y"], [2, 1], pd.to_datetime(["2020-01-01", "2020-01-02"]).date):
        renamed = [
            one.rename(dict(zip("ab", ids, strict=True)), level=0) for one in (true, panel(TRAIN))
        ]
        pred = renamed[0] + 1.0
        each = mase(renamed[0], pred[::-1], y_train=renamed[1], multioutput="raw_values")
        assert each.index.to_list() == list(ids)
        np.testing.assert_allclose(each, [1 / 2, 1 / (18 / 7)])


def test_categorical_ids_match_plain_ones():
    true = panel(TRUE)
    index = true.index.set_levels(
        pd.CategoricalIndex(["a", "b"], categories=["b", "a", "z"]), level=0
    )
    each = mase(true.set_axis(index), panel(PRED), y_train=panel(TRAIN), multioutput="raw_values")
    assert each["a"] == pytest.approx(MASE["a"])


def test_series_that_were_sliced_away_are_not_asked_for():
    train = panel({"z": [1, 1, 1], **TRAIN})
    only_a = panel(TRUE).loc[["a"]]
    assert mase(only_a, panel(PRED).loc[["a"]], y_train=train) == pytest.approx(MASE["a"])


def test_a_scorer_of_scikit_learn_can_be_made_of_them():
    x = np.arange(30.0)[:, None]
    y = pd.Series(3 * x[:, 0] + 1)
    scorer = make_scorer(mase, greater_is_better=False, y_train=[1, 4, 7])
    np.testing.assert_allclose(
        cross_val_score(LinearRegression(), x, y, scoring=scorer), 0, atol=1e-9
    )


@pytest.mark.parametrize("metric", [*SCALED, owa, smape, interval_coverage])
def test_what_the_caller_passed_stays_as_it_was(metric):
    data = [panel(one)[::-1] for one in (TRUE, PRED, TRAIN)]
    before = [one.copy() for one in data]
    if metric in SCALED:
        metric(*data[:2], y_train=data[2])
    elif metric is owa:
        metric(*data[:2], y_train=data[2], y_reference=data[1])
    else:
        metric(*data[:2], *data[1:2] * (metric is interval_coverage))
    for one, other in zip(data, before, strict=True):
        pd.testing.assert_series_equal(one, other)


# Missing values, and the time grid


def test_unobserved_timesteps_are_left_out():
    y_true, y_pred = [5, NAN, 6, 4], [6, 100, 9, 4]
    assert mase(y_true, y_pred, y_train=TRAIN["a"]) == pytest.approx(MASE["a"])
    assert smape(y_true, y_pred) == pytest.approx(SMAPE["a"])
    assert interval_coverage(y_true, y_pred, y_pred) == pytest.approx(1 / 3)
    # Nothing is asked of the forecast there.
    assert smape(y_true, [6, NAN, 9, 4]) == pytest.approx(SMAPE["a"])


def test_a_wide_table_and_the_panel_without_its_nan_cells_are_the_same():
    true = pd.DataFrame({"a": [5, 6, 4, NAN, NAN], "b": [NAN, NAN, 20, 16, 10]})
    pred = pd.DataFrame({"a": [6, 9, 4, NAN, NAN], "b": [NAN, NAN, 20, 13, 13]})
    ragged = [one.unstack().dropna() for one in (true, pred)]
    expected = (MASE["a"] + MASE["b"]) / 2
    for y_true in (true, ragged[0]):
        for y_pred in (pred, ragged[1]):
            assert mase(y_true, y_pred, y_train=panel(TRAIN)) == pytest.approx(expected)


def gappy(times):
    """Return a trend of 2 a timestep, a season of 3 on top, and a gap, with these times."""
    values = 2.0 * np.arange(len(times)) + np.resize([0, 5, -1], len(times))
    return pd.Series(values, index=times).drop(times[[4, 5]])


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-03-30", periods=12, freq="h", tz="Europe/Berlin"),
        pd.date_range("2024-03-25", periods=12, freq="D", tz="Europe/Berlin"),
        pd.date_range("2024-03-25", periods=12, freq="B"),
        pd.date_range("2023-03-31", periods=12, freq="ME"),
        pd.period_range("2023-03", periods=12, freq="M"),
        pd.RangeIndex(5, 5 + 24, 2),
    ],
    ids=["hours", "days", "business days", "months", "periods", "integers"],
)
def test_a_season_is_counted_in_time_where_training_rows_are_missing(times):
    train = gappy(times)
    # Three timesteps apart the trend has risen by 6; rows that are 3 apart span up to 5 timesteps.
    assert mase([1.0], [7.0], y_train=train, seasonal_period=3) == pytest.approx(1)
    rows = [abs(b - a) for a, b in zip(train, train[3:], strict=False)]
    assert np.mean(rows) != pytest.approx(6)
    in_panel = pd.concat({"a": train, "b": train[::-1]})
    both = pd.DataFrame({"a": [1.0], "b": [1.0]})
    assert mase(both, both + 6, y_train=in_panel, seasonal_period=3) == pytest.approx(1)
