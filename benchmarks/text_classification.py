"""Text classification from scratch, beside a searched TF-IDF.

    python benchmarks/text_classification.py --data-home DIR [--sets sms trec sst2] [--seeds 5]

SMS Spam Collection (F1 of spam on a fifth of the messages, copies of a message on one side only),
TREC-6 and SST-2 (accuracy on the official test set). Reads the sets
from ``DIR`` (see ``skrnn.datasets.get_data_home``; absent ones are downloaded). The network is
``make_pipeline(TokenEncoder(), RNNClassifier(embedding_dim=300))``; "all" are the networks of all
seeds together, their probabilities averaged as scikit-learn's ``VotingClassifier`` does.
``--segment-length 2`` puts a learned convolution over neighbouring words in front, ``--affixes 3``
gives words their prefixes and suffixes, too. No pretrained vectors. The baseline is logistic
regression on TF-IDF, first of words and pairs of words, weakly regularised (C=10), then with
tokens, n-grams and regularisation chosen by a grid search on the training set.
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
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline

from skrnn import RNNClassifier
from skrnn.datasets import fetch_sms_spam, fetch_sst2, fetch_trec
from skrnn.preprocessing import TokenEncoder

Parts = tuple[list[str], np.ndarray, list[str], np.ndarray]

WORDS = r"(?u)\b\w\w+\b"  # scikit-learn's default
ALL_TOKENS = r"(?u)\w+|[^\w\s]"  # for English what TokenEncoder takes
GRID = {
    "tfidfvectorizer__token_pattern": [WORDS, ALL_TOKENS],
    "tfidfvectorizer__ngram_range": [(1, 1), (1, 2)],
    "logisticregression__C": [1, 10, 100],
}


def sms_spam(data_home: str | None, seed: int) -> Parts:
    texts, y = fetch_sms_spam(data_home=data_home, return_X_y=True)
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    train, test = next(folds.split(texts, y, groups=texts))
    return [texts[i] for i in train], y[train], [texts[i] for i in test], y[test]


def official(fetch: Callable[..., Any]) -> Callable[[str | None, int], Parts]:
    def load(data_home: str | None, seed: int) -> Parts:
        train, test = (
            fetch(split=split, data_home=data_home, return_X_y=True) for split in ("train", "test")
        )
        return *train, *test

    return load


SETS = {
    "sms": (sms_spam, f1_score),
    "trec": (official(fetch_trec), accuracy_score),
    "sst2": (official(fetch_sst2), accuracy_score),
}


def plain_baseline() -> Pipeline:
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000)
    )


def searched_baseline() -> GridSearchCV:
    pipeline = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(max_iter=1000))
    return GridSearchCV(pipeline, GRID, cv=3)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--embedding-dim", type=int, default=300)
    parser.add_argument("--segment-length", type=int, default=None)
    parser.add_argument("--affixes", type=int, default=0)
    options = parser.parse_args()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    head = f"{'set':6} {'skrnn':>7} {'std':>6} {'all':>7} {'seconds a fit':>14}"
    print(f"{head} {'TF-IDF':>7} {'searched':>9}")
    for name in options.sets:
        load, score = SETS[name]
        X, y, X_test, y_test = load(options.data_home, 0)
        scores, seconds, votes = [], [], []
        for seed in range(options.seeds):
            model = make_pipeline(
                TokenEncoder(affix_length=options.affixes),
                RNNClassifier(
                    embedding_dim=options.embedding_dim,
                    segment_length=options.segment_length or "auto",
                    random_state=seed,
                ),
            )
            start = time.perf_counter()
            model.fit(X, y)
            seconds.append(time.perf_counter() - start)
            votes.append(model.predict_proba(X_test))
            scores.append(score(y_test, model.predict(X_test)))
        together = score(y_test, model.classes_[np.mean(votes, axis=0).argmax(axis=1)])
        plain, searched = (model.fit(X, y) for model in (plain_baseline(), searched_baseline()))
        others = [score(y_test, model.predict(X_test)) for model in (plain, searched)]
        print(
            f"{name:6} {np.mean(scores):7.3f} {np.std(scores):6.3f} {together:7.3f} "
            f"{np.max(seconds):14.1f} {others[0]:7.3f} {others[1]:9.3f}  "
            f"{list(searched.best_params_.values())}",
            flush=True,
        )


if __name__ == "__main__":
    main()
