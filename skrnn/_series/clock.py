"""A regular grid of times, numbered: what the rows of a time series stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._input.written_dates import are_dates, dates_of
from skrnn._series.calendar_codes import refuse_calendar_codes
from skrnn._series.frequency import Frequency, frequency_of_offset, infer_frequency
from skrnn._series.given_frequency import given_frequency
from skrnn._series.time_steps import FixedSteps, TimeSteps, TimeUnit

__all__ = ["DAY", "WEEK", "YEAR", "Clock", "are_arrow_times", "describe_times"]

# Cycles of the calendar, in seconds.
DAY, WEEK, YEAR = 86400.0, 7 * 86400.0, 365.25 * 86400.0

TIMES_NAMED = 3  # how many offending times an error lists


@dataclass(frozen=True)
class Clock:
    """A regular grid of times; position 0 is its origin, the earliest time it was made from.

    Attributes
    ----------
    kind : {"datetime", "period", "integer"}
        What the times are.
    freq : pandas offset or int
        Distance of neighbouring times: an offset for dates and periods, a number for integers.
    steps : TimeSteps
        The rule that numbers the times.
    dtype : dtype
        Of the index, with its time zone and unit.
    index_name : label or None
        Name of the index, which the indices made from this clock get.
    on_wall_clock : bool
        Whether a step is the same on the wall clock, as for days and longer steps, in a time zone
        with daylight saving; shorter steps are the same in UTC.
    is_range : bool
        Whether consecutive integers are to be a RangeIndex.
    """

    kind: Literal["datetime", "period", "integer"]
    freq: Any
    steps: TimeSteps
    dtype: Any
    index_name: Any = None
    on_wall_clock: bool = False
    is_range: bool = False

    @classmethod
    def from_index(
        cls,
        index: pd.Index,
        *,
        name: str,
        series_of_row: np.ndarray | None = None,
        freq: Any = None,
    ) -> Clock:
        """Find the grid on which the times of an index stand.

        Parameters
        ----------
        index : DatetimeIndex, PeriodIndex or Index of integers
            Times of all rows, in any order. A DatetimeIndex that has a ``freq`` keeps it.
        name : str
            The argument's name in error messages.
        series_of_row : ndarray of int, shape (n_rows,), or None
            Series that each row belongs to, so that no difference is taken across series.
        freq : str, pandas offset or None, default=None
            The frequency of dates, if it is known; None finds it.

        Returns
        -------
        Clock
            Position 0 is the earliest time. Not every time need be on the grid;
            :meth:`positions` says which ones are not.

        Raises
        ------
        TypeError
            If the index holds no times.
        ValueError
            If a time is missing, dates have no frequency and do not show one, or integers are
            dates in a form such as yyyymm.
        """
        index = _of_pandas(index)
        kind = _kind_of(index, name)
        _refuse_missing(index, name)
        if len(index) == 0:
            raise ValueError(
                f"{name}: got an index without times. Expected at least one row. Check how {name} "
                "was filtered."
            )
        if isinstance(index, pd.DatetimeIndex) or freq is not None:
            freq, steps, on_wall_clock = _frequency_of_dates(index, series_of_row, name, freq)
            return cls(kind, freq, steps, index.dtype, index.name, on_wall_clock=on_wall_clock)
        ticks = _integer_ticks(index, name)
        step = _common_divisor(
            ticks, _one_series(index) if series_of_row is None else series_of_row
        )
        if isinstance(index.dtype, pd.PeriodDtype):
            step = step or index.dtype.freq.n
            steps = FixedSteps(int(ticks.min()), step)
            return cls(kind, index.dtype.freq.base * step, steps, index.dtype, index.name)
        refuse_calendar_codes(index, name=name, is_panel=series_of_row is not None)
        if isinstance(index, pd.RangeIndex):
            step = abs(index.step)
        step = step or 1
        steps = FixedSteps(int(ticks.min()), step)
        is_range = isinstance(index, pd.RangeIndex)
        return cls(kind, step, steps, index.dtype, index.name, is_range=is_range)

    @property
    def freq_name(self) -> str:
        """The frequency in words, for messages."""
        if self.kind == "integer":
            return f"step {self.freq}"
        if self.kind == "period":
            return _name_of_periods(self.freq)
        if type(self.freq).__name__ == "DateOffset":
            words = ", ".join(f"{key}={n * self.freq.n}" for key, n in self.freq.kwds.items())
            return f"DateOffset({words})"
        return str(self.freq.freqstr)

    @property
    def seconds_per_step(self) -> float:
        """Seconds from one time to the next, on average; of dates and periods only."""
        n_steps = 20  # months differ in length
        times = self.index(np.array([0, n_steps]))
        if isinstance(times, pd.PeriodIndex):
            times = times.to_timestamp()
        return float((times[1] - times[0]).total_seconds()) / n_steps

    @property
    def tz(self) -> Any:
        """The time zone, None without one."""
        return getattr(self.dtype, "tz", None)

    def positions(self, index: pd.Index, *, name: str, is_panel: bool = False) -> np.ndarray:
        """Return the grid position of each time, which may lie before 0.

        Parameters
        ----------
        index : Index of shape (n_times,)
            Times of the clock's kind; in any time zone, if the clock has one.
        name : str
            The argument's name in error messages.
        is_panel : bool, default=False
            Whether the index of the argument has (series, time) levels.

        Returns
        -------
        ndarray of int64, shape (n_times,)

        Raises
        ------
        TypeError
            If the index holds no times.
        ValueError
            If a time is missing, of another kind, or off the grid.
        """
        index, positions, on_grid = self._number(index, name)
        if not on_grid.all():
            self._refuse_off_grid(index, ~on_grid, name, is_panel=is_panel)
        return positions

    def times_off(self, index: pd.Index, *, name: str) -> pd.Index:
        """Return those of the times that are not on the grid; arguments as for `positions`."""
        index, _, on_grid = self._number(index, name)
        return index[~on_grid]

    def _number(self, index: pd.Index, name: str) -> tuple[pd.Index, np.ndarray, np.ndarray]:
        """Return the times in the clock's zone, their positions, and which are on the grid."""
        index = _of_pandas(index)
        if _kind_of(index, name) != self.kind:
            raise ValueError(
                f"{name}: got {_in_words(index)}. Expected {self._dtype_in_words}, as before. "
                f"Give {name} an index of that kind."
            )
        _refuse_missing(index, name)
        if isinstance(index, pd.DatetimeIndex):
            index = self._in_own_zone(index, name)
            ticks, is_exact = self._date_ticks(index)
        else:
            dtype = index.dtype
            if isinstance(dtype, pd.PeriodDtype) and dtype.freq.base != self.dtype.freq.base:
                freq = _name_of_periods(self.dtype.freq)
                raise ValueError(
                    f"{name}: got {_in_words(index)}. Expected {self._dtype_in_words}, as before. "
                    f"Convert it, {name}.index = {name}.index.asfreq({freq!r})."
                )
            ticks, is_exact = _integer_ticks(index, name), True
        positions = self.steps.position(ticks)
        on_grid = (self.steps.at(positions) == ticks) & is_exact
        if not on_grid.all() and self.on_wall_clock and self.tz is not None:
            # A time that daylight saving skips stands for the first one after it.
            on_grid |= self._dates(positions) == index
        return index, positions, on_grid

    def index(self, positions: np.ndarray) -> pd.Index:
        """Return the times of these positions, of the kind, zone, unit and name it was made from.

        Parameters
        ----------
        positions : array of int, shape (n_times,)
            Positions in any order.

        Returns
        -------
        Index of shape (n_times,)
            A DatetimeIndex of consecutive positions has its ``freq`` set.

        Raises
        ------
        ValueError
            If a time is too far away for the index's unit.
        """
        positions = np.asarray(positions, dtype=np.int64)
        is_run = len(positions) > 0 and bool((np.diff(positions) == 1).all())
        if self.kind == "datetime":
            self._refuse_unreachable(positions)
            dates = self._dates(positions).rename(self.index_name)
            if is_run and not self._is_moved_by_daylight_saving(positions):
                try:
                    return pd.DatetimeIndex(dates, freq=self.freq)
                except ValueError:
                    pass  # pandas has no frequency for the 31st, or the last day, of every month
            return dates
        ticks = self.steps.at(positions)
        if self.kind == "period":
            # pandas' stubs leave from_ordinals out.
            make_periods: Any = pd.PeriodIndex.from_ordinals  # type: ignore[attr-defined]
            periods = make_periods(ticks, freq=self.dtype.freq)
            return periods.rename(self.index_name)
        if self.is_range and is_run:
            first, step = int(ticks[0]), int(self.freq)
            return pd.RangeIndex(first, first + step * len(ticks), step, name=self.index_name)
        try:
            return pd.Index(ticks, dtype=self.dtype, name=self.index_name)
        except (ValueError, TypeError):  # a narrow type of integers may not hold the future
            return pd.Index(ticks, dtype=np.int64, name=self.index_name)

    def same_grid(self, other: Clock) -> bool:
        """Whether the two have the same times, their origins apart."""
        if self.kind != other.kind:
            return False
        if self.kind == "datetime" and str(self.tz) != str(other.tz):
            return False
        try:
            # Enough times to tell months from 30 days and business days from days.
            positions = self.positions(other.index(np.arange(30)), name="other")
        except ValueError:
            return False
        return bool((np.diff(positions) == 1).all())

    def _dates(self, positions: np.ndarray) -> pd.DatetimeIndex:
        ticks = self.steps.at(positions)
        dates = pd.DatetimeIndex(ticks.view(f"M8[{self._unit}]"))
        if self.tz is None:
            return dates
        if not self.on_wall_clock:
            return dates.tz_localize("UTC").tz_convert(self.tz)
        # Of a time that daylight saving repeats, the first.
        is_first = np.ones(len(dates), dtype=bool)
        return dates.tz_localize(self.tz, ambiguous=is_first, nonexistent="shift_forward")

    def _is_moved_by_daylight_saving(self, positions: np.ndarray) -> bool:
        """Whether pandas would not make these times itself, since one is skipped or repeated."""
        if self.tz is None or not self.on_wall_clock:
            return False
        wall = pd.DatetimeIndex(self.steps.at(positions).view(f"M8[{self._unit}]"))
        return wall.tz_localize(self.tz, ambiguous="NaT", nonexistent="NaT").hasnans

    def _date_ticks(self, index: pd.DatetimeIndex) -> tuple[np.ndarray, Any]:
        """Return the ticks in the clock's unit, and whether each time is a whole number of it."""
        dates = index.tz_localize(None) if self.on_wall_clock else index
        try:
            in_unit = dates.as_unit(self._unit)
        except pd.errors.OutOfBoundsDatetime:
            # A unit that reaches further; such times are on no grid of the narrower one.
            in_unit = dates.where(np.zeros(len(dates), dtype=bool), dates.min())
            return in_unit.asi8, np.zeros(len(dates), dtype=bool)
        return in_unit.asi8, True if in_unit.unit == dates.unit else in_unit == dates

    @property
    def _unit(self) -> TimeUnit:
        unit: Any = np.datetime_data(self.dtype)[0] if self.tz is None else self.dtype.unit
        return unit  # one of the four that a DatetimeIndex can have

    @property
    def _dtype_in_words(self) -> str:
        return _KIND_IN_WORDS[self.kind].format(dtype=self.dtype)

    def _in_own_zone(self, index: pd.DatetimeIndex, name: str) -> pd.DatetimeIndex:
        if (index.tz is None) == (self.tz is None):
            return index if self.tz is None else index.tz_convert(self.tz)
        zone = "without a time zone" if index.tz is None else f"in the time zone {index.tz}"
        expected = "none" if self.tz is None else f"{self.tz}"
        remedy = f"tz_localize({None if self.tz is None else str(self.tz)!r})"
        raise ValueError(
            f"{name}: got times {zone}. Expected the time zone that the others have, {expected}. "
            f"Set it, {name}.index = {name}.index.{remedy}."
        )

    def _refuse_off_grid(
        self, index: pd.Index, is_off: np.ndarray, name: str, *, is_panel: bool
    ) -> None:
        def mean(freq: str | None) -> str:
            if not is_panel:
                return f"{name}.resample({freq!r}).mean()"
            grouper = f"pd.Grouper(level=1, freq={freq!r})"
            return f"{name}.groupby([pd.Grouper(level=0), {grouper}]).mean()"

        off = index[is_off].unique()
        origin = _as_text(self.index(np.zeros(1, dtype=np.int64))[0])
        if self.kind == "integer":
            remedy = (
                "The step is the greatest common divisor of the differences within each series; "
                "give all series times that differ by multiples of it, or renumber the rows."
            )
        elif self.kind == "period":
            remedy = "Give all rows periods from one grid."
        else:
            remedy = (
                f"Aggregate to the grid, {mean(self.freq_name)}, or drop these rows; "
                "if the frequency is another one, set it by asfreq."
            )
            if is_off.mean() > 0.5:
                remedy = (
                    "Most times are off it: they keep no regular step, so aggregate them first, "
                    f"for example {mean('D')}."
                )
            if self.tz is not None and not self.on_wall_clock:
                remedy += (
                    " Steps shorter than a day are counted in UTC; times that follow the wall "
                    f"clock need {name}.index.tz_localize(None)."
                )
        raise ValueError(
            f"{name}: got {len(off)} time(s) off the grid: {describe_times(off)}. Expected times "
            f"of frequency {self.freq_name!r} that {origin} is one of. {remedy}"
        )

    def _refuse_unreachable(self, positions: np.ndarray) -> None:
        if len(positions) == 0:
            return
        ends = np.array([min(positions.min(), 0), 0, max(positions.max(), 0)])
        ticks = self.steps.at(ends)
        # What leaves the integers of the unit comes back in another order or place.
        if (ticks[1:] < ticks[:-1]).any() or (self.steps.position(ticks) != ends).any():
            raise ValueError(
                f"horizon, context_length: got times from {ends[0]} to {ends[2]} steps of "
                f"{self.freq_name!r} after "
                f"{_as_text(self._dates(ends[1:2])[0])}. Expected times that {self.dtype} can "
                "hold. Choose a coarser unit for the index, y.index = y.index.as_unit('s')."
            )


