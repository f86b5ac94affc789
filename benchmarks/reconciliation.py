"""What reconciling the sums of forecasts is worth, by hierarchicalforecast.

    python benchmarks/reconciliation.py traffic_weekly_dataset.tsf.gz

The file is that of the Monash archive. It takes about twenty seconds.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import pandas as pd
from hierarchicalforecast.methods import BottomUp, MinTrace

from skrnn import RNNForecaster
from skrnn.datasets import read_tsf
from skrnn.exceptions import SeasonalNaiveWarning

N_SERIES, N_IN_GROUP, HORIZON = 60, 10, 8


def with_sums(series: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the total, the groups and the series, and which series each of them adds up."""
    groups = np.arange(N_SERIES) // N_IN_GROUP
    members = np.array([groups == group for group in np.unique(groups)])
    S = np.vstack([np.ones(N_SERIES), members, np.eye(N_SERIES)]).astype(float)
    names = ["total", *(f"group {group}" for group in np.unique(groups)), *series.columns]
    return pd.DataFrame(series.to_numpy() @ S.T, index=series.index, columns=names), S


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", help="traffic_weekly_dataset.tsf.gz")
    table = read_tsf(parser.parse_args().path).y.unstack(level=0).iloc[:, :N_SERIES]
    rows, S = with_sums(table)
    past, future = rows[:-HORIZON], rows[-HORIZON:].to_numpy().T
    warnings.simplefilter("ignore", SeasonalNaiveWarning)
    forecaster = RNNForecaster(HORIZON, random_state=0).fit(past)
    base = forecaster.predict().to_numpy().T
    fitted = forecaster.fitted_values().to_numpy().T
    frame = forecaster.backtest(past, n_windows=6, refit=False)
    by_series = frame.pivot(index=["cutoff", "time"], columns="series")
    # The first blocks of fitted values have little history.
    first = 3 * HORIZON
    seen = {
        "minimum trace, fitted values": (past.to_numpy().T[:, first:], fitted[:, first:]),
        "minimum trace, backtest": tuple(
            by_series[name][rows.columns].to_numpy().T for name in ("y", "prediction")
        ),
    }
    forecasts = {"as forecast": base, "bottom-up": BottomUp().fit_predict(S=S, y_hat=base)["mean"]}
    for name, (y, prediction) in seen.items():
        forecasts[name] = MinTrace("mint_shrink").fit_predict(
            S=S, y_hat=base, y_insample=y, y_hat_insample=prediction
        )["mean"]
    n_groups = N_SERIES // N_IN_GROUP
    for name, forecast in forecasts.items():
        errors = np.abs(forecast - future).mean(axis=1)
        groups, series = errors[1 : 1 + n_groups].mean(), errors[1 + n_groups :].mean()
        gap = np.abs(forecast - S @ forecast[1 + n_groups :]).max()
        print(f"{name:30s} {errors[0]:6.2f} {groups:6.3f} {series:7.4f}  sums miss by {gap:.1e}")


if __name__ == "__main__":
    main()
