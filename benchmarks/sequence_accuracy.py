"""Accuracy of the default parameters on official splits, beside MiniRocket and MultiRocket-Hydra.

    python benchmarks/sequence_accuracy.py --data-home DIR [--sets NATOPS GunPoint] [--seeds 3]
    python benchmarks/sequence_accuracy.py --data-home DIR --peers

Reads the sets from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent ones are downloaded) and
prints, for each, the mean and spread over the seeds, and the seconds that one fit took at most.
Every fit uses ``RNNClassifier()`` or ``RNNRegressor()`` as constructed by default, but for
``random_state``. Probabilities are judged by their mean logarithm, and by the distance of the
probability of the predicted class from how often it is right (expected calibration error).

``--peers`` runs MiniRocket and MultiRocket-Hydra of aeon with their defaults and seed 0, too
(``pip install skrnn "aeon>=1.6"``, in an environment of its own: aeon 1.6 wants an older pandas
than ``constraints.txt`` has). They read ragged sequences padded with zeros.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from skrnn import RNNClassifier, RNNRegressor
from skrnn.datasets import fetch_cmapss, fetch_covid3month, fetch_ucr_uea

CLASSIFICATION = [
    *("JapaneseVowels", "NATOPS", "ItalyPowerDemand", "BasicMotions", "GunPoint", "ArrowHead"),
    *("ACSF1", "Coffee", "OliveOil", "Chinatown", "OSULeaf", "PLAID", "PickupGestureWiimoteZ"),
]
REGRESSION = ["C-MAPSS FD001", "Covid3Month"]
# Accuracy that the mean of the sets above is expected to reach, and the largest errors.
FLOOR = 0.93
CEILINGS = {"C-MAPSS FD001": 13.0}
CMAPSS_WINDOW = 30
CMAPSS_STRIDE = 3
CMAPSS_CAP = 125


class Data(NamedTuple):
    """A set with its official split."""

    X: list[np.ndarray]
    y: np.ndarray
    X_test: list[np.ndarray]
    y_test: np.ndarray


class Result(NamedTuple):
    """What one fit gave: accuracy or error, quality of the probabilities, seconds."""

    score: float
    log_loss: float
    calibration_error: float
    seconds: float
    network_weight: float = float("nan")


def load(name: str, data_home: str | None) -> Data:
    """Read a set."""
    if name.startswith("C-MAPSS"):
        return cmapss(data_home)
    fetch: Callable[..., Any] = fetch_covid3month
    if name != "Covid3Month":

        def fetch(**arguments: Any) -> Any:
            return fetch_ucr_uea(name, **arguments)

    X, y = fetch(split="train", data_home=data_home, return_X_y=True)
    X_test, y_test = fetch(split="test", data_home=data_home, return_X_y=True)
    return Data(X, np.asarray(y), X_test, np.asarray(y_test))


def cmapss(data_home: str | None) -> Data:
    """Cut engines' runs into windows; the test windows are their last ones."""
    train = fetch_cmapss(split="train", data_home=data_home)
    test = fetch_cmapss(split="test", data_home=data_home)
    last = test.data.groupby("unit").tail(CMAPSS_WINDOW)
    return Data(
        *cmapss_windows(train.data, train.target, CMAPSS_STRIDE),
        *cmapss_windows(last, test.target, CMAPSS_WINDOW),
    )


def cmapss_windows(
    frame: pd.DataFrame, rul: pd.Series, stride: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Cut each engine's run into windows, the last one ending at its last cycle."""
    features = [column for column in frame.columns if column not in ("unit", "cycle")]
    X, y = [], []
    for _, run in frame.groupby("unit"):
        values = run[features].to_numpy(dtype=np.float64)
        target = np.minimum(rul.loc[run.index].to_numpy(dtype=np.float64), CMAPSS_CAP)
        for stop in range(len(run), min(len(run), CMAPSS_WINDOW) - 1, -stride):
            X.append(values[max(0, stop - CMAPSS_WINDOW) : stop])
            y.append(target[stop - 1])
    return X, np.array(y)


def run(model: Any, data: Data) -> Result:
    """Fit and judge an estimator of skrnn."""
    start = time.perf_counter()
    model.fit(data.X, data.y)
    seconds = time.perf_counter() - start
    if isinstance(model, RNNRegressor):
        error = root_mean_square(model.predict(data.X_test) - data.y_test)
        return Result(error, np.nan, np.nan, seconds, model.network_weight_)
    probabilities = model.predict_proba(data.X_test)
    position = np.searchsorted(model.classes_, data.y_test)
    own = np.take_along_axis(model.predict_log_proba(data.X_test), position[:, None], axis=1)
    return Result(
        model.score(data.X_test, data.y_test),
        -float(own.mean()),
        calibration_error(probabilities, position),
        seconds,
        model.network_weight_,
    )


def root_mean_square(errors: np.ndarray) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(errors))))


