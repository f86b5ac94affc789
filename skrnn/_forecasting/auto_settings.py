"""The values of the forecaster's "auto" settings, from the series, their seasons and horizon."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from skrnn._forecasting.seasonality import find_periods, with_week
from skrnn._forecasting.windows import WindowShape
from skrnn._series.panel import Panel

__all__ = ["WindowSettings", "auto_forecast_epochs", "choose_window_settings", "given_periods"]

# Number of seasons in the history of a window: of short ones, such as a week, and of long ones,
# such as a day of hours; the length of a long one, and that of the longest segment, in timesteps.
_SEASONS, _LONG_SEASONS = 7, 14
_LONG_SEASON = 20
_SEGMENT = 24
# Shortest history of counts, in timesteps: means of fewer are not known well.
_CONTEXT_OF_COUNTS = 100
# Longest segment of a series without seasons, in timesteps.
_PLAIN_SEGMENT = 8
# Shortest and longest context that "auto" takes, in timesteps: fifteen years of quarters, and three
# days of minutes. Longer ones take many seconds an epoch; the calendar tells the network of cycles
# that do not fit. One whole season may be longer, up to a week of minutes.
_SHORTEST_CONTEXT = 60
_LONG_CONTEXT, _LONGEST_CONTEXT = 3 * 24 * 60, 7 * 24 * 60
# A window may be that many timesteps, or that many times the longest series: beyond, it is a typo.
_FAR_CONTEXT, _FAR_HORIZON, _FAR_SERIES = 10_000, 1_000, 10
# Largest number of timesteps in the windows of one batch; each takes about 50 bytes.
_TIMESTEPS_OF_BATCH = 2**26
# Epochs for a hundred windows, the exponent by which they grow with the windows, and the limits.
_FORECAST_EPOCHS, _FORECAST_GROWTH, _FORECAST_LIMITS = 12, 0.2, (10, 60)
# Largest number of epochs times timesteps of a window: longer windows get fewer epochs.
_TIMESTEPS_OF_FIT = 40_000


class WindowSettings(NamedTuple):
    """Settings of the windows after "auto" is replaced by numbers.

    Attributes
    ----------
    seasonal_period : int
        The main seasonal period, 1 for none.
    segment_length : int
        Timesteps of a segment.
    shape : WindowShape
        Shape of the windows, whose context is a whole number of segments.
    """

    seasonal_period: int
    segment_length: int
    shape: WindowShape


def choose_window_settings(
    panel: Panel,
    *,
    horizon: int,
    seasonal_period: Any,
    segment_length: int | str,
    context_length: int | str,
    batch_size: int,
    dtype: torch.dtype,
    is_log: bool,
    loss: str,
) -> WindowSettings:
    """Replace "auto" by numbers that suit the series; arguments as for the forecaster.

    Raises
    ------
    ValueError
        If windows would be far longer than the series, or their batches take too much memory.
    """
    if isinstance(seasonal_period, str):
        periods = find_periods(panel)
    else:
        periods = tuple(int(period) for period in given_periods(seasonal_period))
        if len(periods) == 1:
            periods = with_week(panel, periods[0])
    longest = int(panel.lengths.max())
    _refuse_far("horizon", horizon, max(_FAR_HORIZON, _FAR_SERIES * longest), longest)
    farthest = max(_FAR_CONTEXT, _FAR_SERIES * longest)
    _refuse_far("context_length", context_length, farthest, longest)
    _refuse_far("segment_length", segment_length, farthest, longest)
    if isinstance(segment_length, str):
        segment_length = auto_forecast_segment_length(periods[0], horizon, longest)
    is_count = loss == "negative_binomial"
    if isinstance(context_length, str):
        context_length = auto_context_length(periods, horizon, longest, is_count=is_count)
    segment_length, context_length = int(segment_length), int(context_length)
    context_length = -(-context_length // segment_length) * segment_length
    if batch_size * (context_length + horizon) > _TIMESTEPS_OF_BATCH:
        raise ValueError(
            f"context_length, horizon: got windows of {context_length} and {horizon} timesteps, "
            f"of which a batch has {batch_size}. Expected at most {_TIMESTEPS_OF_BATCH} timesteps "
            "in a batch, for which there is memory. Lower them, or batch_size."
        )
    # A season that does not fit into the context cannot be repeated.
    fitting = tuple(period for period in periods if period <= context_length)
    shape = WindowShape(
        *(context_length, horizon, fitting or (1,), dtype),
        is_log=is_log,
        is_count=is_count,
        is_mean=loss == "mse",
    )
    return WindowSettings(periods[0], segment_length, shape)


def given_periods(seasonal_period: Any) -> tuple[Any, ...]:
    """Return the periods that the parameter ``seasonal_period`` lists; none for "auto"."""
    if isinstance(seasonal_period, str):
        return ()
    if isinstance(seasonal_period, (tuple, list)):
        return tuple(seasonal_period) or (None,)
    return (seasonal_period,)


def _refuse_far(name: str, value: int | str, limit: int, longest: int) -> None:
    """Raise an error if a number of timesteps is far more than the longest series has."""
    if not isinstance(value, str) and value > limit:
        remedy = f"Pass {name}={longest}, for example." if longest > 1 else "Pass longer series."
        raise ValueError(
            f"{name}: got {value}, while the longest series has {longest} timesteps. Expected at "
            f"most {limit} for such series. {remedy}"
        )


def auto_context_length(
    periods: tuple[int, ...], horizon: int, longest: int, *, is_count: bool = False
) -> int:
    """Return the largest of seven main seasons, two horizons, the longest season and 60 timesteps.

    Of seasons of 20 timesteps or more, it takes fourteen, but of more than one at most three days
    of minutes. Of short ones, fewer timesteps tell exponential smoothing too little. It is at most
    the length of the longest series, and the larger of a week of minutes and a horizon. Counts take
    at least a hundred timesteps, or half of the longest series.
    """
    least = min(_CONTEXT_OF_COUNTS, longest // 2) if is_count else _SHORTEST_CONTEXT
    n_seasons = _SEASONS if periods[0] < _LONG_SEASON else _LONG_SEASONS
    seasons = min(n_seasons * periods[0], max(_LONG_CONTEXT, periods[0]))
    wanted = max(seasons, 2 * horizon, *periods, least)
    return min(wanted, max(_LONGEST_CONTEXT, horizon), longest)


def auto_forecast_segment_length(period: int, horizon: int, longest: int) -> int:
    """Return the largest divisor of a season up to 24 timesteps; without seasons, up to 8."""
    if period == 1:
        return min(horizon, _PLAIN_SEGMENT, longest)
    return max(part for part in range(1, min(period, _SEGMENT) + 1) if period % part == 0)


def auto_forecast_epochs(n_windows: int, context_length: int) -> int:
    """Return the epochs of 1024 sampled windows: 12 for a hundred windows, about 48 for 100,000.

    Windows of more than about seven hundred timesteps get fewer epochs, at least ten.
    """
    epochs = _FORECAST_EPOCHS * (n_windows / 100) ** _FORECAST_GROWTH
    epochs = min(epochs, _TIMESTEPS_OF_FIT / context_length)
    return int(np.clip(round(epochs), *_FORECAST_LIMITS))
