"""A panel and a table."""

import numpy as np
import pandas as pd
import pytest

from tests.series.panels import DAYS, panel_index


@pytest.fixture
def panel():
    """Two series of different ends, one with a missing row; "b" comes first."""
    index = panel_index([("b", 0), ("b", 1), ("a", 1), ("a", 3), ("a", 4)])
    return pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], index=index, name="sales")


@pytest.fixture
def table():
    frame = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": [4.0, 5.0, 6.0]}, index=DAYS[:3])
    return frame.rename_axis(columns="shop")
