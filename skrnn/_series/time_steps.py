"""Rules that number the times of a grid: ticks to positions and back.

A *tick* is an integer time: an integer index entry, a period's ordinal, or a ``datetime64`` count
of its unit, in UTC or on the wall clock. ``position`` gives every tick the position it has if it
is on the grid at all; whether it is says ``at(position(ticks)) == ticks``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd

__all__ = ["BusinessDaySteps", "FixedSteps", "MonthSteps", "OffsetSteps", "TimeSteps", "TimeUnit"]

TimeUnit: TypeAlias = Literal["s", "ms", "us", "ns"]  # the units of a DatetimeIndex


class TimeSteps(Protocol):
    """The rule of a grid, with position 0 at its origin."""

    def position(self, ticks: np.ndarray) -> np.ndarray:
        """Return the position each tick has if it is on the grid."""

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return the tick of each position."""


@dataclass(frozen=True)
class FixedSteps:
    """Steps that are all equally long: hours, days, weeks, integers, periods."""

    origin: int
    step: int

    def position(self, ticks: np.ndarray) -> np.ndarray:
        return (ticks - self.origin) // self.step

    def at(self, positions: np.ndarray) -> np.ndarray:
        return self.origin + positions * self.step


@dataclass(frozen=True)
class BusinessDaySteps:
    """Monday to Friday; holidays are days like any other, on which a row may be missing."""

    origin: int
    n_days: int
    ticks_per_day: int

    def position(self, ticks: np.ndarray) -> np.ndarray:
        n_days = np.busday_count(self._days(np.int64(self.origin)), self._days(ticks))
        return n_days // self.n_days

    def at(self, positions: np.ndarray) -> np.ndarray:
        days = np.busday_offset(self._days(np.int64(self.origin)), positions * self.n_days)
        return days.astype(np.int64) * self.ticks_per_day + self.origin % self.ticks_per_day

    def _days(self, ticks: Any) -> np.ndarray:
        return (ticks // self.ticks_per_day).astype("M8[D]")


DayOfMonth = Literal["start", "end", "business start", "business end"]


@dataclass(frozen=True)
class MonthSteps:
    """A number of months (3 for a quarter, 12 for a year), each at the same kind of day.

    ``day`` is a ``DayOfMonth`` or the number of the day; a month that is too short for that day
    has its last one instead.
    """

    origin: int
    n_months: int
    day: DayOfMonth | int
    ticks_per_day: int

    def position(self, ticks: np.ndarray) -> np.ndarray:
        return (self._months(ticks) - self._months(np.int64(self.origin))) // self.n_months

    def at(self, positions: np.ndarray) -> np.ndarray:
        months = self._months(np.int64(self.origin)) + positions * self.n_months
        days = day_of_month(months, self.day)
        return days.astype(np.int64) * self.ticks_per_day + self.origin % self.ticks_per_day

    def _months(self, ticks: Any) -> np.ndarray:
        return (ticks // self.ticks_per_day).astype("M8[D]").astype("M8[M]").astype(np.int64)


def day_of_month(months: np.ndarray, day: DayOfMonth | int) -> np.ndarray:
    """Return the date (``datetime64[D]``) of that day in months counted from January 1970."""
    first = months.astype("M8[M]").astype("M8[D]")
    last = (months + 1).astype("M8[M]").astype("M8[D]") - 1
    if day == "start":
        return first
    if day == "end":
        return last
    if day == "business start":
        return np.busday_offset(first, 0, roll="forward")
    if day == "business end":
        return np.busday_offset(last, 0, roll="backward")
    return np.minimum(first + (day - 1), last)


@dataclass(frozen=True)
class OffsetSteps:
    """Any other pandas offset, such as business hours or the third Friday of every month.

    The times are listed from the origin on, as far as they are asked for, which takes time in
    proportion to their number.
    """

    origin: int
    freq: Any
    unit: TimeUnit

    def position(self, ticks: np.ndarray) -> np.ndarray:
        if ticks.size == 0:
            return np.zeros(ticks.shape, dtype=np.int64)
        times = ticks.astype(f"M8[{self.unit}]").astype("M8[us]")
        after = self._list_until(lambda listed: listed[-1] >= times.max())
        before = self._list_until(lambda listed: listed[0] <= times.min(), forwards=False)
        listed = np.concatenate([before[:-1], after])
        return np.searchsorted(listed, times, side="right") - len(before)

    def at(self, positions: np.ndarray) -> np.ndarray:
        if positions.size == 0:
            return np.zeros(positions.shape, dtype=np.int64)
        first, last = min(int(positions.min()), 0), max(int(positions.max()), 0)
        after = self._list_until(lambda listed: len(listed) > last)
        before = self._list_until(lambda listed: len(listed) > -first, forwards=False)
        listed = np.concatenate([before[:-1], after])[positions + len(before) - 1]
        return listed.astype(f"M8[{self.unit}]").astype(np.int64)

    def _list_until(
        self, is_enough: Callable[[np.ndarray], bool], forwards: bool = True
    ) -> np.ndarray:
        n_times = 64
        while not is_enough(
            listed := _listed(self.origin, self.freq, self.unit, n_times, forwards)
        ):
            n_times *= 4
        return listed


@lru_cache(maxsize=32)  # pandas takes a tenth of a second for a thousand business hours
def _listed(origin: int, freq: Any, unit: TimeUnit, n_times: int, forwards: bool) -> np.ndarray:
    """Return that many times of an offset from the origin on, or up to it, as ``datetime64``."""
    # Microseconds reach further than nanoseconds: the list goes beyond the last time given.
    start = pd.Timestamp(np.int64(origin).astype(f"M8[{unit}]")).as_unit("us")
    ends: dict[str, Any] = {"start": start} if forwards else {"end": start}
    times = pd.date_range(**ends, periods=n_times, freq=freq, unit="us").to_numpy().copy()
    times.setflags(write=False)
    return times
