"""Hours at which something is open: found in the times of rows, and numbered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = ["OpeningHours", "OpeningHoursSteps", "find_opening_hours"]

# A day that is open for longer may only lack the hours of a backup.
_LONGEST_DAY = 20
# Days with rows, the share of the opening hours between the first and the last row of each series
# that have one, and how often a day of the week must have come up without any: once for Saturday
# and Sunday, else it may have been a holiday.
_FEWEST_DAYS = 5
_OBSERVED = 0.8
_SATURDAY = 5


class OpeningHours(NamedTuple):
    """The hours that rows are of.

    Attributes
    ----------
    minute : int
        Minutes from midnight to the first hour of a day.
    n_hours : int
        Hours of a day. They may go on after midnight.
    weekmask : tuple of seven bools
        Whether a day begins on Monday, Tuesday and so on.
    """

    minute: int
    n_hours: int
    weekmask: tuple[bool, ...]

    def __str__(self) -> str:
        """Return the hours and days in words."""
        days = "Mon Tue Wed Thu Fri Sat Sun".split()
        opened = " ".join(day for day, is_open in zip(days, self.weekmask, strict=True) if is_open)
        return f"{self.start} to {self.end} on {opened}"

    @property
    def start(self) -> str:
        """When a day begins."""
        return _as_text(self.minute)

    @property
    def end(self) -> str:
        """When its last hour is over."""
        return _as_text(self.minute + 60 * self.n_hours)

    def offset(self) -> Any:
        """Return the offset of pandas."""
        weekmask = "".join("01"[is_open] for is_open in self.weekmask)
        hours: Any = pd.offsets.CustomBusinessHour  # pandas' stubs leave weekmask out
        return hours(start=self.start, end=self.end, weekmask=weekmask)


def _as_text(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


@dataclass(frozen=True)
class OpeningHoursSteps:
    """Steps of an hour on some days of the week, as many on each; holidays are like other days."""

    origin: int
    hours: OpeningHours
    ticks_per_day: int

    def position(self, ticks: np.ndarray) -> np.ndarray:
        return self._count(ticks) - self._count(np.array([self.origin]))

    def at(self, positions: np.ndarray) -> np.ndarray:
        positions = positions + self._count(np.array([self.origin]))
        n_days, hour = np.divmod(positions, self.hours.n_hours)
        first = np.busday_offset(_FIRST_DAY, 0, roll="forward", weekmask=self.hours.weekmask)
        days = np.busday_offset(first, n_days, weekmask=self.hours.weekmask).astype(np.int64)
        return days * self.ticks_per_day + self._start + hour * self._ticks_per_hour

    @property
    def _start(self) -> int:
        return self.hours.minute * self.ticks_per_day // 1440

    @property
    def _ticks_per_hour(self) -> int:
        return self.ticks_per_day // 24

    def _count(self, ticks: np.ndarray) -> np.ndarray:
        """Return the number of opening hours before each tick, counted from long ago."""
        days, since = np.divmod(ticks - self._start, self.ticks_per_day)
        days = days.astype("M8[D]")
        n_days = np.busday_count(_FIRST_DAY, days, weekmask=self.hours.weekmask)
        is_open = np.is_busday(days, weekmask=self.hours.weekmask)
        hour = np.minimum(since // self._ticks_per_hour, self.hours.n_hours - 1)
        # what is on a closed day has the place of the last hour before it.
        return n_days * self.hours.n_hours + np.where(is_open, hour, -1)


# Before every time that pandas' nanoseconds reach; counts from it on have one sign.
_FIRST_DAY = np.datetime64("1000-01-06", "D")


def find_opening_hours(
    wall: np.ndarray, series: np.ndarray, ticks_per_day: int
) -> OpeningHours | None:
    """Find the hours of a day and the days of a week that hourly rows are of.

    None is found if rows are of most hours of a day, if too many opening hours have no row, or if
    there are too few days to tell: rows are then hours, of which some are missing.

    Parameters
    ----------
    wall : ndarray of int64, shape (n_rows,)
        Ticks on the wall clock, sorted by series, then time, an hour or more apart.
    series : ndarray of int, shape (n_rows,)
        Series of each row.
    ticks_per_day : int
        Ticks of a day.
    """
    ticks_per_hour = ticks_per_day // 24
    hours = np.unique(wall % ticks_per_day // ticks_per_hour)
    in_hour = wall % ticks_per_hour
    closed = np.diff(np.append(hours, hours[0] + 24)) - 1
    n_hours = 24 - int(closed.max())
    is_whole = in_hour[0] % (ticks_per_hour // 60) == 0  # pandas counts opening hours in minutes
    if (in_hour != in_hour[0]).any() or not is_whole or not 1 < n_hours <= _LONGEST_DAY:
        return None
    after = (int(closed.argmax()) + 1) % len(hours)
    minute = 60 * int(hours[after]) + int(in_hour[0]) * 60 // ticks_per_hour
    days = np.unique((wall - minute * ticks_per_day // 1440) // ticks_per_day)
    if len(days) < _FEWEST_DAYS:
        return None
    between = np.arange(days[0], days[-1] + 1)
    n_come_up = np.bincount((between + 3) % 7, minlength=7)  # day 0 was a Thursday
    n_open = np.bincount((days + 3) % 7, minlength=7)
    enough = np.where(np.arange(7) >= _SATURDAY, 1, 2)
    weekmask = tuple(((n_open > 0) | (n_come_up < enough)).tolist())
    found = OpeningHours(minute, n_hours, weekmask)
    steps = OpeningHoursSteps(int(wall.min()), found, ticks_per_day)
    positions = steps.position(wall)
    is_same = series[1:] == series[:-1]
    n_steps = np.diff(positions)[is_same].sum() + len(np.unique(series))
    return found if len(wall) >= _OBSERVED * n_steps else None
