"""Distributions of counts on held-out windows, which calibrate quantiles and sampled paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats
from scipy.optimize import minimize_scalar

__all__ = ["HeldOutCounts"]

# Bounds of the logarithm of the factor of all dispersions, and its prior standard deviation: a few
# counts that happen to be 0 would make it infinite.
_LOG_FACTORS, _PRIOR_DEVIATION = (-8.0, 8.0), 1.5
# Groups of similar means, means in each of them, and the largest logarithm of a factor that
# restores their mean.
_N_GROUPS, _GROUP, _LARGEST_LOG = 8, 50, 1.0
# The highest level of a quantile: that of level 1 is infinite.
_HIGHEST = 1 - 1e-7
# Counts from which levels are calibrated; more hardly change them.
_MAX_COUNTS = 5000
# Prior weight, in timesteps, of the levels of the learned distribution.
_PRIOR_TIMESTEPS = 50
# Levels that stand for all others between them in many paths, closer in the upper tail, where the
# largest counts make up much of the mean.
_EDGES = np.concatenate([np.arange(47) / 50, 1 - 0.06 * 0.5 ** np.arange(0, 12, 0.5), [1.0]])
_MIDDLES = (_EDGES[:-1] + _EDGES[1:]) / 2


@dataclass
class HeldOutCounts:
    """Forecasts and true counts of windows that the networks did not train on.

    The networks' forecast of a timestep is a negative binomial distribution. All dispersions are
    multiplied by the factor that makes the true counts on these windows most likely, drawn towards
    1 where these are few. Counts may have another distribution, such as that of a shop without
    customers on most days, so the levels at which quantiles are taken are calibrated as well: a
    quantile has the level below which that share of the true counts was. The mean stays that of the
    point forecasts.

    Attributes
    ----------
    parameters : ndarray of shape (n_windows, horizon, 2)
        Means and dispersions.
    targets : ndarray of shape (n_windows, horizon)
        True counts, NaN where nothing was observed.
    n_apart : int
        Number of non-overlapping windows.

    References
    ----------
    Czado et al. (2009), "Predictive Model Assessment for Count Data", Biometrics 65(4).
    Kuleshov et al. (2018), "Accurate Uncertainties for Deep Learning Using Calibrated Regression",
    ICML.
    """

    parameters: np.ndarray
    targets: np.ndarray
    n_apart: int

    def __post_init__(self) -> None:
        is_observed = ~np.isnan(self.targets)
        counts, mean, dispersion = (
            part[is_observed] for part in (self.targets, *np.moveaxis(self.parameters, -1, 0)[:2])
        )

        def loss(log_factor: float) -> float:
            size = 1 / (dispersion * np.exp(log_factor))
            prior = (log_factor / _PRIOR_DEVIATION) ** 2 / 2
            return prior / n_timesteps - float(_log_probability(counts, mean, size).mean())

        n_timesteps = self.n_apart * self.targets.shape[1]
        found = minimize_scalar(loss, bounds=_LOG_FACTORS, method="bounded")
        self.factor = float(np.exp(found.x))
        chosen = np.linspace(0, len(counts) - 1, min(len(counts), _MAX_COUNTS)).astype(np.int64)
        counts, mean, dispersion = counts[chosen], mean[chosen], self.factor * dispersion[chosen]
        low, high = _probabilities(counts, mean, dispersion)
        self.shares = self._shares_below(low, high)
        self._restored_means = self._restoring_means(mean, dispersion)

    def _restoring_means(self, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
        """Return logarithms of means, and of the factors of them that undo what levels change.

        Levels change small means more than large ones, so groups of means have their own factors.
        """
        order = np.argsort(mean, kind="stable")
        n_means = min(len(mean), _N_GROUPS * _GROUP)
        chosen = order[np.linspace(0, len(mean) - 1, n_means).astype(np.int64)]
        mean, dispersion = mean[chosen], dispersion[chosen]
        quantiles = _quantiles(self.level(_MIDDLES), mean[:, None], dispersion[:, None])
        changed = quantiles @ np.diff(_EDGES)
        groups = np.array_split(np.arange(n_means), max(n_means // _GROUP, 1))
        of_groups = np.array([[mean[group].mean(), changed[group].mean()] for group in groups])
        before, after = np.log(np.maximum(of_groups, of_groups.max() * 1e-9)).T
        return np.stack([before, np.clip(before - after, -_LARGEST_LOG, _LARGEST_LOG)])

    def _restored(self, mean: np.ndarray) -> np.ndarray:
        """Return means of distributions that have these means at calibrated levels."""
        logarithm: np.ndarray = np.log(mean)
        return np.exp(logarithm + np.interp(logarithm, *self._restored_means))

    def _shares_below(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return the share of true counts at levels below each of ``_EDGES``.

        A count stands for all levels between those of fewer, ``low``, and of at most as many.
        """
        width = np.maximum(high - low, np.finfo(np.float64).eps)
        shares = [np.clip((edge - low) / width, 0, 1).mean() for edge in _EDGES[:-1]]
        n_timesteps = self.n_apart * self.targets.shape[1]
        weight = n_timesteps / (n_timesteps + _PRIOR_TIMESTEPS)
        return weight * np.array([*shares, 1.0]) + (1 - weight) * _EDGES

    def level(self, share: np.ndarray) -> np.ndarray:
        """Return the level of the learned distribution below which this share of counts is."""
        return np.minimum(np.interp(share, self.shares, _EDGES), _HIGHEST)

    def mean_sizes(self, parameters: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the mean absolute error of each window, in standard deviations of its counts."""
        mean, dispersion = np.moveaxis(parameters, -1, 0)[:2]
        deviation = np.sqrt(mean + self.factor * dispersion * mean**2)
        sizes: np.ndarray = np.nanmean(np.abs(targets - mean) / deviation, axis=1)
        return sizes

    def quantiles(self, parameters: np.ndarray, levels: np.ndarray, n_steps: int) -> np.ndarray:
        """Return calibrated quantiles of new windows, shape (n_windows, n_steps, n_levels).

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, 2)
            Outputs of the networks; steps after ``horizon`` are made from forecasts fed back.
        levels : ndarray of shape (n_levels,)
            Increasing levels in (0, 1).
        n_steps : int
            Steps of each window.
        """
        parameters = parameters[:, :n_steps]
        dispersion = self._dispersions(parameters)[..., None]
        return _quantiles(self.level(levels), self._restored(parameters[..., :1]), dispersion)

    def _dispersions(self, parameters: np.ndarray) -> np.ndarray:
        """Return the calibrated dispersions, those of the first block in all blocks.

        Forecasts that were fed back vary less than counts do. What dispersions grow by from the
        first to the last step of the horizon, they grow by again in each block: nothing where
        counts vary around a constant mean, and as much as on a walk where the mean wanders.
        """
        n_steps, horizon = parameters.shape[1], self.targets.shape[1]
        step = np.arange(n_steps)
        first, last = self.parameters[:, [0, -1], 1].mean(axis=0)
        growth = 1 + step // horizon * max(float(last / first) - 1, 0.0)
        return self.factor * parameters[:, step % horizon, 1] * growth

    def ranks(self, windows: np.ndarray) -> np.ndarray:
        """Return the ranks of some windows' counts, drawn between those of fewer and of more."""
        mean, dispersion = np.moveaxis(self.parameters[windows], -1, 0)[:2]
        low, high = _probabilities(self.targets[windows], mean, self.factor * dispersion)
        share = np.random.default_rng(0).random(low.shape)
        return low + share * (high - low)

    def paths(self, parameters: np.ndarray, ranks: np.ndarray) -> np.ndarray:
        """Return the paths of new windows, shape (n_windows, n_steps, n_paths).

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, 2)
            Outputs of the networks.
        ranks : ndarray of shape (n_windows, n_steps, n_paths)
            Rank in [0, 1) of each path within the distribution of each step.
        """
        dispersion = self._dispersions(parameters)[..., None]
        mean = self._restored(parameters[..., :1])
        if ranks.shape[-1] <= len(_MIDDLES):
            return _quantiles(self.level(ranks), mean, dispersion)
        grid = _quantiles(self.level(_MIDDLES), mean, dispersion)
        stratum = np.clip(np.searchsorted(_EDGES, ranks, side="right") - 1, 0, len(_MIDDLES) - 1)
        return np.take_along_axis(grid, stratum, axis=-1)


def _quantiles(levels: np.ndarray, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    return np.asarray(stats.nbinom.ppf(levels, 1 / dispersion, 1 / (1 + dispersion * mean)))


def _probabilities(
    counts: np.ndarray, mean: np.ndarray, dispersion: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of fewer counts, and of at most as many."""
    distribution = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))
    return distribution.cdf(counts - 1), distribution.cdf(counts)


def _log_probability(counts: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    # The variance is mean + mean ** 2 / size.
    odds, total = np.log(mean / size), np.log1p(mean / size)
    log_ways = special.gammaln(counts + size) - special.gammaln(size) - special.gammaln(counts + 1)
    return log_ways + counts * (odds - total) - size * total
