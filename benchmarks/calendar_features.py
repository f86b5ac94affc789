"""What the calendar does to forecasts: on held-out windows, where it is judged, and after them.

    python benchmarks/calendar_features.py --data-home DIR [--only TEXT]

Each line is a part of a data set: errors with the calendar divided by errors without it, on the
held-out windows of the fit and on the timesteps after the training data (up to 2,400 hours or 900
days, a geometric mean over the series); then what ``calendar="auto"`` keeps. Below 1 the calendar
helps.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from _monash import collection

from skrnn import RNNForecaster
from skrnn.datasets import fetch_bike_sharing, fetch_ett
from skrnn.exceptions import SeasonalNaiveWarning


class Case(NamedTuple):
    name: str
    y: pd.DataFrame
    n_training: int
    horizon: int
    period: int


def _cases(data_home: str | None) -> Iterator[Case]:
    ett = fetch_ett(data_home=data_home).y
    for end in (6000, 8640, 11520):
        for horizon in (24, 96):
            y = ett.iloc[: end + 2400]
            yield Case(f"ETTh1, {end} hours, {horizon} ahead", y, end, horizon, 24)
    users = fetch_bike_sharing(data_home=data_home).y.to_frame()
    for end in (6000, 9000, 13000):
        yield Case(f"bike sharing, {end} hours", users.iloc[: end + 2400], end, 24, 24)
    parts = collection("saugeenday", data_home)
    if parts is not None:
        # the archive's file begins on this day.
        values = pd.concat(parts).to_numpy(dtype=float)
        river = pd.Series(values, pd.date_range("1915-01-01", periods=len(values))).to_frame()
        for end in (3000, 8000, 16000):
            yield Case(f"river, to day {end}", river.iloc[end - 3000 : end + 900], 3000, 30, 7)


def _errors(forecaster: RNNForecaster, case: Case) -> np.ndarray:
    """Return the mean absolute error of each series after the training data."""
    y, horizon, context = case.y, case.horizon, forecaster.context_length_
    stride = max(horizon // 2, (len(y) - horizon - case.n_training) // 20)
    errors = []
    for cutoff in range(case.n_training, len(y) - horizon + 1, stride):
        forecast = forecaster.predict(history=y.iloc[max(0, cutoff - context) : cutoff])
        errors.append(np.abs(forecast.to_numpy() - y.iloc[cutoff : cutoff + horizon].to_numpy()))
    return np.concatenate(errors).mean(axis=0)


def _cycles(y: pd.DataFrame) -> list[str]:
    names = ["day_of_week", "time_of_year"] if y.index.freqstr == "D" else ["time_of_day"]
    if y.index.freqstr == "h":
        names += ["day_of_week", *(["time_of_year"] if len(y) > 2 * 8766 else [])]
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="where data sets are kept")
    parser.add_argument("--only", default="", help="parts whose name holds this text")
    args = parser.parse_args()
    warnings.simplefilter("ignore", SeasonalNaiveWarning)
    print(f"{'':28} {'held out':>9} {'after':>9}   kept")
    for case in _cases(args.data_home):
        if args.only not in case.name:
            continue
        first = case.y.iloc[: case.n_training]
        params = {"horizon": case.horizon, "seasonal_period": case.period, "random_state": 0}
        kept = RNNForecaster(**params).fit(first).calendar_
        fitted = [
            RNNForecaster(**params, calendar=calendar).fit(first)
            for calendar in (_cycles(first), None)
        ]
        skills = [1 - one.skill_ for one in fitted]
        errors = [_errors(one, case) for one in fitted]
        after = np.exp(np.log(errors[0] / errors[1]).mean())
        print(
            f"{case.name:28} {skills[0] / skills[1]:9.3f} {after:9.3f}   {kept or 'none'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
