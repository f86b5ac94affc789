"""Time to a useful forecast of M4 Hourly: skrnn, neuralforecast, darts."""

from __future__ import annotations

import importlib.util
import logging
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from _m4 import naive2, seasonal_naive

from skrnn import RNNForecaster
from skrnn.datasets import fetch_m4_hourly
from skrnn.metrics import owa

HORIZON, SEASON = 48, 24


def by_skrnn(train: pd.Series, **settings: Any) -> pd.Series:
    """Forecast with the defaults but for the horizon, the season, and ``settings``."""
    forecaster = RNNForecaster(horizon=HORIZON, seasonal_period=SEASON, random_state=0, **settings)
    return forecaster.fit(train).predict()


def by_neuralforecast(train: pd.Series, max_steps: int) -> pd.Series:
    """Forecast with the GRU of neuralforecast, its defaults but for the number of steps."""
    from neuralforecast import NeuralForecast
    from neuralforecast.models import GRU

    frame = train.rename("y").reset_index()
    frame.columns = ["unique_id", "ds", "y"]
    model = GRU(
        h=HORIZON,
        input_size=4 * HORIZON,
        max_steps=max_steps,
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    forecaster = NeuralForecast(models=[model], freq=1)
    forecaster.fit(frame)
    found = forecaster.predict()
    return pd.Series(
        found["GRU"].to_numpy(), index=pd.MultiIndex.from_frame(found[["unique_id", "ds"]])
    )


def by_darts(train: pd.Series, n_epochs: int) -> pd.Series:
    """Forecast with the GRU of darts, on scaled series, a window of each series an epoch."""
    from darts import TimeSeries
    from darts.dataprocessing.transformers import Scaler
    from darts.models import RNNModel

    ids = train.index.get_level_values(0).unique()
    series = [TimeSeries.from_values(train.loc[one].to_numpy().astype(np.float32)) for one in ids]
    scaler = Scaler()
    model = RNNModel(
        input_chunk_length=2 * HORIZON,
        training_length=3 * HORIZON,
        model="GRU",
        hidden_dim=64,
        n_epochs=n_epochs,
        random_state=0,
        pl_trainer_kwargs={
            "enable_progress_bar": False,
            "logger": False,
            "enable_checkpointing": False,
            "enable_model_summary": False,
            "accelerator": "cpu",
        },
    )
    scaled = scaler.fit_transform(series)
    model.fit(scaled, max_samples_per_ts=16)
    found = scaler.inverse_transform(model.predict(HORIZON, series=scaled))
    parts = {}
    for one, forecast in zip(ids, found, strict=True):
        last = train.loc[one].index[-1]
        times = pd.RangeIndex(last + 1, last + 1 + HORIZON)
        parts[one] = pd.Series(forecast.values().ravel(), index=times)
    return pd.concat(parts)


def compare_forecasters(data_home: str | None) -> None:
    """Print time and OWA of each way, one run each."""
    warnings.simplefilter("ignore")
    for name in ("pytorch_lightning", "pytorch_lightning.utilities.rank_zero", "neuralforecast"):
        logging.getLogger(name).setLevel(logging.ERROR)
    train = fetch_m4_hourly(split="train", data_home=data_home).y
    test = fetch_m4_hourly(split="test", data_home=data_home).y
    reference = naive2(train, HORIZON, SEASON)

    def line(name: str, forecast: Callable[[], pd.Series]) -> None:
        started = time.perf_counter()
        found = forecast()
        took = time.perf_counter() - started
        found.index = found.index.set_names(test.index.names)
        found = found.reindex(test.index)
        error = owa(test, found, y_reference=reference, y_train=train, seasonal_period=SEASON)
        print(f"{name:44} {took:7.1f} s   OWA {error:.3f}", flush=True)

    print("\nM4 Hourly, 414 series, 48 hours ahead; fit and forecast")
    line("seasonal naive", lambda: seasonal_naive(train, HORIZON, SEASON))
    line("skrnn, defaults", lambda: by_skrnn(train))
    line("skrnn, 2 epochs", lambda: by_skrnn(train, max_epochs=2))
    if importlib.util.find_spec("neuralforecast"):
        for max_steps in (100, 200):
            line(
                f"neuralforecast GRU, {max_steps} steps",
                lambda n=max_steps: by_neuralforecast(train, n),
            )
    if importlib.util.find_spec("darts"):
        line("darts RNNModel GRU, 5 epochs", lambda: by_darts(train, 5))
