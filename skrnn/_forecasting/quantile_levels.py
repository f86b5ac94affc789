"""The levels of the quantiles that are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.refusals import describe_value

__all__ = ["read_levels"]


def read_levels(levels: Any) -> np.ndarray:
    """Return the levels of quantiles that a caller asks for, shape (n_levels,)."""
    try:
        numbers = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    except (TypeError, ValueError):
        numbers = np.empty(0)
    is_valid = numbers.ndim == 1 and numbers.size and ((numbers > 0) & (numbers < 1)).all()
    if not is_valid or len(np.unique(numbers)) < len(numbers):
        raise ValueError(
            f"levels: got {describe_value(levels)}. Expected different numbers between 0 and 1. "
            "Pass [0.1, 0.5, 0.9], for example; 10 percent is 0.1. Pass rows to forecast by name, "
            "X=..."
        )
    return numbers
