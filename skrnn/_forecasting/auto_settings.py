"""What "auto" stands for in the forecaster, from the series, their seasons and the horizon."""

from __future__ import annotations

import numpy as np

__all__ = ["auto_context_length", "auto_forecast_epochs", "auto_forecast_segment_length"]

# Seasons in the history of a window, and longest segment of a forecaster.
_SEASONS = 7
_SEGMENT = 24
# Timesteps in a segment of a series without seasons.
_PLAIN_SEGMENT = 8
# Epochs on a hundred windows, the power with which more windows need more, fewest and most.
_FORECAST_EPOCHS, _FORECAST_GROWTH, _FORECAST_LIMITS = 12, 0.2, (10, 60)


def auto_context_length(periods: tuple[int, ...], horizon: int, longest: int) -> int:
    """Return seven main seasons, two horizons or the longest season, whichever is most.

    Never more than the longest series.
    """
    return min(max(_SEASONS * periods[0], 2 * horizon, *periods), longest)


def auto_forecast_segment_length(period: int, horizon: int, longest: int) -> int:
    """Return the largest part of a season that is at most 24 timesteps, a few without seasons."""
    if period == 1:
        return min(horizon, _PLAIN_SEGMENT, longest)
    return max(part for part in range(1, min(period, _SEGMENT) + 1) if period % part == 0)


def auto_forecast_epochs(n_windows: int) -> int:
    """Return the epochs of 1024 sampled windows: 12 for a hundred windows, about 48 for 100,000."""
    epochs = _FORECAST_EPOCHS * (n_windows / 100) ** _FORECAST_GROWTH
    return int(np.clip(round(epochs), *_FORECAST_LIMITS))
