"""Accuracy when a few training recordings are in another unit, and how often a warning says so.

    python benchmarks/outliers.py --data-home DIR [--sets NATOPS GunPoint] [--seeds 3]
                                  [--share 0.02] [--factor 1000] [--offset 0] [--warnings]

Of the training recordings of each set, a share drawn at random is multiplied by a factor and moved
by an offset; the test recordings stay as they are. The columns are the test accuracy (for C-MAPSS
the root mean squared error, also with its targets in another unit), mean over the seeds:

- clean: ``standardize="auto"``, nothing changed
- auto, True, robust: recordings changed, by ``standardize``; True is plain mean and deviation

``--warnings`` trains nothing. It prints how often a ``ScaleWarning`` is raised for the sets as they
are, for random parts of them, and what share of the changed recordings it names.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator

import numpy as np
from sequence_accuracy import CMAPSS_STRIDE, CMAPSS_WINDOW, cmapss_windows

from skrnn import RNNClassifier, RNNRegressor
from skrnn.datasets import (
    fetch_an4,
    fetch_cmapss,
    fetch_covid3month,
    fetch_free_spoken_digits,
    fetch_ucr_uea,
    fetch_utd_mhad,
    load_digit_rows,
)
from skrnn.exceptions import ScaleWarning
from skrnn.preprocessing import LogMelSpectrogram, SequenceScaler

Recordings = list[np.ndarray]

SETS = (
    *("ArrowHead", "BasicMotions", "Chinatown", "Coffee", "GunPoint", "ItalyPowerDemand"),
    *("JapaneseVowels", "NATOPS", "OSULeaf", "OliveOil", "PickupGestureWiimoteZ"),
)
ONLY_WARNINGS = ("ACSF1", "PLAID")
CHANGES = {
    "x 10": (10.0, 0.0),
    "x 1000": (1000.0, 0.0),
    "/ 1000": (0.001, 0.0),
    "to degrees Fahrenheit": (1.8, 32.0),
}
PARTS = (20, 40, 100)
N_PARTS = 20


def as_recordings(X: object) -> Recordings:
    """Return arrays of shape (n_timesteps, n_features) without padding."""
    samples = [np.asarray(x, dtype=np.float64).reshape(len(x), -1) for x in X]
    return [x[: np.flatnonzero(~np.isnan(x).all(axis=1))[-1] + 1] for x in samples]


def changed(
    X: Recordings, rng: np.random.Generator, share: float, factor: float, offset: float
) -> tuple[Recordings, np.ndarray]:
    """Return the recordings with a share of them in another unit, and which these are."""
    n_changed = max(1, round(share * len(X)))
    which = np.sort(rng.choice(len(X), n_changed, replace=False))
    return [x * factor + offset if i in which else x for i, x in enumerate(X)], which


def accuracies(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Return the mean test accuracy of each column."""
    X, y = fetch_ucr_uea(name, split="train", data_home=options.data_home, return_X_y=True)
    X_test, y_test = fetch_ucr_uea(name, split="test", data_home=options.data_home, return_X_y=True)
    X, X_test = as_recordings(X), as_recordings(X_test)
    scores: dict[str, list[float]] = {}
    for seed in range(options.seeds):
        rng = np.random.default_rng(seed)
        mixed, _ = changed(X, rng, options.share, options.factor, options.offset)
        for column, samples, standardize in _columns(X, mixed):
            classifier = RNNClassifier(standardize=standardize, random_state=seed)
            scores.setdefault(column, []).append(classifier.fit(samples, y).score(X_test, y_test))
    return {column: float(np.mean(values)) for column, values in scores.items()}


def _columns(clean: object, mixed: object) -> Iterator[tuple[str, object, bool | str]]:
    yield "clean", clean, "auto"
    for standardize in ("auto", True, "robust"):
        yield str(standardize), mixed, standardize


