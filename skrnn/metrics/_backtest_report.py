"""Errors and intervals of a backtest, as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.backtest_frames import read_backtest
from skrnn._input.frames import is_number

__all__ = ["backtest_report"]

_CHOICES = ("step", "series", "cutoff", None)


def backtest_report(frame: pd.DataFrame, *, by: str | None = "step") -> pd.DataFrame:
    """Report the errors of a backtest, and how good its intervals are.

    Parameters
    ----------
    frame : DataFrame, of pandas or another library
        What ``RNNForecaster.backtest`` returned, with or without intervals.
    by : {"step", "series", "cutoff"} or None, default="step"
        What the rows of the report stand for. Steps of the horizon are counted from 1; timesteps of
        which no series has a row are not counted. None makes a single row of everything.

    Returns
    -------
    DataFrame
        A row for each step, series or cutoff, which is the index, with the columns "n", the number
        of observed values, "mae" and "rmse", the mean absolute and the root mean squared error, and
        for each coverage of intervals "coverage_0.8", the share of values inside, and
        "pinball_0.8", the mean pinball loss of both ends, on the scale of the values: the lower the
        better.
        NaN where nothing was observed.

    Raises
    ------
    TypeError
        If ``frame`` is not a table.
    ValueError
        If columns are missing or hold text, or ``by`` is not one of the choices.

    See Also
    --------
    mase : An error without a unit, to compare series of different size.
    skrnn.inspection.BacktestDisplay : Draws the forecasts.

    Notes
    -----
    All observed values count alike, so that large series decide the errors. The pinball loss of an
    end at level q is ``max(q * (y - end), (1 - q) * (end - y))`` [1]_. It is small for intervals
    that are narrow and yet hold the values; coverage alone does not tell narrow ones from wide.

    References
    ----------
    .. [1] T. Gneiting, "Quantiles as optimal point forecasts", International Journal of
       Forecasting 27, 2011. https://doi.org/10.1016/j.ijforecast.2009.12.015

    Examples
    --------
    >>> import pandas as pd
    >>> from skrnn.metrics import backtest_report
    >>> frame = pd.DataFrame(
    ...     {
    ...         "series": "a",
    ...         "cutoff": [1, 1, 3, 3],
    ...         "time": [2, 3, 4, 5],
    ...         "y": [5.0, 6.0, 7.0, 8.0],
    ...         "prediction": [5.0, 8.0, 6.0, 8.0],
    ...     }
    ... )
    >>> backtest_report(frame)["mae"].to_list()
    [0.5, 1.0]
    """
    if by not in _CHOICES:
        raise ValueError(
            f"by: got {by!r}. Expected one of {_CHOICES}. Pass 'step' for a row for each step of "
            "the horizon, None for a single row."
        )
    frame = _read_frame(frame)
    error = frame["prediction"] - frame["y"]
    parts = {"n": frame["y"].notna(), "mae": error.abs(), "rmse": error**2}
    for column in frame.columns:
        name = str(column)
        if name.startswith("lower_") and (upper := f"upper_{name[6:]}") in frame.columns:
            coverage = name[6:]
            y, low, high = frame["y"], frame[column], frame[upper]
            is_inside = ((low <= y) & (y <= high)).astype(float)
            parts[f"coverage_{coverage}"] = is_inside.where(y.notna() & low.notna() & high.notna())
            parts[f"pinball_{coverage}"] = _pinball(y, low, high, float(coverage))
    group = _steps(frame) if by == "step" else 0 if by is None else frame[by]
    groups = pd.DataFrame({**parts, "group": group}).groupby("group", sort=True)
    report = groups.mean().rename_axis(by)
    report["n"] = groups["n"].sum()
    report["rmse"] = np.sqrt(report["rmse"])
    return report


def _pinball(y: pd.Series, low: pd.Series, high: pd.Series, coverage: float) -> pd.Series:
    """Return the mean pinball loss of both ends of each interval."""
    level = (1 - coverage) / 2

    def loss(end: pd.Series, level: float) -> np.ndarray:
        above = (y - end).to_numpy(dtype=np.float64)
        return np.maximum(level * above, (level - 1) * above)

    return pd.Series((loss(low, level) + loss(high, 1 - level)) / 2, y.index)


def _steps(frame: pd.DataFrame) -> pd.Series:
    """Return the number of each row's time among those forecast from its cutoff, from 1."""
    return frame.groupby("cutoff")["time"].rank(method="dense").astype(int)


def _read_frame(frame: Any) -> pd.DataFrame:
    frame = read_backtest(frame)
    ends = [one for one in frame.columns if str(one).startswith(("lower_", "upper_"))]
    texts = [one for one in ("y", "prediction", *ends) if not is_number(frame[one].dtype)]
    if texts:
        raise ValueError(
            f"frame: got the dtype {frame[texts[0]].dtype} in the column {texts[0]!r}. Expected "
            "numbers, as backtest returns them. Convert it, "
            f"frame.astype({dict.fromkeys(texts, 'float')})."
        )
    return frame.reset_index(drop=True)
