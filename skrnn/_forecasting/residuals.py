"""Errors of the forecasts on held-out windows, which calibrate quantiles and sampled paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import isotonic_regression

from skrnn._forecasting.networks import WindowForecasts
from skrnn.modules.forecast_outputs import quantiles_of

__all__ = [
    "PATH_LEVELS",
    "PATH_SHARES",
    "HeldOutWindows",
]

# Fewer windows than these cannot show that errors upwards are larger than errors downwards: every
# error then counts in both directions.
_MIN_SIGNED = 200

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
    its errors on these windows. Errors are measured in units of the window's scale, of the mean
    error at the same step and of the size of the series' errors, and then pooled over all steps
    and series.

    Attributes
    ----------
    loss : str
        The loss, which determines what the parameters are, see :func:`quantiles_of`.
    parameters : ndarray of shape (n_windows, horizon, n_parameters)
        Outputs of the networks on the scale of the window.
    targets : ndarray of shape (n_windows, horizon)
        True values on the same scale, NaN where nothing was observed.
    sizes : ndarray of shape (n_windows,), or None
        Factor of the errors of each window's series; None if they are not known.
    scales : ndarray of shape (n_windows,), or None
        Scale of each window, by which errors have the unit of the series.

    References
    ----------
    Papadopoulos et al. (2002), "Inductive Confidence Machines for Regression".
    Romano et al. (2019), "Conformalized Quantile Regression", NeurIPS.
    """

    loss: str
    parameters: np.ndarray
    targets: np.ndarray
    sizes: np.ndarray | None = None
    scales: np.ndarray | None = None

    @classmethod
    def of_forecasts(
        cls, loss: str, forecasts: WindowForecasts, targets: np.ndarray
    ) -> HeldOutWindows:
        """Compare forecasts with the true values, on the scale of the (transformed) data."""
        targets = (targets - forecasts.levels[:, None]) / forecasts.scales[:, None]
        return cls(loss, forecasts.parameters, targets, scales=forecasts.scales)

    def __post_init__(self) -> None:
        middle = quantiles_of(self.loss, self.parameters, np.array([0.5]))[..., 0]
        # What the targets would be if the errors of all series were of one size.
        sizes = 1.0 if self.sizes is None else self.sizes[:, None]
        self._targets = middle + (self.targets - middle) / sizes
        self.spread = _spread_of_steps(np.abs(self._targets - middle))
        self._corrections: dict[float, np.ndarray] = {}

    def mean_sizes(self, spread: np.ndarray | None = None) -> np.ndarray:
        """Return the mean absolute error of each window, in units of the width of its forecast.

        Parameters
        ----------
        spread : ndarray of shape (horizon,), or None
            The usual error at each step, the unit of point forecasts, which have no width; None
            takes that of these windows.
        """
        levels = np.array([0.1, 0.5, 0.9])
        low, middle, high = np.moveaxis(quantiles_of(self.loss, self.parameters, levels), -1, 0)
        units = np.maximum(high - low, 0.1 * (self.spread if spread is None else spread))
        errors = np.abs(self.targets - middle) / units
        n_observed = (~np.isnan(errors)).sum(axis=1)
        mean: np.ndarray = np.nansum(errors, axis=1) / np.where(n_observed, n_observed, np.nan)
        return mean

    def mean_errors(self, spread: np.ndarray | None = None) -> np.ndarray:
        """Return the mean sizes in the unit of each series; ``spread`` as for ``mean_sizes``."""
        sizes = self.mean_sizes(spread)
        return sizes if self.scales is None else sizes * self.scales

    def correction(self, level: float) -> np.ndarray:
        """Return what to add to a quantile at each step, shape (horizon,)."""
        if level not in self._corrections:
            self._corrections[level] = self._correction(level)
        return self._corrections[level]

    def _correction(self, level: float) -> np.ndarray:
        forecasts = quantiles_of(self.loss, self.parameters, np.array([level]))[..., 0]
        errors = ((self._targets - forecasts) / self.spread).ravel()
        errors = errors[~np.isnan(errors)]
        n_counted = len(self.targets)
        if n_counted < _MIN_SIGNED:
            errors = np.concatenate([errors, -errors])
            n_counted *= 2
        # Finite-sample rank: the quantile has to hold for one more window, the next one. Windows
        # are counted and not their steps, whose errors are dependent.
        share = (level * (n_counted + 1) - 1) / max(n_counted - 1, 1)
        return np.quantile(errors, np.clip(share, 0.0, 1.0)) * self.spread

    def quantiles(
        self,
        parameters: np.ndarray,
        levels: np.ndarray,
        n_steps: int,
        sizes: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return calibrated quantiles of new windows.

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, n_parameters)
            Outputs of the networks; steps after ``horizon`` are made from forecasts fed back.
        levels : ndarray of shape (n_levels,)
            Increasing levels in (0, 1).
        n_steps : int
            Steps of each window.
        sizes : ndarray of shape (n_windows,), or None
            Factor of the errors of each window's series; None for 1.

        Returns
        -------
        ndarray of shape (n_windows, n_steps, n_levels)
            Never decreasing along the last axis.
        """
        median, distance = self._around_median(parameters, levels, sizes)
        horizon = self.targets.shape[1]
        if n_steps > horizon:
            # The errors of different blocks add up as if they were independent.
            before = _sums_of_earlier_blocks(distance**2, horizon)
            distance = np.sign(distance) * np.sqrt(distance**2 + before)
        return np.sort(median + distance, axis=-1)

    def _around_median(
        self, parameters: np.ndarray, levels: np.ndarray, sizes: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return medians, and the signed distance of each block's calibrated quantiles from them.

        Shapes (n_windows, n_steps, 1) and (n_windows, n_steps, n_levels).
        """
        median = quantiles_of(self.loss, parameters, np.array([0.5]))
        quantiles = quantiles_of(self.loss, parameters, levels)
        corrections = np.stack([self.correction(level) for level in levels], axis=-1)
        step = np.arange(parameters.shape[1]) % self.targets.shape[1]
        distance = quantiles + corrections[step] - median
        return median, distance if sizes is None else distance * sizes[:, None, None]

    def ranks(self, windows: np.ndarray) -> np.ndarray:
        """Return the rank of the targets of some windows among the quantiles of their forecasts."""
        grid = self.quantiles(self.parameters[windows], PATH_LEVELS, self.targets.shape[1])
        return rank_in_grid(grid, self._targets[windows])

    def paths(
        self, parameters: np.ndarray, ranks: np.ndarray, sizes: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the paths of new windows, shape (n_windows, n_steps, n_paths).

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, n_parameters)
            Outputs of the networks.
        ranks : ndarray of shape (n_windows, n_steps, n_paths)
            Rank in [0, 1) of each path within the distribution of each step.
        sizes : ndarray of shape (n_windows,), or None
            Factor of the errors of each window's series; None for 1.
        """
        median, distance = self._around_median(parameters, PATH_LEVELS, sizes)
        distance = np.sort(distance, axis=-1)
        paths = np.empty(ranks.shape)
        for window, step in np.ndindex(ranks.shape[:2]):
            at = window, step
            paths[at] = np.interp(ranks[at], PATH_LEVELS, distance[at])
        # Each block starts where the block before it ended.
        return median + paths + _sums_of_earlier_blocks(paths, self.targets.shape[1])


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
