"""Places of a season that are always 0, such as the Sundays of a shop or its nights."""

from __future__ import annotations

import numpy as np

__all__ = ["closed_phases"]

# Seasons in which a place has to be 0, and the largest chance that other zeros explain it.
_FEWEST_SEASONS = 3
_CHANCE = 0.001


def closed_phases(history: np.ndarray, period: int) -> np.ndarray:
    """Return which places of the season after a history are closed.

    A place is closed if all its observed values are 0, three or more, unless zeros are so frequent
    at the other places that this may be chance.

    Parameters
    ----------
    history : ndarray of shape (n_windows, n_timesteps)
        Values up to the cutoff, NaN where nothing was observed.
    period : int
        Timesteps of a season; with 1 nothing is closed.

    Returns
    -------
    ndarray of bool, shape (n_windows, period)
        The first one is the place of the timestep after the cutoff.
    """
    n_windows, n_timesteps = history.shape
    if period == 1 or n_timesteps < _FEWEST_SEASONS * period:
        return np.zeros((n_windows, period), dtype=bool)
    n_seasons = n_timesteps // period
    seasons = history[:, n_timesteps - n_seasons * period :].reshape(n_windows, n_seasons, period)
    n_zeros = (seasons == 0).sum(axis=1)
    n_observed = (~np.isnan(seasons)).sum(axis=1)
    is_zero = (n_zeros == n_observed) & (n_zeros >= _FEWEST_SEASONS)
    n_others = np.where(is_zero, 0, n_observed).sum(axis=1)
    zeros_of_others = np.where(is_zero, 0, n_zeros).sum(axis=1)
    share = zeros_of_others / np.maximum(n_others, 1)
    is_no_chance = share[:, None] ** n_zeros < _CHANCE
    is_closed: np.ndarray = is_zero & is_no_chance & (n_others > zeros_of_others)[:, None]
    return is_closed
