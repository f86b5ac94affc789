"""Speech: words said one at a time, and utterances written down.

    python benchmarks/speech.py --data-home DIR [--only digits an4 strings] [--seeds 5]

Digits: the Free Spoken Digit Dataset, six speakers. First its own split, takes 0 to 4 of every
digit by every speaker to test on; then each speaker left out in turn, which tells how well a voice
is understood that was never heard. The network has default parameters throughout; beside it are a
support vector machine and logistic regression on mean and standard deviation of every mel band,
which know nothing of the order of the sounds.

AN4: spelled names, numbers and commands by people who are not in the training set, from 13 cepstral
coefficients, the transcriber with default parameters. Its word error rate as it stands, with the
words of the dictionary that comes with the data, with a language model of the training transcripts,
and with both; beside it the transcript of the training utterance that is nearest when all are
stretched to one length.

Strings: three to six spoken digits one after the other, with pauses; see ``examples/
plot_transcribing.py`` for the same in a minute.

Reads the sets from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent ones are downloaded) and
prints accuracies or error rates and the seconds that one fit took, spectrograms included.
"""

from __future__ import annotations

import argparse
import copy
import os
import platform
import time
from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, PredefinedSplit
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skrnn import RNNClassifier, RNNLanguageModel, RNNTranscriber
from skrnn.datasets import fetch_an4, fetch_free_spoken_digits
from skrnn.metrics import word_error_rate
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


def stretched(X: list[np.ndarray], n_timesteps: int = 60) -> np.ndarray:
    """Bring all sequences to one length, each in a row."""
    places = [np.linspace(0, len(x) - 1, n_timesteps).round().astype(int) for x in X]
    return np.array([x[place].ravel() for x, place in zip(X, places, strict=True)])


def nearest_transcripts(X: list[np.ndarray], y: np.ndarray, X_test: list[np.ndarray]) -> np.ndarray:
    scaler = StandardScaler().fit(stretched(X))
    model = NearestNeighbors(n_neighbors=1).fit(scaler.transform(stretched(X)))
    nearest = model.kneighbors(scaler.transform(stretched(X_test)), return_distance=False)
    return y[nearest[:, 0]]


def an4(data_home: str | None, n_seeds: int) -> None:
    train, test = (fetch_an4(split=split, data_home=data_home) for split in ("train", "test"))
    found = nearest_transcripts(train.data, train.target, test.data)
    print(f"\nAN4, word error rate\n{'':36} {'mean':>5} {'std':>6} {'seconds':>8}")
    print(f"{'nearest utterance':36} {word_error_rate(test.target, found):.3f}")
    language_model = RNNLanguageModel(analyzer=str.split, hidden_size=64, dropout=0.5)
    searches = {
        "greedy": {"language_model": None},
        "beam": {"decoding": "beam", "language_model": None},
        "words of the dictionary": {"word_list": train.words, "language_model": None},
        "language model": {},
        "words and language model": {"word_list": train.words},
    }
    rates, seconds, decoding = [], [], {name: [] for name in searches}
    for seed in range(n_seeds):
        model = RNNTranscriber(
            language_model=clone(language_model).set_params(random_state=seed), random_state=seed
        )
        start = time.perf_counter()
        model.fit(train.data, train.target)
        seconds.append(time.perf_counter() - start)
        rates.append([])
        for name, params in searches.items():
            searched = copy.copy(model).set_params(**params)
            start = time.perf_counter()
            rates[-1].append(1 - searched.score(test.data, test.target))
            decoding[name].append(time.perf_counter() - start)
    print(f"{'fit':50} {np.median(seconds):8.1f}")
    for name, of_seeds in zip(searches, np.transpose(rates), strict=True):
        spread = f"{of_seeds.std():.3f}" if n_seeds > 1 else ""
        print(f"{name:36} {of_seeds.mean():.3f} {spread:>6} {np.median(decoding[name]):8.1f}")
    print("asked of the network: .14 greedy, .10 with words or a language model", flush=True)


def say_strings(recordings: Any, n_strings: int, rng: np.random.Generator) -> Any:
    """Join recordings of one speaker, with pauses of up to a third of a second."""
    audio, texts = [], []
    for speaker in rng.choice(np.unique(recordings.speakers), n_strings):
        own = np.flatnonzero(recordings.speakers == speaker)
        chosen = rng.choice(own, rng.integers(3, 7))
        parts = []
        for number in chosen:
            parts += [np.zeros(rng.integers(400, 2666), np.float32), recordings.data[number]]
        audio.append(np.concatenate(parts))
        names = np.array(recordings.target_names)[recordings.target[chosen]]
        texts.append(" ".join(names))
    return audio, texts


def strings(data_home: str | None, n_seeds: int) -> None:
    splits = ("train", "test")
    train, test = (fetch_free_spoken_digits(split=split, data_home=data_home) for split in splits)
    rng = np.random.default_rng(0)
    (X, y), (X_test, y_test) = say_strings(train, 1000, rng), say_strings(test, 200, rng)
    print(f"\nstrings of digits, word error rate\n{'':36} {'mean':>5} {'std':>6} {'seconds':>8}")
    for name, params in {
        "characters": {},
        "words": {"analyzer": "word"},
        "words, forwards only": {"analyzer": "word", "bidirectional": False},
    }.items():
        rates, seconds = [], []
        for seed in range(min(n_seeds, 2)):
            model = make_pipeline(
                LogMelSpectrogram(sampling_rate=8000), RNNTranscriber(**params, random_state=seed)
            )
            start = time.perf_counter()
            model.fit(X, y)
            seconds.append(time.perf_counter() - start)
            rates.append(1 - model.score(X_test, y_test))
        spread = f"{np.std(rates):.3f}" if n_seeds > 1 else ""
        print(f"{name:36} {np.mean(rates):.3f} {spread:>6} {np.median(seconds):8.1f}", flush=True)


PARTS = {"digits": digits, "an4": an4, "strings": strings}


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
