"""
Forecasting a panel
===================

Many series that have something in common are forecast by one network, which learns from all of
them. They come as a long table, one row for each time of each series, and the forecast goes back
into one. In between, scikit-learn's grid search works on the panel. At the end there are series
that nobody can forecast, and a forecaster that says so.

If the hourly series of the M4 competition lie in the data folder (see
:func:`skrnn.datasets.fetch_m4_hourly`), some of them are taken. Otherwise a panel is made of the
airline passengers of 1949 to 1960: how many there were is true, how they are shared out among
airlines is made up.
"""

# %%
# The long table, with its rows in no order.

import string
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV

from skrnn import RNNForecaster
from skrnn.baselines import ExponentialSmoothing, SeasonalNaive
from skrnn.datasets import fetch_exchange_rate, fetch_m4_hourly, load_air_passengers
from skrnn.exceptions import SeasonalNaiveWarning
from skrnn.inspection import ForecastDisplay
from skrnn.metrics import mase
from skrnn.model_selection import PanelTimeSeriesSplit
from skrnn.preprocessing import panel_from_long, panel_to_long


def share_out(passengers, n_airlines=12, seed=0):
    """Return a long table of the passengers of airlines that do not exist."""
    rng = np.random.default_rng(seed)
    walks = rng.normal(scale=0.05, size=(len(passengers), n_airlines)).cumsum(axis=0)
    weights = np.exp(walks + rng.normal(size=n_airlines))
    shares = pd.DataFrame(
        weights / weights.sum(axis=1, keepdims=True),
        index=passengers.index,
        columns=[f"airline {letter}" for letter in string.ascii_uppercase[:n_airlines]],
    )
    table = panel_to_long(shares.mul(1000 * passengers, axis=0).round())
    founded = dict(zip(table["unique_id"].unique(), rng.integers(0, 60, n_airlines), strict=True))
    is_founded = table["ds"] >= passengers.index[table["unique_id"].map(founded)]
    return table[is_founded]


try:
    m4 = fetch_m4_hourly(download_if_missing=False)
    chosen = m4.y.index.unique(level="series")[::18]
    table = panel_to_long(m4.y.loc[chosen])
    name, horizon, period = "M4, hourly", m4.horizon, m4.seasonal_period
except OSError:
    table = share_out(load_air_passengers())
    name, horizon, period = "made-up airlines", 12, 12
table = table.sample(frac=1, random_state=0, ignore_index=True)
table.head()

# %%
# ``panel_from_long`` sorts it into a Series with a (series, time) MultiIndex. Series may start and
# end at different times. The last ``horizon`` rows of each are kept aside.

panel = panel_from_long(table).sort_index(level=0)
past = panel.groupby(level=0).head(-horizon)
future = panel.drop(past.index)
lengths = past.groupby(level=0).size()
print(f"{name}: {len(lengths)} series of {lengths.min()} to {lengths.max()} timesteps")

# %%
# A search over the panel. ``PanelTimeSeriesSplit`` cuts by time, not by rows: each fold trains on
# the past of all series and tests on the timesteps that follow. The score is the skill against the
# seasonal naive forecast, the share of its error that is gone, averaged over the series.

network = RNNForecaster(horizon=horizon, max_epochs=12, validation_fraction=0, random_state=0)
search = GridSearchCV(
    network,
    {"target_transform": [None, "log"]},
    cv=PanelTimeSeriesSplit(2, test_size=horizon, align="end"),
    n_jobs=2,
    refit=False,
    error_score="raise",
).fit(past)
results = search.cv_results_
for setting, *skills in zip(
    results["params"], results["split0_test_score"], results["split1_test_score"], strict=True
):
    print(f"skill {skills[0]:5.2f} and {skills[1]:5.2f} with {setting}")

# %%
# The best setting once more, with windows held out to learn how wide intervals have to be, and a
# forecast for all series at once. MASE is an error in units of what repeating the last season costs
# in the past.

forecaster = network.set_params(validation_fraction=0.2, **search.best_params_).fit(past)
forecast = forecaster.predict()
baselines = [
    SeasonalNaive(horizon, seasonal_period=period),
    ExponentialSmoothing(horizon, seasonal_period=period),
]
for model in (*baselines, forecaster):
    predicted = forecast if model is forecaster else model.fit(past).predict()
    error = mase(future, predicted, y_train=past, seasonal_period=period)
    print(f"MASE of {type(model).__name__ + ':':21} {error:.2f}")

# %%
# The forecast as a long table, for the database.

panel_to_long(forecast.round(1)).head()

# %%
# Not everything can be forecast. Exchange rates, or random walks where those are not in the data
# folder, come as a table with a column for each series. Whatever a network says, it is no better
# than repeating the last value, and it notices on the windows that are held out: ``skill_`` is
# about 0 or below, and if it is below there is a warning. ``network_weight_`` is the weight of the
# networks beside exponential smoothing, 0.5 where both have the same errors.

try:
    rates = fetch_exchange_rate(download_if_missing=False).y.iloc[-1000:]
except OSError:
    steps = np.random.default_rng(2).normal(scale=0.006, size=(1000, 3))
    rates = pd.DataFrame(np.exp(steps.cumsum(axis=0)), columns=["walk 1", "walk 2", "walk 3"])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", SeasonalNaiveWarning)
    walker = RNNForecaster(horizon=30, max_epochs=5, random_state=0).fit(rates[:-30])
print(f"skill on held-out windows: {forecaster.skill_:.2f} of {name}, {walker.skill_:.2f} of rates")
print(f"weight of the networks: {walker.network_weight_:.2f} for rates")
for warning in caught:
    print(f"{warning.category.__name__}: {warning.message}")

# %%
# Six of the forecasts, and below them three of rates or walks. Where nothing can be known, the
# intervals widen with every step.

figure, axes = plt.subplots(3, 3, figsize=(12, 9), layout="constrained")
shown = lengths.index[:6].to_list()
ForecastDisplay.from_estimator(forecaster, y_true=future, series=shown).plot(ax=axes[:2])
display = ForecastDisplay.from_estimator(
    walker, y_true=rates, series=rates.columns[:3].to_list(), n_history=150
)
display.plot(ax=axes[2])
handles = axes[0, 0].get_legend_handles_labels()
figure.legend(*handles, loc="outside lower center", ncols=len(handles[0]))
for ax in (axes[0, 0], axes[2, 0]):
    ax.get_legend().remove()
figure.savefig("forecasting_panel.png", dpi=100)
