"""What does not fit together is an error that names it."""

import numpy as np
import pandas as pd
import pytest

from skrnn.metrics import interval_coverage, mase, owa
from tests.metrics.panels import NAN, PRED, TIMES, TRAIN, TRUE, panel


def scaled(y_true=TRUE, y_pred=PRED, y_train=TRAIN, **options):
    y_true, y_pred, y_train = (
        panel(one) if isinstance(one, dict) else one for one in (y_true, y_pred, y_train)
    )
    return mase(y_true, y_pred, y_train=y_train, **options)


TWICE = pd.concat([panel(TRUE), panel(TRUE).iloc[:1]])
MONTHS = pd.Series(
    [1.0, 2.0, 4.0], index=pd.DatetimeIndex(["2024-01-01", "2024-02-01", "2024-02-10"])
)


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"y_pred": {"a": PRED["a"]}}, ValueError, r"y_pred: got no series 'b'.*y_true"),
        ({"y_train": {"b": TRAIN["b"]}}, ValueError, r"y_train: got no series 'a'.*Expected every"),
        ({"y_pred": {**PRED, "c": [1.0]}}, ValueError, "y_pred: .*0 of series 'c'.*reindex_like"),
        ({"y_pred": {**PRED, "b": [1.0]}}, ValueError, "y_pred: got no row for 1 of series 'b'"),
        (
            {"y_pred": panel(PRED, start=1)},
            ValueError,
            r"prediction for 3 of series 'a'.*y_true goes from 0 to 2 and y_pred from 1 to 3\.",
        ),
        (
            {"y_pred": {**PRED, "b": [1, NAN, 2]}},
            ValueError,
            r"y_pred: got NaN for 1 of series 'b', where y_true is 16; 1 of the 6 rows",
        ),
        ({"y_pred": {**PRED, "b": [1, np.inf, 2]}}, ValueError, r"y_pred: got inf at 1 of series"),
        ({"y_true": {**TRUE, "b": [1, -np.inf, 2]}}, ValueError, r"y_true: got -inf at 1 of ser"),
        ({"y_train": {**TRAIN, "b": [1, 1e200]}}, ValueError, r"y_train: got 1e\+200 at 1 of ser"),
        (
            {"y_true": {**TRUE, "b": [NAN] * 3}},
            ValueError,
            "y_true: got nothing but NaN for series 'b'",
        ),
        (
            {"y_train": {**TRAIN, "b": [3, 3, 3]}},
            ValueError,
            r"y_train: .*series 'b' that all equal.*Expected some that differ.*smape",
        ),
        (
            {"seasonal_period": 4},
            ValueError,
            r"y_train: got 4 timesteps of series 'a'.*more than seasonal_period=4 timesteps",
        ),
        ({"seasonal_period": 10**30}, ValueError, "y_train: got 4 timesteps of series 'a'"),
        ({"y_train": {**TRAIN, "a": [1, NAN, 2, NAN]}}, ValueError, "no two observed ones 1 apart"),
        ({"seasonal_period": 0}, ValueError, "seasonal_period: got 0. Expected an integer of 1"),
        ({"seasonal_period": 1.0}, TypeError, "seasonal_period: got 1.0, a float. Expected"),
        ({"seasonal_period": True}, TypeError, "seasonal_period: got True, a bool. Expected"),
        ({"multioutput": "mean"}, ValueError, "multioutput: got 'mean'. Expected one of"),
        ({"multioutput": [0.5, 0.5]}, ValueError, "multioutput: got .*Weigh the values"),
        ({"y_true": None}, TypeError, "y_true: got None. Expected a 1-D array"),
        ({"y_true": "abc"}, TypeError, "y_true: got a str. Expected a 1-D array"),
        ({"y_true": 3.0}, TypeError, "y_true: got a float. Expected a 1-D array"),
        ({"y_pred": iter([1.0])}, TypeError, "y_pred: got a list_iterator. Expected a 1-D array"),
        ({"y_true": panel(TRUE).iloc[:0]}, ValueError, "y_true: got a panel.*without any value"),
        ({"y_true": []}, ValueError, "y_true: got an array.*without any value"),
        ({"y_true": np.zeros((2, 2, 1))}, ValueError, r"y_true: got an array of shape \(2, 2, 1\)"),
        (
            {"y_true": [[1, 2], [3, 4]]},
            ValueError,
            r"y_true: got a list with entries of type list.*np.array\(y_true",
        ),
        ({"y_true": ["1", "2"]}, ValueError, "y_true: got values that are not real numbers"),
        ({"y_true": TWICE}, ValueError, "y_true: got 0 of series 'a' more than once"),
        ({"y_true": panel(TRUE).droplevel(0)}, ValueError, "y_true: got the time 0 more than once"),
        (
            {"y_true": pd.concat([panel(TRUE)] * 2, axis=1)},
            ValueError,
            "y_true: got a panel of 2 c",
        ),
        (
            {"y_true": pd.concat({"x": panel(TRUE)})},
            ValueError,
            "y_true: got a MultiIndex with 3 levels",
        ),
        (
            {"y_true": pd.DataFrame([[1.0, 2.0]], columns=["a", "a"])},
            ValueError,
            "y_true: got the column 'a' more than once",
        ),
        (
            {"y_true": pd.concat({TIMES[0]: pd.Series({"a": 1.0})})},
            ValueError,
            r"y_true: .*first of which holds times.*y_true.swaplevel\(\)",
        ),
        (
            {"y_true": pd.Series([1.0], index=pd.DatetimeIndex([None]))},
            ValueError,
            "y_true: got a missing time in the index",
        ),
        (
            {"y_true": pd.Series([1.0], index=pd.MultiIndex([["a"], [0]], [[0], [-1]]))},
            ValueError,
            "y_true: .*without a time",
        ),
        (
            {"y_pred": panel(PRED, start=50)},
            ValueError,
            "6 of its 6 rows.*from 50 to 52. Predict the",
        ),
        ({"y_pred": np.full(6, NAN)}, ValueError, "y_pred: got NaN for 0 of series 'a'"),
        ({"y_pred": np.zeros(5)}, ValueError, "y_pred: got 5 timesteps for 6 of y_true"),
        ({"y_pred": np.zeros((3, 3))}, ValueError, "y_pred: got 3 series, read as.*Expected 2, as"),
        (
            {"y_pred": np.zeros((3, 2))},
            ValueError,
            "y_pred: .*while y_true is a panel.*nothing says which series belong",
        ),
        ({"y_train": [np.arange(4.0)] * 2}, ValueError, "y_train: .*nothing says which series"),
        (
            {"y_true": [1, 2], "y_pred": [1, 2, 3], "y_train": [1, 2]},
            ValueError,
            "y_pred: got 3 timesteps for 2 of y_true",
        ),
        (
            {"y_true": [1, 2], "y_pred": [1, 2], "y_train": np.zeros((5, 2))},
            ValueError,
            "y_train: got 2 series.*Expected 1",
        ),
        (
            {"y_true": pd.Series([1.0], index=TIMES[:1]), "y_pred": pd.Series([1.0])},
            ValueError,
            "y_pred: got a prediction for 0 of the series, which y_true does not have",
        ),
        (
            {"y_true": [1.0], "y_pred": [2.0], "y_train": MONTHS},
            ValueError,
            "y_train: got .*time.*Expected times of frequency",
        ),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_it(arguments, error, message):
    with pytest.raises(error, match=f"(?s){message}") as raised:
        scaled(**arguments)
    assert "Expected" in str(raised.value)


def test_a_reference_without_error_is_refused():
    with pytest.raises(ValueError, match=r"y_reference: got a forecast that equals y_true exactly"):
        owa(panel(TRUE), panel(PRED), y_train=panel(TRAIN), y_reference=panel(TRUE))


def test_errors_name_the_argument_that_is_wrong():
    short = panel({"a": [1.0], "b": [1.0]})
    with pytest.raises(ValueError, match=r"^y_reference: got no row"):
        owa(panel(TRUE), panel(PRED), y_train=panel(TRAIN), y_reference=short)
    with pytest.raises(ValueError, match=r"^lower: got no row"):
        interval_coverage(panel(TRUE), short, panel(PRED))
    with pytest.raises(ValueError, match=r"^upper: got no row"):
        interval_coverage(panel(TRUE), panel(PRED), short)


def test_an_interval_that_is_upside_down_is_an_error():
    with pytest.raises(ValueError, match=r"lower: got 3 for timestep 1 of the series, above upper"):
        interval_coverage([1, 2], [0, 3], [2, 1])
    # Where nothing was observed, nothing is asked.
    assert interval_coverage([1, NAN], [0, 3], [2, 1]) == 1
