"""Collections of the Monash archive, with the horizons of the archive, and what others forecast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from skrnn.datasets import get_data_home, read_tsf

# horizon and seasonal period of each collection
COLLECTIONS = {
    "m3_quarterly": (8, 4),
    "m1_quarterly": (8, 4),
    "tourism_yearly": (4, 1),
    "fred_md": (12, 12),
    "traffic_weekly": (8, 52),
    "vehicle_trips": (30, 7),
    "saugeenday": (30, 7),
}


def collection(name: str, data_home: str | None) -> tuple[pd.Series, pd.Series] | None:
    """Return training and test part of a collection; None if its file is not there."""
    folder = Path(get_data_home() if data_home is None else data_home) / "monash_tsf"
    paths = sorted(folder.glob(f"{name}_dataset*.tsf*"))
    if not paths:
        return None
    horizon, _ = COLLECTIONS[name]
    y = read_tsf(paths[0]).y
    is_test = y.groupby(level=0, sort=False).cumcount(ascending=False) < horizon
    return y[~is_test], y[is_test]


def peers() -> dict[str, Callable[[np.ndarray, int, int], np.ndarray]]:
    """Return what forecasts a series of values, a horizon and a seasonal period ahead."""
    try:
        from statsforecast.models import AutoETS, AutoTheta
    except ImportError:
        print("AutoETS and AutoTheta are left out: statsforecast is not installed, see the top")
        return {}

    def forecast_by(model: type) -> Callable[[np.ndarray, int, int], np.ndarray]:
        def forecast(values: np.ndarray, horizon: int, period: int) -> np.ndarray:
            try:
                found: np.ndarray = model(season_length=period).forecast(values, horizon)["mean"]
            except NotImplementedError:  # a series of a few values
                return np.full(horizon, values[-1])
            return found

        return forecast

    return {"AutoETS": forecast_by(AutoETS), "AutoTheta": forecast_by(AutoTheta)}


def forecast_each(
    train: pd.Series, forecast: Callable[[np.ndarray, int, int], np.ndarray], name: str
) -> np.ndarray:
    """Return the forecasts of all series by one of the peers, end to end."""
    horizon, period = COLLECTIONS[name]
    series = (values.interpolate() for _, values in train.groupby(level=0, sort=False))
    return np.concatenate(
        [forecast(values.to_numpy(np.float64), horizon, period) for values in series]
    )
