"""The warning that a forecast is no better than repeating the last season."""

from __future__ import annotations

from skrnn._input.caller_warnings import warn_caller
from skrnn.exceptions import SeasonalNaiveWarning

__all__ = ["warn_of_seasonal_naive"]


def warn_of_seasonal_naive(skill: float, period: int) -> None:
    """Warn that the skill of a forecast, with its seasonal period, is below 0."""
    simple = "the last value" if period == 1 else f"the last {period} timesteps"
    warn_caller(
        f"On the held-out windows the forecast is no better than repeating {simple}: skill_ is "
        f"{skill:.3f}, where 0 is as good. Consider that forecast instead, or more history, "
        "features known in advance, or another seasonal_period.",
        SeasonalNaiveWarning,
    )
