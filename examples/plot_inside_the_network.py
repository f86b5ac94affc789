"""
Inside the network: which sensors, which moments, which memory
==============================================================

A network reads 21 sensors of an aircraft engine over 30 flights and says how many flights the
engine has left. What does it go by? Three answers, from the outside in.

If the C-MAPSS engines are on this machine, the example reads them (see
:func:`skrnn.datasets.fetch_cmapss`). Otherwise it makes engines up, of which three sensors wear:
then the figures tell of these.
"""

# %%
# A sample is a window of 30 flights, a DataFrame with a column for each sensor, and the target is
# the number of flights left after it, at most 125: an engine in its healthy phase shows no sign of
# its age.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNRegressor
from skrnn.datasets import fetch_cmapss
from skrnn.inspection import (
    IntegratedGradientsDisplay,
    PermutationImportanceDisplay,
    RecurrentStatesDisplay,
    integrated_gradients,
    permutation_importance,
)

WINDOW, CAP = 30, 125


def make_up_engines(n_engines, rng):
    """Return a table of engines: three sensors drift before the end, three are noise, one still."""
    runs = []
    for unit in range(1, n_engines + 1):
        n_cycles = int(rng.integers(120, 250))
        left = np.arange(n_cycles)[::-1]
        wear = np.exp(-left / 40)
        sensors = rng.normal(size=(n_cycles, 7))
        sensors[:, :3] += 4 * wear[:, None] * [1, -1, 0.7]
        sensors[:, 6] = 3.0
        run = pd.DataFrame(sensors, columns=[f"sensor_{i}" for i in range(1, 8)])
        runs.append(run.assign(unit=unit, rul=left))
    return pd.concat(runs, ignore_index=True)


def windows(table, stride):
    """Cut each engine's run into windows of 30 flights; return them and the flights left."""
    sensors = [name for name in table.columns if name.startswith("sensor")]
    X, y = [], []
    for _, run in table.groupby("unit"):
        for stop in range(len(run), WINDOW - 1, -stride):
            X.append(run[sensors].iloc[stop - WINDOW : stop].reset_index(drop=True))
            y.append(min(run["rul"].iloc[stop - 1], CAP))
    return X, np.array(y, dtype=float)


try:
    train, test = (
        pd.concat(fetch_cmapss(split=split, download_if_missing=False, return_X_y=True), axis=1)
        for split in ("train", "test")
    )
except OSError:
    rng = np.random.default_rng(0)
    train, test = make_up_engines(60, rng), make_up_engines(30, rng)
X, y = windows(train, stride=6)
X_test, y_test = windows(test, stride=12)
print(f"{len(X)} windows of {train['unit'].nunique()} engines to learn from, {len(X_test)} to test")

# %%
# The baseline sees the last flight and the mean of the window.


def summaries(samples):
    return np.array([np.r_[x.iloc[-1], x.mean()] for x in samples])


baseline = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 3, 6)))
baseline.fit(summaries(X), y)
regressor = RNNRegressor(random_state=0).fit(X, y)
for name, predicted in {
    "ridge regression": baseline.predict(summaries(X_test)),
    "network": regressor.predict(X_test),
}.items():
    print(f"{name:17} RMSE {root_mean_squared_error(y_test, predicted):.1f} flights")

# %%
# **What the score needs.** A sensor's course over the window is taken from another engine's window.
# Some sensors of this engine never move: they cannot matter, and their importance is exactly 0.

scoring = {"scoring": "neg_root_mean_squared_error", "random_state": 0}
of_sensors = permutation_importance(regressor, X_test, y_test, **scoring)
still = np.flatnonzero(pd.concat(X).nunique().to_numpy() == 1)
print(f"{len(still)} sensors never move; their importance: {of_sensors.importances_mean[still]}")
of_time = permutation_importance(
    regressor, X_test, y_test, over="time", n_segments=6, n_repeats=10, **scoring
)
for start, fall in zip(of_time.segment_edges, of_time.importances_mean, strict=False):
    print(f"without the 5 flights from {start * WINDOW:2.0f} on, the RMSE rises by {fall:4.1f}")

# %%
# **What speaks for one answer.** An engine near its end, and what each sensor at each flight adds
# to, or takes from, the flights that the network gives it. The baseline is a healthy engine: the
# mean of the windows whose engines have the most flights left. On C-MAPSS the same sensors add at
# the beginning of the window and take away at its end: the network goes by how far they have moved,
# which is why the score needs both ends.

worn = int(np.argmin(np.where(y_test <= 20, regressor.predict(X_test), np.inf)))
healthy = pd.concat([x for x, left in zip(X, y, strict=True) if left == CAP]).mean()
result = integrated_gradients(regressor, X_test[worn], baseline=healthy)
print(f"predicted {result.output:.1f} flights, true {y_test[worn]:.0f}", end="; ")
print(f"a healthy engine {result.baseline_output:.1f}")
by_sensor = result.attributions.groupby("feature")["attribution"].sum().sort_values()
print(by_sensor.head(4).round(1).to_string())
print(f"all together {by_sensor.sum():.1f}")

# %%
# **What the recurrence does.** Hidden states of both directions while they read this engine: units
# that switch over at some flight, and others that add up slowly.

figure = plt.figure(figsize=(12, 13), layout="constrained")
top, middle, bottom = figure.subfigures(3, 1, height_ratios=[4, 4.5, 2.5])
ax_sensors, ax_time = top.subplots(1, 2)
PermutationImportanceDisplay(
    importances=of_sensors.importances, feature_names=of_sensors.feature_names
).plot(ax_sensors, max_features=12)
PermutationImportanceDisplay(
    importances=of_time.importances, segment_edges=of_time.segment_edges
).plot(ax_time)
ax_sensors.set_title("what the score needs: sensors", fontsize="medium")
ax_time.set_title("what the score needs: parts of the window", fontsize="medium")
for ax, name in ((ax_sensors, "set_xlabel"), (ax_time, "set_ylabel")):
    getattr(ax, name)("rise of the RMSE (flights)")
IntegratedGradientsDisplay(
    attributions=result.attributions,
    output=result.output,
    baseline_output=result.baseline_output,
    explained="one engine: flights left",
).plot(middle.subplots())
RecurrentStatesDisplay.from_estimator(regressor, X_test[worn], quantities="hidden").plot(
    bottom.subplots(1, 2)
)
figure.savefig("inside_the_network.png", dpi=100)
