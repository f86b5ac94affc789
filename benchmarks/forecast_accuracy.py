"""Accuracy, intervals and time of the forecaster on public data.

    python benchmarks/forecast_accuracy.py --data-home DIR [--only m4 ett air exchange monash]
        [--larger]

Reads the sets from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent ones are downloaded).
``m4``: M4 Hourly, official test, OWA with M4's own Naive2; only the horizon and the seasonal period
are given. ``even`` is the share of series of which intervals hold their coverage within 8 points,
over the last five horizons, by a forecaster that is fitted before them. ``ett``: ETTh1, 12/4/4
months, stride 1, errors on the standardised scale of the training months, one network for the seven
columns. ``air``: the last twelve of the AirPassengers months, five seeds. ``exchange``: exchange
rates, where the last value is as good as any forecast. ``monash``: seven collections of the Monash
archive with its horizons, mean MASE over all series, and beside it that of AutoETS and AutoTheta,
which take minutes. They are in statsforecast, which needs pandas 2: run ``python -m pip install .
"statsforecast>=2.1"`` in an environment of its own, without ``constraints.txt``. A collection is
left out if its file is not in ``DIR``. With ``--larger`` the settings printed are used instead of
the defaults, which take longer.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch
from _m4 import naive2
from _monash import COLLECTIONS, collection, forecast_each, peers

from skrnn import RNNForecaster
from skrnn.datasets import fetch_ett, fetch_exchange_rate, fetch_m4_hourly, load_air_passengers
from skrnn.exceptions import SeasonalNaiveWarning
from skrnn.metrics import interval_coverage, mase, owa, smape

COVERAGES = (0.8, 0.95)
# Rows of ETTh1: twelve months of 30 days to train on, four to validate on, four to test on.
ETT_TRAIN, ETT_VALID, ETT_TEST = 8640, 2880, 2880
ETT_HORIZON = 96

LARGER: dict[str, dict[str, Any]] = {
    "m4": {"hidden_size": 128, "batch_size": 128, "max_epochs": 100, "n_members": 5},
    "ett 96": {"n_members": 5},
    "ett 720": {"n_members": 5},
}


def report(name: str, settings: dict[str, Any], figures: dict[str, float], seconds: float) -> None:
    """Print one line."""
    given = ", ".join(f"{key}={value!r}" for key, value in settings.items())
    numbers = "  ".join(f"{key} {value:.4f}" for key, value in figures.items())
    print(f"{name:12} {numbers}  {seconds:.0f} s  [{given}]", flush=True)


def coverages(forecaster: RNNForecaster, actual: Any, **asked: Any) -> dict[str, float]:
    """Return the share of values inside intervals of each coverage."""
    shares = {}
    for coverage in COVERAGES:
        interval = forecaster.predict_interval(coverage=coverage, **asked)
        shares[f"in {coverage:.0%}"] = interval_coverage(
            actual, interval["lower"], interval["upper"]
        )
    return shares


def even_coverages(y: pd.Series, n_blocks: int, settings: dict[str, Any]) -> dict[str, float]:
    """Return coverages over several horizons, and the shares of series near them."""
    horizon = settings["horizon"]
    series = y.index.get_level_values(0)
    to_end = y.groupby(level=0, sort=False).cumcount(ascending=False).to_numpy()
    forecaster = RNNForecaster(random_state=0, **settings).fit(y[to_end >= n_blocks * horizon])
    inside = {coverage: pd.Series(False, y.index) for coverage in COVERAGES}
    is_new = np.zeros(len(y), dtype=bool)
    for block in range(n_blocks, 0, -1):
        if block < n_blocks:
            forecaster.update(y[is_new])
        is_new = (to_end < block * horizon) & (to_end >= (block - 1) * horizon)
        for coverage in COVERAGES:
            interval = forecaster.predict_interval(coverage=coverage)
            actual = y[is_new]
            interval = interval.loc[actual.index]
            inside[coverage][is_new] = (interval["lower"] <= actual) & (actual <= interval["upper"])
    is_forecast = to_end < n_blocks * horizon
    figures = {}
    for coverage, is_inside in inside.items():
        shares = is_inside[is_forecast].groupby(series[is_forecast]).mean()
        figures[f"in {coverage:.0%} of {n_blocks}"] = float(shares.mean())
        figures[f"even {coverage:.0%}"] = float(((shares - coverage).abs() <= 0.08).mean())
    return figures


def m4_hourly(data_home: str | None, larger: dict[str, Any]) -> None:
    """M4 Hourly: OWA on the official test, and the coverage of intervals."""
    train = fetch_m4_hourly(split="train", data_home=data_home).y
    test = fetch_m4_hourly(split="test", data_home=data_home).y
    settings = {"horizon": 48, "seasonal_period": 24, **larger}
    start = time.perf_counter()
    forecaster = RNNForecaster(random_state=0, **settings).fit(train)
    forecast = forecaster.predict()
    seconds = time.perf_counter() - start
    reference = naive2(train, 48, 24)
    shared = {"y_train": train, "seasonal_period": 24}
    figures = {
        "OWA": owa(test, forecast, y_reference=reference, **shared),
        "sMAPE": smape(test, forecast),
        "MASE": mase(test, forecast, **shared),
        **coverages(forecaster, test),
    }
    both = pd.concat([train, test]).sort_index(kind="stable")
    figures |= even_coverages(both, 5, settings)
    report("M4 Hourly", settings, figures, seconds)


def ett(data_home: str | None, context_length: int, larger: dict[str, Any]) -> None:
    """ETTh1: errors over all test windows, and the coverage of intervals."""
    y = fetch_ett(data_home=data_home).y
    y = y.iloc[: ETT_TRAIN + ETT_VALID + ETT_TEST]
    train = y.iloc[:ETT_TRAIN]
    scaled = (y - train.mean()) / train.std(ddof=0)
    settings = {
        "horizon": ETT_HORIZON,
        "context_length": context_length,
        "seasonal_period": 24,
        "calendar": None,
        **larger,
    }
    start = time.perf_counter()
    # Only the twelve months are learned from; the four after them are left alone.
    forecaster = RNNForecaster(random_state=0, **settings).fit(scaled.iloc[:ETT_TRAIN])
    seconds = time.perf_counter() - start
    values = scaled.to_numpy()
    squared, absolute, inside, n_windows = 0.0, 0.0, np.zeros(len(COVERAGES)), 0
    cutoffs = np.arange(ETT_TRAIN + ETT_VALID, len(values) - ETT_HORIZON + 1)
    for part in np.array_split(cutoffs, 12):
        # Every window's history is a series of its own.
        past = np.concatenate([values[stop - context_length : stop] for stop in part], axis=1)
        future = np.concatenate([values[stop : stop + ETT_HORIZON] for stop in part], axis=1)
        history = pd.DataFrame(past, index=scaled.index[:context_length])
        forecast = forecaster.predict(history=history).to_numpy()
        squared += float(((forecast - future) ** 2).mean(axis=1).mean()) * len(part)
        absolute += float(np.abs(forecast - future).mean(axis=1).mean()) * len(part)
        for number, coverage in enumerate(COVERAGES):
            interval = forecaster.predict_interval(coverage=coverage, history=history)
            lower, upper = interval["lower"].to_numpy(), interval["upper"].to_numpy()
            inside[number] += ((lower <= future) & (future <= upper)).mean() * len(part)
        n_windows += len(part)
    figures = {"MSE": squared / n_windows, "MAE": absolute / n_windows}
    figures |= {
        f"in {coverage:.0%}": share / n_windows
        for coverage, share in zip(COVERAGES, inside, strict=True)
    }
    report(f"ETTh1 {context_length}", settings, figures, seconds)


def air_passengers() -> None:
    """AirPassengers: MASE on the last year, five seeds."""
    y = load_air_passengers()
    train, test = y.iloc[:-12], y.iloc[-12:]
    settings = {"horizon": 12, "seasonal_period": 12}
    start = time.perf_counter()
    errors = []
    for seed in range(5):
        forecaster = RNNForecaster(random_state=seed, **settings).fit(train)
        errors.append(mase(test, forecaster.predict(), y_train=train, seasonal_period=12))
    seconds = (time.perf_counter() - start) / 5
    figures = {"MASE": float(np.mean(errors)), "std": float(np.std(errors))}
    last_year = pd.Series(train.to_numpy()[-12:], index=test.index)
    figures["naive"] = mase(test, last_year, y_train=train, seasonal_period=12)
    report("AirPass.", settings, figures, seconds)


def exchange_rate(data_home: str | None) -> None:
    """Exchange rates: the forecaster says itself that repeating the last value is as good."""
    y = fetch_exchange_rate(data_home=data_home).y
    settings = {"horizon": 14}
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SeasonalNaiveWarning)
        forecaster = RNNForecaster(random_state=0, **settings).fit(y.iloc[:-14])
    seconds = time.perf_counter() - start
    figures = {
        "skill_": forecaster.skill_,
        "test skill": forecaster.score(y.iloc[-14:]),
        "warned": float(any(one.category is SeasonalNaiveWarning for one in caught)),
    }
    report("exchange", settings, figures, seconds)


def monash(data_home: str | None) -> None:
    """Seven collections: mean MASE of the forecaster, and of what statisticians would take."""
    statistical = peers()
    for name, (horizon, period) in COLLECTIONS.items():
        parts = collection(name, data_home)
        if parts is None:
            print(f"{name} is left out: its file is not in the data home")
            continue
        train, test = parts
        settings = {"horizon": horizon, "seasonal_period": period}
        start = time.perf_counter()
        forecast = RNNForecaster(random_state=0, **settings).fit(train).predict()
        seconds = time.perf_counter() - start
        forecasts = {"MASE": forecast.to_numpy()}
        for peer, forecast_by_peer in statistical.items():
            start = time.perf_counter()
            forecasts[peer] = forecast_each(train, forecast_by_peer, name)
            forecasts[f"{peer} s"] = np.float64(time.perf_counter() - start)
        figures = {
            key: float(values) if values.ndim == 0 else mean_mase(test, values, train, period)
            for key, values in forecasts.items()
        }
        report(name, settings, figures, seconds)


def mean_mase(test: pd.Series, values: np.ndarray, train: pd.Series, period: int) -> float:
    """Return the mean MASE over the series; those that never changed are left out."""
    forecast = pd.Series(values, index=test.index)
    errors = []
    for name, past in train.groupby(level=0, sort=False):
        steps = past.diff(period if len(past) > period else 1).abs().mean()
        if steps > 0:
            errors.append((test[name] - forecast[name]).abs().mean() / steps)
    return float(np.mean(errors))


def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--only", nargs="*", default=["m4", "ett", "air", "exchange"])
    parser.add_argument("--larger", action="store_true")
    options = parser.parse_args()
    larger = LARGER if options.larger else {}
    warnings.simplefilter("ignore", SeasonalNaiveWarning)
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    if "m4" in options.only:
        m4_hourly(options.data_home, larger.get("m4", {}))
    if "ett" in options.only:
        for context_length in (96, 720):
            ett(options.data_home, context_length, larger.get(f"ett {context_length}", {}))
    if "air" in options.only:
        air_passengers()
    if "exchange" in options.only:
        exchange_rate(options.data_home)
    if "monash" in options.only:
        monash(options.data_home)


if __name__ == "__main__":
    main()
