"""Errors of point forecasts: MASE, RMSSE, sMAPE and OWA."""

from __future__ import annotations

import numpy as np

from skrnn.metrics._alignment import align_predictions, read_truth
from skrnn.metrics._seasonal_scale import seasonal_scale
from skrnn.metrics._series_average import (
    Multioutput,
    Scores,
    average,
    check_options,
    mean_per_series,
)
from skrnn.metrics._series_table import SeriesTable
from skrnn.typing import SeriesLike

__all__ = ["mase", "owa", "rmsse", "smape"]


def mase(
    y_true: SeriesLike,
    y_pred: SeriesLike,
    *,
    y_train: SeriesLike,
    seasonal_period: int = 1,
    multioutput: Multioutput = "uniform_average",
) -> Scores:
    r"""Mean absolute scaled error: in units of the seasonal naive error in sample.

    Parameters
    ----------
    y_true : array-like or pandas object
        What was observed: one series (1-D array or Series), a wide table with a column for each
        series (DataFrame, or array of shape (n_timesteps, n_series)), or a panel (Series, or
        DataFrame of one column, with a (series, time) MultiIndex). Arrays of several lengths are a
        list of 1-D arrays. NaN where nothing was observed: such timesteps are left out.
    y_pred : array-like or pandas object
        A forecast of every observed value, in any of the containers. It is matched by series and
        time if both have an index, whatever the order of rows and columns; otherwise by position.
    y_train : array-like or pandas object
        Values the forecaster was trained on, from which the scale is computed. It holds all series
        of ``y_true``, at other times and perhaps of other lengths; further series are not used.
        NaN, and rows that are missing between its times, are missing values.
    seasonal_period : int, default=1
        Timesteps in a season, at least 1: how far apart the values are whose differences make the
        scale. 1 compares with the value before.
    multioutput : {"uniform_average", "raw_values"}, default="uniform_average"
        The mean over all series, whatever their lengths, or the value of each.

    Returns
    -------
    error : float, or Series or ndarray of shape (n_series,)
        From 0, the best, upwards. ``"raw_values"`` gives a Series indexed by series id if
        ``y_true`` is a DataFrame or a panel, an array otherwise.

    Raises
    ------
    TypeError
        If an argument is of a type that is not read.
    ValueError
        If series, times or shapes do not fit together, an observed value has no forecast, values
        are infinite or not numbers, or a series has no scale: too few values in ``y_train``, or
        all equal to the one a season before.

    See Also
    --------
    rmsse : The same with squared errors.
    sklearn.metrics.mean_absolute_error : Without a scale.

    Notes
    -----
    For each series, with forecasts :math:`f_t` at the observed timesteps after the n timesteps of
    ``y_train``, and m for ``seasonal_period`` [1]_,

    .. math::

        \mathrm{MASE} = \frac{\operatorname{mean}_{t > n} |y_t - f_t|}
        {\operatorname{mean}_{m < t \le n} |y_t - y_{t-m}|} .

    The denominator is the error that the seasonal naive forecast makes one season ahead, in
    sample. Forecasts for further ahead than that are harder, so a value above 1 does not mean that
    a naive forecast would have been better; for that divide by its own MASE, as `owa` does.

    References
    ----------
    .. [1] R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy",
       International Journal of Forecasting 22, 2006.
       https://doi.org/10.1016/j.ijforecast.2006.03.001

    Examples
    --------
    In sample the series moves by 2, 1 and 3 from each value to the next: 2 on average.

    >>> from skrnn.metrics import mase
    >>> mase([5, 6], [6, 9], y_train=[1, 3, 2, 5])
    1.0
    """
    check_options(multioutput=multioutput, seasonal_period=seasonal_period)
    truth = read_truth(y_true)
    predicted = align_predictions(truth, y_pred, "y_pred")
    scale = seasonal_scale(truth, y_train, seasonal_period, power=1)
    return average(truth, _absolute_error(truth, predicted) / scale, "mase", multioutput)


