"""The optional matplotlib."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.refusals import describe_value

__all__ = ["axes_or_new", "draw_each", "new_sheet", "read_axes", "show_labels", "times_to_draw"]

# Axes side by side in a sheet, and the size of one of them in inches; of one that stands alone.
_COLUMNS = 3
_SMALL, _ALONE = (4.2, 2.7), (8.0, 4.0)
# Names below one axis; slanted ones need less room.
_MOST_LABELS, _MOST_NUMBERS = 30, 16


def axes_or_new(ax: Any) -> Any:
    """Return ``ax``, or the axes of a new figure when it is None.

    Raises
    ------
    ImportError
        If matplotlib is not installed; the message holds the line that installs it.
    TypeError
        If ``ax`` is something else.
    """
    if ax is None:
        return _pyplot().subplots()[1]
    if isinstance(ax, np.ndarray) and ax.size == 1:
        ax = ax.item()
    _refuse_others(ax)
    return ax


def _refuse_others(ax: Any) -> None:
    """Raise a TypeError for what are no Axes."""
    if not (hasattr(ax, "plot") and hasattr(ax, "figure")):
        is_figure = hasattr(ax, "subplots") and hasattr(ax, "gca")
        raise TypeError(
            f"ax: got {'a Figure' if is_figure else describe_value(ax)}. Expected Axes of "
            f"matplotlib. Pass {'ax.subplots()' if is_figure else 'plt.subplots()[1]'}, or leave "
            "ax out for a new figure."
        )


def new_sheet(n_rows: int, n_columns: int, *, width: float, height: float) -> np.ndarray:
    """Return the axes of a new figure, each of a size in inches, in their rows and columns.

    Raises
    ------
    ImportError
        If matplotlib is not installed; the message holds the line that installs it.
    """
    size = (n_columns * width + 0.8, n_rows * height + 0.4)
    return _pyplot().subplots(
        n_rows, n_columns, squeeze=False, sharex=True, figsize=size, layout="constrained"
    )[1]


def read_axes(ax: Any, n_wanted: int, of_what: str) -> np.ndarray:
    """Return the first of the axes that the user passed.

    Raises
    ------
    ValueError
        If there are too few; ``of_what`` says what one is wanted for.
    TypeError
        If there is something else among them.
    """
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    for one in axes:
        _refuse_others(one)
    if len(axes) < n_wanted:
        raise ValueError(
            f"ax: got {len(axes)} axes for {n_wanted} {of_what}. Expected one for each. Pass "
            f"plt.subplots({n_wanted})[1], or choose fewer {of_what} when making the display."
        )
    return axes[:n_wanted]


def show_labels(
    ax: Any, places: np.ndarray, labels: list[str], *, are_slanted: bool = True
) -> None:
    """Write a name below each place, or below every second, third, ... where there are many."""
    every = -(-len(labels) // (_MOST_LABELS if are_slanted else _MOST_NUMBERS))
    ax.set_xticks(places[::every], labels[::every])
    if are_slanted:
        for text in ax.get_xticklabels():
            text.set(rotation=45, ha="right", rotation_mode="anchor")


def draw_each(ax: Any, times: dict[Any, pd.Index], draw: Callable[[Any, Any], None]) -> np.ndarray:
    """Draw one series into each of several axes, and return the axes.

    Parameters
    ----------
    ax : Axes, array of them, or None
        What the user passed; None makes a new figure, a sheet of small axes if there are several
        series.
    times : dict of Index
        Of each series, what its horizontal axis shows.
    draw : callable
        Draws into the axes, the first argument, the series of the id, the second.

    Raises
    ------
    ImportError
        If matplotlib is not installed; the message holds the line that installs it.
    ValueError
        If there are fewer axes than series.
    """
    all_axes, is_new = _axes_for_series(ax, len(times))
    is_sheet = len(times) > 1
    for (label, index), axes in zip(times.items(), all_axes, strict=True):
        draw(axes, label)
        _show_dates(axes, index, is_small=is_sheet)
        _name_axes(axes, label, is_sheet=is_sheet)
    _add_legend(all_axes, in_margin=is_sheet and is_new)
    return all_axes


def times_to_draw(times: pd.Index) -> Any:
    """Return times as matplotlib takes them; a period stands at its start."""
    if isinstance(times, pd.PeriodIndex):
        times = times.to_timestamp()
    # Without its zone matplotlib would move a time to UTC.
    if isinstance(times, pd.DatetimeIndex) and times.tz is not None:
        return times.to_pydatetime()
    return times.to_numpy()


def _axes_for_series(ax: Any, n_series: int) -> tuple[np.ndarray, bool]:
    """Return axes for each series, and whether they are those of a new figure."""
    if ax is not None:
        return read_axes(ax, n_series, "series"), False
    pyplot = _pyplot()
    n_columns = min(_COLUMNS, math.ceil(math.sqrt(n_series)))
    n_rows = math.ceil(n_series / n_columns)
    size = _ALONE if n_series == 1 else (n_columns * _SMALL[0], n_rows * _SMALL[1])
    figure, sheet = pyplot.subplots(
        n_rows, n_columns, squeeze=False, figsize=size, layout="constrained"
    )
    for unused in sheet.ravel()[n_series:]:
        figure.delaxes(unused)
    return sheet.ravel()[:n_series], True


def _show_dates(ax: Any, times: pd.Index, *, is_small: bool) -> None:
    """Label dates so that they do not run into one another; nothing is done about numbers."""
    if not isinstance(times, (pd.DatetimeIndex, pd.PeriodIndex)):
        return
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    zone = getattr(times, "tz", None)
    locator = AutoDateLocator(tz=zone, minticks=3, maxticks=5 if is_small else 9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))


def _name_axes(ax: Any, label: Any, *, is_sheet: bool) -> None:
    """Write the series' id above small axes, or beside axes that stand alone if it is a name."""
    if is_sheet:
        ax.set_title(label, fontsize="medium")
    elif isinstance(label, str):
        ax.set_ylabel(label)


def _add_legend(axes: np.ndarray, *, in_margin: bool) -> None:
    """Explain the lines once: below all axes of a sheet, or inside the first one."""
    if in_margin:
        handles, labels = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    else:
        axes[0].legend(loc="best")


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Drawing needs matplotlib, which is not installed. Install it with: "
            "python -m pip install 'skrnn[plot]'"
        ) from error
    return plt
