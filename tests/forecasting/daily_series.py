"""Daily series, wide tables and panels that the past is told of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn import RNNForecaster

HORIZON = 4
PERIOD = 4
TINY = {
    "horizon": HORIZON,
    "hidden_size": 3,
    "max_epochs": 1,
    "batch_size": 512,
    "context_length": 8,
    "seasonal_period": PERIOD,
    "validation_fraction": 0,
    "random_state": 0,
}
DAYS = pd.date_range("2024-01-01", periods=34, name="day")


def tiny(**params: Any) -> RNNForecaster:
    return RNNForecaster(**(TINY | params))


def _series(seed: int) -> pd.Series:
    rng = np.random.default_rng(seed)
    steps = np.arange(len(DAYS))
    values = 20 + 6 * np.sin(np.pi * steps / 2) + rng.normal(size=len(steps)).cumsum()
    return pd.Series(values, DAYS, name="load")


Y = _series(0)
WIDE = pd.DataFrame({"north": Y, "south": 50 * _series(1)})
# One series ends three days earlier, and one starts ten days later.
PANEL = pd.concat({"a": Y, "b": _series(1)[:-3], "c": _series(2)[10:]}, names=["site", "day"])
FEATURES = pd.DataFrame({"heat": np.random.default_rng(5).normal(size=len(Y))}, DAYS)
PANEL_FEATURES = pd.DataFrame(
    {"heat": np.random.default_rng(6).normal(size=len(PANEL))}, PANEL.index
)


def before(data: Any, day: Any) -> Any:
    """The rows before a day."""
    return data[data.index.get_level_values(-1) < day]


def since(data: Any, day: Any) -> Any:
    """The rows of a day and after."""
    return data[data.index.get_level_values(-1) >= day]


def weights(forecaster: RNNForecaster) -> np.ndarray:
    return np.concatenate(
        [p.detach().numpy().ravel() for p in forecaster.net_.module_.parameters()]
    )
