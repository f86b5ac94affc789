"""What a forecaster says about a timestep: a number, quantiles, or a distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = [
    "FORECAST_LOSSES",
    "QUANTILE_LEVELS",
    "ForecastLoss",
    "drawn_towards",
    "n_parameters",
    "point_column",
    "quantiles_of",
    "to_parameters",
]

# The quantiles that loss="quantile" learns; others lie between them, or follow from residuals.
QUANTILE_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)

FORECAST_LOSSES = ("mae", "mse", "huber", "quantile", "student_t", "negative_binomial")

_N_PARAMETERS = {"quantile": len(QUANTILE_LEVELS), "student_t": 3, "negative_binomial": 2}

# A scale of exactly 0 would make a likelihood infinite.
_SMALLEST = 1e-4


def n_parameters(loss: str) -> int:
    """Numbers that the network gives for a timestep: 1, the quantiles, or those of a distribution.

    A Student t has location, scale and degrees of freedom; a negative binomial mean and dispersion.
    """
    return _N_PARAMETERS.get(loss, 1)


def point_column(loss: str) -> int:
    """Which of the numbers of a timestep is the point forecast."""
    return len(QUANTILE_LEVELS) // 2 if loss == "quantile" else 0


def to_parameters(loss: str, center: Tensor, raw: Tensor, scale: Tensor) -> Tensor:
    """Turn what the network computes into parameters that mean something.

    Parameters
    ----------
    loss : str
        One of ``FORECAST_LOSSES``.
    center : Tensor of shape (n_samples, n_steps)
        The combined anchor forecasts, on the scale of the window.
    raw : Tensor of shape (n_samples, n_steps, n_parameters)
        What the network adds to the centre, and further free numbers.
    scale : Tensor of shape (n_samples, 2)
        Level and scale of each window.

    Returns
    -------
    Tensor of shape (n_samples, n_steps, n_parameters)
        On the scale of the window, but counts for "negative_binomial", which has level and scale
        appended so that a loss can be measured on counts.
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
        # Means of counts are positive; far above 0 this is the count itself.
        mean = spread * F.softplus(location + level / spread) + _SMALLEST
        dispersion = F.softplus(raw[..., 1] - 1.0) + _SMALLEST
        shape = mean.shape
        return torch.stack([mean, dispersion, level.expand(shape), spread.expand(shape)], -1)
    return location[..., None]


def drawn_towards(
    naive: Tensor, loss: str, parameters: Tensor, scale: Tensor, weight: Tensor
) -> Tensor:
    """Move forecasts towards simple ones; their spread, of counts the dispersion, stays.

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
    first = parameters[..., :1]
    moved = first + (1 - weight) * (naive[..., None] - first)
    return torch.cat([moved, parameters[..., 1:]], dim=-1)


class ForecastLoss(nn.Module):
    """The loss of each window, averaged over the timesteps whose target was observed.

    Parameters
    ----------
    name : {"mae", "mse", "huber", "quantile", "student_t", "negative_binomial"}
        "quantile" is the pinball loss averaged over ``QUANTILE_LEVELS``; the last two are negative
        log-likelihoods, that of a negative binomial in counts.

    References
    ----------
    Koenker and Bassett (1978), "Regression Quantiles", Econometrica 46(1).
    Salinas et al. (2020), "DeepAR: Probabilistic Forecasting with Autoregressive Recurrent
    Networks", International Journal of Forecasting 36(3).

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
        is_observed = ~target.isnan()
        # NaN must not even be multiplied by 0: its gradient is NaN.
        losses = self._of_steps(output, torch.where(is_observed, target, 0.0))
        n_observed = is_observed.sum(1).clamp(min=1)
        return torch.where(is_observed, losses, 0.0).sum(1) / n_observed

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
        mean, dispersion, level, spread = output.unbind(-1)
        counts = (target * spread + level).round().clamp(min=0.0)
        return -_negative_binomial_log_probability(counts, mean, dispersion)


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

    Parameters
    ----------
    loss : str
        One of ``FORECAST_LOSSES``.
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
    return np.repeat(parameters[..., :1], len(levels), axis=-1)


def _between_quantiles(parameters: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Interpolate on the scale of a normal deviate, in which tails are nearly straight."""
    known = stats.norm.ppf(np.array(QUANTILE_LEVELS))
    normal_quantiles = stats.norm.ppf(levels)
    right = np.clip(np.searchsorted(known, normal_quantiles), 1, len(known) - 1)
    left = right - 1
    share = (normal_quantiles - known[left]) / (known[right] - known[left])
    low, high = parameters[..., left], parameters[..., right]
    return low + share * (high - low)
