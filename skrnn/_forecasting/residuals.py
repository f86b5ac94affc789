"""Errors of the forecasts on held-out windows, which calibrate quantiles and sampled paths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.isotonic import isotonic_regression

from skrnn._forecasting.networks import WindowForecasts
from skrnn.modules.forecast_outputs import quantiles_of

__all__ = [
    "MAX_WINDOWS",
    "PATH_LEVELS",
    "PATH_SHARES",
    "HeldOutWindows",
    "draw_ranks",
    "followed_windows",
    "places_of",
]

# Largest number of held-out windows; more hardly change a quantile.
MAX_WINDOWS = 2000

# Fewer windows than these cannot show that errors upwards are larger than errors downwards: every
# error then counts in both directions.
_MIN_SIGNED = 200

# Windows that paths follow: each needs many quantiles, and a few hundred are varied enough.
_MAX_FOLLOWED = 400

# Prior weight, in windows, of the assumption that errors never shrink with the step.
_PRIOR_WINDOWS = 30

# Levels between which the quantile function of a path is interpolated, and the share of ranks that
# are nearest to each.
PATH_LEVELS = np.concatenate([[0.005, 0.01], np.arange(1, 40) / 40, [0.99, 0.995]])
PATH_SHARES = np.diff([0.0, *(PATH_LEVELS[:-1] + PATH_LEVELS[1:]) / 2, 1.0])


@dataclass
class HeldOutWindows:
    """Forecasts and true values of windows that the networks did not train on.

    Split-conformal calibration: the network's forecast of a quantile is moved by the quantile of
    its errors on these windows. Errors are measured in units of the window's scale and of the mean
    error at the same step, and then pooled over all steps.

    Attributes
    ----------
    loss : str
        The loss, which determines what the parameters are, see :func:`quantiles_of`.
    parameters : ndarray of shape (n_windows, horizon, n_parameters)
        Outputs of the networks on the scale of the window.
    targets : ndarray of shape (n_windows, horizon)
        True values on the same scale, NaN where nothing was observed.

    References
    ----------
    Papadopoulos et al. (2002), "Inductive Confidence Machines for Regression".
    Romano et al. (2019), "Conformalized Quantile Regression", NeurIPS.
    """

    loss: str
    parameters: np.ndarray
    targets: np.ndarray

    @classmethod
    def of_forecasts(
        cls, loss: str, forecasts: WindowForecasts, targets: np.ndarray
    ) -> HeldOutWindows:
        """Compare forecasts with the true values, on the scale of the (transformed) data."""
        targets = (targets - forecasts.levels[:, None]) / forecasts.scales[:, None]
        return cls(loss, forecasts.parameters, targets)

    def __post_init__(self) -> None:
        middle = quantiles_of(self.loss, self.parameters, np.array([0.5]))[..., 0]
        self.spread = _spread_of_steps(np.abs(self.targets - middle))
        self._corrections: dict[float, np.ndarray] = {}

    def correction(self, level: float) -> np.ndarray:
        """Return what to add to a quantile at each step, shape (horizon,)."""
        if level not in self._corrections:
            self._corrections[level] = self._correction(level)
        return self._corrections[level]

    def _correction(self, level: float) -> np.ndarray:
        forecasts = quantiles_of(self.loss, self.parameters, np.array([level]))[..., 0]
        errors = ((self.targets - forecasts) / self.spread).ravel()
        errors = errors[~np.isnan(errors)]
        n_counted = len(self.targets)
        if n_counted < _MIN_SIGNED:
            errors = np.concatenate([errors, -errors])
            n_counted *= 2
        # Finite-sample rank: the quantile has to hold for one more window, the next one. Windows
        # are counted and not their steps, whose errors are dependent.
        share = (level * (n_counted + 1) - 1) / max(n_counted - 1, 1)
        return np.quantile(errors, np.clip(share, 0.0, 1.0)) * self.spread

    def quantiles(self, parameters: np.ndarray, levels: np.ndarray, n_steps: int) -> np.ndarray:
        """Return calibrated quantiles of new windows.

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, n_parameters)
            Outputs of the networks; steps after ``horizon`` are made from forecasts fed back.
        levels : ndarray of shape (n_levels,)
            Increasing levels in (0, 1).
        n_steps : int
            Steps of each window.

        Returns
        -------
        ndarray of shape (n_windows, n_steps, n_levels)
            Never decreasing along the last axis.
        """
        median, distance = self._around_median(parameters, levels)
        horizon = self.targets.shape[1]
        if n_steps > horizon:
            # The errors of different blocks add up as if they were independent.
            before = _sums_of_earlier_blocks(distance**2, horizon)
            distance = np.sign(distance) * np.sqrt(distance**2 + before)
        return np.sort(median + distance, axis=-1)

    def _around_median(
        self, parameters: np.ndarray, levels: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return medians, and the signed distance of each block's calibrated quantiles from them.

        Shapes (n_windows, n_steps, 1) and (n_windows, n_steps, n_levels).
        """
        median = quantiles_of(self.loss, parameters, np.array([0.5]))
        quantiles = quantiles_of(self.loss, parameters, levels)
        corrections = np.stack([self.correction(level) for level in levels], axis=-1)
        step = np.arange(parameters.shape[1]) % self.targets.shape[1]
        return median, quantiles + corrections[step] - median

    def path_ranks(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the rank of each path within the distribution of each step.

        Over each block of ``horizon`` steps a path follows one held-out window, so that its errors
        depend on each other as they did there. At every step all ranks are equally likely.

        Returns
        -------
        ndarray of shape (n_paths, n_steps)
            In [0, 1).
        """
        return draw_ranks(self._places, n_paths, n_steps, rng)

    @cached_property
    def _places(self) -> np.ndarray:
        """Rank of each followed window among them at each step, see :func:`places_of`."""
        chosen = followed_windows(len(self.targets))
        grid = self.quantiles(self.parameters[chosen], PATH_LEVELS, self.targets.shape[1])
        return places_of(rank_in_grid(grid, self.targets[chosen]))

    def paths(
        self, parameters: np.ndarray, n_paths: int, rngs: list[np.random.Generator]
    ) -> np.ndarray:
        """Sample paths, shape (n_windows, n_steps, n_paths), with one generator for each window."""
        n_windows, n_steps = parameters.shape[:2]
        median, distance = self._around_median(parameters, PATH_LEVELS)
        distance = np.sort(distance, axis=-1)
        paths = np.empty((n_windows, n_steps, n_paths))
        for window in range(n_windows):
            ranks = self.path_ranks(n_paths, n_steps, rngs[window])
            for step in range(n_steps):
                distances = distance[window, step]
                paths[window, step] = np.interp(ranks[:, step], PATH_LEVELS, distances)
        # Each block starts where the block before it ended.
        return median + paths + _sums_of_earlier_blocks(paths, self.targets.shape[1])


def followed_windows(n_windows: int) -> np.ndarray:
    """Return the numbers of the held-out windows that paths follow."""
    n_followed = min(n_windows, _MAX_FOLLOWED)
    return np.linspace(0, n_windows - 1, n_followed).round().astype(np.int64)


def places_of(ranks: np.ndarray) -> np.ndarray:
    """Return the place of each window among all at each step, 0 for the lowest of ``ranks``.

    A missing step has the mean rank of the other steps of its window.
    """
    ranks = np.where(np.isnan(ranks), np.nanmean(ranks, axis=1, keepdims=True), ranks)
    return ranks.argsort(axis=0, kind="stable").argsort(axis=0)


def draw_ranks(
    places: np.ndarray, n_paths: int, n_steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw ranks in [0, 1), shape (n_paths, n_steps), that follow windows of these places."""
    n_windows, horizon = places.shape
    chosen = rng.integers(n_windows, size=(n_paths, -(-n_steps // horizon)))
    # Between two neighbouring ranks, at the same fraction at all steps of a block.
    within = rng.random((*chosen.shape, 1))
    ranks: np.ndarray = (places[chosen] + within) / n_windows
    return ranks.reshape(n_paths, -1)[:, :n_steps]


def _sums_of_earlier_blocks(values: np.ndarray, horizon: int) -> np.ndarray:
    """Return for each step (axis 1) the sum of the values at the ends of all earlier blocks."""
    block = np.arange(values.shape[1]) // horizon
    ends = np.cumsum(values[:, horizon - 1 :: horizon], axis=1)
    return np.concatenate([np.zeros_like(values[:, :1]), ends], axis=1)[:, block]


def rank_in_grid(grid: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return how many of a grid's increasing quantiles are below each value, NaN for NaN.

    Between two quantiles the count is interpolated linearly.
    """
    n_levels = grid.shape[-1]
    below = (grid < values[..., None]).sum(axis=-1)
    left, right = (
        np.take_along_axis(grid, np.clip(at, 0, n_levels - 1)[..., None], axis=-1)[..., 0]
        for at in (below - 1, below)
    )
    is_between = (below > 0) & (below < n_levels) & (right > left)
    share = np.where(is_between, (values - left) / np.where(is_between, right - left, 1.0), 0.0)
    return np.where(np.isnan(values), np.nan, below + share)


def _spread_of_steps(errors: np.ndarray) -> np.ndarray:
    """Return the mean absolute error of each step, shape (horizon,), never 0.

    Means over few windows are noisy and are drawn towards means that never decrease.
    """
    n_observed = (~np.isnan(errors)).sum(axis=0)
    total = np.nansum(errors, axis=0)
    overall = max(total.sum() / max(n_observed.sum(), 1), 1e-12)
    means = np.where(n_observed > 0, total / np.maximum(n_observed, 1), overall)
    growing = isotonic_regression(means, sample_weight=n_observed + 1e-3)
    share = n_observed / (n_observed + _PRIOR_WINDOWS)
    return np.maximum(share * means + (1 - share) * growing, 1e-3 * overall)
