"""
Forecasting a series from a CSV file
====================================

What most forecasting is like: a file with two columns, a model, a forecast for the next months, a
file with the forecast. On the way: how sure the forecast is, whether another setting would be
better, and what would have come out in earlier years.
"""

# %%
# A file as a spreadsheet would write it. The figures are monthly airline passengers, in thousands.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from skrnn import RNNForecaster
from skrnn.baselines import ExponentialSmoothing, SeasonalNaive
from skrnn.datasets import load_air_passengers
from skrnn.inspection import BacktestDisplay, ForecastDisplay
from skrnn.metrics import interval_coverage, mase

folder = Path(tempfile.mkdtemp())
load_air_passengers().to_csv(folder / "passengers.csv")

# %%
# Reading it takes one line: the dates become the index. The forecaster sees from them that a
# timestep is a month. The last year is kept aside.

table = pd.read_csv(folder / "passengers.csv", index_col="month", parse_dates=True)
passengers = table["passengers"]
past, future = passengers[:-12], passengers[-12:]
past.tail(3)

# %%
# Fit and predict. Swings that grow with the level call for a logarithm. The forecast is a Series
# with the dates of the next twelve months.

forecaster = RNNForecaster(horizon=12, target_transform="log", random_state=0).fit(past)
forecast = forecaster.predict()
forecast.head(3)

# %%
# Intervals that are to contain 80 % of what comes. Their width was learned on the end of the
# history, from a network that had not seen it.

interval = forecaster.predict_interval(coverage=0.8)
coverage = interval_coverage(future, interval["lower"], interval["upper"])
print(f"skill on held-out windows: {forecaster.skill_:.2f} (0: as good as repeating last year)")
print(f"share of the year inside the 80 % interval: {coverage:.0%}")

# %%
# The baselines to beat: each month as a year before, and exponential smoothing. Twelve months of a
# single series say little: by luck, any of them might be ahead.

for model in (SeasonalNaive(12), ExponentialSmoothing(12), forecaster):
    predicted = forecast if model is forecaster else model.fit(past).predict()
    error = mase(future, predicted, y_train=past, seasonal_period=12)
    print(f"MASE of {type(model).__name__ + ':':21} {error:.2f}")

# %%
# Which settings are better? scikit-learn's own search answers, with its own splitter for time
# series, which trains on the past only. Its scorers want X and y; the X of a series without
# features is a table without columns, which has the times in its index. Holding windows out for
# intervals would double the time here, for nothing.

network = RNNForecaster(horizon=12, validation_fraction=0, random_state=0)
search = GridSearchCV(
    network,
    {"target_transform": [None, "log"]},
    cv=TimeSeriesSplit(3, test_size=12),
    scoring="neg_mean_absolute_error",
    n_jobs=2,
    refit=False,
    error_score="raise",
).fit(past.to_frame()[[]], past)
results = search.cv_results_
for setting, mean, spread in zip(
    results["params"], -results["mean_test_score"], results["std_test_score"], strict=True
):
    print(f"mean absolute error {mean:4.1f} +/- {spread:4.1f} thousand passengers with {setting}")

# %%
# Three years are three opinions: look at the spread before believing in a winner.
#
# What would have come out in earlier years? ``backtest`` trains a new network before each cutoff,
# or, with ``refit=False``, one before the first cutoff and moves it along.

best = network.set_params(**search.best_params_)
backtest = best.backtest(passengers, n_windows=4, refit=False)
for baseline in (SeasonalNaive(12), ExponentialSmoothing(12)):
    frame = baseline.backtest(passengers, n_windows=4, refit=False)
    backtest[type(baseline).__name__] = frame["prediction"]
columns = ["prediction", "SeasonalNaive", "ExponentialSmoothing"]
errors = backtest[columns].sub(backtest["y"], axis=0).abs()
errors = errors.groupby(backtest["time"].dt.year).mean()
print("mean absolute error of each year, thousand passengers")
print(errors.rename(columns={"prediction": "network"}).round(1).to_string())

# %%
# The two pictures. In the upper one, the forecast was made at the end of 1959. Bands are the
# intervals for three coverages.

figure, (upper, lower) = plt.subplots(2, 1, figsize=(9, 7.5), layout="constrained")
ForecastDisplay.from_estimator(forecaster, y_true=future).plot(ax=upper)
upper.set(title="forecast of 1960", ylabel="thousand passengers")
BacktestDisplay.from_frame(backtest, passengers).plot(ax=lower)
lower.set(title="backtest: one network, four cutoffs", ylabel="thousand passengers")
figure.savefig("forecasting_csv.png", dpi=100)

# %%
# For the forecast that somebody asked for, train on everything, with windows held out again to get
# intervals, and write a file.

final = best.set_params(validation_fraction=0.2).fit(passengers)
final_table = final.predict_interval(coverage=0.8)
final_table.insert(0, "forecast", final.predict())
final_table.round(1).to_csv(folder / "forecast.csv")
print("\n".join((folder / "forecast.csv").read_text().splitlines()[:4]))
