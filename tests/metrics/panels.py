"""Panels of true values and forecasts, and their errors worked out by hand."""

import numpy as np
import pandas as pd

from skrnn.metrics import mase, rmsse

NAN = np.nan
SCALED = [mase, rmsse]


def panel(series, start=0):
    """Lay lists of values out as a panel; ``start`` is the first time of all series."""
    index = [(name, start + step) for name, values in series.items() for step in range(len(values))]
    values = [value for one in series.values() for value in one]
    return pd.Series(
        values, index=pd.MultiIndex.from_tuples(index, names=["series", "time"]), dtype=float
    )


# A panel of two series, the second twice as long in training, and forecasts of 3 timesteps.
TRAIN = {"a": [1, 3, 2, 5], "b": [10, 10, 16, 14, 14, 11, 15, 18]}
TRUE = {"a": [5, 6, 4], "b": [20, 16, 10]}
PRED = {"a": [6, 9, 4], "b": [20, 13, 13]}
# By hand. Training differences: a has 2, 1, 3; b has 0, 6, 2, 0, 3, 4, 3. Errors: a has 1, 3, 0;
# b has 0, 3, 3.
MASE = {"a": (4 / 3) / (6 / 3), "b": (6 / 3) / (18 / 7)}
SMAPE = {
    "a": (2 * 1 / 11 + 2 * 3 / 15 + 0) / 3,
    "b": (0 + 2 * 3 / 29 + 2 * 3 / 23) / 3,
}
TIMES = pd.date_range("2024-01-30", periods=3, freq="D")
