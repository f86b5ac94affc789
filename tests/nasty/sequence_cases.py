"""Nasty calls of the estimators of sequences: classifier, regressor, tagger and transcriber."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import sparse

from skrnn import RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber
from tests.nasty.containers import Samples, column_in_one, in_one, object_array
from tests.nasty.judge import Case
from tests.nasty.tokens import TOKENS, token_ids
from tests.nasty.values import MEASUREMENTS, WHOLES, Rng, measurements, nasty_parameter

TINY: dict[str, Any] = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
N_SAMPLES = 6
ESTIMATORS = {
    "classifier": RNNClassifier,
    "regressor": RNNRegressor,
    "tagger": RNNTagger,
    "transcriber": RNNTranscriber,
}

# ------------------------------------------------------------------------------- good targets


def good_target(kind: str, samples: list[Any], rng: Rng) -> Any:
    n = len(samples)
    if kind == "regressor":
        return [float(v) for v in np.round(rng.normal(size=n), 3)]
    if kind == "tagger":
        return [[int(v) for v in np.arange(length_of(x)) % 2] for x in samples]
    if kind == "transcriber":
        return ["ab"[i % 2] for i in range(n)]
    labels = [[0, 1], ["no", "yes"], [False, True], [-3, 7], [1.0, 2.0]][rng.integers(5)]
    return [labels[i % 2] for i in range(n)]


def one_longer(y: list[Any]) -> list[Any]:
    """Lengthen the longest list of labels, so that no timestep of a padded sample is behind it."""
    longest = max(range(len(y)), key=lambda i: len(y[i]))
    return [[*labels, 0] if i == longest else labels for i, labels in enumerate(y)]


def length_of(x: Any) -> int:
    """Timesteps of a sample, those of trailing NaN not counted; a nasty sample has some length."""
    try:
        values = np.asarray(x, dtype=float)
        observed = ~np.isnan(values.reshape(len(values), -1)).all(axis=1)
        return max(1, int(np.flatnonzero(observed)[-1]) + 1)
    except (TypeError, ValueError, IndexError, OverflowError):
        try:
            return len(x)
        except TypeError:
            return 1


# ------------------------------------------------------------------------------ nasty targets

Change = tuple[Callable[[Rng, list[Any]], Any], str]


def first(value: Any) -> Change:
    return (lambda rng, y: [value, *y[1:]]), "refusal"


def maybe(value: Any) -> Change:
    return (lambda rng, y: [value, *y[1:]]), "either"


TARGETS: dict[str, dict[str, Change]] = {
    "classifier": {
        "one class": (lambda rng, y: [1] * len(y), "refusal"),
        "all distinct": (lambda rng, y: list(range(len(y))), "either"),
        "one shorter": (lambda rng, y: y[:-1], "refusal"),
        "one longer": (lambda rng, y: [*y, y[0]], "refusal"),
        "NaN": first(np.nan),
        "None": first(None),
        "NA": first(pd.NA),
        "NaT": first(pd.NaT),
        "infinity": first(np.inf),
        "a fraction": first(0.5),
        "a list": first([1]),
        "a dict": first({}),
        "an object": first(object()),
        "complex": first(1j),
        "text and numbers": (lambda rng, y: ["a", 1] * (len(y) // 2), "refusal"),
        "large integers": (lambda rng, y: [10**30 * (i % 2) for i in range(len(y))], "either"),
        "2**63": (lambda rng, y: [2**63 + i % 2 for i in range(len(y))], "either"),
        "bytes": (lambda rng, y: [b"ab"[i % 2 :] for i in range(len(y))], "either"),
        "empty text": (lambda rng, y: ["", "a"] * (len(y) // 2), "answer"),
        "a column": (lambda rng, y: np.array(y)[:, None], "either"),
        "a row": (lambda rng, y: np.array(y)[None], "refusal"),
        "several labels": (
            lambda rng, y: np.array([[1, 0], [1, 1], [0, 1]] * (len(y) // 3)),
            "answer",
        ),
        "sparse labels": (
            lambda rng, y: sparse.csr_matrix([[1, 0], [1, 1], [0, 1]] * (len(y) // 3)),
            "either",
        ),
        "one-hot": (lambda rng, y: np.eye(2, dtype=int)[np.arange(len(y)) % 2], "answer"),
        "several classes": (lambda rng, y: np.arange(2 * len(y)).reshape(-1, 2), "refusal"),
        "three dimensions": (lambda rng, y: np.zeros((len(y), 2, 2), int), "refusal"),
        "dates": (lambda rng, y: np.arange(len(y)).astype("M8[D]"), "either"),
        "a categorical with NaN": (
            lambda rng, y: pd.Categorical(["a", None] * (len(y) // 2)),
            "refusal",
        ),
        "an unused category": (
            lambda rng, y: pd.Categorical(["a", "b"] * (len(y) // 2), categories=["c", "b", "a"]),
            "answer",
        ),
        "scores": (lambda rng, y: list(rng.normal(size=len(y))), "refusal"),
        "a tensor of floats": (lambda rng, y: torch.rand(len(y)), "refusal"),
        "masked": (
            lambda rng, y: np.ma.array([0, 1] * (len(y) // 2), mask=[1, 0] * (len(y) // 2)),
            "refusal",
        ),
    },
    "regressor": {
        "constant": (lambda rng, y: [1.0] * len(y), "answer"),
        "integers": (lambda rng, y: list(range(len(y))), "answer"),
        "large": (lambda rng, y: [v * 1e100 for v in y], "either"),
        "small": (lambda rng, y: [v * 1e-300 for v in y], "answer"),
        "level of 1e9": (lambda rng, y: [v + 1e9 for v in y], "answer"),
        "one shorter": (lambda rng, y: y[:-1], "refusal"),
        "one longer": (lambda rng, y: [*y, y[0]], "refusal"),
        "NaN": first(np.nan),
        "None": first(None),
        "NA": first(pd.NA),
        "infinity": first(-np.inf),
        "1e300": first(1e300),
        "text": first("x"),
        "a number as text": first("1.5"),
        "a list": first([1.0]),
        "a dict": first({}),
        "complex": first(1j),
        "10**400": first(10**400),
        "booleans": (lambda rng, y: [v > 0 for v in y], "either"),
        "float16": (lambda rng, y: np.array(y, np.float16), "answer"),
        "a column": (lambda rng, y: np.array(y)[:, None], "either"),
        "a row": (lambda rng, y: np.array(y)[None], "refusal"),
        "two outputs": (lambda rng, y: np.column_stack([y, y]), "answer"),
        "no outputs": (lambda rng, y: np.empty((len(y), 0)), "refusal"),
        "three dimensions": (lambda rng, y: np.zeros((len(y), 2, 2)), "refusal"),
        "dates": (lambda rng, y: np.arange(len(y)).astype("M8[D]"), "refusal"),
        "sparse": (lambda rng, y: sparse.csr_matrix(np.array(y)[:, None]), "refusal"),
        "masked": (lambda rng, y: np.ma.array(y, mask=[1] + [0] * (len(y) - 1)), "refusal"),
        "decimals": (lambda rng, y: pd.array(y, dtype="Float64"), "answer"),
    },
    "tagger": {
        "one label longer": (lambda rng, y: one_longer(y), "refusal"),
        "one label shorter": (lambda rng, y: [y[0][:-1], *y[1:]], "refusal"),
        "one sample shorter": (lambda rng, y: y[:-1], "refusal"),
        "one label": (lambda rng, y: [[0] * len(v) for v in y], "refusal"),
        "text": (lambda rng, y: [["ab"[i] for i in v] for v in y], "answer"),
        "one text a sample": (lambda rng, y: ["".join("ab"[i] for i in v) for v in y], "refusal"),
        "arrays": (lambda rng, y: [np.array(v) for v in y], "answer"),
        "Series": (lambda rng, y: [pd.Series(v, index=np.arange(len(v)) + 7) for v in y], "answer"),
        "tensors": (lambda rng, y: [torch.tensor(v) for v in y], "answer"),
        "columns": (lambda rng, y: [np.array(v)[:, None] for v in y], "either"),
        "object array": (lambda rng, y: object_array([np.array(v) for v in y]), "answer"),
        "tuples": (lambda rng, y: tuple(tuple(v) for v in y), "answer"),
        "padded with -1": (
            lambda rng, y: np.array([v + [-1] * (12 - len(v)) for v in y]),
            "either",
        ),
        "None": (lambda rng, y: [[None, *y[0][1:]], *y[1:]], "either"),
        "NaN": (lambda rng, y: [[np.nan, *y[0][1:]], *y[1:]], "either"),
        "floats": (lambda rng, y: [[v + 0.5 for v in s] for s in y], "refusal"),
        "mixed": (lambda rng, y: [["a", *y[0][1:]], *y[1:]], "refusal"),
        "dicts": (lambda rng, y: [[{}, *y[0][1:]], *y[1:]], "refusal"),
        "flat": (lambda rng, y: [0, 1] * (len(y) // 2), "refusal"),
        "deeper": (lambda rng, y: [[[v] for v in s] for s in y], "either"),
        "empty": (lambda rng, y: [[], *y[1:]], "refusal"),
        "booleans": (lambda rng, y: [[bool(v) for v in s] for s in y], "answer"),
    },
    "transcriber": {
        "one shorter": (lambda rng, y: y[:-1], "refusal"),
        "one empty": (lambda rng, y: ["", *y[1:]], "either"),
        "all empty": (lambda rng, y: [""] * len(y), "refusal"),
        "None": first(None),
        "NaN": first(np.nan),
        "a number": first(3),
        "bytes": first(b"a"),
        "a list": maybe(["a"]),
        "lists": (lambda rng, y: [list(v) for v in y], "answer"),
        "numbers": (lambda rng, y: [[1, 2] for _ in y], "either"),
        "longer than the sound": (lambda rng, y: ["ab" * 50, *y[1:]], "either"),
        "emoji": (lambda rng, y: ["\U0001f600", *y[1:]], "answer"),
        "a lone surrogate": maybe("\ud800"),
        "combining marks": (lambda rng, y: ["e\u0301", *y[1:]], "either"),
        "spaces": maybe("   "),
        "a nul": maybe("\x00"),
        "Series": (lambda rng, y: pd.Series(y, index=range(5, 5 + len(y))), "answer"),
        "numpy text": (lambda rng, y: np.array(y), "answer"),
        "objects": (lambda rng, y: np.array(y, dtype=object), "answer"),
        "string dtype": (lambda rng, y: pd.Series(y, dtype="string"), "answer"),
        "two dimensions": (lambda rng, y: np.array(y)[:, None], "either"),
        "labels": (lambda rng, y: [0, 1] * (len(y) // 2), "refusal"),
        "dicts": first({}),
        "an object": first(object()),
    },
}

# ------------------------------------------------------------------------------------- answers


def predicted(model: Any, X: Any) -> Any:
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


def count(X: Any) -> int | None:
    if isinstance(X, torch.nn.utils.rnn.PackedSequence):
        return len(X.unsorted_indices) if X.unsorted_indices is not None else None
    if hasattr(X, "__array__") and not hasattr(X, "__len__"):
        return len(np.asarray(X))
    return X.size(0) if isinstance(X, torch.Tensor) else len(X)


def complete(answer: Any, data: dict[str, Any]) -> str | None:
    """A prediction for every sample, of finite numbers."""
    n = count(data["X"])
    if n is not None and len(answer) != n:
        return f"{len(answer)} predictions of {n} samples"
    for part in answer if getattr(answer, "dtype", None) == "O" else [answer]:
        values = np.asarray(part)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            return "a prediction that is not finite"
    return None


# --------------------------------------------------------------------------------------- cases


@cache
def fitted(kind: str, n_features: int, tokens: bool) -> Any:
    """An estimator that predicts; n_features 0 for a feature without an axis."""
    rng = np.random.default_rng(n_features + 10 * tokens)
    if tokens:
        X = token_ids(rng, N_SAMPLES)
        model = ESTIMATORS[kind](**TINY, embedding_dim=2)
    else:
        X = measurements(rng, N_SAMPLES, n_features)
        model = ESTIMATORS[kind](**TINY)
    return model.fit(X, good_target(kind, X, rng))


def draw_samples(rng: Rng, tokens: bool, calm: bool) -> tuple[list[Any], str, str, int]:
    """Return samples, whether they can be answered, what was done, and their features."""
    n_features = int(rng.choice([0, 1, 2, 3]))
    if tokens:
        samples: Any = token_ids(rng, N_SAMPLES)
        changes = TOKENS
    else:
        samples = measurements(rng, N_SAMPLES, n_features)
        changes = MEASUREMENTS
    word = "as they are" if calm else str(rng.choice(list(changes)))
    change, expects = changes[word]
    return change(rng, samples), expects, f"{word} ({n_features} features)", n_features


def put(rng: Rng, samples: Samples) -> tuple[str, Any, Any, str]:
    """Return a container's name, the container, another of the same samples, and its name."""
    if isinstance(samples, list) and samples and all(isinstance(x, np.ndarray) for x in samples):
        (name, X), (twin_name, twin) = in_one(rng, samples), in_one(rng, samples)
        return name, X, twin, twin_name
    name = str(rng.choice(["list", "tuple", "objects"]))
    X: Any = list(samples)
    if name == "tuple":
        X = tuple(samples)
    elif name == "objects":
        X = object_array(list(samples))
    return name, X, None, ""


