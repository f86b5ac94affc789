"""Actions in depth clips, of people whom no model has seen in training.

    python benchmarks/video.py --data-home DIR [--seeds 5] [--choose]

UTD-MHAD: trained on the four subjects with odd numbers, tested on the four with even numbers.
Reads the set from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent, it is made from the
published originals) and prints the accuracy on the test subjects, mean and spread over the seeds,
and the seconds that one fit took. "together" are the networks of all seeds, their probabilities
averaged as scikit-learn's ``VotingClassifier`` does.

Two lines see frames as they are, as rows of 768 pixels: logistic regression on the mean frame, and
a network on 40 principal components of each frame. The others see what moves (``moving_parts``)
and jittered copies of the training clips: a support vector machine on 16 frames of each clip side
by side, and the network.

Nothing was chosen by the test subjects. ``--choose`` prints how the settings compare where they
were chosen: each training subject is left out once, and the three others train.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.ndimage import affine_transform
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skrnn import RNNClassifier
from skrnn.datasets import fetch_utd_mhad
from skrnn.preprocessing import PerTimestep, TimeDifferences

Clips = list[np.ndarray]
Run = tuple[Any, Any, np.ndarray, Any]  # model, training data, their labels, test data

WIDTH = 16  # pixels on each side of the window that follows a person
N_COPIES = 4
LAGS = (1, 2, 4)


def person_in(clip: np.ndarray) -> tuple[float, float, float]:
    """Return the row of the head, the height and the column of the person, in pixels."""
    usual = np.median(clip, axis=0)
    filled = np.cumsum(usual.sum(axis=1)) / usual.sum()
    top, bottom = np.interp([0.03, 0.97], filled, np.arange(len(usual)))
    return top, bottom - top, np.average(np.arange(usual.shape[1]), weights=usual.sum(axis=0))


def moving_parts(clips: Clips, rng: np.random.Generator | None = None) -> Clips:
    """Return what moves in a window around the person, as rows of pixels.

    The window is as large as the person and a quarter of the height above, wherever the person
    stands. From each of its pixels the mean over the clip is taken away. Square roots bring the
    small differences of a hand before the body nearer to those of an arm before the background;
    they are of units of 14 cm, so that most values are about 1. With ``rng`` windows are a little
    larger or smaller and elsewhere, and clips faster or slower.
    """
    moving = []
    for clip in clips:
        top, height, column = person_in(clip)
        row = top + 0.375 * height
        pixel_rows = pixel_columns = 1.25 * height / (WIDTH - 1)
        speed = 1.0
        if rng is not None:
            pixel_rows *= np.exp(rng.uniform(-0.12, 0.12))
            pixel_columns = pixel_rows * np.exp(rng.uniform(-0.12, 0.12))
            row += rng.uniform(-0.06, 0.06) * height
            column += rng.uniform(-0.06, 0.06) * height
            speed = np.exp(rng.uniform(-0.2, 0.2))
        middle = (WIDTH - 1) / 2
        window = affine_transform(
            clip.astype(np.float32),
            [speed, pixel_rows, pixel_columns],
            [0.0, row - middle * pixel_rows, column - middle * pixel_columns],
            order=1,
            output_shape=(int(len(clip) / speed), WIDTH, WIDTH),
            mode="nearest",
        )
        change = (window - window.mean(axis=0)) / 9
        moving.append((np.sign(change) * np.sqrt(np.abs(change))).reshape(len(change), -1))
    return moving


def with_copies(clips: Clips, y: np.ndarray, n_copies: int, seed: int) -> tuple[Clips, np.ndarray]:
    """Return the moving parts of the clips and of jittered copies, and their labels."""
    rng = np.random.default_rng(seed)
    X = moving_parts(clips)
    for _ in range(n_copies):
        X += moving_parts(clips, rng)
    return X, np.tile(y, n_copies + 1)


def pixels(clips: Clips) -> Clips:
    return [clip.reshape(len(clip), -1).astype(np.float32) for clip in clips]


def mean_frames(X: Clips) -> np.ndarray:
    return np.array([x.mean(axis=0) for x in X])


def side_by_side(X: Clips, n_frames: int = 16) -> np.ndarray:
    """Return frames at even distances, interpolated in time, side by side."""
    rows = []
    for x in X:
        at = np.linspace(0, len(x) - 1, n_frames)
        before = np.minimum(at.astype(int), len(x) - 2)
        share = (at - before)[:, None]
        rows.append(((1 - share) * x[before] + share * x[before + 1]).ravel())
    return np.array(rows)


def network(seed: int, n_components: int = 40, lags: tuple[int, ...] = LAGS, **options: Any) -> Any:
    """Return the pipeline: principal components, their differences over time, a network."""
    steps = [PerTimestep(PCA(n_components, random_state=0))]
    if lags:
        steps.append(TimeDifferences(lags))
    # Components keep their sizes: standardised, the last ones would be as loud as the first. The
    # network answers alone, as on the page of the guide.
    options = {"standardize": False, "linear_model": False} | options
    return make_pipeline(*steps, RNNClassifier(random_state=seed, **options))


SETTINGS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no copies": {"n_copies": 0},
    "no differences": {"lags": ()},
    "differences over 1": {"lags": (1,)},
    "dropout=0.4": {"dropout": 0.4},
    "hidden_size=128": {"hidden_size": 128},
    "standardize=True": {"standardize": True},
}


def leave_subjects_out(train: Any, seed: int, n_copies: int = N_COPIES, **options: Any) -> float:
    """Return the mean accuracy on a training subject that the three others did not tell of."""
    scores = []
    for kept, left in LeaveOneGroupOut().split(train.data, groups=train.groups):
        X, y = with_copies([train.data[i] for i in kept], train.target[kept], n_copies, seed)
        model = network(seed, **options).fit(X, y)
        scores.append(model.score(moving_parts([train.data[i] for i in left]), train.target[left]))
    return float(np.mean(scores))


def choose(train: Any, n_seeds: int) -> None:
    for name, options in SETTINGS.items():
        scores = [leave_subjects_out(train, seed, **options) for seed in range(n_seeds)]
        print(f"{name:30} {np.mean(scores):.3f} {np.std(scores):.3f}", flush=True)


def mean_frame(train: Any, test: Any, seed: int) -> Run:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    X, X_test = (mean_frames(pixels(clips.data)) for clips in (train, test))
    return model, X, train.target, X_test


def frames(train: Any, test: Any, seed: int) -> Run:
    alone = RNNClassifier(linear_model=False, random_state=seed)
    model = make_pipeline(PerTimestep(PCA(40, random_state=0)), alone)
    return model, pixels(train.data), train.target, pixels(test.data)


def machine_on_moving_parts(train: Any, test: Any, seed: int) -> Run:
    X, y = with_copies(train.data, train.target, N_COPIES, seed)
    return SVC(C=10), side_by_side(X), y, side_by_side(moving_parts(test.data))


def network_on_moving_parts(train: Any, test: Any, seed: int) -> Run:
    return (
        network(seed),
        *with_copies(train.data, train.target, N_COPIES, seed),
        moving_parts(test.data),
    )


MODELS: dict[str, Callable[[Any, Any, int], Run]] = {
    "mean frame": mean_frame,
    "network, frames": frames,
    "SVM, moving parts": machine_on_moving_parts,
    "network, moving parts": network_on_moving_parts,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--choose", action="store_true")
    options = parser.parse_args()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    train = fetch_utd_mhad(data_home=options.data_home)
    if options.choose:
        choose(train, options.seeds)
        return
    test = fetch_utd_mhad(split="test", data_home=options.data_home)
    print(f"{'':22} {'accuracy':>8} {'std':>5} {'together':>8} {'seconds a fit':>14}")
    for name, prepare in MODELS.items():
        scores, seconds, votes = [], [], []
        for seed in range(options.seeds):
            model, X, y, X_test = prepare(train, test, seed)
            start = time.perf_counter()
            model.fit(X, y)
            seconds.append(time.perf_counter() - start)
            scores.append(model.score(X_test, test.target))
            if hasattr(model, "predict_proba"):
                votes.append(model.predict_proba(X_test))
        together = "-"
        if votes:
            labels = model.classes_[np.mean(votes, axis=0).argmax(axis=1)]
            together = f"{np.mean(labels == test.target):.3f}"
        print(
            f"{name:22} {np.mean(scores):8.3f} {np.std(scores):5.3f} {together:>8} "
            f"{np.median(seconds):14.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
