"""From errors at timesteps to a number for each series, and to one for all."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from skrnn._input.integers import check_integer
from skrnn.metrics._series_table import SeriesTable

__all__ = ["Multioutput", "Scores", "average", "check_options", "mean_per_series"]

Multioutput: TypeAlias = Literal["uniform_average", "raw_values"]
Scores: TypeAlias = float | np.ndarray | pd.Series
CHOICES = ("uniform_average", "raw_values")


def check_options(*, multioutput: Any = "uniform_average", seasonal_period: Any = 1) -> None:
    """Raise an error unless the options have allowed values."""
    if not isinstance(multioutput, str) or multioutput not in CHOICES:
        raise ValueError(
            f"multioutput: got {multioutput!r}. Expected one of {CHOICES}: the mean over the "
            "series, or the value of each series. Weigh the values of 'raw_values' yourself."
        )
    check_integer(
        seasonal_period,
        "seasonal_period",
        at_least=1,
        meaning="a number of timesteps",
        remedy="Pass 24 for hourly data with a daily season, 1 for data without a season.",
    )


def mean_per_series(y_true: SeriesTable, errors: np.ndarray) -> np.ndarray:
    """Return the mean of ``errors`` over the observed timesteps of each series."""
    is_observed = ~np.isnan(y_true.values)
    series = y_true.series[is_observed]
    n_series = len(y_true.ids)
    sums = np.bincount(series, errors[is_observed], minlength=n_series)
    return sums / np.bincount(series, minlength=n_series)


def average(
    y_true: SeriesTable, values: np.ndarray, metric: str, multioutput: Multioutput
) -> Scores:
    """Return the values of all series, or their mean."""
    if multioutput == "uniform_average":
        return float(values.mean())
    return pd.Series(values, index=y_true.ids, name=metric) if y_true.has_ids else values