def predict_case(rng: Rng, kind: str) -> Case:
    tokens = rng.random() < 0.25
    samples, expects, word, n_features = draw_samples(rng, tokens, calm=rng.random() < 0.2)
    model = fitted(kind, n_features, tokens)
    if rng.random() < 0.12:
        whole = str(rng.choice(list(WHOLES)))
        X, twin, expects = WHOLES[whole](samples), None, "refusal"
        story = [f"X is {whole}"]
    else:
        name, X, twin, twin_name = put(rng, samples)
        story = [f"X: {word}, as {name}, also as {twin_name}"]
    if expects == "answer" and (tokens or word.startswith(("no", "as they are")) is False):
        expects = "answer"
    if "dict values" in story[0]:
        expects = "either" if expects == "answer" else expects
    methods = [
        m
        for m in ("predict", "predict_proba", "transform", "predict_log_proba")
        if hasattr(model, m)
    ]
    method = str(rng.choice(methods))
    finite = complete if method != "predict_log_proba" else lambda answer, data: None
    if word.startswith("samples of one timestep") and "table" in story[0]:
        expects = "either"  # may be one recording
    return Case(
        model,
        method,
        {"X": X},
        None if twin is None else {"X": twin},
        expects,
        [f"{kind} fitted on {'tokens' if tokens else f'{n_features} features'}, {method}", *story],
        check=finite,
    )


