"""
Checking an estimator of your own
=================================

Scikit-learn's ``check_estimator`` passes tables only. :mod:`skrnn.testing` asks the same of an
estimator that reads sequences, and what sequences add: padding and the other samples of a batch
must change nothing. Here a classifier that uses nothing of skrnn is run through the checks, first
in a careless version, then mended by what they say.
"""

# %%
# The data are handwritten digits, read column by column from the first one with ink to the last:
# ragged sequences of 8 pixels a timestep.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from skrnn.testing import check_sequence_estimator

data = load_digits()
y = data.target
X = []
for image in data.images:
    inked = np.flatnonzero(image.sum(axis=0) > 0)
    X.append(image[:, inked[0] : inked[-1] + 1].T)
X_train, y_train, X_test, y_test = X[:1200], y[:1200], X[1200:1400], y[1200:1400]
print(f"{len(X)} sequences, the first of shape {X[0].shape}")

# %%
# The classifier summarises each sequence by the mean, the spread and the largest value of every
# feature, and by its length. Summaries differ in scale, so they are standardised before they are
# compared with the mean summary of each class.


def summaries(sequences):
    """Return a row for each sequence: mean, spread and maximum of each feature, and the length."""
    return np.array([[*x.mean(0), *x.std(0), *x.max(0), len(x)] for x in sequences])


def standardised(table):
    """Return the table with mean 0 and deviation 1 in every column."""
    return (table - table.mean(axis=0)) / (table.std(axis=0) + 1e-9)


class CarelessCentroids(ClassifierMixin, BaseEstimator):
    """The class with the nearest mean summary."""

    def fit(self, X, y):
        self.model_ = NearestCentroid().fit(standardised(summaries(X)), y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.model_.predict(standardised(summaries(X)))


careless = CarelessCentroids().fit(X_train, y_train)
print(f"accuracy: {careless.score(X_test, y_test):.3f}")

# %%
# It learns, and the score looks right. The checks do not agree. With ``on_fail=None`` they go on
# after a failure, and the list of results says which failed.

results = check_sequence_estimator(CarelessCentroids(), "ragged_list", on_fail=None)
failures = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
print(f"{len(failures)} of {len(results)} checks failed:", *failures, sep="\n- ")

# %%
# Each failure says what was done, what came out, what was expected, and what the check is for.

print(failures["check_other_samples_change_no_output"])

# %%
# This is a real mistake: ``predict`` standardises by the batch that it is given. One sample alone
# differs in nothing from its own mean. The other two are small: ``predict`` before ``fit`` raises
# an error from inside, and ``n_features_in_`` is missing. In the mended version a scaler learns the
# scale in ``fit``.


class Centroids(ClassifierMixin, BaseEstimator):
    """The class with the nearest mean summary, on the scale of the training data."""

    def fit(self, X, y):
        self.model_ = make_pipeline(StandardScaler(), NearestCentroid()).fit(summaries(X), y)
        self.classes_ = self.model_.classes_
        self.n_features_in_ = X[0].shape[1]
        return self

    def predict(self, X):
        check_is_fitted(self)
        return self.model_.predict(summaries(X))


results = check_sequence_estimator(Centroids(), ["ragged_list", "object_array"])
print(f"all of {len(results)} checks passed")
mended = Centroids().fit(X_train, y_train)
print(f"accuracy: {mended.score(X_test, y_test):.3f}")

# %%
# What the mistake would have cost: the accuracy when test samples come in batches, as they would in
# a deployed system.

batch_sizes = [1, 2, 5, 10, 50, 200]


def accuracy_in_batches(classifier, batch_size):
    """Return the accuracy when the test samples are passed a few at a time."""
    starts = range(0, len(X_test), batch_size)
    predicted = [classifier.predict(X_test[i : i + batch_size]) for i in starts]
    return np.mean(np.concatenate(predicted) == y_test)


figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for name, classifier in {"careless": careless, "mended": mended}.items():
    accuracies = [accuracy_in_batches(classifier, size) for size in batch_sizes]
    axes.plot(batch_sizes, accuracies, marker="o", label=name)
axes.set(xscale="log", ylim=(0, 1), xlabel="samples passed to predict", ylabel="test accuracy")
axes.legend(loc="lower right")
figure.savefig("checking_an_estimator.png", dpi=100)
