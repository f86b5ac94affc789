"""Settings of the forecaster that do not go together, or cannot be meant."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._forecasting.auto_settings import given_periods
from skrnn._forecasting.bounds import check_bounds
from skrnn._input.integers import is_integer
from skrnn._series.given_frequency import read_frequency

__all__ = ["check_forecast_settings", "check_refit", "check_shared_settings"]


def check_forecast_settings(forecaster: Any) -> None:
    """Raise an error unless the parameters of a forecaster go together.

    Parameters
    ----------
    forecaster : RNNForecaster
        Each of its parameters has an allowed value.
    """
    check_shared_settings(forecaster, is_count=forecaster.loss == "negative_binomial")
    if forecaster.decoder == "recursive" and forecaster.segment_length not in ("auto", 1):
        raise ValueError(
            f"segment_length: got {forecaster.segment_length} with decoder='recursive', which "
            "proceeds timestep by timestep. Expected 'auto' or 1. Leave it out, or use "
            "decoder='segment'."
        )
    if forecaster.early_stopping and forecaster.validation_fraction == 0:
        raise ValueError(
            "early_stopping: got True with validation_fraction=0, so there is no held-out "
            "loss to watch. Expected a share to hold out. Set validation_fraction=0.2, for "
            "example."
        )
    if forecaster.target_transform is not None and forecaster.loss == "negative_binomial":
        raise ValueError(
            f"target_transform: got {forecaster.target_transform!r} with loss='negative_binomial', "
            "which is for counts. Expected None. Leave it out, or use another loss."
        )


def check_shared_settings(forecaster: Any, *, is_count: bool = False) -> None:
    """Raise an error unless the settings that every forecaster has go together.

    Parameters
    ----------
    forecaster : WindowForecaster
        Each of its parameters has an allowed value.
    is_count : bool, default=False
        Whether it forecasts counts.
    """
    for period in given_periods(forecaster.seasonal_period):
        if not is_integer(period, at_least=1):
            raise ValueError(
                f"seasonal_period: got {forecaster.seasonal_period!r}. Expected 'auto', an integer "
                "of 1 or more, or several of them, the main one first. Pass the number of "
                "timesteps of a season, for example 12 for monthly data; 1 for none."
            )
    if forecaster.freq is not None:
        read_frequency(forecaster.freq)
    check_bounds(forecaster.lower_bound, forecaster.upper_bound, is_count=is_count)


def check_refit(refit: Any) -> None:
    """Raise an error unless the argument of ``update`` is True or False."""
    if not isinstance(refit, (bool, np.bool_)):
        raise TypeError(
            f"refit: got {refit!r}. Expected True or False. Pass True to train further, or "
            "leave it out."
        )
