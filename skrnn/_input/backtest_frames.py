"""The table that a backtest returns, as it is passed on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from skrnn._input.plain import to_plain

__all__ = ["read_backtest"]

_COLUMNS = ["series", "cutoff", "time", "y", "prediction"]


def read_backtest(frame: Any) -> pd.DataFrame:
    """Return the table of a backtest as a DataFrame of pandas; refuse what is none."""
    given, frame = frame, to_plain(frame, "frame")
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"frame: got a {type(given).__name__}. Expected the DataFrame that backtest returned. "
            "Pass forecaster.backtest(y)."
        )
    if set(_COLUMNS) - set(frame.columns) or len(frame) == 0:
        raise ValueError(
            f"frame: got {len(frame)} rows with the columns {list(frame.columns)[:8]}. Expected at "
            f"least one row and the columns {_COLUMNS}. Pass forecaster.backtest(y)."
        )
    return frame
