"""How often the truth lies within a prediction interval."""

from __future__ import annotations

import numpy as np

from skrnn.metrics._alignment import align_predictions, read_truth
from skrnn.metrics._series_average import (
    Multioutput,
    Scores,
    average,
    check_options,
    mean_per_series,
)
from skrnn.typing import SeriesLike

__all__ = ["interval_coverage"]


def interval_coverage(
    y_true: SeriesLike,
    lower: SeriesLike,
    upper: SeriesLike,
    *,
    multioutput: Multioutput = "uniform_average",
) -> Scores:
    """Share of the observed values that lie within their prediction intervals.

    Parameters
    ----------
    y_true : array-like or pandas object
        What was observed, in one of the containers that `mase` describes. NaN where nothing was
        observed: such timesteps are left out.
    lower, upper : array-like or pandas object
        Ends of the interval for every observed value, matched by series and time if both have an
        index, otherwise by position. Infinity stands for an interval without an end.
    multioutput : {"uniform_average", "raw_values"}, default="uniform_average"
        The mean over all series, whatever their lengths, or the value of each.

    Returns
    -------
    coverage : float, or Series or ndarray of shape (n_series,)
        A fraction from 0 to 1; an interval's ends belong to it. ``"raw_values"`` gives a Series
        indexed by series id if ``y_true`` is a DataFrame or a panel, an array otherwise.

    Raises
    ------
    TypeError
        If an argument is of a type that is not read.
    ValueError
        If series, times or shapes do not fit together, an observed value has no interval, a lower
        end lies above its upper end, or values are not numbers.

    See Also
    --------
    sklearn.metrics.mean_pinball_loss : Rates one end, for its distance as well.

    Notes
    -----
    The best value is not 1 but the ``coverage`` that the intervals were made for. Wide enough
    intervals contain everything, so look at their width as well.

    Examples
    --------
    >>> from skrnn.metrics import interval_coverage
    >>> interval_coverage([5, 6, 7, 8], lower=[4, 4, 4, 4], upper=[7, 7, 7, 7])
    0.75
    """
    check_options(multioutput=multioutput)
    truth = read_truth(y_true)
    low = align_predictions(truth, lower, "lower", allow_infinity=True)
    high = align_predictions(truth, upper, "upper", allow_infinity=True)
    is_crossed = (low > high) & ~np.isnan(truth.values)
    if is_crossed.any():
        row = int(is_crossed.argmax())
        raise ValueError(
            f"lower: got {low[row]:g} for {truth.name_row(row)}, above upper, {high[row]:g}; "
            f"{is_crossed.sum()} rows are such. Expected lower <= upper. Check the order of the "
            "arguments; np.minimum and np.maximum of the two put crossed quantiles in order."
        )
    is_within = (low <= truth.values) & (truth.values <= high)
    return average(truth, mean_per_series(truth, is_within), "interval_coverage", multioutput)
