"""Series and small forecasters that several chapters are tested on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from skorch.callbacks import Callback

from skrnn import RNNForecaster

TINY = {
    "horizon": 4,
    "context_length": 12,
    "seasonal_period": 4,
    "hidden_size": 3,
    "max_epochs": 1,
    "batch_size": 512,
    "validation_fraction": 0,
    "random_state": 0,
}


def tiny(**params) -> RNNForecaster:
    return RNNForecaster(**TINY | params)


def weights_of(forecaster) -> np.ndarray:
    return np.concatenate(
        [p.detach().numpy().ravel() for net in forecaster.nets_ for p in net.module_.parameters()]
    )


def walk(n_timesteps: int, seed: int = 0, name="sales", start="2024-01-01") -> pd.Series:
    """A daily series whose level moves and which repeats every four days."""
    rng = np.random.default_rng(seed)
    values = 50 + rng.normal(size=n_timesteps).cumsum() + 5 * (np.arange(n_timesteps) % 4)
    index = pd.date_range(start, periods=n_timesteps, name="day")
    return pd.Series(values, index=index, name=name)


def features_of(index: pd.Index, seed: int = 1) -> pd.DataFrame:
    """A feature known in advance and one known up to the cutoff only."""
    columns = np.random.default_rng(seed).normal(size=(len(index), 2))
    return pd.DataFrame(columns, index=index, columns=["plan", "seen"])


def stacked(series) -> pd.Series:
    return pd.concat(series, names=["shop"])


LOSSES = ["mae", "mse", "huber", "quantile", "student_t", "negative_binomial"]


def counts(n_timesteps=60, seed=0) -> pd.Series:
    rng = np.random.default_rng(seed)
    index = pd.date_range("2024-01-01", periods=n_timesteps, name="day")
    values = rng.poisson(3.0 + 6.0 * (np.arange(n_timesteps) % 4))
    return pd.Series(values.astype(float), index=index, name="sold")


def noise(n_series: int, n_timesteps: int, seed: int, integrate: bool = False) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n_timesteps, n_series))
    return pd.DataFrame(values.cumsum(axis=0) if integrate else values)


class Interrupt(Callback):
    """Interrupts one of the trainings of a fit, in a batch of its first epoch or after it.

    A fit copies its callbacks: what all copies share is kept on the class.
    """

    n_trainings = 0

    def __init__(self, training, when):
        self.training = training
        self.when = when

    def on_train_begin(self, net, **kwargs):
        type(self).n_trainings += 1

    def on_batch_begin(self, net, training, **kwargs):
        if training and self.when == "at once" and self.n_trainings == self.training:
            raise KeyboardInterrupt

    def on_epoch_end(self, net, **kwargs):
        if self.when == "later" and self.n_trainings == self.training:
            raise KeyboardInterrupt


HELD_OUT = {"validation_fraction": 0.2, "n_members": 2, "max_epochs": 3}


def interrupted(training, when, forecaster, y, method="fit", **refit):
    Interrupt.n_trainings = 0
    forecaster.set_params(callbacks=[Interrupt(training, when)])
    with pytest.raises(KeyboardInterrupt):
        getattr(forecaster, method)(y, **refit)
    return forecaster.set_params(callbacks=None)
