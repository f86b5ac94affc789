"""Forecasts of a panel go into hierarchicalforecast, and come out adding up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn.baselines import ExponentialSmoothing

methods = pytest.importorskip("hierarchicalforecast.methods", reason="the extra 'reconcile'")


def test_reconciled_forecasts_of_a_table_add_up():
    rng = np.random.default_rng(0)
    parts = 50 + rng.normal(size=(80, 4)).cumsum(axis=0)
    S = np.vstack([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], np.eye(4)])
    rows = pd.DataFrame(parts @ S.T, columns=["total", "left", "right", *"abcd"])
    forecaster = ExponentialSmoothing(4, seasonal_period=1)
    base = forecaster.fit(rows).predict().to_numpy().T
    frame = forecaster.backtest(rows, n_windows=8, refit=False)
    table = frame.pivot(index=["cutoff", "time"], columns="series")
    y, prediction = (table[name][rows.columns].to_numpy().T for name in ("y", "prediction"))
    assert np.abs(base[0] - base[3:].sum(axis=0)).max() > 1e-6
    bottom_up = methods.BottomUp().fit_predict(S=S, y_hat=base)["mean"]
    np.testing.assert_allclose(bottom_up, S @ base[3:])
    traced = methods.MinTrace("ols").fit_predict(S=S, y_hat=base)["mean"]
    # The sums that are nearest to the forecasts, by least squares.
    np.testing.assert_allclose(traced, S @ np.linalg.lstsq(S, base, rcond=None)[0])
    weighed = methods.MinTrace("mint_shrink").fit_predict(
        S=S, y_hat=base, y_insample=y, y_hat_insample=prediction
    )["mean"]
    np.testing.assert_allclose(weighed, S @ weighed[3:])
