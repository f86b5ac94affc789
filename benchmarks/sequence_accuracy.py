"""Accuracy of the default parameters on official train/test splits, and C-MAPSS.

    python benchmarks/sequence_accuracy.py --data-home DIR [--sets NATOPS GunPoint] [--seeds 5]

Reads the sets from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent ones are downloaded) and
prints, for each, the mean and spread over the seeds and the seconds that one fit took. Every fit
uses ``RNNClassifier()`` or ``RNNRegressor()`` as constructed by default, but for ``random_state``.
"""

from __future__ import annotations

import argparse
import os
import platform
import time

import numpy as np
import pandas as pd
import torch

from skrnn import RNNClassifier, RNNRegressor
from skrnn.datasets import fetch_cmapss, fetch_ucr_uea

# What each set is expected to reach at least, mean over five seeds.
FLOORS = {
    "JapaneseVowels": 0.975,
    "NATOPS": 0.95,
    "ItalyPowerDemand": 0.96,
    "BasicMotions": 0.975,
    "GunPoint": 0.97,
}
CMAPSS_CEILING = 14.5
CMAPSS_WINDOW = 30
CMAPSS_STRIDE = 3
CMAPSS_CAP = 125


def classify(name: str, seed: int, data_home: str | None) -> tuple[float, float]:
    """Return test accuracy and seconds of one fit."""
    X, y = fetch_ucr_uea(name, split="train", data_home=data_home, return_X_y=True)
    X_test, y_test = fetch_ucr_uea(name, split="test", data_home=data_home, return_X_y=True)
    start = time.perf_counter()
    classifier = RNNClassifier(random_state=seed).fit(X, y)
    seconds = time.perf_counter() - start
    return classifier.score(X_test, y_test), seconds


def cmapss_windows(
    frame: pd.DataFrame, rul: pd.Series, stride: int
) -> tuple[list[np.ndarray], list[float]]:
    """Cut each engine's run into windows, the last one ending at its last cycle."""
    features = [column for column in frame.columns if column not in ("unit", "cycle")]
    X, y = [], []
    for _, run in frame.groupby("unit"):
        values = run[features].to_numpy(dtype=np.float64)
        target = np.minimum(rul.loc[run.index].to_numpy(dtype=np.float64), CMAPSS_CAP)
        for stop in range(len(run), min(len(run), CMAPSS_WINDOW) - 1, -stride):
            X.append(values[max(0, stop - CMAPSS_WINDOW) : stop])
            y.append(target[stop - 1])
    return X, y


def cmapss(seed: int, data_home: str | None) -> tuple[float, float]:
    """Return the root mean squared error on the test engines' last windows, and seconds."""
    train = fetch_cmapss(split="train", data_home=data_home)
    test = fetch_cmapss(split="test", data_home=data_home)
    X, y = cmapss_windows(train.data, train.target, CMAPSS_STRIDE)
    last = test.data.groupby("unit").tail(CMAPSS_WINDOW)
    X_test, y_test = cmapss_windows(last, test.target, CMAPSS_WINDOW)
    start = time.perf_counter()
    regressor = RNNRegressor(random_state=seed).fit(X, y)
    seconds = time.perf_counter() - start
    error = regressor.predict(X_test) - np.array(y_test)
    return float(np.sqrt(np.mean(error**2))), seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--sets", nargs="*", default=[*FLOORS, "C-MAPSS FD001"])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'set':28} {'mean':>7} {'std':>7} {'asked':>7} {'seconds a fit':>14}")
    for name in options.sets:
        is_cmapss = name.startswith("C-MAPSS")
        run = cmapss if is_cmapss else lambda seed, home, name=name: classify(name, seed, home)
        scores, seconds = zip(
            *(run(seed, options.data_home) for seed in range(options.seeds)), strict=True
        )
        asked = CMAPSS_CEILING if is_cmapss else FLOORS.get(name, float("nan"))
        print(
            f"{name:28} {np.mean(scores):7.3f} {np.std(scores):7.3f} {asked:7.3f} "
            f"{np.max(seconds):14.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
