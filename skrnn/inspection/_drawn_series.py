"""Which series a display of forecasts draws, and their values as a pandas Series each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.integers import check_integer
from skrnn._series.panel import Panel

__all__ = ["choose_series", "read_n_history", "values_by_series"]

# Number of series that are drawn by default.
MAX_SERIES = 9


def choose_series(ids: pd.Index, series: Any) -> list[int]:
    """Return the numbers of the series to draw.

    Parameters
    ----------
    ids : Index of shape (n_series,)
        Ids of all series.
    series : label, list of labels or None
        Ids of the series to draw; None takes the first ones.

    Raises
    ------
    ValueError
        If a series is not among ``ids``, or the list is empty.
    """
    if series is None:
        return list(range(min(len(ids), MAX_SERIES)))
    labels = list(series) if isinstance(series, (list, pd.Index, np.ndarray)) else [series]
    numbers = {label: number for number, label in enumerate(ids)}
    absent = [label for label in labels if label not in numbers]
    if absent or not labels:
        raise ValueError(
            f"series: got {absent[0] if absent else labels!r}, while the series are "
            f"{list(ids[:5])}{'' if len(ids) <= 5 else ' and others'}. Expected at "
            "least one of their ids. Leave it out to draw the first ones."
        )
    return [numbers[label] for label in dict.fromkeys(labels)]


def read_n_history(n_history: Any) -> int | None:
    """Return the number of timesteps of history to draw; None lets the display choose.

    Raises
    ------
    TypeError, ValueError
        If it is not a number of timesteps.
    """
    if n_history is None:
        return None
    return check_integer(
        n_history,
        "n_history",
        at_least=0,
        meaning="the timesteps to draw before the forecast",
        remedy="Pass 100, for example.",
    )


def values_by_series(panel: Panel, chosen: list[int]) -> dict[Any, pd.Series]:
    """Return the values of the chosen series, on every step from their first to their last row."""
    found = {}
    for number in chosen:
        start, stop = panel.starts[number], panel.stops[number]
        positions = panel.first[number] + np.arange(stop - start)
        values = panel.values[start:stop]
        found[panel.ids[number]] = pd.Series(values, index=panel.clock.index(positions))
    return found
