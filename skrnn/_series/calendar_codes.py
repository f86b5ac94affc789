"""Dates written as integers, such as 202401 for a month, which are not evenly spaced."""

from __future__ import annotations

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
    if first < 10 * _FIRST_YEAR or known_until >= first // 2:
        return
    numbers = np.unique(numbers)
    code = next((code for code in _CODES if _are_written_as(numbers, code)), None)
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
        # Steps of equal size are those of a counter.
        with np.errstate(invalid="ignore"):  # infinity is refused later
            steps = np.diff(column)
        if not (steps > 0).all() or (steps == steps[0]).all() or column[-1] >= 2**53:
            continue
        numbers = column.astype(np.int64)
        codes = (code for code in _CODES if code.has_date or code.form == "yyyymm")
        code = next((code for code in codes if _are_written_as(numbers, code)), None)
        if code is None or (numbers != column).any():
            continue
        label = j if labels is None else labels[j]
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
