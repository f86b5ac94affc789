"""What a forecaster says about a timestep: a number, quantiles, or a distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = [
    "FORECAST_LOSSES",
    "LOG_MEAN",
    "QUANTILE_LEVELS",
    "ForecastLoss",
    "drawn_towards",
    "n_parameters",
    "point_column",
    "quantiles_of",
    "to_parameters",
    "typical_column",
    "with_log_unit",
]

# The quantiles that loss="quantile" learns; others lie between them, or follow from residuals.
QUANTILE_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)

FORECAST_LOSSES = ("mae", "mse", "huber", "quantile", "student_t", "negative_binomial")

# What "mse" is on logarithms: the mean of the logarithms is no forecast of a mean.
LOG_MEAN = "log_mean"

_N_PARAMETERS = {
    "quantile": len(QUANTILE_LEVELS),
    "student_t": 3,
    "negative_binomial": 2,
    LOG_MEAN: 2,
}

# Where softplus is 1.
_SOFTPLUS_IS_ONE = math.log(math.e - 1)
# A scale of exactly 0 would make a likelihood infinite.
_SMALLEST = 1e-4
# Logarithms of a ratio: below the first a series is more accurate than the formula, above the
# second the loss goes on as a straight line, so that it stays finite.
_SMALL_LOG, _LARGE_LOG = 1e-2, 20.0


def n_parameters(loss: str) -> int:
    """Numbers that the network gives for a timestep: 1, the quantiles, or those of a distribution.

    A Student t has location, scale and degrees of freedom; a negative binomial mean and dispersion;
    logarithms of means have two, mean and median.
    """
    return _N_PARAMETERS.get(loss, 1)


def point_column(loss: str) -> int:
    """Which of the numbers of a timestep is the point forecast."""
    return len(QUANTILE_LEVELS) // 2 if loss == "quantile" else 0


def typical_column(loss: str) -> int:
    """Which of the numbers of a timestep is read as if it had been observed."""
    return 1 if loss == LOG_MEAN else point_column(loss)


def with_log_unit(scale: Tensor, history: Tensor) -> Tensor:
    """Append the logarithm of the mean of each window's values, relative to its level.

    Parameters
    ----------
    scale : Tensor of shape (n_samples, 2)
        Level and scale of each window, whose values are logarithms.
    history : Tensor of shape (n_samples, context_length, n_inputs)
        The normalised value first, then whether it was observed.

    Returns
    -------
    Tensor of shape (n_samples, 3)
    """
    is_observed = history[:, :, 1]
    logarithms = history[:, :, 0] * scale[:, 1:] + is_observed.log()
    unit = logarithms.logsumexp(1) - is_observed.sum(1).log()
    return torch.cat([scale, unit[:, None]], dim=1)


def to_parameters(loss: str, center: Tensor, raw: Tensor, scale: Tensor) -> Tensor:
    """Turn what the network computes into parameters that mean something.

    Parameters
    ----------
    loss : str
        One of ``FORECAST_LOSSES``, or ``LOG_MEAN``.
    center : Tensor of shape (n_samples, n_steps)
        The combined anchor forecasts, on the scale of the window.
    raw : Tensor of shape (n_samples, n_steps, n_parameters)
        What the network adds to the centre, of counts the factor that it multiplies it by before
        softplus, and further free numbers.
    scale : Tensor of shape (n_samples, 2), or (n_samples, 3)
        Level and scale of each window; for ``LOG_MEAN`` also the unit of :func:`with_log_unit`.

    Returns
    -------
    Tensor of shape (n_samples, n_steps, n_parameters)
        On the scale of the window, but counts for "negative_binomial", which has level and scale
        appended so that a loss can be measured on counts. ``LOG_MEAN`` gives the logarithms of mean
        and median, and has the scale and the unit appended.
    """
    if loss == "quantile":
        middle = point_column(loss)
        median = center + raw[..., middle]
        # Steps away from the median that are never negative: quantiles cannot cross.
        down = F.softplus(raw[..., :middle] - 2.0).flip(-1).cumsum(-1).flip(-1)
        up = F.softplus(raw[..., middle + 1 :] - 2.0).cumsum(-1)
        return torch.cat([median[..., None] - down, median[..., None], median[..., None] + up], -1)
    location = center + raw[..., 0]
    if loss == "student_t":
        width = F.softplus(raw[..., 1] - 1.0) + _SMALLEST
        degrees = 2.0 + F.softplus(raw[..., 2] + 2.0)
        return torch.stack([location, width, degrees], -1)
    if loss == "negative_binomial":
        level, spread = scale[:, :1], scale[:, 1:]
        # The network learns a factor, which starts at 1: means of counts are never negative, and
        # softplus of a sum would raise small ones.
        factor = F.softplus(raw[..., 0] + _SOFTPLUS_IS_ONE)
        mean = (center * spread + level).clamp(min=0.0) * factor + _SMALLEST
        dispersion = F.softplus(raw[..., 1] - 1.0) + _SMALLEST
        shape = mean.shape
        return torch.stack([mean, dispersion, level.expand(shape), spread.expand(shape)], -1)
    if loss == LOG_MEAN:
        spread, unit = (part.expand(location.shape) for part in (scale[:, 1:2], scale[:, 2:]))
        # Half a variance lies between the two, which is a share of that of the window. It is far
        # from the same for all series, so a small change of the network has to change it much.
        share = F.softplus(4 * raw[..., 1] - 0.5)
        log_mean = location + share * spread / 2
        return torch.stack([log_mean, location, spread, unit], -1)
    return location[..., None]


def drawn_towards(
    naive: Tensor, loss: str, parameters: Tensor, scale: Tensor, weight: Tensor
) -> Tensor:
    """Move forecasts towards simple ones; their spread, of counts the dispersion, stays.

    Logarithms of means move so that the means themselves are mixed, those of medians as they are.

    Parameters
    ----------
    naive : Tensor of shape (n_samples, n_steps)
        The simple forecasts, on the scale of the window.
    loss, parameters, scale
        As for :func:`to_parameters`, and as it returns them.
    weight : Tensor of shape ()
        What is left of the distance to ``naive``, in [0, 1].
    """
    if loss == "quantile":
        median = parameters[..., point_column(loss)]
        return parameters + ((1 - weight) * (naive - median))[..., None]
    if loss == "negative_binomial":
        naive = (naive * scale[:, 1:] + scale[:, :1]).clamp(min=_SMALLEST)
    if loss == LOG_MEAN:
        log_mean, median, *rest = parameters.unbind(-1)
        # The simple forecast is one of medians: its mean is as far away as the network's.
        naive_mean = naive + log_mean - median
        mixed = _mixed_logarithms(naive_mean, log_mean, scale[:, 1:2], weight)
        return torch.stack([mixed, median + (1 - weight) * (naive - median), *rest], dim=-1)
    first = parameters[..., :1]
    moved = first + (1 - weight) * (naive[..., None] - first)
    return torch.cat([moved, parameters[..., 1:]], dim=-1)


def _mixed_logarithms(naive: Tensor, first: Tensor, spread: Tensor, weight: Tensor) -> Tensor:
    """Return the logarithm, on the scale of the window, of a mixture of two means."""
    lower, upper = torch.minimum(naive, first), torch.maximum(naive, first)
    share_of_lower = torch.where(first < naive, weight, 1 - weight)
    drop = torch.expm1((lower - upper) * spread)
    mixed = upper + torch.log1p(share_of_lower * drop) / spread
    return torch.maximum(mixed, lower)


class ForecastLoss(nn.Module):
    """The loss of each window, averaged over the timesteps whose target was observed.

    Parameters
    ----------
    name : {"mae", "mse", "huber", "quantile", "student_t", "negative_binomial", "log_mean"}
        "quantile" is the pinball loss averaged over ``QUANTILE_LEVELS``; the next two are negative
        log-likelihoods, that of a negative binomial in counts. "log_mean" is for values whose
        logarithms are given: the squared error of the logarithm of the median, plus the deviance of
        a Poisson distribution with the mean. Whatever the distribution of the values, that one is
        smallest at their mean, and makes forecasts that have the same sum as the values.

    References
    ----------
    Koenker and Bassett (1978), "Regression Quantiles", Econometrica 46(1).
    Salinas et al. (2020), "DeepAR: Probabilistic Forecasting with Autoregressive Recurrent
    Networks", International Journal of Forecasting 36(3).
    McCullagh and Nelder (1989), "Generalized Linear Models", 2nd edition, chapter 9.

    Examples
    --------
    >>> import torch
    >>> target = torch.tensor([[1.0, float("nan")]])
    >>> ForecastLoss("mae")(torch.tensor([[[3.0], [9.0]]]), target)
    tensor([2.])
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the losses, shape (n_windows,).

        Parameters
        ----------
        output : Tensor of shape (n_windows, n_steps, n_parameters)
            From :func:`to_parameters`.
        target : Tensor of shape (n_windows, n_steps)
            On the scale of the window, NaN where nothing was observed.
        """
        n_observed = (~target.isnan()).sum(1).clamp(min=1)
        return self.of_timesteps(output, target).sum(1) / n_observed

    def of_timesteps(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of each timestep, 0 where nothing was observed.

        Parameters
        ----------
        output, target : Tensor
            As for :meth:`forward`.

        Returns
        -------
        Tensor of shape (n_windows, n_steps)
        """
        is_observed = ~target.isnan()
        # NaN must not even be multiplied by 0: its gradient is NaN.
        losses = self._of_steps(output, torch.where(is_observed, target, 0.0))
        return torch.where(is_observed, losses, 0.0)

    def _of_steps(self, output: Tensor, target: Tensor) -> Tensor:
        first = output[..., 0]
        if self.name == "mae":
            return (first - target).abs()
        if self.name == "mse":
            return (first - target) ** 2
        if self.name == "huber":
            return F.huber_loss(first, target, reduction="none")
        if self.name == "quantile":
            levels = output.new_tensor(QUANTILE_LEVELS)
            error = target[..., None] - output
            return torch.maximum(levels * error, (levels - 1) * error).mean(-1)
        if self.name == "student_t":
            width, degrees = output[..., 1], output[..., 2]
            return -_student_t_log_density((target - first) / width, degrees) + width.log()
        if self.name == LOG_MEAN:
            median, spread, unit = output[..., 1:].unbind(-1)
            return (median - target) ** 2 + _poisson_deviance(first, target, spread, unit)
        mean, dispersion, level, spread = output.unbind(-1)
        counts = (target * spread + level).round().clamp(min=0.0)
        return -_negative_binomial_log_probability(counts, mean, dispersion)


