"""Preparation of windows: gaps filled, level and scale removed, simple forecasts."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = [
    "anchor_forecasts",
    "fill_gaps",
    "level_and_scale",
    "level_and_scale_of_counts",
    "mean_anchors",
    "n_anchors",
]

# Number of seasons in the mean seasonal profile.
_PROFILE_SEASONS = 4

# Smallest scale of a window relative to its largest value: anything smaller is the rounding of the
# values themselves.
_FLAT = 16 * torch.finfo(torch.float64).eps


def fill_gaps(history: Tensor, period: int) -> Tensor:
    """Fill missing values from the season before or after, else from a neighbouring timestep.

    Parameters
    ----------
    history : Tensor of shape (n_windows, n_timesteps)
        History with NaN where nothing was observed; each window has at least one value.
    period : int
        Timesteps of a season; 1 without seasons.

    Returns
    -------
    Tensor of shape (n_windows, n_timesteps)
        History without NaN.
    """
    if not history.isnan().any():
        return history
    n_timesteps = history.shape[1]
    filled = history.clone()
    if 1 < period < n_timesteps:
        # Forward from season to season, then backward: the earlier value wins where both exist.
        for start in range(period, n_timesteps, period):
            width = min(period, n_timesteps - start)
            now = filled[:, start : start + width]
            before = filled[:, start - period : start - period + width]
            filled[:, start : start + width] = torch.where(now.isnan(), before, now)
        for stop in range(n_timesteps - period, 0, -period):
            width = min(period, stop)
            now = filled[:, stop - width : stop]
            after = filled[:, stop - width + period : stop + period]
            filled[:, stop - width : stop] = torch.where(now.isnan(), after, now)
    steps = torch.arange(n_timesteps, device=history.device)
    is_filled = ~filled.isnan()
    latest = torch.where(is_filled, steps, -1).cummax(dim=1).values
    earliest = is_filled.int().argmax(dim=1, keepdim=True)
    return filled.gather(1, torch.where(latest < 0, earliest, latest))


def level_and_scale(history: Tensor, filled: Tensor, period: int) -> tuple[Tensor, Tensor]:
    """Return the mean of the last season and the standard deviation, each (n_windows, 1).

    Parameters
    ----------
    history : Tensor of shape (n_windows, n_timesteps)
        History with NaN where nothing was observed.
    filled : Tensor of shape (n_windows, n_timesteps)
        The same history after :func:`fill_gaps`, in float64.
    period : int
        Timesteps of a season.
    """
    level = filled[:, -period:].mean(dim=1, keepdim=True)
    is_observed = ~history.isnan()
    n_observed = is_observed.sum(dim=1, keepdim=True).clamp(min=1)
    # Subtract the level first: squares of large numbers would lose the small differences.
    shifted = torch.where(is_observed, filled - level, 0.0)
    mean = shifted.sum(dim=1, keepdim=True) / n_observed
    deviations = torch.where(is_observed, shifted - mean, 0.0)
    scale = ((deviations**2).sum(dim=1, keepdim=True) / n_observed).sqrt()
    smallest = _FLAT * filled.abs().amax(dim=1, keepdim=True)
    # A constant window has no scale of its own: use the size of its value.
    size = torch.where(level == 0, 1.0, level.abs())
    return level, torch.where(scale > smallest, scale, size)


def level_and_scale_of_counts(history: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and the standard deviation of all counts of each window, each (n_windows, 1).

    A single season, or the last value, is often 0 where the mean is not. If all counts are 0, the
    mean is that of half a count, and so is the scale, which is never 0.

    Parameters
    ----------
    history : Tensor of float64, shape (n_windows, n_timesteps)
        Counts, with NaN where nothing was observed.
    """
    is_observed = ~history.isnan()
    n_observed = is_observed.sum(dim=1, keepdim=True).clamp(min=1)
    mean = history.nansum(dim=1, keepdim=True) / n_observed
    deviations = torch.where(is_observed, history - mean, 0.0)
    scale = ((deviations**2).sum(dim=1, keepdim=True) / n_observed).sqrt()
    level = torch.maximum(mean, 0.5 / n_observed)
    return level, torch.where(scale > _FLAT * level, scale, level)


def mean_anchors(deviations: Tensor, horizon: int, period: int) -> Tensor:
    """Forecast counts by means, which a few counts that happen to be 0 hardly change.

    Parameters
    ----------
    deviations : Tensor of shape (n_windows, n_timesteps)
        Distance of each count from the level of its window, NaN where nothing was observed.
    horizon : int
        Timesteps to forecast.
    period : int
        The main seasonal period, at most ``n_timesteps``; 1 means no season.

    Returns
    -------
    Tensor of shape (n_windows, 1 or 2, horizon)
        The level of the window; then with a season the mean of all values at the same place in it,
        each as its distance from the level. The last one is the forecast of means that others are
        drawn towards.
    """
    n_windows, n_timesteps = deviations.shape
    anchors = [torch.zeros_like(deviations[:, :1]).expand(-1, horizon)]
    if period > 1:
        n_seasons = n_timesteps // period
        seasons = deviations[:, n_timesteps - n_seasons * period :]
        seasons = seasons.reshape(n_windows, n_seasons, period)
        n_observed = (~seasons.isnan()).sum(dim=1).clamp(min=1)
        phase = torch.arange(horizon, device=deviations.device) % period
        anchors.append((seasons.nansum(dim=1) / n_observed)[:, phase])
    return torch.stack(anchors, dim=1)


def n_anchors(periods: tuple[int, ...], *, is_count: bool = False) -> int:
    """Return the number of anchors; counts also have those of :func:`mean_anchors`."""
    number = 1 + 2 * sum(period > 1 for period in periods)
    return number + (1 + (periods[0] > 1) if is_count else 0)


def anchor_forecasts(filled: Tensor, horizon: int, periods: tuple[int, ...]) -> Tensor:
    """Forecast in the simple ways that the network mixes and corrects.

    Parameters
    ----------
    filled : Tensor of shape (n_windows, n_timesteps)
        Histories without gaps.
    horizon : int
        Timesteps to forecast.
    periods : tuple of int
        Seasonal periods, the main one first, each at most ``n_timesteps``; 1 means no season.

    Returns
    -------
    Tensor of shape (n_windows, n_anchors, horizon)
        The last value; then for each period the last season repeated, and the last value plus the
        changes of the mean profile of up to four seasons.
    """
    last = filled[:, -1:]
    ahead = torch.arange(horizon, device=filled.device)
    anchors = [last.expand(-1, horizon)]
    for period in periods:
        if period == 1:
            continue
        phase = ahead % period
        n_seasons = min(filled.shape[1] // period, _PROFILE_SEASONS)
        seasons = filled[:, -n_seasons * period :].reshape(len(filled), n_seasons, period)
        profile = (seasons - seasons.mean(dim=2, keepdim=True)).mean(dim=1)
        anchors.append(seasons[:, -1, phase])
        anchors.append(last + profile[:, phase] - profile[:, -1:])
    return torch.stack(anchors, dim=1)