def fit_case(rng: Rng, kind: str) -> Case:
    tokens = rng.random() < 0.2
    what = str(rng.choice(["X", "y", "parameter", "both", "more"], p=[0.3, 0.25, 0.25, 0.05, 0.15]))
    samples, expects, word, _ = draw_samples(rng, tokens, calm=what not in ("X", "both"))
    params = dict(TINY) | ({"embedding_dim": 2} if tokens else {})
    story = [f"{kind} on {'tokens' if tokens else 'measurements'}, fit", f"X: {word}"]
    y: Any = good_target(kind, samples, rng)
    few = ("one sample", "two samples", "no samples")
    if kind == "tagger":  # of one label
        few = (*few, "samples of one timestep", "one token each")
    if word.split(" (")[0] in few:
        expects = "either" if expects == "answer" else expects
    y_name = "list"
    if what in ("y", "both"):
        y_word = str(rng.choice(list(TARGETS[kind])))
        change, y_expects = TARGETS[kind][y_word]
        try:
            y = change(rng, y)
        except (IndexError, TypeError, ValueError):
            y_expects = "either"
        story.append(f"y: {y_word}")
        expects = y_expects if expects == "answer" else expects
        y_name = ""
        if what == "both":
            expects = "either" if "refusal" not in (expects, y_expects) else "refusal"
    elif kind in ("classifier", "regressor") and rng.random() < 0.7:
        y_name, y = column_in_one(rng, y)
        story.append(f"y as {y_name}")
        expects = "either" if y_name in ("column", "frame") else expects
    name, X, twin, twin_name = put(rng, samples)
    story.append(f"as {name}, also as {twin_name}")
    if "dict values" in story[-1] and expects == "answer":
        expects = "either"
    data = {"X": X, "y": y}
    if what == "parameter":
        model_params = ESTIMATORS[kind]().get_params(deep=False)
        param, value_word, value = nasty_parameter(rng, list(model_params))
        params[param] = value
        story.append(f"{param}={value_word}")
        expects, twin = "either", None
    if what == "more":
        expects = add_argument(rng, kind, data, story, samples)
    model = ESTIMATORS[kind](**params)
    method = "partial_fit" if rng.random() < 0.15 and what != "more" else "fit"
    if method == "partial_fit":
        expects = "either"
    return Case(
        model,
        method,
        data,
        # twice the time, hence not every time
        data | {"X": twin} if twin is not None and rng.random() < 0.4 else None,
        expects,
        story,
        answer=lambda model, result, data: predicted(model, data["X"]),
        check=complete,
    )


