"""The forecast of windows by exponential smoothing."""

from __future__ import annotations

import numpy as np

from skrnn import _kernels

__all__ = ["smoothed_median"]

# Largest logarithm of a forecast by products, and with a minus the smallest: those beyond are
# errors in any case, and their exponentials stay finite.
_LARGEST_LOG = 345.0
# Forecasts by products need values of which the largest is this many times the smallest: then 0 has
# a meaning. A level that is added to small differences changes no forecast by sums.
_LEAST_RATIO = 2.0


def smoothed_median(
    histories: np.ndarray,
    *,
    horizon: int,
    period: int,
    is_log: bool = False,
    is_mean: bool = False,
) -> np.ndarray:
    """Forecast what follows each history by exponential smoothing.

    Parameters
    ----------
    histories : ndarray of float64, shape (n_histories, n_timesteps)
        A history in each row, NaN where nothing was observed; each has at least one value.
    horizon : int
        Timesteps to forecast.
    period : int
        The main seasonal period, 1 for none.
    is_log : bool, default=False
        Whether the values are logarithms.
    is_mean : bool, default=False
        Whether to forecast means; products forecast medians.

    Returns
    -------
    ndarray of float64, shape (n_histories, horizon)
        The median of four forecasts: theta lines and damped trends, to which the season is added,
        and the same of logarithms, where it multiplies. Where a value is not above 0, or the
        largest is less than twice the smallest, for means, and for values that are logarithms
        already, there are only the first two.
    """
    settings = {"period": period, "horizon": horizon}
    forecasts: np.ndarray = _kernels.smoothing_forecasts(histories, **settings)
    if not is_log and not is_mean:
        is_positive = np.nanmin(histories, axis=1) > 0
        logs = np.log(np.where(is_positive[:, None], histories, 1.0))
        products = _kernels.smoothing_forecasts(
            logs, least_range=float(np.log(_LEAST_RATIO)), **settings
        )
        products = np.exp(np.clip(products, -_LARGEST_LOG, _LARGEST_LOG))
        forecasts = np.concatenate(
            [forecasts, np.where(np.isnan(products), forecasts, products)], axis=1
        )
    median: np.ndarray = np.median(forecasts, axis=1)
    return median
