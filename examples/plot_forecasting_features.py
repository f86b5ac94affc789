"""
Forecasting with features
=========================

What people do depends on things that are known beforehand, such as days off, and on things that
are known only once they have come, such as the weather. Both can stand beside a series, and the
forecaster must know which is which.

The example takes the hourly rentals of a bike sharing system, if that set lies in the data folder
(see :func:`skrnn.datasets.fetch_bike_sharing`). Otherwise it makes up rentals: then the figures
show how it is done, and say nothing about any real city.
"""

# %%
# Read the rentals, or make them up: a daily course that differs between working days and days off,
# warm hours in which more people ride, and noise. Some weekdays are made days off at random.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skrnn import RNNForecaster
from skrnn.datasets import fetch_bike_sharing
from skrnn.inspection import BacktestDisplay, ForecastDisplay


def make_up_rentals(n_days=200, seed=0):
    """Return features and rentals of a city that does not exist."""
    rng = np.random.default_rng(seed)
    hours = pd.date_range("2024-03-01", periods=24 * n_days, freq="h", name="time")
    hour = hours.hour.to_numpy()
    is_off = rng.random(n_days) < 0.1
    is_off[-6] = True  # a day off among the last two weeks, which are to be forecast
    workingday = np.repeat(~is_off, 24) & (hours.day_of_week < 5)
    drift = np.zeros(n_days)
    for day in range(1, n_days):
        drift[day] = 0.7 * drift[day - 1] + rng.normal(scale=2.5)
    temp = 16 - 4 * np.cos(2 * np.pi * (hour - 3) / 24) + np.repeat(drift, 24)

    def bump(peak, width):
        return np.exp(-(((hour - peak) / width) ** 2))

    to_work = 300 * bump(8, 1.5) + 350 * bump(17.5, 2) + 120 * bump(13, 4)
    for_fun = 260 * bump(14, 4)
    users = np.where(workingday, to_work, for_fun) * np.exp(0.04 * (temp - 16))
    users = np.round(users * np.exp(rng.normal(scale=0.1, size=len(hours))) + 5)
    X = pd.DataFrame({"workingday": workingday.astype(float), "temp": temp}, index=hours)
    return X, pd.Series(users, index=hours, name="users")


try:
    X, y = fetch_bike_sharing(return_X_y=True, download_if_missing=False)
    X, y = X.loc[:"2012-11-30", ["workingday", "temp"]], y[:"2012-11-30"]
    name = "Capital Bikeshare, two weeks around Thanksgiving 2012"
except OSError:
    X, y = make_up_rentals()
    name = "made-up rentals"
print(f"{name}: {len(y)} hours")
X.iloc[[8, 20]].assign(users=y)

# %%
# Every morning for two weeks, at midnight, the coming 24 hours are to be forecast. Which hour and
# weekday it is, the forecaster reads from the index. The rest is a matter of what X holds, and of
# what ``past_features`` says:
#
# - days off are known in advance,
# - the temperature is known up to the cutoff only,
# - with a perfect weather forecast it would be known in advance, too. No such forecast exists, but
#   the comparison says what a good one could be worth at most.
#
# One network is trained before the first cutoff and then moved from day to day (``refit=False``).

horizon, n_days = 24, 14
settings = {"horizon": horizon, "max_epochs": 15, "validation_fraction": 0, "random_state": 0}
models = {
    "no features": (RNNForecaster(**settings), []),
    "days off": (RNNForecaster(**settings), ["workingday"]),
    "days off, past temperature": (
        RNNForecaster(**settings, past_features="temp"),
        ["workingday", "temp"],
    ),
    "days off, weather known": (RNNForecaster(**settings), ["workingday", "temp"]),
}
backtests = {
    label: forecaster.backtest(X[columns], y, n_windows=n_days, refit=False)
    for label, (forecaster, columns) in models.items()
}

# %%
# The baseline repeats the same hours of the week before. In the real set days off are rare, twenty
# of seven hundred days, which is little to learn from; the made-up ones are more frequent.

actual = y.iloc[-n_days * horizon :]
errors = {"a week before": (actual - y.shift(7 * 24)).abs().mean()}
for label, frame in backtests.items():
    errors[label] = (frame["y"] - frame["prediction"]).abs().mean()
for label, error in errors.items():
    print(f"mean absolute error, {label + ':':27} {error:5.1f} rentals an hour")

# %%
# A forecast needs the known features of the hours it is about, one row for each. What such a table
# says about the temperature after the cutoff is never read if ``past_features`` names it.
#
# Rentals are counted, and never fewer than none. ``loss="negative_binomial"`` learns a distribution
# of counts, whose intervals know that.

forecaster = RNNForecaster(
    horizon=horizon,
    loss="negative_binomial",
    max_epochs=15,
    past_features="temp",
    random_state=0,
).fit(X[:-24], y[:-24])
forecast = forecaster.predict(X[-24:])
unread = X[-24:].assign(temp=np.nan)
print("the temperature after the cutoff is not read:", forecast.equals(forecaster.predict(unread)))

# %%
# On a weekday that is a day off (orange), a forecaster without features expects people to go to
# work.

figure, axes = plt.subplot_mosaic(
    [["without", "without"], ["with", "with"], ["errors", "ahead"]],
    figsize=(11, 10),
    layout="constrained",
)
is_odd = (X["workingday"] == 0) & (X.index.day_of_week < 5)
for place, label in {"without": "no features", "with": "days off"}.items():
    BacktestDisplay.from_frame(backtests[label], y, n_history=0).plot(ax=axes[place])
    top = 1.25 * actual.max()
    hours = actual.index
    axes[place].fill_between(hours, 0, top, where=is_odd[hours], color="tab:orange", alpha=0.2)
    axes[place].set(title=f"forecasts at midnight: {label}", ylabel="rentals an hour")
    axes[place].set_ylim(0, top)
    axes[place].legend(loc="upper left", ncols=3)
bars = axes["errors"].barh(list(errors), list(errors.values()), color="tab:blue", alpha=0.5)
bars[0].set_color("tab:grey")
axes["errors"].invert_yaxis()
for place, (label, error) in enumerate(errors.items()):
    axes["errors"].text(0, place, f"  {error:.0f}  {label}", va="center")
axes["errors"].set(title=name, xlabel="mean absolute error", yticks=[])
ForecastDisplay.from_estimator(forecaster, X[-24:], y_true=y, n_history=48).plot(ax=axes["ahead"])
axes["ahead"].set(title="the last day, with intervals", ylabel="rentals an hour")
axes["ahead"].set_ylim(top=1.3 * axes["ahead"].get_ylim()[1])
axes["ahead"].legend(loc="upper left", fontsize="small")
figure.savefig("forecasting_features.png", dpi=100)
