"""Series in every container, and the loops over folds that the tools are held against."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.model_selection import (
    TimeSeriesSplit,
    learning_curve,
)

from skrnn import RNNForecaster
from skrnn.model_selection import PanelTimeSeriesSplit

HORIZON = 4
TINY = {
    "horizon": HORIZON,
    "hidden_size": 3,
    "max_epochs": 1,
    "batch_size": 512,
    "context_length": 8,
    "seasonal_period": 4,
    "validation_fraction": 0,
    "random_state": 0,
}
MONTHS = pd.date_range("2020-01-01", periods=40, freq="MS", name="month")


def tiny(**params: Any) -> RNNForecaster:
    return RNNForecaster(**(TINY | params))


def _series(seed: int = 0) -> pd.Series:
    rng = np.random.default_rng(seed)
    steps = np.arange(len(MONTHS))
    values = 30 + steps + 5 * np.sin(np.pi * steps / 2) + rng.normal(size=len(steps))
    return pd.Series(values, MONTHS, name="sales")


Y = _series()
FEATURES = pd.DataFrame(
    np.random.default_rng(9).normal(size=(len(Y), 2)), MONTHS, columns=["price", "heat"]
)
TIMES = Y.to_frame()[[]]
WIDE = pd.DataFrame({"north": Y, "south": _series(1) * 100})
# One series starts later, and one ends earlier.
PANEL = pd.concat({"a": Y, "b": _series(1)[:-2], "c": _series(2)[6:]}, names=["shop", "month"])
PANEL_FEATURES = pd.DataFrame({"price": np.random.default_rng(3).normal(size=len(PANEL))})
PANEL_FEATURES.index = PANEL.index
ALONE = {
    "Series": Y,
    "wide frame": WIDE,
    "array": Y.to_numpy(),
    "wide array": WIDE.to_numpy(),
    "panel": PANEL,
}
WITH_X = {
    "times, Series": (TIMES, Y),
    "features, Series": (FEATURES, Y),
    "features, wide frame": (FEATURES, WIDE),
    "features, array": (FEATURES, Y.to_numpy()),
    "arrays": (FEATURES.to_numpy(), Y.to_numpy()),
    "times, panel": (PANEL.to_frame()[[]], PANEL),
    "features, panel": (PANEL_FEATURES, PANEL),
}
CASES: dict[str, tuple[Any, Any]] = {name: (y, None) for name, y in ALONE.items()} | WITH_X


def folds(case: str) -> TimeSeriesSplit | PanelTimeSeriesSplit:
    splitter = PanelTimeSeriesSplit if "panel" in case else TimeSeriesSplit
    return splitter(2, test_size=6)


def rows(data: Any, positions: np.ndarray) -> Any:
    return data.iloc[positions] if hasattr(data, "iloc") else data[positions]


def given(case: str, positions: np.ndarray) -> tuple[Any, ...]:
    """(y,) or (X, y) at some rows."""
    return tuple(rows(data, positions) for data in CASES[case] if data is not None)


def by_series(y: Any) -> list[np.ndarray]:
    if getattr(getattr(y, "index", None), "nlevels", 1) == 2:
        return [part.to_numpy() for _, part in y.groupby(level=0, sort=False)]
    return list(np.asarray(y).reshape(len(y), -1).T)


def skill_by_hand(train: Any, actual: Any, forecast: Any) -> float:
    """One minus the error relative to repeating the last season, averaged over the series."""
    skills = []
    for past, came, said in zip(*map(by_series, (train, actual, forecast)), strict=True):
        season = past[-TINY["seasonal_period"] :]
        naive = np.tile(season, len(came))[: len(came)]
        skills.append(1 - np.abs(came - said).mean() / np.abs(came - naive).mean())
    return float(np.mean(skills))


def curve(case: str, **params: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y = CASES[case]
    return learning_curve(
        tiny(), X, y, cv=folds(case), train_sizes=[0.6, 1.0], error_score="raise", **params
    )
