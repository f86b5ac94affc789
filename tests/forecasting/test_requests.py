"""What is asked of which row of the past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.requests import request_ahead, request_rows
from skrnn._series.panel import read_panel
from tests.forecasting.references import NAN, three_series


@pytest.mark.parametrize("horizon", [1, 3, 4])
def test_rows_are_asked_of_the_last_observation_before_their_block(horizon):
    y = three_series()
    panel = read_panel(y)
    # one that ends with missing values.
    series = np.repeat(np.arange(3), panel.lengths + 5)
    positions = np.concatenate(
        [
            np.arange(first, first + n + 5)
            for first, n in zip(panel.first, panel.lengths, strict=True)
        ]
    )
    request = request_rows(panel, series, positions, horizon, lambda values: values)
    for value, (one, position) in enumerate(zip(series, positions, strict=True)):
        last = panel.last[one]
        block_start = last + 1
        while position < block_start:
            block_start -= horizon
        known = [
            row
            for row in range(panel.first[one], min(block_start, last + 1))
            if not np.isnan(panel.values[panel.starts[one] + row - panel.first[one]])
        ]
        if not known:
            assert request.windows[value] == -1
            continue
        cutoff = request.cutoffs[request.windows[value]]
        assert cutoff == panel.starts[one] + known[-1] - panel.first[one]
        assert request.steps[value] == position - known[-1] - 1
        assert request.steps[value] < request.n_steps
    forecasts = np.arange(len(request.cutoffs) * request.n_steps, dtype=float)
    forecasts = forecasts.reshape(len(request.cutoffs), request.n_steps)
    got = request.pick(forecasts, np.full(3, -1.0))
    expected = [
        -1.0 if window < 0 else forecasts[window, step]
        for window, step in zip(request.windows, request.steps, strict=True)
    ]
    np.testing.assert_array_equal(got, expected)


def test_what_comes_next_is_asked_of_the_last_observations():
    panel = read_panel(pd.DataFrame({"a": [1.0, 2.0, NAN], "b": [NAN, 5.0, 6.0]}))
    request = request_ahead(panel, 2)
    assert request.cutoffs.tolist() == [1, 5]
    assert request.steps.tolist() == [1, 2, 0, 1] and request.n_steps == 3
    assert request.windows.tolist() == [0, 0, 1, 1]
