"""Which timesteps to forecast, from which cutoffs, and the container for the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from skrnn._forecasting.seasonality import last_observed_row
from skrnn._series.panel import Panel

__all__ = ["ForecastRequest", "request_ahead", "request_rows", "write_rows"]


@dataclass
class ForecastRequest:
    """Timesteps to forecast.

    Parameters
    ----------
    cutoffs : ndarray of int64, shape (n_windows,)
        Rows of the panel's values, each the last known row of a window.
    n_steps : int
        Largest number of timesteps that are forecast from one cutoff.
    windows, steps : ndarray of int64, shape (n_values,)
        For each requested value the window that forecasts it, -1 if there is no history, and the
        step of that window, counted from 0.
    series : ndarray of int64, shape (n_values,)
        The series of each value.
    positions : ndarray of int64, shape (n_values,)
        Clock position of each value.
    write : callable
        Puts values of shape (n_values,), or (n_values, n_columns) with the names of the columns,
        into the container that the caller expects.
    """

    cutoffs: np.ndarray
    n_steps: int
    windows: np.ndarray
    steps: np.ndarray
    series: np.ndarray
    positions: np.ndarray
    write: Callable[..., Any]

    @property
    def steps_of_windows(self) -> np.ndarray:
        """Timesteps to forecast from each cutoff, shape (n_windows,)."""
        n_steps = np.ones(len(self.cutoffs), dtype=np.int64)
        has_window = self.windows >= 0
        np.maximum.at(n_steps, self.windows[has_window], self.steps[has_window] + 1)
        return n_steps

    def repeating_over_gaps(self, panel: Panel, longest_gap: int, period: int) -> ForecastRequest:
        """Return the request with the steps across long gaps replaced by steps of one season.

        Forecasts made from forecasts cost the same for every block, and soon repeat themselves.

        Parameters
        ----------
        panel : Panel
            The histories.
        longest_gap : int
            Timesteps between a cutoff and the end of its series that forecasts are made through.
        period : int
            Timesteps of a season. From the longest gap, or a season, on, the last season of the
            forecasts is repeated.
        """
        n_made = max(longest_gap, period)
        series = panel.series_of(self.cutoffs)
        has_long_gap = panel.last[series] - panel.positions_of(self.cutoffs) > n_made
        is_far = (self.windows >= 0) & (self.steps >= n_made)
        is_far[is_far] = has_long_gap[self.windows[is_far]]
        if not is_far.any():
            return self
        steps = np.where(is_far, n_made - period + (self.steps - n_made) % period, self.steps)
        return replace(self, steps=steps, n_steps=int(steps[self.windows >= 0].max()) + 1)

    def pick(self, forecasts: np.ndarray, without_history: np.ndarray) -> np.ndarray:
        """Return the requested values.

        Parameters
        ----------
        forecasts : ndarray of shape (n_windows, n_steps, ...)
            Forecasts of all windows.
        without_history : ndarray of shape (n_series, ...)
            Forecasts of the steps of each series that have no history.

        Returns
        -------
        ndarray of shape (n_values, ...)
        """
        values = without_history[self.series]
        has_window = self.windows >= 0
        values[has_window] = forecasts[self.windows[has_window], self.steps[has_window]]
        return values


def request_ahead(panel: Panel, horizon: int) -> ForecastRequest:
    """Request the ``horizon`` timesteps after the last row of each series."""
    n_series = panel.n_series
    ahead = np.arange(1, horizon + 1)
    series = np.repeat(np.arange(n_series), horizon)
    positions = (panel.last[:, None] + ahead).ravel()

    def write(values: np.ndarray, columns: list[Any] | None = None) -> Any:
        by_series = values.reshape(n_series, horizon, *values.shape[1:])
        return panel.future_container(by_series, panel.last + 1, columns)

    return request_rows(panel, series, positions, horizon, write)


def request_rows(
    panel: Panel, series: np.ndarray, positions: np.ndarray, horizon: int, write: Callable[..., Any]
) -> ForecastRequest:
    """Request given timesteps, before or after the last row of their series.

    Those before it are forecast in blocks of ``horizon`` timesteps, from the rows before the block.
    """
    last = panel.last[series]
    # Blocks are counted back from the end of the series; block 0 is the future.
    block = np.where(positions > last, 0, (last - positions) // horizon + 1)
    row_before = panel.stops[series] - 1 - block * horizon
    starts = panel.starts[series]
    latest = last_observed_row(panel.values)
    cutoff = np.where(row_before >= starts, latest[np.maximum(row_before, 0)], -1)
    has_history = cutoff >= starts
    cutoffs, windows = np.unique(np.where(has_history, cutoff, -1), return_inverse=True)
    if len(cutoffs) and cutoffs[0] == -1:
        cutoffs, windows = cutoffs[1:], windows - 1
    steps = positions - panel.first[series] - (cutoff - starts) - 1
    n_steps = int(steps[has_history].max()) + 1 if has_history.any() else 1
    return ForecastRequest(
        cutoffs, n_steps, windows, np.where(has_history, steps, 0), series, positions, write
    )


def write_rows(panel: Panel, index: pd.Index) -> Callable[..., Any]:
    """Return a function that writes values at the rows of an index, in the container of y.

    Parameters
    ----------
    panel : Panel
        The series, with their layout and ids.
    index : Index
        Index of the rows. A table has a value for each of its series in each row.
    """
    layout = panel.layout

    def write(values: np.ndarray, columns: list[Any] | None = None) -> Any:
        if layout.is_wide:
            values = values.reshape(len(index), panel.n_series, *values.shape[1:])
        return layout.write_rows(values, index, panel.ids, columns)

    return write