_KIND_IN_WORDS = {
    "datetime": "a DatetimeIndex ({dtype})",
    "period": "a PeriodIndex ({dtype})",
    "integer": "an index of integers ({dtype})",
}


def are_arrow_times(index: pd.Index) -> bool:
    """Return whether an index holds Arrow's times or dates, which are no DatetimeIndex."""
    dtype = index.dtype
    return isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith(("timestamp", "date"))


def _of_pandas(index: pd.Index) -> pd.Index:
    return pd.DatetimeIndex(pd.to_datetime(index)) if are_arrow_times(index) else index


def _in_words(index: pd.Index) -> str:
    return f"an index of type {type(index).__name__} ({index.dtype})"


def _kind_of(index: Any, name: str) -> Literal["datetime", "period", "integer"]:
    dtype = index.dtype
    if isinstance(index, pd.DatetimeIndex):
        return "datetime"
    if isinstance(index, pd.PeriodIndex):
        return "period"
    if types.is_integer_dtype(dtype):
        return "integer"
    if isinstance(index, pd.TimedeltaIndex):
        remedy = f"Add a start, {name}.index = pd.Timestamp('2024-01-01') + {name}.index."
    elif types.is_float_dtype(dtype):
        remedy = f"Number the rows, {name}.reset_index(drop=True)."
        if index.notna().all() and (np.asarray(index) % 1 == 0).all():
            remedy = f"Make integers of them, {name}.index = {name}.index.astype(int)."
    elif types.is_bool_dtype(dtype):
        remedy = f"Number the rows, {name}.reset_index(drop=True)."
    else:
        remedy = f"Number the rows, {name}.reset_index(drop=True), if they are in order."
        if are_dates(index):
            dates = dates_of(index, f"{name}.index")
            remedy = f"Read dates, {name}.index = {dates}."
    raise TypeError(
        f"{name}: got an index of type {type(index).__name__} and dtype {dtype}, read as times. "
        f"Expected a DatetimeIndex, a PeriodIndex or integers. {remedy}"
    )