def _poisson_deviance(log_mean: Tensor, target: Tensor, spread: Tensor, unit: Tensor) -> Tensor:
    """Return 2 (y log(y / m) - y + m) / spread ** 2 of values y and means m, in a unit.

    All are given by their logarithms, those of y and m divided by ``spread``.
    """
    error = target - log_mean
    value = (target * spread - unit).clamp(max=_LARGE_LOG).exp()
    log_ratio = error * spread
    bounded = log_ratio.clamp(min=-_LARGE_LOG)
    inverse_ratio = (-bounded).exp() * (1 + bounded - log_ratio)
    series = error**2 * (1 - log_ratio / 3 + log_ratio**2 / 12)
    exact = 2 * (inverse_ratio - 1 + log_ratio) / spread**2
    return value * torch.where(log_ratio.abs() < _SMALL_LOG, series, exact)


def _student_t_log_density(z: Tensor, degrees: Tensor) -> Tensor:
    half = (degrees + 1) / 2
    constant = torch.lgamma(half) - torch.lgamma(degrees / 2) - 0.5 * (torch.pi * degrees).log()
    return constant - half * torch.log1p(z**2 / degrees)


def _negative_binomial_log_probability(counts: Tensor, mean: Tensor, dispersion: Tensor) -> Tensor:
    # Variance is mean + dispersion * mean ** 2.
    size = 1 / dispersion
    odds = dispersion * mean
    log_ways = torch.lgamma(counts + size) - torch.lgamma(size) - torch.lgamma(counts + 1)
    return log_ways + counts * (odds.log() - torch.log1p(odds)) - size * torch.log1p(odds)