def rmsse(
    y_true: SeriesLike,
    y_pred: SeriesLike,
    *,
    y_train: SeriesLike,
    seasonal_period: int = 1,
    multioutput: Multioutput = "uniform_average",
) -> Scores:
    r"""Root mean squared scaled error, the squared counterpart of `mase`.

    Parameters
    ----------
    y_true : array-like or pandas object
        What was observed, in one of the containers that `mase` describes. NaN where nothing was
        observed: such timesteps are left out.
    y_pred : array-like or pandas object
        A forecast of every observed value, matched by series and time if both have an index,
        otherwise by position.
    y_train : array-like or pandas object
        Values the forecaster was trained on, from which the scale is computed; all series of
        ``y_true``, at other times and perhaps of other lengths.
    seasonal_period : int, default=1
        Timesteps in a season, at least 1: how far apart the values are whose differences make the
        scale. 1 compares with the value before, as the M5 competition does.
    multioutput : {"uniform_average", "raw_values"}, default="uniform_average"
        The mean over all series, whatever their lengths, or the value of each.

    Returns
    -------
    error : float, or Series or ndarray of shape (n_series,)
        From 0, the best, upwards. ``"raw_values"`` gives a Series indexed by series id if
        ``y_true`` is a DataFrame or a panel, an array otherwise.

    Raises
    ------
    TypeError
        If an argument is of a type that is not read.
    ValueError
        If series, times or shapes do not fit together, an observed value has no forecast, values
        are infinite or not numbers, or a series has no scale: too few values in ``y_train``, or
        all equal to the one a season before.

    See Also
    --------
    mase : The same with absolute errors.

    Notes
    -----
    For each series, with forecasts :math:`f_t` at the observed timesteps after the n timesteps of
    ``y_train``, and m for ``seasonal_period`` [1]_,

    .. math::

        \mathrm{RMSSE} = \sqrt{\frac{\operatorname{mean}_{t > n} (y_t - f_t)^2}
        {\operatorname{mean}_{m < t \le n} (y_t - y_{t-m})^2}} .

    M5 lets each series begin with its first sale. Here all of ``y_train`` counts, so set the zeros
    before it to NaN to repeat M5's figures. Its WRMSSE also weighs the series by their sales:
    ``np.average(rmsse(..., multioutput="raw_values"), weights=sales)``.

    References
    ----------
    .. [1] S. Makridakis, E. Spiliotis, V. Assimakopoulos, "M5 accuracy competition: results,
       findings, and conclusions", International Journal of Forecasting 38, 2022.
       https://doi.org/10.1016/j.ijforecast.2021.11.013

    Examples
    --------
    In sample the series moves by 2, 1 and 2: 3 is the mean of the squares.

    >>> from skrnn.metrics import rmsse
    >>> rmsse([5, 6], [6, 3], y_train=[1, 3, 2, 4])
    1.29...
    """
    check_options(multioutput=multioutput, seasonal_period=seasonal_period)
    truth = read_truth(y_true)
    predicted = align_predictions(truth, y_pred, "y_pred")
    squared = mean_per_series(truth, (truth.values - predicted) ** 2)
    scale = seasonal_scale(truth, y_train, seasonal_period, power=2)
    return average(truth, np.sqrt(squared / scale), "rmsse", multioutput)


def smape(
    y_true: SeriesLike, y_pred: SeriesLike, *, multioutput: Multioutput = "uniform_average"
) -> Scores:
    r"""Symmetric mean absolute percentage error, as a fraction from 0 to 2.

    Parameters
    ----------
    y_true : array-like or pandas object
        What was observed, in one of the containers that `mase` describes. NaN where nothing was
        observed: such timesteps are left out.
    y_pred : array-like or pandas object
        A forecast of every observed value, matched by series and time if both have an index,
        otherwise by position.
    multioutput : {"uniform_average", "raw_values"}, default="uniform_average"
        The mean over all series, whatever their lengths, or the value of each.

    Returns
    -------
    error : float, or Series or ndarray of shape (n_series,)
        From 0, the best, to 2. ``"raw_values"`` gives a Series indexed by series id if ``y_true``
        is a DataFrame or a panel, an array otherwise.

    Raises
    ------
    TypeError
        If an argument is of a type that is not read.
    ValueError
        If series, times or shapes do not fit together, an observed value has no forecast, or
        values are infinite or not numbers.

    See Also
    --------
    sklearn.metrics.mean_absolute_percentage_error : Relative to the truth alone.

    Notes
    -----
    The mean over the observed timesteps of a series, where 0/0 counts 0, as in the M4
    competition [1]_:

    .. math::

        \mathrm{sMAPE} = \operatorname{mean}_t \frac{2 |y_t - f_t|}{|y_t| + |f_t|} .

    M4 reports it in percent, 100 times this. Some packages leave out the 2 and range from 0 to 1.
    It means little for series that cross or come near 0.

    References
    ----------
    .. [1] S. Makridakis, E. Spiliotis, V. Assimakopoulos, "The M4 Competition: 100,000 time series
       and 61 forecasting methods", International Journal of Forecasting 36, 2020.
       https://doi.org/10.1016/j.ijforecast.2019.04.014

    Examples
    --------
    The first forecast is off by 2 of a mean of 4, the second is exact.

    >>> from skrnn.metrics import smape
    >>> smape([3, 7], [5, 7])
    0.25
    """
    check_options(multioutput=multioutput)
    truth = read_truth(y_true)
    predicted = align_predictions(truth, y_pred, "y_pred")
    return average(truth, _smape(truth, predicted), "smape", multioutput)


