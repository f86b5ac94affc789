"""Memory and time of the forecaster on large panels.

    python benchmarks/forecast_scaling.py

Prints by how much ``fit`` on 2,000 series of 2,000 timesteps raises the peak memory of a warmed-up
process that holds the data, for each layout; how the time of a fit grows with the number of sampled
windows, and with the length of the series; and how long ``predict`` takes for 10,000 series. Each
layout is measured in a process of its own, as a peak never falls.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time

import numpy as np
import pandas as pd

from skrnn import RNNForecaster

N_SERIES, N_TIMESTEPS = 2000, 2000
HORIZON, PERIOD = 24, 24


def series_table(n_series: int, n_timesteps: int) -> pd.DataFrame:
    """Return hourly series of a daily wave and noise, a column for each."""
    rng = np.random.default_rng(0)
    hours = np.arange(n_timesteps)
    wave = np.sin(2 * np.pi * hours / PERIOD)[:, None] * rng.uniform(1, 3, n_series)
    values = 10 + wave + rng.normal(size=(n_timesteps, n_series))
    return pd.DataFrame(values, index=pd.date_range("2024-01-01", periods=n_timesteps, freq="h"))


def peak_megabytes() -> float:
    """Return the largest resident memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def forecaster(**settings: object) -> RNNForecaster:
    """Return a forecaster of one day."""
    given = {"seasonal_period": PERIOD, "random_state": 0, "validation_fraction": 0.2, **settings}
    return RNNForecaster(HORIZON, **given)


def raised_peak(layout: str) -> float:
    """Return by how many MB a fit raises the peak."""
    y = series_table(N_SERIES, N_TIMESTEPS)
    if layout == "panel":
        y = y.T.stack()
        y.index.names = ["series", "time"]
    warm = series_table(20, 500)
    forecaster(max_epochs=2).fit(warm)
    before = peak_megabytes()
    forecaster(max_epochs=3).fit(y)
    return peak_megabytes() - before


def main() -> None:
    """Print the figures."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    context = multiprocessing.get_context("spawn")
    for layout in ("wide", "panel"):
        with context.Pool(1) as pool:
            raised = pool.apply(raised_peak, (layout,))
        print(
            f"{N_SERIES} series of {N_TIMESTEPS}, {layout}: fit raises the peak by {raised:.0f} MB"
        )
    y = series_table(50, 2000)
    forecaster(max_epochs=2).fit(y)
    for n_epochs in (5, 10, 20, 40):
        start = time.perf_counter()
        forecaster(max_epochs=n_epochs, validation_fraction=0).fit(y)
        seconds = time.perf_counter() - start
        each = 1e3 * seconds / n_epochs
        print(f"{n_epochs * 1024:6d} windows: {seconds:5.1f} s, {each:.0f} ms an epoch")
    for n_timesteps in (1000, 4000, 16000):
        longer = series_table(50, n_timesteps)
        start = time.perf_counter()
        forecaster(max_epochs=10, validation_fraction=0).fit(longer)
        seconds = time.perf_counter() - start
        print(f"50 series of {n_timesteps}: {1e3 * seconds / 10:.0f} ms an epoch")
    model = forecaster(max_epochs=2).fit(y)
    many = series_table(10_000, 300)
    start = time.perf_counter()
    model.predict(history=many)
    print(f"predict for 10,000 series: {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    model.predict_interval(history=many)
    print(f"intervals for 10,000 series: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
