"""A frequency that the caller gives, where the times do not show theirs."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.tseries.frequencies import to_offset

from skrnn._series.frequency import Frequency, frequency_of_offset

__all__ = ["given_frequency", "read_frequency"]


def read_frequency(freq: Any) -> Any:
    """Return the pandas offset that a parameter ``freq`` names.

    Raises
    ------
    ValueError
        If pandas knows no such frequency, or it goes back in time.
    """
    remedy = "Pass 'D' for days, 'MS' for the starts of months or 'cbh' for business hours."
    try:
        offset: Any = to_offset(freq)
    except (ValueError, TypeError) as error:
        reason = str(error).strip().rstrip(".")
        raise ValueError(
            f"freq: got {freq!r}, which pandas does not read ({reason}). Expected a frequency of "
            f"pandas. {remedy}"
        ) from error
    if offset.n < 1:
        raise ValueError(
            f"freq: got {freq!r}, by which times do not increase. Expected a frequency of 1 or "
            f"more steps. {remedy}"
        )
    return offset


def given_frequency(index: pd.Index, freq: Any, name: str) -> Frequency:
    """Return the frequency whose grid the times of an index have to be on.

    Parameters
    ----------
    index : Index
        The times, in any order.
    freq : str or pandas offset
        The frequency.
    name : str
        The name of the argument that has this index.

    Raises
    ------
    ValueError
        If ``freq`` is not a frequency, the times are not dates, or the earliest is off the grid.
    """
    offset = read_frequency(freq)
    if not isinstance(index, pd.DatetimeIndex):
        is_period = isinstance(index, pd.PeriodIndex)
        kind = "periods, which have a frequency" if is_period else "integers in place of dates"
        raise ValueError(
            f"freq: got {freq!r}, while the times of {name} are {kind}. Expected None for such "
            f"times. Leave freq out, or give {name} an index of dates."
        )
    wall = index if index.tz is None else index.tz_localize(None)
    if not offset.is_on_offset(wall.min()):
        raise ValueError(
            f"freq: got {freq!r}, while {name} has the time {index.min()}, which is not on its "
            f"grid. Expected the frequency of the times of {name}. Pass that one, or leave freq "
            "out to find it."
        )
    return frequency_of_offset(offset, int(index.asi8.min()), int(wall.asi8.min()), index.unit)