def add_argument(rng: Rng, kind: str, data: dict[str, Any], story: list[str], samples: Any) -> str:
    """Add an argument besides X and y, and return whether it can be answered."""
    n = len(samples)
    name = str(rng.choice(["sample_weight", "groups", "X_val"]))
    if name == "X_val":
        other, _, word, _ = draw_samples(rng, False, calm=rng.random() < 0.3)
        data["X_val"], data["y_val"] = other, good_target(kind, list(other), rng)
        story.append(f"X_val: {word}")
        return "either"
    values: dict[str, Any] = {
        "ones": np.ones(n),
        "negative": -np.ones(n),
        "zeros": np.zeros(n),
        "one above zero": np.eye(n)[0],
        "NaN": np.full(n, np.nan),
        "infinity": np.full(n, np.inf),
        "text": ["a"] * n,
        "too few": np.ones(max(n - 1, 0)),
        "two dimensions": np.ones((n, 2)),
        "a number": 2.0,
        "huge": np.full(n, 1e300),
        "tiny": np.full(n, 1e-300),
        "None inside": [None] * n,
        "a dict": {"a": 1},
        "Series": pd.Series(np.ones(n), index=range(3, 3 + n)),
        "booleans": np.ones(n, bool),
        "complex": np.ones(n, complex),
        "strings": [str(i) for i in range(n)],
        "lists": [[i] for i in range(n)],
        "an object": object(),
        "a generator": (i for i in range(n)),
        "sparse": sparse.eye(max(n, 1)).tocsr(),
        "objects": [object() for _ in range(n)],
        "distinct": np.arange(n) + 1,
    }
    word = str(rng.choice(list(values)))
    data[name] = values[word]
    story.append(f"{name}: {word}")
    return "either"


def sequence_case(rng: Rng, kind: str) -> Case:
    """Return a nasty call of one of ESTIMATORS."""
    case = (predict_case if rng.random() < 0.45 else fit_case)(rng, kind)
    if case.method in ("fit", "partial_fit"):
        return case
    case.model = copy.copy(case.model)
    return case
