"""Nasty calls of the transformers of measurements and sounds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler

from skrnn.preprocessing import (
    LogMelSpectrogram,
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
)
from tests.nasty.judge import Case
from tests.nasty.sequence_cases import N_SAMPLES, count, put
from tests.nasty.values import MEASUREMENTS, WHOLES, Rng, measurements, nasty_parameter

TRANSFORMERS: dict[str, Callable[[], Any]] = {
    "padder": SequencePadder,
    "shortener": lambda: SequencePadder(max_length=3, truncation="start"),
    "scaler": SequenceScaler,
    "scaler of samples": lambda: SequenceScaler(per_sample=True),
    "per timestep": PerTimestep,
    "per timestep, MinMaxScaler": lambda: PerTimestep(MinMaxScaler()),
    "per timestep, PCA": lambda: PerTimestep(PCA(1)),
    "differences": TimeDifferences,
    "differences of several lags": lambda: TimeDifferences(lags=(1, 2)),
    "mel": lambda: LogMelSpectrogram(8000, n_mels=4),
}


def draw(rng: Rng, name: str, n_features: int, calm: bool) -> tuple[Any, Any, str, list[str]]:
    good = measurements(rng, N_SAMPLES, n_features)
    if name == "mel":
        good = [np.tile(x, 300) if x.ndim == 1 else np.tile(x, (300, 1)) for x in good]
    if not calm and rng.random() < 0.1:
        whole = str(rng.choice(list(WHOLES)))
        return WHOLES[whole](good), None, "refusal", [f"X is {whole}"]
    word = "as they are" if calm else str(rng.choice(list(MEASUREMENTS)))
    change, expects = MEASUREMENTS[word]
    container, X, twin, twin_container = put(rng, change(rng, good))
    story = [f"X: {word} ({n_features} features), as {container}, also as {twin_container}"]
    return X, twin, expects, story


@cache
def fitted(name: str, n_features: int) -> Any:
    rng = np.random.default_rng(0)
    X = measurements(rng, N_SAMPLES, n_features)
    if name == "mel":
        X = [np.tile(x, 300) for x in X]
    return TRANSFORMERS[name]().fit(X)


def contents_after(model: Any, result: Any, data: dict[str, Any]) -> Any:
    """What a transformer gives after fit."""
    return contents(model, model.transform(data["X"]), data)


def contents(model: Any, result: Any, data: dict[str, Any]) -> Any:
    """What a transformer gives, whatever the container: the observed timesteps of each sample."""
    samples = []
    for x in result.to_numpy() if hasattr(result, "to_numpy") else result:
        try:
            steps = np.asarray(x, dtype=float).reshape(len(x), -1)
        except (TypeError, ValueError):
            return result
        observed = np.flatnonzero(~np.isnan(steps).all(axis=1))
        samples.append(steps[: observed[-1] + 1 if observed.size else 0])
    return samples


def complete(answer: Any, data: dict[str, Any]) -> str | None:
    n = count(data["X"])
    if n is not None and len(answer) != n:
        return f"{len(answer)} sequences of {n}"
    if any(np.isinf(x).any() for x in answer if isinstance(x, np.ndarray) and x.dtype.kind == "f"):
        return "infinity"
    return None


def transformer_case(rng: Rng) -> Case:
    """Return a nasty call of one of TRANSFORMERS."""
    name = str(rng.choice(list(TRANSFORMERS)))
    n_features = int(rng.choice([0, 1, 2])) if name != "mel" else 0
    chance = rng.random()
    X, twin, expects, words = draw(rng, name, n_features, calm=chance > 0.75)
    expects = "refusal" if expects == "refusal" else "either"
    if chance < 0.4:
        model, method = copy.copy(fitted(name, n_features)), "transform"
        if rng.random() < 0.3 and hasattr(model, "inverse_transform"):
            method = "inverse_transform"
    else:
        model, method = TRANSFORMERS[name](), "fit_transform"
        if rng.random() < 0.3:
            method = "fit"
    story = [f"{name}, {method}", *words]
    if chance > 0.75:
        param, word, value = nasty_parameter(rng, list(model.get_params(deep=False)))
        model.set_params(**{param: value})
        story.append(f"{param}={word}")
    return Case(
        model,
        method,
        {"X": X},
        None if twin is None else {"X": twin},
        expects,
        story,
        answer=contents_after if method == "fit" else contents,
        check=complete,
        also_named=("transformer",),
    )
