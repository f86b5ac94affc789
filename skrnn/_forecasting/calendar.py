"""Calendar features of timesteps: time of day, day of week, time of year."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from skrnn._series.clock import DAY, WEEK, YEAR, Clock

__all__ = ["CALENDAR_NAMES", "calendar_features", "calendar_names", "is_worth_it"]

CALENDAR_NAMES = ("time_of_day", "day_of_week", "time_of_year")

_CYCLE_SECONDS = dict(zip(CALENDAR_NAMES, (DAY, WEEK, YEAR), strict=True))

# "auto" takes a cycle only if the series contain it this often: what occurs once may be chance.
_MIN_CYCLES = 2.0
# Shares of each other within which a cycle and a season are the same.
_SAME_CYCLE = 0.02
# Errors on held-out windows have to be smaller by this share: each feature is one more to overfit.
_WORTH = 0.01
# Sine and cosine of a cycle and of half of it: seasons are rarely a plain wave.
_HARMONICS = 2


def calendar_names(
    calendar: Any, clock: Clock, n_positions: int, *, period: int = 1
) -> tuple[str, ...]:
    """Return the names of the calendar features to use.

    Parameters
    ----------
    calendar : "auto", None, str or iterable of str
        "auto" takes the features whose cycle is longer than a step and occurs at least twice; none
        if the only one is that of the main season, which the window shows anyway.
    clock : Clock
        The timesteps.
    n_positions : int
        Number of timesteps from the first to the last one of the panel.
    period : int, default=1
        The main seasonal period.

    Raises
    ------
    ValueError
        If a name is unknown, or the times are integers.
    """
    if calendar is None:
        return ()
    if isinstance(calendar, str) and calendar == "auto":
        if clock.kind == "integer":
            return ()
        step = clock.seconds_per_step
        found = {
            name: cycle
            for name, cycle in _CYCLE_SECONDS.items()
            if step < 0.9 * cycle and n_positions * step >= _MIN_CYCLES * cycle
        }
        is_season = [abs(period * step / cycle - 1) < _SAME_CYCLE for cycle in found.values()]
        return () if is_season == [True] else tuple(found)
    if isinstance(calendar, np.ndarray):
        calendar = calendar.tolist()  # one name, if it has no axis
    names = (calendar,) if isinstance(calendar, str) else calendar
    names = tuple(names) if isinstance(names, Iterable) else (names,)
    unknown = [name for name in names if name not in CALENDAR_NAMES]
    if unknown:
        raise ValueError(
            f"calendar: got {calendar!r}, of which {unknown[0]!r} is unknown. Expected 'auto', "
            f"None, or some of {CALENDAR_NAMES}. Pass calendar='auto' to let the frequency decide."
        )
    if names and clock.kind == "integer":
        raise ValueError(
            f"calendar: got {calendar!r}, while times are integers, which have no calendar. "
            "Expected dates or periods. Give y a DatetimeIndex, or pass calendar=None."
        )
    return tuple(name for name in CALENDAR_NAMES if name in names)


def is_worth_it(skill: float, skill_without: float) -> bool:
    """Whether forecasts with the calendar are clearly better on held-out windows."""
    return bool(1 - skill < (1 - _WORTH) * (1 - skill_without))


def calendar_features(
    clock: Clock, first: int, n_positions: int, names: tuple[str, ...]
) -> np.ndarray:
    """Return calendar features of consecutive timesteps, each between -1 and 1.

    Parameters
    ----------
    clock : Clock
        The timesteps.
    first, n_positions : int
        First clock position, and number of positions.
    names : tuple of str
        Names out of ``CALENDAR_NAMES``.

    Returns
    -------
    ndarray of float32, shape (n_positions, n_calendar)
    """
    columns: list[np.ndarray] = []
    if names:
        times: Any = clock.index(np.arange(first, first + n_positions))
        if isinstance(times, pd.PeriodIndex):
            times = times.to_timestamp()
        assert isinstance(times, pd.DatetimeIndex)  # integers have no calendar
        seconds = times.hour * 3600 + times.minute * 60 + times.second
        share = {
            "time_of_day": seconds / DAY,
            "time_of_year": (times.day_of_year - 1 + seconds / DAY) / 365.25,
        }
        for name in names:
            if name == "day_of_week":
                # One column for each day: Sunday and Monday are consecutive but rarely alike.
                columns += [times.day_of_week == day for day in range(7)]
                continue
            angle = 2 * np.pi * share[name].to_numpy(dtype=np.float64)
            for harmonic in range(1, _HARMONICS + 1):
                columns += [np.sin(harmonic * angle), np.cos(harmonic * angle)]
    table = np.zeros((n_positions, len(columns)), dtype=np.float32)
    for number, column in enumerate(columns):
        table[:, number] = column
    return table
