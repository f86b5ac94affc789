"""Panels of which no series is long enough to learn from."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from skrnn._series.panel import Panel
from skrnn._series.rows import describe_ids

__all__ = ["refuse_short"]


def refuse_short(panel: Panel) -> NoReturn:
    """Raise a ValueError that names the longest series, and what it takes to learn from one."""
    longest = int(np.argmax(panel.lengths))
    name, length = describe_ids(panel.ids[[longest]]), panel.lengths[longest]
    raise ValueError(
        f"y: got {panel.n_series} series, none of which has a window to learn from; the longest "
        f"one, {name}, has {length} sample(s) (timesteps). "
        "Expected at least three observed timesteps and one after them in some series, within "
        "the horizon; n_samples = 4 at least. Pass longer series, or a longer horizon where "
        "most values are missing."
    )
