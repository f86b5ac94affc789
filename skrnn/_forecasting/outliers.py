"""Single values of another order of magnitude: typing errors, other units, failures of a sensor.

One value of a thousand times the level would decide the scale of a window, the mean profile and
the season of a series. Such values are read as missing: by training, and in the history of a
forecast. What is rare but of the order of the series, such as a promotion, stays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from skrnn._series.panel import Panel

__all__ = ["are_outliers", "without_outliers"]

# An outlier has this many times the size of usual values, and lies as many usual deviations away.
_FACTOR = 100.0
# "Usual" is this quantile of the values, or deviations, that are not zero.
_USUAL = 0.75
# With a smaller share of deviations that are not zero, the series is constant but for some values.
_CONSTANT = 0.1
# A longer run of such values is a change of the level. So are more of them than this share, or two.
_LONGEST_RUN = 2
_LARGEST_SHARE = 0.05
# Fewer values do not show what is usual.
_FEWEST = 5
# Where the largest deviation is below this multiple of the standard deviation, in units of the root
# of the number of values, no value stands alone: n equal outliers reach sqrt(1 / n).
_SUSPICIOUS = 0.4

# Values that are looked at together: 8 MiB of them.
_VALUES_AT_ONCE = 2**20


def without_outliers(panel: Panel, values: np.ndarray | None = None) -> Panel:
    """Return a panel whose outliers are missing; the panel itself if there are none.

    Parameters
    ----------
    panel : Panel
        The series.
    values : ndarray of shape (n_steps_total,) or None, default=None
        Values in which outliers are looked for; None takes those of the panel.
    """
    values = panel.values if values is None else values
    rows = []
    # Many series of similar length at once.
    order = np.argsort(panel.lengths, kind="stable")
    at_once = max(1, _VALUES_AT_ONCE // int(panel.lengths.max()))
    for first in range(0, len(order), at_once):
        series = order[first : first + at_once]
        steps = np.arange(panel.lengths[series[-1]])
        of_series = panel.starts[series, None] + steps
        is_inside = steps < panel.lengths[series, None]
        table = np.where(is_inside, values[np.where(is_inside, of_series, 0)], np.nan)
        rows.append(of_series[are_outliers(torch.from_numpy(table)).numpy()])
    found = np.concatenate(rows)
    if len(found) == 0:
        return panel
    cleaned = panel.values.copy()
    cleaned[found] = np.nan
    return replace(panel, values=cleaned)


def are_outliers(values: Tensor) -> Tensor:
    """Return which values are of another order of magnitude than the others in their row.

    Parameters
    ----------
    values : Tensor of float64, shape (n_rows, n_timesteps)
        NaN where nothing was observed.

    Returns
    -------
    Tensor of bool, shape (n_rows, n_timesteps)
        At most single values and pairs.
    """
    found = torch.zeros_like(values, dtype=torch.bool)
    suspects = _suspects(values)
    if len(suspects) == 0:
        return found
    values = values[suspects]
    n_values = (~values.isnan()).sum(dim=1, keepdim=True)
    deviations = (values - _quantile(values, n_values, 0.5)).abs()
    usual_deviation, n_deviating = _usual(deviations)
    usual_deviation = torch.where(n_deviating < _CONSTANT * n_values, 0.0, usual_deviation)
    usual_size, _ = _usual(values.abs())
    is_far = (deviations > _FACTOR * usual_deviation) & (values.abs() > _FACTOR * usual_size)
    is_far &= ~_in_runs(is_far)
    n_allowed = (_LARGEST_SHARE * n_values).clamp(min=2)
    found[suspects] = is_far & (is_far.sum(dim=1, keepdim=True) <= n_allowed)
    return found


def _suspects(values: Tensor) -> Tensor:
    """Return the numbers of the rows that may have outliers; this is fast, as most have none."""
    sizes = values.abs().nan_to_num(nan=0.0)
    largest = sizes.amax(dim=1)
    n_values = (~values.isnan()).sum(dim=1).clamp(min=1)
    # The other values are at most a hundredth of an outlier, of which there are few.
    share = sizes.sum(dim=1) / n_values
    is_suspect = (share < (1 / _FACTOR + n_values.rsqrt()) * largest) & (n_values >= _FEWEST)
    rows = torch.nonzero(is_suspect)[:, 0]
    if len(rows) == 0:
        return rows
    # In units of the largest value: squares stay finite.
    scaled = values[rows] / largest[rows, None]
    deviations = (scaled - scaled.nanmean(dim=1, keepdim=True)).abs().nan_to_num(nan=0.0)
    n_values = n_values[rows]
    spread = ((deviations**2).sum(dim=1) / n_values).sqrt()
    return rows[deviations.amax(dim=1) > _SUSPICIOUS * n_values.sqrt() * spread]


def _usual(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return the usual size of the values that are not zero, and their number, each (n_rows, 1)."""
    nonzero = torch.where(values > 0, values, torch.nan)
    number = (~nonzero.isnan()).sum(dim=1, keepdim=True)
    return _quantile(nonzero, number, _USUAL).nan_to_num(), number


def _quantile(values: Tensor, n_values: Tensor, level: float) -> Tensor:
    """Return the value at a level between the smallest, 0, and the largest, 1, of each row."""
    # NaN is sorted to the end.
    place = (level * (n_values - 1).clamp(min=0)).long()
    return values.sort(dim=1).values.gather(1, place)


def _in_runs(is_far: Tensor) -> Tensor:
    """Return which values belong to runs of more than ``_LONGEST_RUN``."""
    width = _LONGEST_RUN + 1
    if is_far.shape[1] < width:
        return torch.zeros_like(is_far)
    starts = is_far.unfold(1, width, 1).all(dim=2)
    in_runs = torch.zeros_like(is_far)
    for shift in range(width):
        in_runs[:, shift : shift + starts.shape[1]] |= starts
    return in_runs
