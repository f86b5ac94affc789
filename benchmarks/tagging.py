"""Labels for every timestep: parts of speech of English words, activities in a signal.

    python benchmarks/tagging.py --data-home DIR [--tasks words signal chunks] [--seeds 3]

Words: the English Web Treebank of Universal Dependencies (UPOS), trained on its training set from
scratch, beside each word's most frequent tag, an averaged perceptron (``_perceptron_tagger.py``)
and, where sklearn-crfsuite is installed (``pip install skrnn[bench-tagging]``), a linear-chain CRF
over the perceptron's features. The settings were chosen on the dev set.

Signal: recordings of BasicMotions (six channels of a smartwatch, four activities) cut to 3 to 10
seconds and laid end to end, four to seven a sample, beside logistic regression on a timestep, and
on mean, spread and maximum of two seconds around it. A test sample is made of test recordings.

Chunks: the shared task of CoNLL 2000, phrases of English words as spans in IOB2, from the words of
the first 2,000 training sentences: F1 of the spans with and without ``scheme="iob2"``, and how many
predicted sentences break the scheme. The set is not downloaded: put the file conll2000.zip of
NLTK's data into DIR/conll2000.

Reads the sets from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent ones are downloaded) and
prints accuracies over all timesteps of the test set, and the seconds that one fit took.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _perceptron_tagger import PerceptronTagger, word_features
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNTagger
from skrnn.datasets import fetch_ucr_uea, fetch_ud_english_ewt
from skrnn.metrics import span_f1_score, token_accuracy_score
from skrnn.preprocessing import TokenEncoder

# What UPOS of the test set is expected to reach at least.
FLOOR = 0.92
WIDE = {"embedding_dim": 128, "hidden_size": 96, "dropout": 0.5, "max_epochs": 8}


class MostFrequentTag:
    """The tag that a word had most often; for unknown words the most frequent of all."""

    def fit(self, X: list[list[str]], y: list[list[str]]) -> MostFrequentTag:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for words, tags in zip(X, y, strict=True):
            for word, tag in zip(words, tags, strict=True):
                counts[word][tag] += 1
        self.default = Counter(tag for tags in y for tag in tags).most_common(1)[0][0]
        self.tag_of = {word: count.most_common(1)[0][0] for word, count in counts.items()}
        return self

    def predict(self, X: list[list[str]]) -> list[list[str]]:
        return [[self.tag_of.get(word, self.default) for word in words] for words in X]


class FeatureCRF:
    """CRFsuite's linear-chain CRF over the features of the perceptron."""

    def __init__(self) -> None:
        import sklearn_crfsuite

        self.crf = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.01, max_iterations=60)

    @staticmethod
    def _features(X: list[list[str]]) -> list[list[list[str]]]:
        return [[word_features(words, t) for t in range(len(words))] for words in X]

    def fit(self, X: list[list[str]], y: list[list[str]]) -> FeatureCRF:
        self.crf.fit(self._features(X), y)
        return self

    def predict(self, X: list[list[str]]) -> Any:
        return self.crf.predict(self._features(X))


def network(seed: int, **params: Any) -> Any:
    encoder = TokenEncoder(analyzer=None, affix_length=4, min_df=2)
    return make_pipeline(encoder, RNNTagger(**params, random_state=seed))


def report(name: str, make: Callable[[int], Any], data: Any, seeds: int) -> float:
    """Fit once a seed and print mean and spread of the test accuracy."""
    X, y, X_test, y_test = data
    scores, seconds = [], []
    for seed in range(seeds):
        start = time.perf_counter()
        model = make(seed).fit(X, y)
        seconds.append(time.perf_counter() - start)
        scores.append(token_accuracy_score(y_test, model.predict(X_test)))
    spread = f"{np.std(scores):.4f}" if seeds > 1 else ""
    print(f"{name:42} {np.mean(scores):.4f} {spread:>7} {np.max(seconds):9.1f}", flush=True)
    return float(np.mean(scores))


def words(data_home: str | None, seeds: int) -> None:
    X, y = fetch_ud_english_ewt(split="train", data_home=data_home, return_X_y=True)
    test = fetch_ud_english_ewt(split="test", data_home=data_home, return_X_y=True)
    data = (X, y, *test)
    print(f"\nUPOS of English words: {len(X)} sentences to train on, {len(test[0])} to test on")
    baselines = [report("most frequent tag of the word", lambda _: MostFrequentTag(), data, 1)]
    baselines.append(report("averaged perceptron", lambda seed: PerceptronTagger(), data, 1))
    try:
        baselines.append(report("CRF over features (CRFsuite)", lambda _: FeatureCRF(), data, 1))
    except ImportError:
        print("CRF over features: left out, sklearn-crfsuite is not installed")
    scores = [
        report("RNNTagger, embedding_dim=64", lambda s: network(s, embedding_dim=64), data, seeds),
        report("RNNTagger, wide", lambda s: network(s, **WIDE), data, seeds),
        report(
            "RNNTagger, wide, crf", lambda s: network(s, **WIDE, output_layer="crf"), data, seeds
        ),
    ]
    print(f"asked: {FLOOR} and more than {max(baselines):.4f}; reached: {max(scores):.4f}")


