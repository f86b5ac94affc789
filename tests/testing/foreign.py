"""Estimators of sequences that know nothing of skrnn: numpy, and scikit-learn's conventions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.exceptions import NotFittedError


class ReadsSequences(BaseEstimator):
    """Reads sequences, padded or ragged, and tables with a column for each timestep."""

    def _read(self, X, is_fit=False):
        """Return a float array of shape (n_timesteps, n_features) for each sample."""
        if len(X) == 0:
            raise ValueError("X has no samples")
        is_table = isinstance(X, pd.DataFrame) or (isinstance(X, np.ndarray) and X.ndim == 2)
        samples = X.to_numpy() if isinstance(X, (pd.DataFrame, pd.Series)) else X
        if is_table:
            samples = samples[:, :, None]
        sequences = [self._read_sample(np.asarray(x)) for x in samples]
        width = samples.shape[1] if is_table else sequences[0].shape[1]
        names = list(X.columns) if isinstance(X, pd.DataFrame) else None
        if is_fit:
            self.n_features_in_, self._width, self._names = width, width, names
            if names is not None:
                self.feature_names_in_ = np.array(names, dtype=object)
        else:
            self._compare(width, names)
        return sequences

    def _read_sample(self, x):
        if np.isinf(x).any():
            raise ValueError("X holds infinity")
        observed = np.flatnonzero(~np.isnan(x).all(axis=1))
        return x[: observed[-1] + 1].astype(float)

    def _compare(self, width, names):
        if not hasattr(self, "_width"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit first")
        if width != self._width:
            raise ValueError(f"X has {width} features, fit has seen {self._width}")
        if names is not None and names != self._names:
            raise ValueError(f"X has the columns {names}, fit has seen {self._names}")

    def _means(self, X, is_fit=False):
        """Return the mean timestep of each sample, over what was observed."""
        return np.stack([np.nanmean(x, axis=0) for x in self._read(X, is_fit)])

    def _check_lengths(self, X, y):
        if len(X) != len(y):
            raise ValueError(f"X has {len(X)} samples, y has {len(y)}")

    def _read_weight(self, sample_weight, y):
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        if weight.shape != (len(y),):
            raise ValueError(f"sample_weight has shape {weight.shape}, y has {len(y)} samples")
        return weight

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class NearestMean(ClassifierMixin, ReadsSequences):
    """Compares the mean timestep of a sample with that of each class, and counts the classes."""

    def __init__(self, shrinkage=0.0, random_state=None):
        self.shrinkage = shrinkage
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        self._check_lengths(X, y)
        means = self._means(X, is_fit=True)
        self.classes_, y = np.unique(np.asarray(y), return_inverse=True)
        weight = self._read_weight(sample_weight, y)
        members = [(y == k) * weight for k in range(len(self.classes_))]
        self.centers_ = np.stack([np.average(means, axis=0, weights=w) for w in members])
        self.log_prior_ = np.log([w.sum() / weight.sum() for w in members])
        return self

    def predict(self, X):
        positions = self._scores(X).argmax(axis=1)  # refuses what is not fitted
        return self.classes_[positions]

    def predict_proba(self, X):
        scores = np.exp(self._scores(X))
        return scores / scores.sum(axis=1, keepdims=True)

    def _scores(self, X):
        means = self._means(X)
        return self.log_prior_ - ((means[:, None, :] - self.centers_) ** 2).sum(axis=2)


class NearestBag(NearestMean):
    """Compares the token ids of a sample with those of each class, however often each occurs."""

    def _read(self, X, is_fit=False):
        if len(X) == 0:
            raise ValueError("X has no samples")
        if not is_fit:
            self._compare(None, None)
        self._width, self._names = None, None
        tokens = [np.asarray(x)[np.asarray(x) > 0] for x in X]
        return [np.eye(20)[x] for x in tokens]


class LevelRegressor(RegressorMixin, ReadsSequences):
    """Least squares on the mean timestep."""

    def fit(self, X, y, sample_weight=None):
        self._check_lengths(X, y)
        means = self._means(X, is_fit=True)
        y = np.asarray(y, dtype=float)
        root = np.sqrt(self._read_weight(sample_weight, y))
        design = np.c_[np.ones(len(means)), means]
        self.coef_ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
        return self

    def predict(self, X):
        means = self._means(X)
        return self.coef_[0] + (means * self.coef_[1:]).sum(axis=1)


class Summaries(TransformerMixin, ReadsSequences):
    """The mean and the largest value of each feature."""

    def fit(self, X, y=None):
        self._n_columns = 2 * self._read(X, is_fit=True)[0].shape[1]
        return self

    def transform(self, X):
        sequences = self._read(X)
        return np.stack([np.r_[np.nanmean(x, axis=0), np.nanmax(x, axis=0)] for x in sequences])

    def get_feature_names_out(self, input_features=None):
        if not hasattr(self, "_n_columns"):
            raise NotFittedError("Summaries is not fitted yet; call fit first")
        return np.array([f"summary{i}" for i in range(self._n_columns)], dtype=object)


class StepTagger(ReadsSequences):
    """Compares each timestep with the mean one of each label."""

    def fit(self, X, y):
        self._check_lengths(X, y)
        sequences = self._read(X, is_fit=True)
        labels = np.concatenate(self._read_labels(sequences, y))
        steps = np.concatenate(sequences)
        self.classes_ = np.unique(labels)
        self.centers_ = np.stack([steps[labels == k].mean(axis=0) for k in self.classes_])
        return self

    def _read_labels(self, sequences, y):
        if isinstance(y, pd.DataFrame):
            y = y.to_numpy()
        if isinstance(y, np.ndarray) and y.ndim == 2:
            y = [row[: len(x)] for row, x in zip(y, sequences, strict=True)]
        labels = [np.asarray(row) for row in y]
        for i, (row, x) in enumerate(zip(labels, sequences, strict=True)):
            if len(row) != len(x):
                raise ValueError(f"sample {i}: {len(row)} labels, {len(x)} timesteps")
        return labels

    def predict(self, X):
        predicted = np.empty(len(X), dtype=object)
        predicted[:] = [self.classes_[proba.argmax(axis=1)] for proba in self.predict_proba(X)]
        return predicted

    def predict_proba(self, X):
        found = []
        for x in self._read(X):
            scores = np.exp(-((x[:, None, :] - self.centers_) ** 2).sum(axis=2))
            found.append(scores / scores.sum(axis=1, keepdims=True))
        return found

    def score(self, X, y):
        labels = np.concatenate(self._read_labels(self._read(X), y))
        return float(np.mean(np.concatenate(self.predict(X)) == labels))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "tagger"
        tags.input_tags.allow_nan = False
        return tags


class NearestText(ReadsSequences):
    """Gives back the text of the training sample whose mean timestep is nearest."""

    def fit(self, X, y):
        self._check_lengths(X, y)
        self.means_ = self._means(X, is_fit=True)
        self.texts_ = [text if isinstance(text, str) else list(text) for text in y]
        return self

    def predict(self, X):
        means = self._means(X)
        predicted = np.empty(len(X), dtype=object)
        distances = ((means[:, None, :] - self.means_) ** 2).sum(axis=2)
        predicted[:] = [self.texts_[i] for i in distances.argmin(axis=1)]
        return predicted

    def score(self, X, y):
        return float(
            np.mean([text == given for text, given in zip(self.predict(X), y, strict=True)])
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "transcriber"
        return tags
