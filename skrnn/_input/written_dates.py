"""Dates that are written as text: what they are told by, and how pandas reads them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["are_dates", "dates_of", "day_first"]

# So many different values are looked at.
_N_READ = 400
# 31.12.2024, 31/12/2024 or 12/31/24, but not 2024-12-31.
_YEAR_LAST = re.compile(r"\s*(\d{1,2})([./-])\d{1,2}\2\d{2,4}\b")


def are_dates(index: Any) -> bool:
    """Whether pandas can read dates from an index of something else."""
    try:
        return bool(pd.to_datetime(index, format="mixed").notna().all())
    except (TypeError, ValueError):
        return False


def day_first(values: Any) -> str:
    """Return the argument that pandas needs to read the day before the month, or "".

    Points stand between days and months where the day comes first, and no month is above 12. What
    may be read both ways is left to pandas, which reads the month first.
    """
    texts = pd.Series(np.asarray(values), dtype=object).dropna().unique()[:_N_READ]
    found = [_YEAR_LAST.match(text) for text in texts if isinstance(text, str)]
    matches = [match for match in found if match is not None]
    if not matches or len(matches) < len(texts):
        return ""
    is_first = any(match[2] == "." or int(match[1]) > 12 for match in matches)
    return ", dayfirst=True" if is_first else ""


def dates_of(values: Any, code: str) -> str:
    """Return the code that reads the dates that ``code`` gives, of which ``values`` are some."""
    return f"pd.to_datetime({code}{day_first(values)})"
