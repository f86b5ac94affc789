"""Small panels and what is read from them."""

import numpy as np
import pandas as pd

DAYS = pd.date_range("2024-01-01", periods=6, name="day")


def panel_index(rows, names=("shop", "day")):
    """A (series, time) index from pairs of an id and the number of a day."""
    return pd.MultiIndex.from_arrays(
        [
            [series for series, _ in rows],
            pd.Index([DAYS[0] + pd.Timedelta(n, "D") for _, n in rows]),
        ],
        names=names,
    )


def with_own_values(read):
    """Write the panel's own values as if they were forecasts of its own times."""
    positions = [np.arange(a, b + 1) for a, b in zip(read.first, read.last, strict=True)]
    values = [read.values[a:b] for a, b in zip(read.starts, read.stops, strict=True)]
    return read.layout.write(values, read.ids, positions, read.clock)
