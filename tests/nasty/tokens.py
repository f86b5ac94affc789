"""Nasty token ids."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.nasty.containers import Samples
from tests.nasty.values import Change, Rng, at, each, one, replaced


def token_ids(rng: Rng, n_samples: int) -> Samples:
    lengths = rng.integers(2, 7, size=n_samples)
    return [rng.integers(1, 6, size=n) for n in lengths]


TOKENS: dict[str, Change] = {
    "as they are": (lambda rng, s: s, "answer"),
    "int8": (each(lambda x: x.astype(np.int8)), "answer"),
    "uint64": (each(lambda x: x.astype(np.uint64)), "answer"),
    "big-endian": (each(lambda x: x.astype(">i2")), "answer"),
    "whole floats": (each(lambda x: x.astype(float)), "either"),
    "fractions": (each(lambda x: x + 0.5), "refusal"),
    "booleans": (each(lambda x: x > 2), "refusal"),
    "complex": (each(lambda x: x.astype(complex)), "refusal"),
    "text": (each(lambda x: x.astype(str)), "refusal"),
    "objects": (each(lambda x: x.astype(object)), "answer"),
    "negative": (each(lambda x: -x), "refusal"),
    "minus one": (one(lambda x: np.append(x, -1)), "refusal"),
    "a padding inside": (one(lambda x: np.array([1, 0, 1])), "either"),
    "padding at the start": (one(lambda x: np.array([0, 1, 1])), "either"),
    "padding only": (one(lambda x: x * 0), "refusal"),
    "padding at the end": (one(lambda x: np.append(x, [0, 0])), "answer"),
    "unseen": (one(lambda x: x + 100), "answer"),
    "10**6": (one(lambda x: np.append(x, 10**6)), "answer"),
    "10**11": (one(lambda x: np.append(x, 10**11)), "either"),
    "10**30": (lambda rng, s: at(rng, s, 10**30), "refusal"),
    "2**63": (one(lambda x: np.append(x.astype(np.uint64), np.uint64(2**63))), "either"),
    "None": (lambda rng, s: at(rng, s, None), "either"),
    "NA": (lambda rng, s: at(rng, s, pd.NA), "either"),
    "NaN inside": (one(lambda x: np.array([1, np.nan, 2])), "refusal"),
    "infinity": (one(lambda x: np.array([1, np.inf, 2])), "refusal"),
    "a word": (lambda rng, s: at(rng, s, "word"), "refusal"),
    "a dict": (lambda rng, s: at(rng, s, {}), "refusal"),
    "columns": (each(lambda x: x[:, None]), "either"),
    "id sets": (each(lambda x: np.column_stack([x, x])), "either"),
    "an empty sample": (one(lambda x: x[:0]), "refusal"),
    "no samples": (lambda rng, s: [], "refusal"),
    "None as a sample": (lambda rng, s: replaced(rng, s, None), "refusal"),
    "text as a sample": (lambda rng, s: replaced(rng, s, "text"), "refusal"),
    "a number as a sample": (lambda rng, s: replaced(rng, s, 3), "refusal"),
    "one long sample": (one(lambda x: np.tile(x, 60)), "answer"),
    "one token each": (each(lambda x: x[:1]), "answer"),
    "four dimensions": (each(lambda x: x[:, None, None]), "refusal"),
}
