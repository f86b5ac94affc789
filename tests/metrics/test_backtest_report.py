"""Tables of the errors of backtests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, root_mean_squared_error

from skrnn.metrics import backtest_report, interval_coverage


def example(**columns) -> pd.DataFrame:
    """Two series, from two cutoffs, two steps each."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=6)
    rows = [(s, days[c], days[c + k]) for s in "ab" for c in (1, 3) for k in (1, 2)]
    frame = pd.DataFrame(rows, columns=["series", "cutoff", "time"])
    frame["y"], frame["prediction"] = rng.normal(size=(2, 8))
    for share in (0.8, 0.5):
        frame[f"lower_{share}"] = frame["prediction"] - 2 * share
        frame[f"upper_{share}"] = frame["prediction"] + share
    return frame.assign(**columns)


def expected(rows: pd.DataFrame) -> dict[str, float]:
    figures = {
        "n": len(rows),
        "mae": mean_absolute_error(rows["y"], rows["prediction"]),
        "rmse": root_mean_squared_error(rows["y"], rows["prediction"]),
    }
    for share in (0.8, 0.5):
        low, high = rows[f"lower_{share}"], rows[f"upper_{share}"]
        figures[f"coverage_{share}"] = interval_coverage(*map(np.asarray, (rows["y"], low, high)))
        ends = (low, (1 - share) / 2), (high, (1 + share) / 2)
        losses = [mean_pinball_loss(rows["y"], end, alpha=level) for end, level in ends]
        figures[f"pinball_{share}"] = np.mean(losses)
    return figures


@pytest.mark.parametrize("by", ["series", "cutoff"])
def test_a_row_has_the_measures_of_a_series_or_a_cutoff(by):
    frame = example()
    report = backtest_report(frame.sample(frac=1, random_state=0), by=by)
    assert report.index.name == by
    for name, rows in frame.groupby(by):
        assert report.loc[name].to_dict() == pytest.approx(expected(rows))


def test_a_row_has_the_measures_of_a_step():
    frame = example()
    report = backtest_report(frame)
    assert report.index.to_list() == [1, 2]
    for step in (1, 2):
        rows = frame.iloc[step - 1 :: 2]
        assert report.loc[step].to_dict() == pytest.approx(expected(rows))


def test_without_groups_there_is_one_row():
    report = backtest_report(example(), by=None)
    assert report.iloc[0].to_dict() == pytest.approx(expected(example()))


def test_without_intervals_there_are_errors_only():
    report = backtest_report(example().iloc[:, :5])
    assert list(report.columns) == ["n", "mae", "rmse"]


def test_missing_values_are_left_out():
    frame = example()
    frame.loc[[1, 4], "y"] = np.nan
    report = backtest_report(frame)
    assert report["n"].to_list() == [3, 3]
    rows = frame.iloc[[0, 2, 6]]
    assert report.loc[1].to_dict() == pytest.approx(expected(rows))
    gone = backtest_report(example(y=np.nan))
    assert (gone["n"] == 0).all() and gone.drop(columns="n").isna().all(axis=None)


def test_what_is_not_a_backtest_is_refused():
    with pytest.raises(TypeError, match=r"frame: got a ndarray. Expected the DataFrame"):
        backtest_report(np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"frame: got 8 rows with the columns"):
        backtest_report(example().drop(columns="y"))
    with pytest.raises(ValueError, match=r"frame: got 0 rows"):
        backtest_report(example()[:0])
    with pytest.raises(ValueError, match=r"'y'. Expected numbers.*astype"):
        backtest_report(example().astype({"y": str}))
    with pytest.raises(ValueError, match=r"by: got 'horizon'. Expected one of"):
        backtest_report(example(), by="horizon")
