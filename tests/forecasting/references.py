"""Loops and arithmetic by hand that the parts of the forecaster are held against."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

NAN = float("nan")


def double(*values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def three_series() -> pd.Series:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=20, name="day")
    series = {"b": slice(0, 20), "a": slice(8, 15), "c": slice(3, 18)}
    y = pd.concat(
        {name: pd.Series(rng.normal(size=20), days)[part] for name, part in series.items()},
        names=["shop"],
    )
    y.iloc[[3, 4, 11, 22, 30]] = np.nan
    return y
