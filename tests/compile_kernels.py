"""Train tiny estimators of one dtype, so that the machine code of their kernels is kept."""

from __future__ import annotations

import sys

import numpy as np

from skrnn import RNNClassifier, RNNForecaster, RNNTagger

TINY = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}


def compile_kernels(dtype: str) -> None:
    """Go through every cell forward and backward, and through a chain of labels."""
    X = [np.random.default_rng(i).normal(size=(4 + i % 3, 2)) for i in range(12)]
    y = np.arange(12) % 2
    for cell in ("gru", "lstm", "rnn"):
        for settings in ({"bidirectional": True}, {"pooling": ("mean", "max"), "num_layers": 2}):
            RNNClassifier(cell=cell, dtype=dtype, **settings, **TINY).fit(X, y).predict(X)
    labels = [np.arange(len(x)) % 2 for x in X]
    RNNTagger(output_layer="crf", dtype=dtype, **TINY).fit(X, labels).predict_proba(X)
    series = np.sin(np.arange(60.0))
    for decoder in ("segment", "recursive"):
        RNNForecaster(2, decoder=decoder, dtype=dtype, **TINY).fit(series).predict()


if __name__ == "__main__":
    compile_kernels(sys.argv[1])
