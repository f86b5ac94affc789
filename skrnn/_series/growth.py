"""Newer timesteps appended to a panel, and empty ones for the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skrnn._series.clock import describe_times
from skrnn._series.panel import Panel, refuse_wide_gaps
from skrnn._series.rows import describe_ids

__all__ = ["appended", "moved_rows", "with_room"]


def appended(panel: Panel, more: Panel) -> Panel:
    """Return a panel with newer timesteps behind the ends of its series.

    Parameters
    ----------
    panel : Panel
        The series so far.
    more : Panel
        Their next timesteps, on the same clock; steps between are missing values. Rows of a
        (series, time) panel may bring new series.

    Raises
    ------
    ValueError
        If a step is not after its series' end, or a table has other series.
    """
    number = panel.ids.get_indexer(more.ids)
    if _has_no_names(panel, more):
        number = np.arange(panel.n_series)
    is_new = number < 0
    if not panel.layout.rows_are_panel and (is_new.any() or more.n_series != panel.n_series):
        raise ValueError(
            f"y: got the series {list(more.ids[:5])}. Expected those of fit, "
            f"{list(panel.ids[:5])}. Pass the same columns, or fit again."
        )
    is_empty = more.observed_lengths == 0
    if (is_new & is_empty).any():
        raise ValueError(
            f"y: got new series without any value: {describe_ids(more.ids[is_new & is_empty])}. "
            "Expected at least one value in a series that fit has not seen. Drop them, "
            f"y.drop({more.ids[is_new & is_empty][:20].tolist()!r}, level=0)."
        )
    known = np.flatnonzero(~is_new)
    too_early = known[more.first[known] <= panel.last[number[known]]]
    if len(too_early):
        at = int(too_early[0])
        end = describe_times(panel.clock.index(panel.last[number[at]][None]))
        start = describe_times(panel.clock.index(more.first[at][None]))
        name = describe_ids(more.ids[[at]])
        # comparing with text is what pandas does for dates and periods.
        known_until = int(end) if panel.clock.kind == "integer" else end
        level = ".get_level_values(1)" if panel.layout.rows_are_panel else ""
        raise ValueError(
            f"y: got {start} in the series {name}, which already has values up to {end}. Expected "
            f"later times only. Pass y[y.index{level} > {known_until!r}]; to change the past, fit "
            "again."
        )
    number = np.where(is_new, panel.n_series + np.cumsum(is_new) - 1, number)
    first = np.concatenate([panel.first, more.first[is_new]])
    last = np.concatenate([panel.last, more.last[is_new]])
    last[number] = more.last
    lengths = last - first + 1
    refuse_wide_gaps(lengths, len(panel.values) + len(more.values), panel.clock, "y")
    starts = np.cumsum(lengths) - lengths
    values = np.full(int(lengths.sum()), np.nan)
    ids = panel.ids.append(more.ids[is_new]) if is_new.any() else panel.ids
    grown = replace(panel, values=values, starts=starts, lengths=lengths, first=first, ids=ids)
    values[moved_rows(panel, grown)] = panel.values
    offset = np.repeat(starts[number] + more.first - first[number] - more.starts, more.lengths)
    values[np.arange(len(more.values)) + offset] = more.values
    return grown


def _has_no_names(panel: Panel, more: Panel) -> bool:
    """Whether the series of ``more`` are those of the panel by their places alone."""
    if panel.layout.rows_are_panel or more.n_series != panel.n_series:
        return False
    return more.layout.container == "array" or panel.layout.n_dims == more.layout.n_dims == 1


def with_room(panel: Panel, n_ahead: int) -> Panel:
    """Return the panel with ``n_ahead`` empty steps behind each series."""
    lengths = panel.lengths + n_ahead
    starts = np.cumsum(lengths) - lengths
    values = np.full(int(lengths.sum()), np.nan)
    roomy = replace(panel, values=values, starts=starts, lengths=lengths)
    values[moved_rows(panel, roomy)] = panel.values
    return roomy


def moved_rows(panel: Panel, grown: Panel) -> np.ndarray:
    """Return where each row of a panel's values stands in those of a panel it has grown into."""
    shift = np.repeat(grown.starts[: panel.n_series] - panel.starts, panel.lengths)
    return np.arange(len(panel.values)) + shift
