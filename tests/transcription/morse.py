"""Signals of the code "dots and dashes", and their texts."""

from __future__ import annotations

import numpy as np

# Signals of the code "dots and dashes": pulses of two lengths, pauses of two lengths.
LENGTHS = {".": 2, "-": 5, " ": 5}


def key(text, rng):
    """The signal of a text, with a noise that hides no pulse."""
    parts = [[0.0]]
    for sign in text:
        parts.append([float(sign != " ")] * LENGTHS[sign])
        parts.append([0.0] * 2)
    signal = np.concatenate(parts)
    return (signal + rng.normal(0, 0.1, len(signal)))[:, None]


def keyed(n_samples, seed=0, words=("..", "-", ".-.", "--")):
    rng = np.random.default_rng(seed)
    y = [" ".join(rng.choice(words, rng.integers(1, 4))) for _ in range(n_samples)]
    return [key(text, rng) for text in y], y


X, Y = keyed(40)
PARAMS = {"hidden_size": 6, "max_epochs": 3, "batch_size": 8, "random_state": 0}
LEARNING = {
    **{"hidden_size": 16, "num_layers": 1, "dropout": 0, "input_noise": 0.1, "random_state": 0},
    **{"max_epochs": 25, "batch_size": 8, "learning_rate": 0.01, "segment_length": 2},
}