def _refuse_missing(index: pd.Index, name: str) -> None:
    if index.hasnans:
        rows = np.flatnonzero(index.isna())
        raise ValueError(
            f"{name}: got {len(rows)} missing time(s) in its index, the first in row {rows[0]}. "
            f"Expected a time for every row. Drop these rows, {name}[{name}.index.notna()]."
        )


def _one_series(index: pd.Index) -> np.ndarray:
    return np.zeros(len(index), dtype=np.int64)


def _integer_ticks(index: pd.Index, name: str) -> np.ndarray:
    if isinstance(index, pd.PeriodIndex):
        return index.asi8
    if len(index) and index.max() > np.iinfo(np.int64).max:
        raise ValueError(
            f"{name}: got the time {index.max()}, read as an integer. Expected at most "
            f"{np.iinfo(np.int64).max}. Number the rows, {name}.reset_index(drop=True)."
        )
    return index.to_numpy(dtype=np.int64)


def _name_of_periods(freq: Any) -> str:
    # Periods have names of their own: "M", where the offset is "ME".
    return str(pd.PeriodDtype(freq)).removeprefix("period[").removesuffix("]")


def _frequency_of_dates(
    index: Any, series_of_row: np.ndarray | None, name: str, freq: Any
) -> Frequency:
    if freq is not None:
        return given_frequency(index, freq, name)
    series = _one_series(index) if series_of_row is None else series_of_row
    unit = index.unit
    utc = index.asi8
    wall = utc if index.tz is None else index.tz_localize(None).asi8
    # The negative freq of an index that was turned round says nothing of its grid.
    if index.freq is not None and index.freq.n > 0:
        return frequency_of_offset(index.freq, int(utc.min()), int(wall.min()), unit)
    if not _is_sorted(series, utc):
        order = np.lexsort((utc, series))
        utc, wall, series = utc[order], wall[order], series[order]
    frequency = infer_frequency(utc, wall, series, unit)
    if frequency is None:
        remedy = (
            f"Set it, {name}.index.freq = 'D' or {name} = {name}.asfreq('D') for days, or use "
            f"periods, {name}.to_period('D')."
        )
        if series_of_row is not None:
            remedy = (
                f"Use periods, {name}.index = {name}.index.set_levels("
                f"{name}.index.levels[1].to_period('D'), level=1) for days."
            )
        raise ValueError(
            f"{name}: got one time in every series, and no frequency, so that the step from one "
            "row to the next is unknown. Expected two rows of one series, or a DatetimeIndex that "
            f"has its freq. {remedy}"
        )
    return frequency


def _is_sorted(series: np.ndarray, ticks: np.ndarray) -> bool:
    after = np.diff(series)
    return bool(((after > 0) | ((after == 0) & (np.diff(ticks) >= 0))).all())


def _common_divisor(ticks: np.ndarray, series: np.ndarray) -> int:
    """Return the greatest common divisor of the differences within series, 0 without any."""
    if _is_sorted(series, ticks):
        differences = np.diff(ticks)[np.diff(series) == 0]
    else:
        order = np.lexsort((ticks, series))
        differences = np.diff(ticks[order])[np.diff(series[order]) == 0]
    return int(np.gcd.reduce(differences)) if len(differences) else 0


def describe_times(times: pd.Index) -> str:
    """Return up to three of the times in words."""
    named = ", ".join(_as_text(time) for time in times[:TIMES_NAMED])
    return named + (", ..." if len(times) > TIMES_NAMED else "")


def _as_text(time: Any) -> str:
    is_day = isinstance(time, pd.Timestamp) and time.tz is None and time == time.normalize()
    return str(time.date()) if is_day else str(time)
