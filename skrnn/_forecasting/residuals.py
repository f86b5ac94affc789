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

# Windows that paths follow: they are worked out at many quantiles, and a few hundred differ enough.
_MAX_FOLLOWED = 400

# Windows that count as much as the assumption that errors never shrink with the step.
_PRIOR_WINDOWS = 30

# Levels between which the quantile function of a path is interpolated.
_PATH_LEVELS = np.concatenate([[0.005, 0.01], np.arange(1, 40) / 40, [0.99, 0.995]])


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
        self._corrections: dict[float, np.ndarray] = {}

    def _errors(self, said: np.ndarray) -> np.ndarray:
        return (self.targets - said) / self.scales[:, None]

    def correction(self, level: float) -> np.ndarray:
        """Return what to add to a quantile at each step, shape (horizon,), in units of scale."""
        if level not in self._corrections:
            self._corrections[level] = self._correction(level)
        return self._corrections[level]

    def _correction(self, level: float) -> np.ndarray:
        said = quantiles_of(self.loss, self.parameters, np.array([level]))[..., 0]
        errors = (self._errors(said) / self.spread).ravel()
        errors = errors[~np.isnan(errors)]
        n_counted = len(self.targets)
        if n_counted < _MIN_SIGNED:
            errors = np.concatenate([errors, -errors])
            n_counted *= 2
        # the finite-sample rank: the next window is one more that the quantile has to hold for.
        # It is one among windows and not among their steps, which err together.
        share = (level * (n_counted + 1) - 1) / max(n_counted - 1, 1)
        return np.quantile(errors, np.clip(share, 0.0, 1.0)) * self.spread

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
        middle, away = self._around(parameters, scales, levels)
        horizon = self.targets.shape[1]
        if n_steps > horizon:
            # Errors of the blocks before add to those of a block like independent ones.
            before = _of_blocks_before(away**2, horizon)
            away = np.sign(away) * np.sqrt(away**2 + before)
        return np.sort(middle + away, axis=-1)

    def _around(
        self, parameters: np.ndarray, scales: np.ndarray, levels: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return medians, and how far quantiles of each block of ``horizon`` steps lie from them.

        Shapes (n_windows, n_steps, 1) and (n_windows, n_steps, n_levels).
        """
        middle = quantiles_of(self.loss, parameters, np.array([0.5]))
        said = quantiles_of(self.loss, parameters, levels)
        corrections = np.stack([self.correction(level) for level in levels], axis=-1)
        step = np.arange(parameters.shape[1]) % self.targets.shape[1]
        return middle, said + corrections[step] * scales[:, None, None] - middle

    def path_ranks(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> np.ndarray:
        """Draw where paths run within the distribution of each step.

        A path follows one held-out window over the horizon, so that its steps err together as they
        did there, and another one over the next. At every step all ranks are as likely.

        Returns
        -------
        ndarray of shape (n_paths, n_steps)
            In [0, 1).
        """
        places = self._places
        n_windows, horizon = places.shape
        chosen = rng.integers(n_windows, size=(n_paths, -(-n_steps // horizon)))
        # between two windows, at the same share of the way at all steps: they still err together.
        within = rng.random((*chosen.shape, 1))
        return ((places[chosen] + within) / n_windows).reshape(n_paths, -1)[:, :n_steps]

    @cached_property
    def _places(self) -> np.ndarray:
        """The place of each followed window among them by how high it came out at each step.

        A missing step counts as much as the others of its window on average.
        """
        n_followed = min(len(self.targets), _MAX_FOLLOWED)
        chosen = np.linspace(0, len(self.targets) - 1, n_followed).round().astype(np.int64)
        horizon = self.targets.shape[1]
        grid = self.quantiles(self.parameters[chosen], self.scales[chosen], _PATH_LEVELS, horizon)
        ranks = rank_in_grid(grid, self.targets[chosen])
        ranks = np.where(np.isnan(ranks), np.nanmean(ranks, axis=1, keepdims=True), ranks)
        return ranks.argsort(axis=0, kind="stable").argsort(axis=0)

    def paths(
        self,
        parameters: np.ndarray,
        scales: np.ndarray,
        n_paths: int,
        rngs: list[np.random.Generator],
    ) -> np.ndarray:
        """Return sampled paths, shape (n_windows, n_steps, n_paths), each window's by its rng."""
        n_windows, n_steps = parameters.shape[:2]
        middle, away = self._around(parameters, scales, _PATH_LEVELS)
        away = np.sort(away, axis=-1)
        paths = np.empty((n_windows, n_steps, n_paths))
        for window in range(n_windows):
            ranks = self.path_ranks(n_paths, n_steps, rngs[window])
            for step in range(n_steps):
                paths[window, step] = np.interp(ranks[:, step], _PATH_LEVELS, away[window, step])
        # where a block ends the next one goes on.
        return middle + paths + _of_blocks_before(paths, self.targets.shape[1])


def _of_blocks_before(of_steps: np.ndarray, horizon: int) -> np.ndarray:
    """Return for each step the sum over the last steps of the blocks before; steps on axis 1."""
    block = np.arange(of_steps.shape[1]) // horizon
    ends = np.cumsum(of_steps[:, horizon - 1 :: horizon], axis=1)
    return np.concatenate([np.zeros_like(of_steps[:, :1]), ends], axis=1)[:, block]


def rank_in_grid(grid: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return how many of a grid's increasing quantiles are below each value, NaN for NaN.

    Between two of them the count goes on evenly.
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

    Few windows are noise: their means are drawn towards ones that never decrease.
    """
    n_observed = (~np.isnan(errors)).sum(axis=0)
    total = np.nansum(errors, axis=0)
    overall = max(total.sum() / max(n_observed.sum(), 1), 1e-12)
    means = np.where(n_observed > 0, total / np.maximum(n_observed, 1), overall)
    growing = isotonic_regression(means, sample_weight=n_observed + 1e-3)
    share = n_observed / (n_observed + _PRIOR_WINDOWS)
    return np.maximum(share * means + (1 - share) * growing, 1e-3 * overall)
