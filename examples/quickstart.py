"""
Quickstart: from sequences to a searched model, and a forecast
==============================================================

Handwritten digits, read like text: eight timesteps, one for each row of pixels, with eight
features each. The data comes with scikit-learn, so this runs offline. If the JapaneseVowels set
lies in the data folder (see :func:`skrnn.datasets.get_data_home`), its ragged recordings of nine
speakers are used instead. At the end a forecast: the airline passengers of 1960, from the years
before.
"""

# %%
# Read the data and keep a test set aside.

import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrnn import RNNClassifier, RNNForecaster
from skrnn.datasets import fetch_japanese_vowels, load_air_passengers, load_digit_rows
from skrnn.inspection import ForecastDisplay, TrainingHistoryDisplay
from skrnn.metrics import mase

start = time.perf_counter()
try:
    load = {"download_if_missing": False, "return_X_y": True}
    X_train, y_train = fetch_japanese_vowels(split="train", **load)
    X_test, y_test = fetch_japanese_vowels(split="test", **load)
    name = "JapaneseVowels: nine speakers, 12 features, 7 to 29 timesteps"
except OSError:
    X, y = load_digit_rows(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=600, stratify=y, random_state=0
    )
    name = "handwritten digits: ten classes, 8 timesteps of 8 features"
print(name)
print(f"{len(X_train)} training and {len(X_test)} test sequences")

# %%
# The estimator takes the sequences as they are, and slots into scikit-learn's tools.

classifier = RNNClassifier(max_epochs=20, random_state=0)
scores = cross_val_score(classifier, X_train, y_train, cv=3)
print(f"cross-validated accuracy: {scores.mean():.3f} +/- {scores.std():.3f}")

# %%
# A grid search over the network's own parameters. ``n_jobs`` does not change the result.

search = GridSearchCV(
    classifier,
    {"cell": ["lstm", "rnn"], "hidden_size": [32, 64]},
    cv=2,
    n_jobs=2,
    error_score="raise",
)
search.fit(X_train, y_train)
print(f"best parameters: {search.best_params_}")

# %%
# The score on the test set, beside a linear model on all timesteps laid side by side.


def side_by_side(sequences):
    """Return one row for each sequence, with zeros where it has ended."""
    width = max(len(x) for x in X_train)
    rows = np.zeros((len(sequences), width, sequences[0].shape[1]))
    for row, x in zip(rows, sequences, strict=True):
        row[: len(x)] = x[:width]
    return rows.reshape(len(rows), -1)


baseline = make_pipeline(
    FunctionTransformer(side_by_side), StandardScaler(), LogisticRegression(max_iter=1000)
)
baseline.fit(X_train, y_train)
predicted = search.predict(X_test)
print(f"accuracy of logistic regression:            {baseline.score(X_test, y_test):.3f}")
print(f"accuracy of the searched recurrent network: {accuracy_score(y_test, predicted):.3f}")

# %%
# Forecasting is for one pandas Series as well as for thousands: a Series in, a Series out, with the
# dates of the future. The baseline repeats the last year. MASE measures errors in units of what
# that costs on average in the years before.

passengers = load_air_passengers()
past, future = passengers[:-12], passengers[-12:]
forecaster = RNNForecaster(horizon=12, target_transform="log", random_state=0).fit(past)
forecasts = {
    "seasonal naive forecast": pd.Series(past[-12:].to_numpy(), index=future.index),
    "recurrent network": forecaster.predict(),
}
for label, forecast in forecasts.items():
    error = mase(future, forecast, y_train=past, seasonal_period=12)
    print(f"MASE of the {label + ':':25} {error:.2f}")

# %%
# How the training of the classifier went, which classes are mistaken for which, and the forecast
# with the intervals that are to contain half of what comes, four fifths, and nearly all.

figure, axes = plt.subplot_mosaic(
    [["history", "classes"], ["forecast", "forecast"]],
    figsize=(11, 9),
    height_ratios=[1.15, 1],
    layout="constrained",
)
TrainingHistoryDisplay.from_estimator(search).plot(ax=axes["history"])
axes["history"].set_title("training of the best classifier")
ConfusionMatrixDisplay.from_predictions(y_test, predicted, ax=axes["classes"], colorbar=False)
axes["classes"].set_title("its test set")
ForecastDisplay.from_estimator(forecaster, y_true=future).plot(ax=axes["forecast"])
axes["forecast"].set(title="airline passengers, forecast at the end of 1959", ylabel="thousands")
figure.savefig("quickstart.png", dpi=100)
print(f"picture: quickstart.png    ({time.perf_counter() - start:.0f} seconds in all)")