def calibration_error(probabilities: np.ndarray, position: np.ndarray, n_bins: int = 10) -> float:
    """Return how far the largest probability is from the share of right answers, in ten bins."""
    largest, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == position
    bins = np.minimum((largest * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, weights=largest - right, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(position))


def peers(is_regression: bool) -> dict[str, Any]:
    """Return the estimators of aeon to compare with."""
    if is_regression:
        from aeon.regression.convolution_based import (
            MiniRocketRegressor,
            MultiRocketHydraRegressor,
        )

        return {
            "MiniRocket": MiniRocketRegressor(random_state=0),
            "MultiRocket-Hydra": MultiRocketHydraRegressor(random_state=0),
        }
    from aeon.classification.convolution_based import (
        MiniRocketClassifier,
        MultiRocketHydraClassifier,
    )

    return {
        "MiniRocket": MiniRocketClassifier(random_state=0),
        "MultiRocket-Hydra": MultiRocketHydraClassifier(random_state=0),
    }


def score_of_peer(model: Any, data: Data) -> float:
    """Fit an estimator of aeon, which wants features before time and one length."""
    longest = max(len(sequence) for sequence in (*data.X, *data.X_test))
    cubes = [
        np.stack([_padded(sequence, longest) for sequence in X]) for X in (data.X, data.X_test)
    ]
    predicted = model.fit(cubes[0], data.y).predict(cubes[1])
    if data.y.dtype.kind == "f":
        return root_mean_square(predicted - data.y_test)
    return float(np.mean(predicted == data.y_test))


def _padded(sequence: np.ndarray, length: int) -> np.ndarray:
    columns = np.nan_to_num(np.asarray(sequence, dtype=np.float64).reshape(len(sequence), -1).T)
    return np.pad(columns, ((0, 0), (0, length - columns.shape[1])))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--sets", nargs="*", default=[*CLASSIFICATION, *REGRESSION])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--members", type=int, default=1, help="networks of each estimator")
    parser.add_argument("--peers", action="store_true", help="run aeon's MiniRocket, too")
    options = parser.parse_args()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    names = ["MiniRocket", "MR-Hydra"] if options.peers else []
    heads = ["mean", "std", "log loss", "calib.", "network", "seconds", *names]
    print(f"{'set':22}" + "".join(f"{head:>11}" for head in heads))
    rows = []
    for name in options.sets:
        is_regression = name in REGRESSION
        make = RNNRegressor if is_regression else RNNClassifier
        data = load(name, options.data_home)
        models = [
            make(n_members=options.members, random_state=seed) for seed in range(options.seeds)
        ]
        results = np.array([run(model, data) for model in models])
        mean, slowest = results.mean(axis=0), results[:, 3].max()
        row = [mean[0], results[:, 0].std(), mean[1], mean[2], mean[4], slowest]
        if options.peers:
            row += [score_of_peer(model, data) for model in peers(is_regression).values()]
        print(f"{name:22}" + "".join(f"{value:11.3f}" for value in row), flush=True)
        if name in CEILINGS:
            print(f"{'  asked: at most':22}{CEILINGS[name]:11.3f}")
        if not is_regression:
            rows.append(row)
    if len(rows) > 1:
        print(f"{'mean of sets':22}" + "".join(f"{value:11.3f}" for value in np.mean(rows, axis=0)))
        print(f"{'  asked: at least':22}{FLOOR:11.3f}")


if __name__ == "__main__":
    main()
