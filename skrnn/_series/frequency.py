"""The frequency of a time index: read from pandas' offsets, or found in the times themselves.

``pandas.infer_freq`` finds none as soon as one row is missing, reads one series at a time, and
knows no monthly times on the 15th. Where it does find a frequency, the one found here is the same.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from skrnn._series.time_steps import (
    BusinessDaySteps,
    DayOfMonth,
    FixedSteps,
    MonthSteps,
    OffsetSteps,
    TimeSteps,
    TimeUnit,
    day_of_month,
)

__all__ = ["Frequency", "can_be_inferred", "frequency_of_offset", "infer_frequency"]

# pandas' offsets that are a number of months, by the name of their class.
_MONTH_OFFSETS: dict[str, tuple[int, DayOfMonth]] = {
    "MonthBegin": (1, "start"),
    "MonthEnd": (1, "end"),
    "BusinessMonthBegin": (1, "business start"),
    "BusinessMonthEnd": (1, "business end"),
    "QuarterBegin": (3, "start"),
    "QuarterEnd": (3, "end"),
    "BQuarterBegin": (3, "business start"),
    "BQuarterEnd": (3, "business end"),
    "HalfYearBegin": (6, "start"),
    "HalfYearEnd": (6, "end"),
    "BHalfYearBegin": (6, "business start"),
    "BHalfYearEnd": (6, "business end"),
    "YearBegin": (12, "start"),
    "YearEnd": (12, "end"),
    "BYearBegin": (12, "business start"),
    "BYearEnd": (12, "business end"),
}
_KINDS_OF_DAY: dict[DayOfMonth, tuple[str, str, str]] = {
    "start": ("MonthBegin", "QuarterBegin", "YearBegin"),
    "end": ("MonthEnd", "QuarterEnd", "YearEnd"),
    "business start": ("BMonthBegin", "BQuarterBegin", "BYearBegin"),
    "business end": ("BMonthEnd", "BQuarterEnd", "BYearEnd"),
}
_TICKS_PER_DAY: dict[TimeUnit, int] = {
    "s": 86_400,
    "ms": 86_400 * 10**3,
    "us": 86_400 * 10**6,
    "ns": 86_400 * 10**9,
}


class Frequency(NamedTuple):
    """A frequency and the rule that numbers its times.

    Attributes
    ----------
    freq : pandas offset
        As pandas writes the frequency.
    steps : TimeSteps
        The rule, with its origin at the earliest of the times given.
    on_wall_clock : bool
        Whether the rule's ticks are times on the wall clock, as for days and longer steps, so that
        a day may have 23 or 25 hours; else they are in UTC.
    """

    freq: Any
    steps: TimeSteps
    on_wall_clock: bool


def frequency_of_offset(freq: Any, utc: int, wall: int, unit: TimeUnit) -> Frequency:
    """Read a pandas offset; ``utc`` and ``wall`` are the earliest time on either clock."""
    ticks_per_day = _TICKS_PER_DAY[unit]
    kind, n = type(freq).__name__, freq.n
    if kind == "Day":
        return Frequency(freq, FixedSteps(wall, n * ticks_per_day), True)
    if isinstance(freq, pd.offsets.Tick):
        step = pd.Timedelta(freq) // pd.Timedelta(1, unit=unit)
        return Frequency(freq, FixedSteps(utc, step), False)
    if kind == "Week":
        return Frequency(freq, FixedSteps(wall, 7 * n * ticks_per_day), True)
    if kind == "BusinessDay" and not freq.offset:
        return Frequency(freq, BusinessDaySteps(wall, n, ticks_per_day), True)
    if kind in _MONTH_OFFSETS:
        n_months, day = _MONTH_OFFSETS[kind]
        return Frequency(freq, MonthSteps(wall, n * n_months, day, ticks_per_day), True)
    if kind == "DateOffset" and set(freq.kwds) <= {"months", "years"} and freq.kwds:
        n_months = n * (freq.kwds.get("months", 0) + 12 * freq.kwds.get("years", 0))
        day_number = int((wall // ticks_per_day - _month_starts(_days(wall, ticks_per_day))) + 1)
        # Later days move for good when pandas meets a short month.
        if day_number <= 28:
            return Frequency(freq, MonthSteps(wall, n_months, day_number, ticks_per_day), True)
    return Frequency(freq, OffsetSteps(wall, freq, unit), True)


def can_be_inferred(freq: Any) -> bool:
    """Return whether times can show this frequency, as those of business hours cannot."""
    kinds = {"Day", "Week", "BusinessDay", "WeekOfMonth", "DateOffset", *_MONTH_OFFSETS}
    return isinstance(freq, pd.offsets.Tick) or type(freq).__name__ in kinds


def infer_frequency(
    utc: np.ndarray, wall: np.ndarray, series: np.ndarray, unit: TimeUnit
) -> Frequency | None:
    """Find the frequency of the times of all series together; None without two times in a series.

    Parameters
    ----------
    utc, wall : ndarray of int64, shape (n_rows,)
        Ticks of the rows in UTC and on the wall clock, sorted by series, then time.
    series : ndarray of int, shape (n_rows,)
        Series of each row; no difference is taken across series.
    unit : {"s", "ms", "us", "ns"}
        Unit of the ticks.
    """
    ticks_per_day = _TICKS_PER_DAY[unit]
    is_next = (series[1:] == series[:-1]) & (utc[1:] != utc[:-1])
    if not is_next.any():
        return None
    step = usual_step(np.diff(wall)[is_next])
    if step % ticks_per_day or step <= 0:
        return _equal_steps(usual_step(np.diff(utc)[is_next]), utc, unit)
    days = wall // ticks_per_day
    first = int(wall.min())
    n_days = step // ticks_per_day
    if n_days >= 28:
        months = _infer_months(days, is_next, first, ticks_per_day)
        if months is not None:
            return months
    if n_days % 7 == 0:
        weekday = int((days[np.argmin(wall)] + 3) % 7)  # day 0, 1 January 1970, was a Thursday
        freq: Any = pd.offsets.Week(n_days // 7, weekday=weekday)
    elif n_days == 1 and _are_business_days(days, is_next):
        return Frequency(pd.offsets.BDay(), BusinessDaySteps(first, 1, ticks_per_day), True)
    else:
        freq = pd.offsets.Day(n_days)
    return Frequency(freq, FixedSteps(first, step), True)


def usual_step(differences: np.ndarray) -> int:
    """Return the most common difference, or the smallest one if only that holds all rows.

    Rows that keep to two steps more often than to one are rare, but a short series with a few
    gaps can. A row that stands between the others is not taken for the rule.
    """
    step, smallest = most_common(differences), int(differences.min())
    if smallest <= 0 or not (differences % step).any() or (differences % smallest).any():
        return step
    is_rule = step <= 12 * smallest and (differences == smallest).mean() >= 0.1
    return smallest if is_rule else step


def most_common(values: np.ndarray) -> int:
    """Return the most frequent of the values; of equals, the smallest."""
    if (values == values[0]).all():
        return int(values[0])
    distinct, counts = np.unique(values, return_counts=True)
    return int(distinct[np.argmax(counts)])


def _equal_steps(step: int, utc: np.ndarray, unit: TimeUnit) -> Frequency:
    return Frequency(
        to_offset(pd.Timedelta(step, unit=unit)), FixedSteps(int(utc.min()), step), False
    )


def _are_business_days(days: np.ndarray, is_next: np.ndarray) -> bool:
    if not np.is_busday(days.astype("M8[D]")).all():
        return False
    lengths = np.diff(days)[is_next]
    n_business_days = np.busday_count(
        days[:-1][is_next].astype("M8[D]"), days[1:][is_next].astype("M8[D]")
    )
    without_holidays = bool((n_business_days == 1).all() and (lengths > 1).any())
    return without_holidays or bool(days.max() - days.min() >= 14)


def _days(ticks: Any, ticks_per_day: int) -> Any:
    return np.asarray(ticks) // ticks_per_day


def _month_starts(days: np.ndarray) -> np.ndarray:
    return days.astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)


def _infer_months(
    days: np.ndarray, is_next: np.ndarray, first: int, ticks_per_day: int
) -> Frequency | None:
    """Find months, quarters or years, if the rows share a kind of day within their months."""
    months = days.astype("M8[D]").astype("M8[M]").astype(np.int64)
    in_months = np.diff(months)[is_next]
    if (in_months <= 0).mean() > 0.5:
        return None
    n_months = usual_step(in_months[in_months > 0])
    distinct = np.unique(days)
    day = _kind_of_day(distinct, np.diff(days)[is_next])
    if day is None:
        return _infer_week_of_month(distinct, in_months, n_months, first, ticks_per_day)
    steps = MonthSteps(first, n_months, day, ticks_per_day)
    return Frequency(_month_offset(n_months, day, int(months.min())), steps, True)


def _kind_of_day(days: np.ndarray, differences: np.ndarray) -> DayOfMonth | int | None:
    months = days.astype("M8[D]").astype("M8[M]").astype(np.int64)
    numbers = days - day_of_month(months, "start").astype(np.int64) + 1
    kinds: list[DayOfMonth | int] = ["start", "end", "business start", "business end"]
    # Four weeks apart is no month, unless there is more to say so than that.
    if not (differences % 7 == 0).all():
        kinds.append(int(numbers.max()))
        kinds.append(int(most_common(numbers)))
    shares = [float((day_of_month(months, kind).astype(np.int64) == days).mean()) for kind in kinds]
    best = int(np.argmax(shares))
    # Below that, the times are not monthly; above, the others are errors of single rows.
    return kinds[best] if shares[best] > 0.75 else None


def _infer_week_of_month(
    days: np.ndarray, in_months: np.ndarray, n_months: int, first: int, ticks_per_day: int
) -> Frequency | None:
    """Find days such as the third Friday of every month."""
    weekdays = (days + 3) % 7
    weeks = (days - _month_starts(days)) // 7
    differences = np.diff(days)
    is_one = (weekdays == weekdays[0]).all() and (weeks == weeks[0]).all()
    if not is_one or n_months != 1 or len(np.unique(differences)) < 2:
        return None
    freq = pd.offsets.WeekOfMonth(week=int(weeks[0]), weekday=int(weekdays[0]))
    unit = next(unit for unit, n in _TICKS_PER_DAY.items() if n == ticks_per_day)
    return Frequency(freq, OffsetSteps(first, freq, unit), True)


def _month_offset(n_months: int, day: DayOfMonth | int, first_month: int) -> Any:
    if isinstance(day, int):
        return pd.DateOffset(months=n_months)
    monthly, quarterly, yearly = (getattr(pd.offsets, name) for name in _KINDS_OF_DAY[day])
    month = first_month % 12 + 1
    if n_months % 12 == 0:
        return yearly(n_months // 12, month=month)
    if n_months % 3 == 0:
        # pandas counts quarters from January to March at their start, October to December at
        # their end.
        is_start = day in ("start", "business start")
        return quarterly(n_months // 3, startingMonth=(month - 1) % 3 + (1 if is_start else 10))
    return monthly(n_months)