class TimestepModel:
    """Logistic regression on each timestep, or on what happens around it."""

    def __init__(self, n_neighbours: int) -> None:
        self.n_neighbours = n_neighbours
        self.model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))

    def _features(self, signal: np.ndarray) -> np.ndarray:
        n = self.n_neighbours
        if n == 0:
            return signal
        padded = np.pad(signal, ((n, n), (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * n + 1, axis=0)
        return np.hstack([windows.mean(axis=2), windows.std(axis=2), windows.max(axis=2)])

    def fit(self, X: list[np.ndarray], y: list[np.ndarray]) -> TimestepModel:
        self.model.fit(np.concatenate([self._features(x) for x in X]), np.concatenate(y))
        return self

    def predict(self, X: list[np.ndarray]) -> list[np.ndarray]:
        return [self.model.predict(self._features(x)) for x in X]


def lay_end_to_end(
    X: np.ndarray, y: np.ndarray, n_samples: int, rng: np.random.Generator
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Cut recordings to random length and join those of different activities."""
    signals, labels = [], []
    for _ in range(n_samples):
        parts: list[np.ndarray] = []
        names: list[str] = []
        for _ in range(rng.integers(4, 8)):
            number = rng.choice(np.flatnonzero(y != (names[-1] if names else "")))
            length = rng.integers(30, 100)
            start = rng.integers(0, len(X[number]) - length + 1)
            parts.append(X[number][start : start + length])
            names += [y[number]] * length
        signals.append(np.concatenate(parts))
        labels.append(np.array(names))
    return signals, labels


def signal(data_home: str | None, seeds: int) -> None:
    load = {"data_home": data_home, "return_X_y": True}
    rng = np.random.default_rng(0)
    train = lay_end_to_end(*fetch_ucr_uea("BasicMotions", split="train", **load), 200, rng)
    test = lay_end_to_end(*fetch_ucr_uea("BasicMotions", split="test", **load), 100, rng)
    data = (*train, *test)
    n_steps = sum(len(x) for x in train[0])
    print(f"\nActivities in a signal: {len(train[0])} samples to train on, {n_steps} timesteps")
    report("logistic regression on a timestep", lambda _: TimestepModel(0), data, 1)
    report("logistic regression on two seconds", lambda _: TimestepModel(10), data, 1)
    report("RNNTagger, default parameters", lambda s: RNNTagger(random_state=s), data, seeds)
    report("RNNTagger, crf", lambda s: RNNTagger(random_state=s, output_layer="crf"), data, seeds)


def read_chunks(data_home: str, split: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return words and the labels of their phrases, a list for each sentence."""
    archive = zipfile.ZipFile(Path(data_home) / "conll2000" / "conll2000.zip")
    blocks = archive.read(f"conll2000/{split}.txt").decode("ascii").strip().split("\n\n")
    sentences = [[line.split() for line in block.split("\n")] for block in blocks]
    forms = [[fields[0] for fields in sentence] for sentence in sentences]
    return forms, [[fields[2] for fields in sentence] for sentence in sentences]


def breaks_iob2(labels: np.ndarray) -> bool:
    """Whether an "I-" follows neither "B-" nor "I-" of its own type."""
    pairs = zip(["O", *labels[:-1]], labels, strict=True)
    return any(label[0] == "I" and before[1:] != label[1:] for before, label in pairs)


def chunks(data_home: str | None, seeds: int) -> None:
    if data_home is None:
        raise SystemExit("--data-home: expected the folder that holds conll2000/conll2000.zip")
    X, y = read_chunks(data_home, "train")
    X_test, y_test = read_chunks(data_home, "test")
    params = {"embedding_dim": 64, "hidden_size": 64, "max_epochs": 6}
    print(f"\nPhrases of English words: 2000 sentences to train on, {len(X_test)} to test on")
    for output_layer in ("softmax", "crf"):
        for scheme in (None, "iob2"):
            scores, broken = [], []
            for seed in range(seeds):
                model = network(seed, **params, output_layer=output_layer, scheme=scheme)
                predicted = model.fit(X[:2000], y[:2000]).predict(X_test)
                scores.append(span_f1_score(y_test, predicted))
                broken.append(np.mean([breaks_iob2(labels) for labels in predicted]))
            print(
                f"{output_layer}, scheme={scheme!r}: F1 {np.mean(scores):.4f} "
                f"(std {np.std(scores):.4f}), {np.mean(broken):.1%} of the sentences break it",
                flush=True,
            )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--tasks", nargs="*", default=["words", "signal"])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'':42} {'mean':>6} {'std':>7} {'seconds':>9}")
    tasks = {"words": words, "signal": signal, "chunks": chunks}
    for name in options.tasks:
        tasks[name](options.data_home, options.seeds)


if __name__ == "__main__":
    main()
