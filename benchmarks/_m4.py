"""The M4 competition's reference forecast, Naive2, and its published figures for hourly data.

    python benchmarks/_m4.py [--data-home DIR]

reads M4 Hourly (see ``skrnn.datasets.fetch_m4_hourly``), forecasts it with Naive2 and with the
seasonal naive forecast, and prints their errors beside those that the competition published.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd

from skrnn.datasets import fetch_m4_hourly
from skrnn.metrics import mase, owa, smape

# sMAPE in percent and MASE on M4 Hourly, from the competition's results.
PUBLISHED = {"Naive2": (18.383, 2.395), "seasonal naive": (13.912, 1.193)}

SEASONALITY_QUANTILE = 1.645  # of the normal distribution, 90 % on both sides
MIN_SEASONS = 3


def naive2(y_train: pd.Series, horizon: int, seasonal_period: int) -> pd.Series:
    """Forecast a panel with M4's Naive2.

    Parameters
    ----------
    y_train : Series with a (series, time) MultiIndex
        Integer times, rows of a series in the order of time, without NaN.
    horizon : int
        Timesteps to forecast.
    seasonal_period : int
        Timesteps in a season.

    Returns
    -------
    Series of n_series * horizon rows, times going on from each series' last
    """

    def forecast(values: np.ndarray) -> np.ndarray:
        factors = seasonal_factors(values, seasonal_period)
        phase = np.arange(len(values), len(values) + horizon) % seasonal_period
        adjusted_last = values[-1] / factors[(len(values) - 1) % seasonal_period]
        return adjusted_last * factors[phase]

    return _forecast_panel(y_train, horizon, forecast)


def seasonal_naive(y_train: pd.Series, horizon: int, seasonal_period: int) -> pd.Series:
    """Forecast a panel by repeating the last season of each series; arguments as in `naive2`."""

    def forecast(values: np.ndarray) -> np.ndarray:
        return np.resize(values[-seasonal_period:], horizon)

    return _forecast_panel(y_train, horizon, forecast)


def _forecast_panel(
    y_train: pd.Series, horizon: int, forecast: Callable[[np.ndarray], np.ndarray]
) -> pd.Series:
    parts = {}
    for series_id, y in y_train.groupby(level=0, sort=False):
        last = y.index[-1][1]
        times = pd.RangeIndex(last + 1, last + 1 + horizon, name=y.index.names[1])
        parts[series_id] = pd.Series(forecast(y.to_numpy()), index=times, name=y_train.name)
    return pd.concat(parts, names=y_train.index.names[:1])


def seasonal_factors(values: np.ndarray, seasonal_period: int) -> np.ndarray:
    """Return the factor of each phase of the season, from the first value's on, with mean 1.

    They are those of the multiplicative classical decomposition, and 1 if no season shows.
    """
    if not is_seasonal(values, seasonal_period):
        return np.ones(seasonal_period)
    # The trend is the mean over a season around each value. A season of even length has no middle
    # value, so its two ends, of one phase, count half.
    weights = np.ones(seasonal_period + 1 - seasonal_period % 2)
    if seasonal_period % 2 == 0:
        weights[[0, -1]] = 0.5
    trend = np.convolve(values, weights / seasonal_period, mode="valid")
    margin = len(weights) // 2
    ratios = values[margin : len(values) - margin] / trend
    phases = np.arange(margin, margin + len(ratios)) % seasonal_period
    factors = np.bincount(phases, ratios) / np.bincount(phases)
    return factors / factors.mean()


def is_seasonal(values: np.ndarray, seasonal_period: int) -> bool:
    """Whether the autocorrelation at the season's lag is significant at 90 %.

    Its variance is that of Bartlett's formula, with the autocorrelations of all smaller lags.
    """
    if seasonal_period == 1 or len(values) < MIN_SEASONS * seasonal_period:
        return False
    centred = values - values.mean()
    variance = centred @ centred
    if variance == 0:
        return False
    lags = range(1, seasonal_period + 1)
    correlations = np.array([centred[lag:] @ centred[:-lag] for lag in lags]) / variance
    spread = np.sqrt((1 + 2 * np.sum(correlations[:-1] ** 2)) / len(values))
    return bool(abs(correlations[-1]) > SEASONALITY_QUANTILE * spread)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    data_home = parser.parse_args().data_home
    m4 = fetch_m4_hourly(data_home=data_home)
    y_test = fetch_m4_hourly(split="test", data_home=data_home).y
    scale = {"y_train": m4.y, "seasonal_period": m4.seasonal_period}
    reference = naive2(m4.y, m4.horizon, m4.seasonal_period)
    repeated = seasonal_naive(m4.y, m4.horizon, m4.seasonal_period)
    print(f"{'M4 Hourly':16} {'sMAPE %':>8} {'published':>10} {'MASE':>8} {'published':>10} OWA")
    for name, forecast in {"Naive2": reference, "seasonal naive": repeated}.items():
        errors = 100 * smape(y_test, forecast), mase(y_test, forecast, **scale)
        overall = owa(y_test, forecast, y_reference=reference, **scale)
        columns = zip(errors, PUBLISHED[name], strict=True)
        row = " ".join(f"{error:8.3f} {published:10.3f}" for error, published in columns)
        print(f"{name:16} {row} {overall:.3f}")


if __name__ == "__main__":
    main()
