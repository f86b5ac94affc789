"""
Holidays as categories
======================

Every holiday is different: on Independence Day people ride for fun, on Thanksgiving they stay at
home. A column with the names of holidays tells the forecaster which one a day is. The names come
from the `holidays <https://holidays.readthedocs.io>`_ package, which knows those of some hundred
countries: ``python -m pip install holidays``.

The example takes the rentals of a bike sharing system in Washington, D.C., by days, if that set
lies in the data folder (see :func:`skrnn.datasets.fetch_bike_sharing`). Otherwise it makes up
rentals: then the figures show how it is done, and say nothing about any real city.
"""

# %%
# Read the rentals, or make them up.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skrnn import RNNForecaster
from skrnn.datasets import fetch_bike_sharing

try:
    import holidays
except ImportError as error:
    raise ImportError(
        "holidays: the package is not installed. Run: python -m pip install holidays"
    ) from error


def names_of_holidays(days, **place):
    """Return the name of the holiday that each day is, None where it is none.

    A holiday that falls on a weekend may be observed on another day, and keeps its name there.
    """
    calendar = holidays.country_holidays(years=sorted(set(days.year)), **place)
    names = [calendar.get(day, "").removesuffix(" (observed)") or None for day in days.date]
    return pd.Series(names, index=days, dtype=object)


def make_up_rentals(n_days=800, seed=0):
    """Return daily rentals of a city that does not exist."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2022-06-01", periods=n_days, freq="D")
    course = 3000 - 1200 * np.cos(2 * np.pi * (days.day_of_year - 15) / 365.25)
    course = course * np.where(days.day_of_week < 5, 1.0, 0.85)
    name = names_of_holidays(days, country="US", subdiv="DC")
    share = name.map(lambda name: 1.0 if name is None else 0.45 + len(str(name)) % 5 * 0.15)
    return pd.Series(np.round(course * share * rng.normal(1, 0.08, n_days)), index=days)


try:
    rentals = fetch_bike_sharing(return_X_y=True, download_if_missing=False)[1]
    y = rentals.resample("D").sum()
    name = "Capital Bikeshare"
except OSError:
    y = make_up_rentals()
    name = "made-up rentals"
holiday = names_of_holidays(y.index, country="US", subdiv="DC")
X = pd.DataFrame({"is_off": holiday.notna().astype(float), "holiday": holiday})
print(f"{name}: {len(y)} days, {holiday.notna().sum()} of them holidays")
X.assign(rentals=y).dropna().tail()

# %%
# Two years show each holiday once or twice, which is little to learn from. So a second column says
# what all of them have in common, that they are days off. The last half year is forecast day by
# day, from networks that were trained before it.

n_test = 183
settings = {"horizon": 1, "seasonal_period": 7, "max_epochs": 20, "random_state": 0}
is_holiday = holiday.notna().iloc[-n_test:]
errors, predictions = {}, {}
for label, columns in {
    "without holidays": [],
    "days off": ["is_off"],
    "days off and names": ["is_off", "holiday"],
}.items():
    model = RNNForecaster(**settings)
    frame = model.backtest(X[columns], y, n_windows=n_test, refit=False)
    predictions[label] = frame.set_index("time")["prediction"]
    errors[label] = (predictions[label] - y[-n_test:]).abs()
errors["a week before"] = (y.shift(7) - y).abs()[-n_test:]

# %%
# The baseline repeats the same day of the week before.

for label, error in errors.items():
    print(
        f"mean absolute error, {label + ':':19} {error.mean():6.0f} rentals a day, "
        f"{error[is_holiday].mean():6.0f} on the {int(is_holiday.sum())} holidays"
    )

# %%
# The days around the holidays of the last months:

figure, (ax, bars) = plt.subplots(
    1, 2, figsize=(12, 4.5), layout="constrained", width_ratios=[2, 1]
)
shown = y[-75:]
ax.plot(shown, color="tab:grey", label="rentals")
for label in ("without holidays", "days off and names"):
    ax.plot(predictions[label][shown.index], lw=1, label=label)
for day in shown.index[holiday[shown.index].notna()]:
    ax.axvline(day, color="tab:orange", alpha=0.4)
    ax.text(day, ax.get_ylim()[0], f" {holiday[day]}", rotation=90, fontsize=7, va="bottom")
ax.set(title=name, ylabel="rentals a day")
ax.tick_params(axis="x", rotation=30)
ax.legend(fontsize="small")
labels = list(errors)
bars.barh(labels, [errors[label].mean() for label in labels], alpha=0.5, label="all days")
bars.plot([errors[label][is_holiday].mean() for label in labels], labels, "o", label="holidays")
bars.invert_yaxis()
bars.set(xlabel="mean absolute error")
bars.legend(fontsize="small")
figure.savefig("holidays.png", dpi=100)
