"""Rows between the times of a grid, and the code that gives a table all rows of a grid."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skrnn._series.clock import Clock, describe_times
from skrnn._series.layout import Layout
from skrnn._series.panel import Panel, rows_of_index

__all__ = ["code_of_all_rows", "rows_on_known_grid"]


def code_of_all_rows(name: str, clock: Clock, layout: Layout) -> str:
    """Return the code that gives a table a row for each time of a grid, NaN where it had none.

    Parameters
    ----------
    name : str
        Name of the variable that holds the table.
    clock : Clock
        The grid.
    layout : Layout
        The form of the table.
    """
    if clock.kind == "datetime":
        freq = clock.freq_name
        freq = f"pd.{freq}" if freq.startswith("DateOffset") else repr(freq)
        fill = f".asfreq({freq})"
    else:
        times = f"range(t.index[0], t.index[-1] + 1, {clock.freq})"
        if clock.kind == "period":
            times = "pd.period_range(t.index[0], t.index[-1], name=t.index.name)"
        fill = f".pipe(lambda t: t.reindex({times}))"
    if not layout.rows_are_panel:
        return f"{name}{fill}"
    if layout.container == "frame":
        return f"{name}.unstack(0){fill}.stack(future_stack=True).swaplevel().sort_index()"
    return f"{name}.unstack(0){fill}.unstack()"


def rows_on_known_grid(
    index: pd.Index, *, panel: Panel, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return what ``rows_of_index`` does, for rows that come after those of a panel.

    Raises
    ------
    ValueError
        If a time is off the grid. If the times are closer to each other than those of the panel,
        as where it had every second day only, the message says how to name the frequency.
    """
    try:
        return rows_of_index(index, panel=panel, name=name)
    except ValueError as error:
        times = index.get_level_values(-1) if isinstance(index, pd.MultiIndex) else index
        finer = _finer_grid(times, panel.clock)
        off = times[:0] if finer is None else panel.clock.times_off(times, name=name).unique()
        if finer is None or len(off) == 0:
            raise
        raise ValueError(
            f"{name}: got {len(off)} time(s) off the grid: {describe_times(off)}. Expected times "
            f"of frequency {panel.clock.freq_name!r}, the only one that the rows of fit show. If "
            f"rows were missing in fit, as in the first part of a cross-validation, give all rows "
            f"their frequency before it, y = {code_of_all_rows('y', finer, panel.layout)}, and do "
            "the same with features."
        ) from error


def _finer_grid(times: pd.Index, clock: Clock) -> Clock | None:
    """Return the grid of times on which that of the clock lies, or None."""
    try:
        finer = Clock.from_index(times.unique().sort_values(), name="X")
        finer.positions(clock.index(np.arange(30)), name="X")
    except (TypeError, ValueError):
        return None
    return finer
