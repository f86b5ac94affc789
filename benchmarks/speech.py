"""Speech: words said one at a time.

    python benchmarks/speech.py --data-home DIR [--only digits] [--seeds 5]

Digits: the Free Spoken Digit Dataset, six speakers. First its own split, takes 0 to 4 of every
digit by every speaker to test on; then each speaker left out in turn, which tells how well a voice
is understood that was never heard. The network has default parameters throughout; beside it are a
support vector machine and logistic regression on mean and standard deviation of every mel band,
which know nothing of the order of the sounds.

Reads the sets from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent ones are downloaded) and
prints accuracies and the seconds that one fit took, spectrograms included.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skrnn import RNNClassifier
from skrnn.datasets import fetch_free_spoken_digits
from skrnn.preprocessing import LogMelSpectrogram

# What the network is asked to reach on the set's own split.
FLOOR = 0.99


def mean_and_std(spectrograms: list[np.ndarray]) -> np.ndarray:
    return np.array([np.r_[x.mean(axis=0), x.std(axis=0)] for x in spectrograms])


def centre(spectrograms: list[np.ndarray]) -> list[np.ndarray]:
    """Take its own mean, how loud it is, from each spectrogram."""
    return [x - x.mean() for x in spectrograms]


def on_statistics(classifier: Any) -> Any:
    return make_pipeline(
        LogMelSpectrogram(sampling_rate=8000),
        FunctionTransformer(mean_and_std),
        StandardScaler(),
        classifier,
    )


MODELS = {
    "logistic regression, mean and std": lambda _: on_statistics(LogisticRegression(max_iter=1000)),
    "SVM, mean and std": lambda _: on_statistics(SVC(C=10)),
    "RNNClassifier": lambda seed: make_pipeline(
        LogMelSpectrogram(sampling_rate=8000), RNNClassifier(random_state=seed)
    ),
    "RNNClassifier, loudness taken off": lambda seed: make_pipeline(
        LogMelSpectrogram(sampling_rate=8000),
        FunctionTransformer(centre),
        RNNClassifier(random_state=seed),
    ),
}


def report(name: str, recordings: Any, folds: Any, n_seeds: int) -> np.ndarray:
    """Fit once a fold and seed; print and return the accuracies, (n_seeds, n_folds)."""
    X, y = recordings.data, recordings.target
    scores, seconds = [], []
    for seed in range(n_seeds):
        scores.append([])
        for train, test in folds:
            model = MODELS[name](seed)
            start = time.perf_counter()
            model.fit([X[i] for i in train], y[train])
            seconds.append(time.perf_counter() - start)
            scores[-1].append(model.score([X[i] for i in test], y[test]))
    of_seeds = np.mean(scores, axis=1)
    spread = f"{of_seeds.std():.3f}" if n_seeds > 1 else ""
    folds_shown = "" if len(folds) == 1 else np.array2string(np.mean(scores, axis=0), precision=2)
    print(
        f"{name:36} {of_seeds.mean():.3f} {spread:>6} {np.median(seconds):8.1f}  {folds_shown}",
        flush=True,
    )
    return np.array(scores)


def digits(data_home: str | None, n_seeds: int) -> None:
    recordings = fetch_free_spoken_digits(split="all", data_home=data_home)
    own_split = list(PredefinedSplit(np.where(recordings.takes < 5, 0, -1)).split())
    print(f"\ndigits, takes 0 to 4\n{'':36} {'mean':>5} {'std':>6} {'seconds':>8}")
    for name in list(MODELS)[:2]:
        report(name, recordings, own_split, 1)
    reached = report("RNNClassifier", recordings, own_split, n_seeds).mean()
    speakers = recordings.speakers
    folds = list(LeaveOneGroupOut().split(recordings.data, groups=speakers))
    print(f"\ndigits, one speaker left out: {', '.join(np.unique(speakers))}")
    for name in MODELS:
        report(name, recordings, folds, 1)
    print(f"asked of the network on takes 0 to 4: {FLOOR}; reached: {reached:.4f}")


PARTS = {"digits": digits}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    for name in options.only:
        PARTS[name](options.data_home, options.seeds)


if __name__ == "__main__":
    main()
