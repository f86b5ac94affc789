"""Which windows are held out at first."""

from __future__ import annotations

import numpy as np

from skrnn._forecasting.chosen_cutoffs import choose_cutoffs
from skrnn._forecasting.errors_by_series import n_held_out
from skrnn._forecasting.windows import held_out_starts, training_cutoffs
from skrnn._series.panel import Panel

__all__ = ["held_out_split"]


def held_out_split(
    panel: Panel, *, horizon: int, period: int, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return cutoffs of windows before the held-out ends of the series, and of those in them.

    Both are empty if nothing is held out.

    Parameters
    ----------
    panel : Panel
        The series.
    horizon, period : int
        Timesteps to forecast, and of the main season.
    share : float
        Share of each series that is held out.
    seed : int
        Seed of the fit.
    """
    starts = held_out_starts(panel, horizon, period, share)
    if starts is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    early = training_cutoffs(panel, horizon, stop=starts)
    held_out = training_cutoffs(panel, horizon, stop=starts, is_future=True)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    return early, choose_cutoffs(held_out, panel, n_held_out(panel), rng.random())