def quantiles_of(loss: str, parameters: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return quantiles of what the network says; every quantile of a point forecast is the point.

    If the network says a mean and a median, every quantile is the median.

    Parameters
    ----------
    loss : str
        One of ``FORECAST_LOSSES``, or ``LOG_MEAN``.
    parameters : ndarray of shape (..., n_parameters)
        From the network, on the scale of the window, or counts.
    levels : ndarray of shape (n_levels,)
        In (0, 1).

    Returns
    -------
    ndarray of shape (..., n_levels)
        Increasing along the last axis where ``levels`` do.
    """
    columns: list[Any] = [parameters[..., i, None] for i in range(parameters.shape[-1])]
    if loss == "quantile":
        return _between_quantiles(parameters, levels)
    if loss == "student_t":
        location, width, degrees = columns
        return location + width * stats.t.ppf(levels, degrees)
    if loss == "negative_binomial":
        mean, dispersion = columns[:2]
        return stats.nbinom.ppf(levels, 1 / dispersion, 1 / (1 + dispersion * mean))
    typical = parameters[..., typical_column(loss), None]
    return np.repeat(typical, len(levels), axis=-1)


def _between_quantiles(parameters: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Interpolate on the scale of a normal deviate, in which tails are nearly straight."""
    known = stats.norm.ppf(np.array(QUANTILE_LEVELS))
    normal_quantiles = stats.norm.ppf(levels)
    right = np.clip(np.searchsorted(known, normal_quantiles), 1, len(known) - 1)
    left = right - 1
    share = (normal_quantiles - known[left]) / (known[right] - known[left])
    low, high = parameters[..., left], parameters[..., right]
    return low + share * (high - low)
