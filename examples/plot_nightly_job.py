"""
A forecast every night
======================

A job for every night: it reads the file of the day, updates the forecaster of the night before,
writes a forecast with intervals, checks whether the errors still agree with those on the held-out
windows, and fits again if they do not. State and forecasts are files, so the job may be killed at
any moment and run again.
"""

# %%
# The images of scikit-learn's handwritten digits stand in for sensors: no file has to be
# downloaded. A "day" of a sensor is a row of 8 pixels, and each of four sensors reads one digit
# over and over, in other handwritings: a season of 8 rows, and noise.

import os
import tempfile
import warnings
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import MonthLocator

from skrnn import RNNForecaster
from skrnn.baselines import SeasonalNaive
from skrnn.datasets import load_digit_rows
from skrnn.exceptions import ForecastDriftWarning

N_IMAGES, HORIZON, N_NIGHTS = 40, 8, 10
digits = load_digit_rows(return_X_y=True)
ink = {
    f"digit {digit}": np.concatenate(
        [image.sum(axis=1) for image in digits[0][digits[1] == digit][:N_IMAGES]]
    )
    for digit in (0, 1, 3, 7)
}
days = pd.date_range("2024-01-01", periods=8 * N_IMAGES, name="day")
table = pd.DataFrame(ink, index=days)
first_night = len(table) - HORIZON * N_NIGHTS
# From the sixth night on a sensor reports in another unit.
table.loc[days[first_night + HORIZON * 5] :, "digit 7"] *= 10

# %%
# Files are written under another name first, and renamed when they are whole: a reader, and the
# next run, find the old file or the new one, never half of one.

folder = Path(tempfile.mkdtemp())


def write_whole(path, write):
    part = path.with_suffix(".part")
    write(part)
    os.replace(part, path)


def fit(history):
    """A small network, to be quick; leave its settings out for real work."""
    network = RNNForecaster(
        HORIZON, seasonal_period=8, hidden_size=8, max_epochs=4, lower_bound=0, random_state=0
    )
    return network.fit(history)


# %%
# The job. The state holds the forecaster and the last day that it has seen, so that a second run on
# the same day has nothing to update, and writes the same forecast.


def read_days(until):
    paths = [path for path in sorted(folder.glob("arrived-*.csv")) if path.stem[8:] <= until]
    return pd.concat([pd.read_csv(path, index_col="day", parse_dates=True) for path in paths])


def run(night):
    state = folder / "forecaster.joblib"
    arrived = read_days(night)
    forecaster = joblib.load(state) if state.exists() else fit(arrived)
    newer = arrived[arrived.index > forecaster.cutoff_]
    if len(newer):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always", ForecastDriftWarning)
            forecaster.update(newer)
        if any(issubclass(one.category, ForecastDriftWarning) for one in seen):
            drift = forecaster.drift_
            print(night, "drift in", drift.index[drift["has_drifted"]].to_list(), "- fitted again")
            forecaster = fit(arrived)
    forecast = forecaster.predict_interval(coverage=0.8)
    forecast.columns = [f"{series}, {end}" for end, series in forecast.columns]
    forecast = forecast.join(forecaster.predict())
    write_whole(folder / f"forecast-{night}.csv", forecast.to_csv)
    write_whole(state, lambda path: joblib.dump(forecaster, path))


# %%
# Ten nights. The first file holds the history, and each later one the days since the night before.

nights = []
for number in range(N_NIGHTS):
    stop = first_night + HORIZON * number
    newest = table[:stop] if number == 0 else table[stop - HORIZON : stop]
    night = f"{newest.index[-1]:%Y-%m-%d}"
    newest.to_csv(folder / f"arrived-{night}.csv")
    run(night)
    nights.append(night)

# %%
# A run that is repeated changes nothing.

before = (folder / f"forecast-{nights[-1]}.csv").read_bytes()
run(nights[-1])
print("the same file again:", (folder / f"forecast-{nights[-1]}.csv").read_bytes() == before)

# %%
# How good were the nights? The baseline repeats the last season.

naive = SeasonalNaive(HORIZON, seasonal_period=8).fit(table[:first_night])
rows = []
for night in nights:
    forecast = pd.read_csv(folder / f"forecast-{night}.csv", index_col="day", parse_dates=True)
    came = table.loc[forecast.index]
    repeated = naive.predict(history=table[:night])
    rows.append(
        {
            "night": night,
            "network": (forecast[table.columns] - came).abs().drop(columns="digit 7").mean().mean(),
            "last season": (repeated - came).abs().drop(columns="digit 7").mean().mean(),
        }
    )
errors = pd.DataFrame(rows).set_index("night")
print(errors.mean().round(2).to_string())

# %%
# The forecasts that were written, of a sensor that kept its unit and of the one that did not.

_, axes = plt.subplots(2, figsize=(8, 5), sharex=True, layout="constrained")
for axis, name in zip(axes, ["digit 0", "digit 7"], strict=True):
    axis.plot(table.index[first_night - 40 :], table[name][first_night - 40 :], "k", lw=1)
    for night in nights:
        forecast = pd.read_csv(folder / f"forecast-{night}.csv", index_col="day", parse_dates=True)
        ends = forecast[f"{name}, lower"], forecast[f"{name}, upper"]
        axis.fill_between(forecast.index, *ends, color="C0", alpha=0.3)
        axis.plot(forecast.index, forecast[name], "C0", lw=1)
    axis.set_ylabel(f"ink of {name}")
axes[1].xaxis.set_major_locator(MonthLocator())
axes[0].set_title("Forecasts of ten nights with 80 % intervals")
plt.show()
