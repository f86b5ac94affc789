"""Dates written as integers, such as 202401 for a month, which are not evenly spaced."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["refuse_calendar_codes", "refuse_columns_of_calendar_codes"]

# Years in which integers are read as dates.
_FIRST_YEAR, _LAST_YEAR = 1900, 2100

# With fewer rows, a column of numbers may be dates by coincidence.
_FEWEST_ROWS = 6


@dataclass(frozen=True)
class _Code:
    """A way to write a date as an integer: a year, and a part of it with ``n_digits``.

    ``times`` is the expression that makes times of ``{index}``.
    """

    form: str
    n_digits: int
    times: str
    last: int = 0  # largest part of a year, where the parts are one number
    has_date: bool = False  # whether the part is a month, a day and so on


def _dates(digits: str) -> str:
    return f"pd.to_datetime({{index}}.astype(str), format='{digits}')"


def _short_dates(n_digits: int, form: str) -> str:
    return f"pd.to_datetime({{index}}.astype(str).str.zfill({n_digits}), format='{form}')"


_CODES = (
    _Code("yyyymm", 2, f"{_dates('%Y%m')}.to_period('M')", last=12),
    _Code("yyyymmdd", 4, f"{_dates('%Y%m%d')}.to_period('D')", has_date=True),
    _Code("yyyymmddhh", 6, _dates("%Y%m%d%H"), has_date=True),
    _Code("yyyymmddhhmm", 8, _dates("%Y%m%d%H%M"), has_date=True),
    _Code("yyyymmddhhmmss", 10, _dates("%Y%m%d%H%M%S"), has_date=True),
    _Code(
        "yyyyq",
        1,
        "pd.PeriodIndex([f'{{t // 10}}Q{{t % 10}}' for t in {index}], freq='Q', name={index}.name)",
        last=4,
    ),
    _Code(
        "yyyyww",
        2,
        "pd.to_datetime({index}.astype(str) + '1', format='%G%V%u').to_period('W')",
        last=53,
    ),
    _Code("yyyyddd", 3, f"{_dates('%Y%j')}.to_period('D')", last=366),
)


# Years of two digits.
_SHORT_CODES = (
    _Code("yymm", 2, _short_dates(4, "%y%m") + ".to_period('M')"),
    _Code("yymmdd", 4, _short_dates(6, "%y%m%d") + ".to_period('D')"),
)

# Units of times since 1970, and steps from one to the next, in seconds.
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_STEPS = (1, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 604800)
# A column of times since 1970 has one of these names, or one of these parts in its name; in an
# array it is the first. Others are counters that run evenly.
_NAMES_OF_TIMES, _PARTS_OF_NAMES = ("ts", "t", "ds"), ("time", "date", "epoch", "unix")
_NAMES_OF_YEARS = ("year", "years", "yr", "yyyy")


def refuse_calendar_codes(
    times: pd.Index, *, name: str, is_panel: bool, known_until: int = 0
) -> None:
    """Raise an error if integers are dates, which a grid of integers would continue wrongly.

    After 202312 comes 202313 on a grid of integers, and no month.

    Parameters
    ----------
    times : Index of integers
        Times in any order.
    name : str
        The argument's name in the error message.
    is_panel : bool
        Whether the index of the argument has (series, time) levels.
    known_until : int, default=0
        The last time that is known to be an ordinary number. Times of the same size are read as
        ordinary numbers.
    """
    numbers = times.to_numpy(dtype=np.int64)
    first = int(numbers.min())
    if first < 100 or known_until >= first // 2:
        return
    numbers = np.unique(numbers)
    codes = _CODES if first >= 10 * _FIRST_YEAR else ()
    code = next((code for code in codes if _are_written_as(numbers, code)), None)
    if code is None:
        code = next((code for code in _SHORT_CODES if _are_written_short(numbers, code)), None)
    if code is None or len(numbers) < 2:
        return
    where = f"{name}.index.levels[1]" if is_panel else f"{name}.index"
    remedy = code.times.format(index=where)
    if is_panel:
        remedy = f"{name}.index.set_levels({remedy}, level=1)"
    raise ValueError(
        f"{name}: got integers as times that are dates in the form {code.form}, from {numbers[0]} "
        f"to {numbers[-1]}. Expected dates, periods, or integers of equal distance: after these "
        f"numbers would come {numbers[-1] + 1}, whatever the calendar says. Read them as dates, "
        f"{name}.index = {remedy}, and give features the same index."
    )


def refuse_columns_of_calendar_codes(
    values: np.ndarray, labels: pd.Index | None, *, name: str, is_frame: bool
) -> None:
    """Raise an error if a column of a table of series holds dates written as integers.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_columns)
        A column for each series.
    labels : Index of length n_columns, or None
        Of the columns; None in an array.
    name : str
        The argument's name in the error message.
    is_frame : bool
        Whether the argument is a table of pandas.
    """
    if len(values) < _FEWEST_ROWS or values.shape[1] < 2:
        return
    for j, column in enumerate(values.T):
        label = j if labels is None else labels[j]
        with np.errstate(invalid="ignore"):  # infinity is refused later
            steps = np.diff(column)
        if not (steps > 0).all() or column[-1] >= 2**63 or (column != np.round(column)).any():
            continue
        numbers = column.astype(np.int64)
        if (steps == steps[0]).all():
            # Steps of equal size are those of a counter, or of a clock.
            code = _evenly_spaced(numbers, label, may_be_unnamed=labels is None and j == 0)
        else:
            codes = (code for code in _CODES if code.has_date or code.form == "yyyymm")
            code = next((code for code in codes if _are_written_as(numbers, code)), None)
        if code is None:
            continue
        remedy = f"Leave it out, np.delete({name}, {j}, axis=1)."
        if is_frame:
            times = code.times.format(index=f"pd.Index({name}[{label!r}])")
            remedy = (
                "Put it into the index, "
                f"{name} = {name}.drop(columns=[{label!r}]).set_axis({times})."
            )
        raise ValueError(
            f"{name}: got dates in the form {code.form} in the column {label!r}, from {numbers[0]} "
            f"to {numbers[-1]}, as a series to forecast. Expected a column of numbers for each "
            f"series, and times in the index. {remedy}"
        )


def _are_written_as(numbers: np.ndarray, code: _Code) -> bool:
    """Return whether all increasing numbers are dates in this form, beyond coincidence."""
    years, parts = np.divmod(numbers, 10**code.n_digits)
    if years[0] < _FIRST_YEAR or years[-1] > _LAST_YEAR:
        return False
    if code.has_date:
        # Without minutes and seconds, which may not be written, pandas reads no hours.
        n_read = 8 if code.n_digits < 6 else 14
        texts = [text.ljust(n_read, "0") for text in numbers.astype(str).tolist()]
        digits = "%Y%m%d%H%M%S"[: 6 if n_read == 8 else 12]
        return bool(pd.to_datetime(texts, format=digits, errors="coerce").notna().all())
    if parts.min() < 1 or parts.max() > code.last:
        return False
    # Within one year, quarters, weeks and days of the year are hardly different from a counter.
    return code.form == "yyyymm" or years[0] < years[-1]


def _are_written_short(numbers: np.ndarray, code: _Code) -> bool:
    """Return whether increasing numbers are all days or months of a time, the year in two digits.

    Numbers within one month, or one year, are not told from a counter.
    """
    if len(numbers) < _FEWEST_ROWS or numbers[-1] >= 100 * 10**code.n_digits:
        return False
    if (np.diff(numbers) == 1).all():
        return False
    n_digits, form = (4, "%y%m") if code.form == "yymm" else (6, "%y%m%d")
    texts = [str(number).zfill(n_digits) for number in numbers.tolist()]
    dates = pd.to_datetime(texts, format=form, errors="coerce")
    if dates.hasnans:
        return False
    steps = np.diff(dates.to_period("M" if code.form == "yymm" else "D").asi8)
    return bool((steps == 1).all())


def _evenly_spaced(numbers: np.ndarray, label: Hashable, *, may_be_unnamed: bool) -> _Code | None:
    """Return how times of equal distance are written, if the numbers are such times."""
    step, name = int(numbers[1] - numbers[0]), str(label).lower()
    is_named = name in _NAMES_OF_TIMES or any(part in name for part in _PARTS_OF_NAMES)
    for unit, size in _UNITS.items() if is_named or may_be_unnamed else ():
        # From 1973 to 2100. A step of one second may also be that of a counter.
        if 10**8 * size <= numbers[0] and numbers[-1] <= 4_102_444_800 * size:
            is_step = step % size == 0 and step // size in _STEPS[unit == "s" :]
            times = f"pd.to_datetime({{index}}, unit='{unit}')"
            return _Code(f"of times since 1970 in {unit}", 0, times) if is_step else None
    is_year = _FIRST_YEAR <= numbers[0] and numbers[-1] <= _LAST_YEAR and step == 1
    if is_year and name in _NAMES_OF_YEARS:
        times = "pd.to_datetime({index}.astype(int).astype(str), format='%Y').to_period('Y')"
        return _Code("yyyy", 0, times)
    return None