def cmapss_errors(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return root mean squared errors with recordings, and with targets, in another unit."""
    train = fetch_cmapss(split="train", data_home=options.data_home)
    test = fetch_cmapss(split="test", data_home=options.data_home)
    X, y = cmapss_windows(train.data, train.target, 5 * CMAPSS_STRIDE)
    y = np.array(y)
    last = test.data.groupby("unit").tail(CMAPSS_WINDOW)
    X_test, y_test = cmapss_windows(last, test.target, CMAPSS_WINDOW)
    scores: dict[str, dict[str, list[float]]] = {"C-MAPSS": {}, "C-MAPSS, y": {}}
    for seed in range(options.seeds):
        rng = np.random.default_rng(seed)
        mixed, which = changed(X, rng, options.share, options.factor, options.offset)
        mixed_y = y.copy()
        mixed_y[which] = mixed_y[which] * options.factor + options.offset
        runs = [("C-MAPSS", c, samples, y, s) for c, samples, s in _columns(X, mixed)]
        runs += [("C-MAPSS, y", "clean", X, y, "auto"), ("C-MAPSS, y", "auto", X, mixed_y, "auto")]
        for name, column, samples, targets, standardize in runs:
            regressor = RNNRegressor(standardize=standardize, random_state=seed)
            error = regressor.fit(samples, targets).predict(X_test) - np.array(y_test)
            rmse = float(np.sqrt(np.mean(error**2)))
            scores[name].setdefault(column, []).append(rmse)
    return {
        name: {column: float(np.mean(values)) for column, values in row.items()}
        for name, row in scores.items()
    }


# -- warnings --------------------------------------------------------------------------


def all_sets(data_home: str | None) -> Iterator[tuple[str, Recordings]]:
    """Yield the training part of every set of recordings, and test parts of the archive's."""
    for name in (*SETS, *ONLY_WARNINGS):
        for split in ("train", "test"):
            X, _ = fetch_ucr_uea(name, split=split, data_home=data_home, return_X_y=True)
            yield f"{name} {split}", as_recordings(X)
    yield "Covid3Month", as_recordings(fetch_covid3month(data_home=data_home, return_X_y=True)[0])
    cmapss = fetch_cmapss(split="train", data_home=data_home).data
    columns = [column for column in cmapss if column not in ("unit", "cycle")]
    yield "C-MAPSS", [run[columns].to_numpy() for _, run in cmapss.groupby("unit")]
    yield "digit rows", as_recordings(load_digit_rows(return_X_y=True)[0])
    yield "AN4", as_recordings(fetch_an4(data_home=data_home).data)
    spoken = fetch_free_spoken_digits(data_home=data_home)
    spectra = LogMelSpectrogram(spoken.sampling_rate).fit_transform(spoken.data)
    yield "spoken digits", as_recordings(spectra)
    yield "UTD-MHAD", as_recordings(fetch_utd_mhad(data_home=data_home).data)


def warned_of(X: Recordings) -> str:
    """Return what a ScaleWarning says about the recordings, empty if there is none.

    The scaler warns as the estimators do, and takes no training.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        SequenceScaler().fit(X)
    return " ".join(str(w.message) for w in caught if w.category is ScaleWarning)


def report_warnings(data_home: str | None) -> None:
    """Print how often untouched and changed recordings are warned of."""
    names = [f"part of {n}" for n in PARTS]
    print(f"{'set':28} {'whole':>6}", *(f"{name:>12}" for name in names), *CHANGES, sep="  ")
    for name, X in all_sets(data_home):
        rng = np.random.default_rng(0)
        rates = [f"{bool(warned_of(X)):6d}"]
        for n in PARTS:
            parts = [rng.choice(len(X), n, replace=False) for _ in range(N_PARTS) if n < len(X)]
            fired = [bool(warned_of([X[i] for i in part])) for part in parts]
            rates.append(f"{np.mean(fired):12.2f}" if fired else " " * 12)
        for change, (factor, offset) in CHANGES.items():
            n_right = 0
            for seed in range(N_PARTS):
                share = (0.01, 0.02, 0.05)[seed % 3]
                rng = np.random.default_rng(seed)
                mixed, which = changed(X, rng, share, factor, offset)
                said = warned_of(mixed)
                n_right += f"sample{'s' * (len(which) > 1)} {which[0]}" in said or (
                    len(which) > 20 and f"{len(which)} samples" in said
                )
            rates.append(f"{n_right / N_PARTS:{len(change)}.2f}")
        print(f"{name:28}", *rates, sep="  ", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--sets", nargs="*", default=[*SETS, "C-MAPSS"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--factor", type=float, default=1000.0)
    parser.add_argument("--offset", type=float, default=0.0)
    parser.add_argument("--warnings", action="store_true")
    options = parser.parse_args()
    if options.warnings:
        report_warnings(options.data_home)
        return
    warnings.simplefilter("ignore", ScaleWarning)
    columns = ["clean", "auto", "True", "robust"]
    print(f"{'set':24}", *(f"{column:>8}" for column in columns))
    for name in options.sets:
        rows = cmapss_errors(options) if name == "C-MAPSS" else {name: accuracies(name, options)}
        for row, scores in rows.items():
            cells = (f"{scores[c]:8.3f}" if c in scores else " " * 8 for c in columns)
            print(f"{row:24}", *cells, flush=True)


if __name__ == "__main__":
    main()
