"""How far held-out windows came out from their forecasts: intervals and paths with coverage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.isotonic import isotonic_regression

from skrnn.modules.forecast_outputs import quantiles_of

__all__ = ["MAX_WINDOWS", "HeldOutWindows"]

# Held-out windows that are kept; more say nothing new about a quantile.
MAX_WINDOWS = 2000

# Fewer windows than these say nothing about errors up being larger than errors down: all are then
# counted in both directions.
_MIN_SIGNED = 200

# Windows that count as much as the assumption that errors never shrink with the step.
_PRIOR_WINDOWS = 30

# Levels between which the quantile function of a path is interpolated.
_PATH_LEVELS = np.concatenate([[0.005], np.arange(0.01, 1.0, 0.01), [0.995]])


@dataclass
class HeldOutWindows:
    """Windows that a network did not train on: what it said, and what came.

    Split-conformal calibration: whatever the network says about a quantile is moved by as much as
    the same statement was wrong on these windows. Errors are measured in units of the window's
    scale and of the mean error at the same step, and then pooled over all steps.

    Attributes
    ----------
    loss : str
        What the parameters are, see :func:`quantiles_of`.
    parameters : ndarray of shape (n_windows, horizon, n_parameters)
        On the scale of the window, or counts.
    targets : ndarray of shape (n_windows, horizon)
        Likewise, NaN where nothing was observed.
    scales : ndarray of shape (n_windows,)
        Scale of each window, in which errors of counts are measured; 1 for the others, which are
        on that scale already.

    References
    ----------
    Papadopoulos et al. (2002), "Inductive Confidence Machines for Regression".
    Romano et al. (2019), "Conformalized Quantile Regression", NeurIPS.
    """

    loss: str
    parameters: np.ndarray
    targets: np.ndarray
    scales: np.ndarray

    def __post_init__(self) -> None:
        middle = quantiles_of(self.loss, self.parameters, np.array([0.5]))[..., 0]
        errors = np.abs(self._errors(middle))
        self.spread = _spread_of_steps(errors)

    def _errors(self, said: np.ndarray) -> np.ndarray:
        return (self.targets - said) / self.scales[:, None]

    def correction(self, level: float) -> np.ndarray:
        """Return what to add to a quantile at each step, shape (horizon,), in units of scale."""
        said = quantiles_of(self.loss, self.parameters, np.array([level]))[..., 0]
        errors = (self._errors(said) / self.spread).ravel()
        errors = errors[~np.isnan(errors)]
        if len(self.targets) < _MIN_SIGNED:
            errors = np.concatenate([errors, -errors])
        errors = np.sort(errors)
        # the finite-sample rank: the next window is one more that the quantile has to hold for.
        rank = level * (len(errors) + 1) - 1
        return np.interp(rank, np.arange(len(errors)), errors) * self.spread

    def quantiles(
        self, parameters: np.ndarray, scales: np.ndarray, levels: np.ndarray, n_steps: int
    ) -> np.ndarray:
        """Return calibrated quantiles of new windows.

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, n_parameters)
            What the network says of them; steps after ``horizon`` from forecasts fed back.
        scales : ndarray of shape (n_windows,)
            As for the held-out windows.
        levels : ndarray of shape (n_levels,)
            Increasing, in (0, 1).
        n_steps : int
            Steps of each window.

        Returns
        -------
        ndarray of shape (n_windows, n_steps, n_levels)
            Never decreasing along the last axis.
        """
        horizon = self.targets.shape[1]
        middle = quantiles_of(self.loss, parameters, np.array([0.5]))
        said = quantiles_of(self.loss, parameters, levels)
        corrections = np.stack([self.correction(level) for level in levels], axis=-1)
        block, step = np.divmod(np.arange(n_steps), horizon)
        moved = said + corrections[step] * scales[:, None, None]
        away = moved - middle
        if n_steps > horizon:
            # Errors of the blocks before add to those of a block like independent ones.
            ends = away[:, horizon - 1 :: horizon] ** 2
            before = np.cumsum(ends, axis=1) - ends
            missing = -(-n_steps // horizon) - before.shape[1]
            if missing:
                last = before[:, -1:] + ends[:, -1:]
                before = np.concatenate([before, last], axis=1)
            away = np.sign(away) * np.sqrt(away**2 + before[:, block])
        return np.sort(middle + away, axis=-1)

    def path_ranks(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> np.ndarray:
        """Draw where paths run within the distribution of each step.

        A path follows one held-out window, so that its steps err together as they did there.

        Returns
        -------
        ndarray of shape (n_paths, n_steps)
            In (0, 1).
        """
        horizon = self.targets.shape[1]
        levels = self._ranks
        n_blocks = -(-n_steps // horizon)
        chosen = rng.integers(len(levels), size=(n_paths, n_blocks))
        return levels[chosen].reshape(n_paths, -1)[:, :n_steps]

    @cached_property
    def _ranks(self) -> np.ndarray:
        """The rank of each target in its calibrated distribution, NaN filled by the row."""
        horizon = self.targets.shape[1]
        grid = self.quantiles(self.parameters, self.scales, _PATH_LEVELS, horizon)
        ranks = rank_in_grid(grid, self.targets)
        row_mean = np.nanmean(ranks, axis=1, keepdims=True)
        return np.where(np.isnan(ranks), row_mean, ranks)

    def paths(
        self,
        parameters: np.ndarray,
        scales: np.ndarray,
        n_paths: int,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return sampled paths, shape (n_windows, n_steps, n_paths); arguments as before."""
        n_windows, n_steps = parameters.shape[:2]
        grid = self.quantiles(parameters, scales, _PATH_LEVELS, n_steps)
        paths = np.empty((n_windows, n_steps, n_paths))
        for window in range(n_windows):
            ranks = self.path_ranks(n_paths, n_steps, rng)
            for step in range(n_steps):
                paths[window, step] = np.interp(ranks[:, step], _PATH_LEVELS, grid[window, step])
        return paths


def rank_in_grid(grid: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the level of each value in quantiles at ``_PATH_LEVELS``, NaN for NaN."""
    below = (grid < values[..., None]).mean(axis=-1)
    ranks = np.clip(below, _PATH_LEVELS[0], _PATH_LEVELS[-1])
    return np.where(np.isnan(values), np.nan, ranks)


def _spread_of_steps(errors: np.ndarray) -> np.ndarray:
    """Return the mean absolute error of each step, shape (horizon,), never 0.

    Few windows are noise: their means are drawn towards ones that never decrease.
    """
    n_observed = (~np.isnan(errors)).sum(axis=0)
    total = np.nansum(errors, axis=0)
    overall = max(total.sum() / max(n_observed.sum(), 1), 1e-12)
    means = np.where(n_observed > 0, total / np.maximum(n_observed, 1), overall)
    growing = isotonic_regression(means, sample_weight=n_observed + 1e-3)
    share = n_observed / (n_observed + _PRIOR_WINDOWS)
    return np.maximum(share * means + (1 - share) * growing, 1e-3 * overall)