def owa(
    y_true: SeriesLike,
    y_pred: SeriesLike,
    *,
    y_train: SeriesLike,
    y_reference: SeriesLike,
    seasonal_period: int = 1,
) -> float:
    r"""Overall weighted average of the M4 competition: 1 is as good as the reference forecast.

    Parameters
    ----------
    y_true : array-like or pandas object
        What was observed, in one of the containers that `mase` describes. NaN where nothing was
        observed: such timesteps are left out.
    y_pred : array-like or pandas object
        A forecast of every observed value, matched by series and time if both have an index,
        otherwise by position.
    y_train : array-like or pandas object
        Values the forecaster was trained on, from which the scale of `mase` is computed; all
        series of ``y_true``, at other times and perhaps of other lengths.
    y_reference : array-like or pandas object
        The forecast to compare with, read like ``y_pred``. For the figures of M4 it is Naive2.
    seasonal_period : int, default=1
        Timesteps in a season, at least 1, for the scale of `mase`. M4 uses 24 for hourly, 12 for
        monthly, 4 for quarterly and 1 for other data.

    Returns
    -------
    owa : float
        From 0, the best, upwards. Below 1 is better than the reference.

    Raises
    ------
    TypeError
        If an argument is of a type that is not read.
    ValueError
        If series, times or shapes do not fit together, an observed value has no forecast, values
        are infinite or not numbers, a series has no scale (see `mase`), or the reference forecast
        is exact, so that nothing can be compared with it.

    See Also
    --------
    mase, smape : What it is made of.

    Notes
    -----
    Both errors are averaged over the series first, and then compared with those of the
    reference [1]_:

    .. math::

        \mathrm{OWA} = \frac{1}{2} \left( \frac{\mathrm{sMAPE}}{\mathrm{sMAPE}_\mathrm{ref}}
        + \frac{\mathrm{MASE}}{\mathrm{MASE}_\mathrm{ref}} \right) .

    M4's Naive2 is not the seasonal naive forecast. It divides a series by seasonal factors (from
    a multiplicative classical decomposition, if the autocorrelation at ``seasonal_period`` is
    significant at 90 %, otherwise 1), repeats the last value, and multiplies by the factors
    again. The seasonal naive forecast repeats the last season as it was; its OWA is 0.628 on M4's
    hourly series.

    References
    ----------
    .. [1] S. Makridakis, E. Spiliotis, V. Assimakopoulos, "The M4 Competition: 100,000 time series
       and 61 forecasting methods", International Journal of Forecasting 36, 2020.
       https://doi.org/10.1016/j.ijforecast.2019.04.014

    Examples
    --------
    Both errors are half those of the forecast that repeats the last value, 5. So is MASE, and
    sMAPE is a little less than half.

    >>> from skrnn.metrics import owa
    >>> owa([7, 9], [6, 7], y_train=[1, 3, 2, 5], y_reference=[5, 5])
    0.473...
    """
    check_options(seasonal_period=seasonal_period)
    truth = read_truth(y_true)
    predicted = align_predictions(truth, y_pred, "y_pred")
    reference = align_predictions(truth, y_reference, "y_reference")
    scale = seasonal_scale(truth, y_train, seasonal_period, power=1)

    def smape_and_mase(forecast: np.ndarray) -> np.ndarray:
        scaled = _absolute_error(truth, forecast) / scale
        return np.array([_smape(truth, forecast).mean(), scaled.mean()])

    reference_errors = smape_and_mase(reference)
    if not reference_errors.all():
        raise ValueError(
            "y_reference: got a forecast that equals y_true exactly. Expected one with errors, to "
            "which others are compared. Check that y_true was not passed in its place."
        )
    return float(np.mean(smape_and_mase(predicted) / reference_errors))


def _absolute_error(truth: SeriesTable, predicted: np.ndarray) -> np.ndarray:
    return mean_per_series(truth, np.abs(truth.values - predicted))


def _smape(truth: SeriesTable, predicted: np.ndarray) -> np.ndarray:
    size = np.abs(truth.values) + np.abs(predicted)
    relative = 2 * np.abs(truth.values - predicted) / np.where(size == 0, 1, size)
    return mean_per_series(truth, relative)
