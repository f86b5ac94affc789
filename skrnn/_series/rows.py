"""Which series and which time each row of an index stands for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._input.written_dates import are_dates, dates_of
from skrnn._series.clock import Clock, are_arrow_times, describe_times
from skrnn._series.frequency import can_be_inferred

__all__ = ["Rows", "describe_ids", "read_levels", "read_rows"]

ROWS_NAMED = 3  # how many offending rows or series an error lists


class Rows(NamedTuple):
    """Where the rows of an index stand.

    Attributes
    ----------
    series : ndarray of int64, shape (n_rows,)
        Number of each row's series; 0 for a plain index.
    positions : ndarray of int64, shape (n_rows,)
        Clock position of each row.
    ids : Index or None
        Series ids in the order of their first rows; None for a plain index.
    clock : Clock
    """

    series: np.ndarray
    positions: np.ndarray
    ids: pd.Index | None
    clock: Clock


class Levels(NamedTuple):
    """Series and times of the rows, before anything is known of a grid.

    Attributes
    ----------
    series : ndarray of int64, shape (n_rows,)
        Number of each row's series.
    ids : Index
        Series ids in the order of their first rows.
    times : Index
        The different times, increasing.
    time_codes : ndarray of int64, shape (n_rows,)
        Which of the times is a row's.
    """

    series: np.ndarray
    ids: pd.Index
    times: pd.Index
    time_codes: np.ndarray


def read_rows(index: pd.Index, *, name: str, clock: Clock | None = None, freq: Any = None) -> Rows:
    """Read the times of an index, and the series if it has (series, time) levels.

    Parameters
    ----------
    index : Index
        Times increase within each series; the rows of different series may be mixed.
    name : str
        The name of the argument that has this index.
    clock : Clock or None
        The grid that the times have to be on; None finds it.
    freq : str, pandas offset or None, default=None
        The frequency of the grid to be found, if it is known.

    Returns
    -------
    Rows

    Raises
    ------
    TypeError
        If the index holds no times.
    ValueError
        If times are out of order, repeated, missing, without a frequency or off the grid, or the
        levels are not (series, time).
    """
    if not isinstance(index, pd.MultiIndex):
        return _read_plain_rows(index, name, clock, freq)
    levels = read_levels(index, name)
    series, ids, times, time_codes = levels
    order = None if bool((series[1:] >= series[:-1]).all()) else np.argsort(series, kind="stable")
    by_series = (series, time_codes) if order is None else (series[order], time_codes[order])
    is_within = by_series[0][1:] == by_series[0][:-1]
    if (np.diff(by_series[1])[is_within] <= 0).any():
        _refuse_disorder(levels, name)
    if clock is None and freq is not None:
        clock = Clock.from_index(times, name=name, freq=freq)
    elif clock is None:
        clock = _clock_of_levels(index, times, *by_series, name)
    positions = clock.positions(times, name=name, is_panel=True)
    return Rows(series, positions[time_codes], ids, clock)


def read_levels(index: pd.MultiIndex, name: str) -> Levels:
    """Read series and times of the rows of a (series, time) index, in any order."""
    _refuse_wrong_levels(index, name)
    series, used_ids = pd.factorize(np.asarray(index.codes[0]))
    ids = index.levels[0].take(used_ids).rename(index.names[0])
    # The levels of a part still list what only the whole had.
    level, codes = index.levels[1], np.asarray(index.codes[1])
    is_used = np.zeros(len(level), dtype=bool)
    is_used[codes] = True
    used = np.flatnonzero(is_used)
    times = level.take(used).rename(index.names[1])
    order = np.asarray(times.argsort())
    rank = np.zeros(len(level), dtype=np.int64)
    rank[used[order]] = np.arange(len(used))
    return Levels(series, ids, times.take(order), rank[codes])


def describe_ids(ids: pd.Index) -> str:
    """Return up to three of the series ids in words."""
    named = [repr(id) if isinstance(id, str) else str(id) for id in ids[:ROWS_NAMED]]
    return ", ".join(named) + (", ..." if len(ids) > ROWS_NAMED else "")


def _read_plain_rows(index: pd.Index, name: str, clock: Clock | None, freq: Any) -> Rows:
    is_in_order = index.is_monotonic_increasing and index.is_unique
    if not is_in_order and not index.hasnans and _rank_as_time(index):
        time_codes, times = pd.factorize(index, sort=True)
        series = np.zeros(len(index), dtype=np.int64)
        _refuse_disorder(Levels(series, pd.Index([0]), times, time_codes), name, is_plain=True)
    own = Clock.from_index(index, name=name, freq=freq) if clock is None else clock
    is_known = clock is not None or freq is not None
    if is_known and isinstance(index, pd.DatetimeIndex) and index.freq is not None:
        _refuse_other_frequency(Clock.from_index(index, name=name), own, name)
    positions = own.positions(index, name=name)
    return Rows(np.zeros(len(index), dtype=np.int64), positions, None, own)


def _clock_of_levels(
    index: pd.MultiIndex, times: pd.Index, series: np.ndarray, time_codes: np.ndarray, name: str
) -> Clock:
    level = index.levels[1]
    if getattr(level, "freq", None) is not None and isinstance(level, pd.DatetimeIndex):
        # Where the rows cannot show the frequency, the one the index was made with counts: if no
        # series has two of them, and for business hours, which look like hours with gaps.
        if np.bincount(series).max() == 1 or not can_be_inferred(level.freq):
            return Clock.from_index(level.rename(index.names[1]), name=name)
    return Clock.from_index(times.take(time_codes), name=name, series_of_row=series)


def _rank_as_time(level: pd.Index) -> int:
    """Return 2 for dates and periods, 1 for integers, which may be times, 0 for anything else."""
    if isinstance(level, (pd.DatetimeIndex, pd.PeriodIndex)) or are_arrow_times(level):
        return 2
    return int(types.is_integer_dtype(level.dtype))


def _refuse_wrong_levels(index: pd.MultiIndex, name: str) -> None:
    if index.nlevels != 2:
        raise ValueError(
            f"{name}: got a MultiIndex with {index.nlevels} levels, {list(index.names)}. Expected "
            "two, (series, time). Join the levels that name the series into one, "
            f"{name}.index = pd.MultiIndex.from_arrays([{name}.index.droplevel(-1).to_flat_index()"
            f".map(str), {name}.index.get_level_values(-1)])."
        )
    if _rank_as_time(index.levels[0]) > _rank_as_time(index.levels[1]):
        raise ValueError(
            f"{name}: got a MultiIndex with levels {list(index.names)}, the first of which holds "
            f"times. Expected (series, time). Swap them, {name}.swaplevel().sort_index()."
        )
    if not _rank_as_time(index.levels[1]):
        remedy = "Give each row a time as the second level."
        if are_dates(index.levels[1]):
            dates = dates_of(index.levels[1], f"{name}.index.levels[1]")
            remedy = f"Read dates, {name}.index = {name}.index.set_levels({dates}, level=1)."
        raise TypeError(
            f"{name}: got a MultiIndex whose second level, {index.names[1]!r}, is of type "
            f"{type(index.levels[1]).__name__} and dtype {index.levels[1].dtype}, read as times. "
            f"Expected dates, periods or integers. {remedy}"
        )
    for codes, what in zip(index.codes, ("series id", "time"), strict=True):
        rows = np.flatnonzero(np.asarray(codes) == -1)
        if len(rows):
            level = 0 if what == "series id" else 1
            raise ValueError(
                f"{name}: got {len(rows)} row(s) without a {what}, the first is row {rows[0]}. "
                "Expected a series id and a time for every row. Drop these rows, "
                f"{name}[{name}.index.get_level_values({level}).notna()]."
            )


def _refuse_other_frequency(own: Clock, clock: Clock, name: str) -> None:
    if own.kind == clock.kind and str(own.tz) == str(clock.tz) and not own.same_grid(clock):
        raise ValueError(
            f"{name}: got times of frequency {own.freq_name!r}. Expected those of the frequency "
            f"{clock.freq_name!r}, on the grid of the others. Bring them to it, "
            f"{name}.resample({clock.freq_name!r}).mean(), or clear the frequency if these are "
            f"rows of that grid, {name}.index.freq = None."
        )


def _refuse_disorder(levels: Levels, name: str, is_plain: bool = False) -> None:
    series, ids, times, time_codes = levels
    keys = pd.Series(series * np.int64(len(times)) + time_codes)
    repeated = np.flatnonzero(keys.duplicated().to_numpy())

    def named(rows: np.ndarray) -> str:
        words = []
        for row in rows[:ROWS_NAMED]:
            time = describe_times(times[[time_codes[row]]])
            in_series = "" if is_plain else describe_ids(ids[[series[row]]])
            words.append(time if is_plain else f"({in_series}, {time})")
        return ", ".join(words) + (", ..." if len(rows) > ROWS_NAMED else "")

    remedy = ""
    if is_plain:
        remedy = (
            " Rows of several series need a (series, time) MultiIndex, which "
            "skrnn.preprocessing.panel_from_long makes."
        )
    order = np.argsort(series, kind="stable")
    is_back = (np.diff(series[order]) == 0) & (np.diff(time_codes[order]) < 0)
    if is_back.any():
        rows = order[1:][is_back]
        also = f" Besides, {len(repeated)} time(s) come twice." if len(repeated) else ""
        raise ValueError(
            f"{name}: got {len(rows)} row(s) that go back in time: {named(rows)}.{also} "
            f"Expected increasing times in every series. Sort them, "
            f"{name}.sort_index(); cross-validate with TimeSeriesSplit (PanelTimeSeriesSplit for "
            f"a panel), not with shuffling or a halving search over n_samples.{remedy}"
        )
    dates = times[time_codes[repeated]]
    if isinstance(dates, pd.DatetimeIndex) and dates.tz is None:
        if (dates != dates.normalize()).any():
            remedy = (
                " The hour that comes twice when daylight saving ends needs a time zone, "
                f"{name}.tz_localize('Europe/Berlin', ambiguous='infer').{remedy}"
            )
    raise ValueError(
        f"{name}: got {len(repeated)} time(s) that come twice: {named(repeated)}. Expected each "
        f"time once in a series. Aggregate them, {name}.groupby(level="
        f"{0 if is_plain else [0, 1]}).mean().{remedy}"
    )
