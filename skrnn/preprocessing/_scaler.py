"""Standardising features over observed timesteps."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skrnn._input.jagged import JaggedSequences
from skrnn._input.validation import StrOptions, validated_fit
from skrnn._input.weights import read_sample_weight
from skrnn.preprocessing._sample_scale import sample_mean_and_std
from skrnn.preprocessing._scale_warning import REMEDY, warn_of_other_scale
from skrnn.preprocessing._statistics import weighted_mean_and_scale, weighted_median_and_iqr
from skrnn.preprocessing._transformer import SequenceTransformer, as_floats
from skrnn.preprocessing._unchanged_by_errors import unchanged_by_errors
from skrnn.preprocessing._usual_scale import UsualScale
from skrnn.typing import Sequences, Weights


def _has_shared_statistics(scaler: SequenceScaler) -> bool:
    if scaler.per_sample:
        raise AttributeError(
            "inverse_transform needs the statistics of the training data. With per_sample=True "
            "each sample is standardised by its own, which are not kept. Use per_sample=False."
        )
    return True


class SequenceScaler(SequenceTransformer):
    """Standardise each feature over the observed timesteps of all samples.

    A value ``x`` of a feature becomes ``(x - mean) / scale``, where mean and standard deviation are
    those of the feature over all observed timesteps of the training data: padding and missing
    values do not count, and stay NaN.

    Parameters
    ----------
    with_mean : bool, default=True
        Whether to subtract the mean. False keeps zeros at zero.
    with_std : bool, default=True
        Whether to divide by the standard deviation. False keeps the unit of measurement.
    per_sample : bool, default=False
        Whether each sample is standardised by its own mean and standard deviation. True removes
        level and amplitude of a sample, so that only its shape is left: right where sensors are
        calibrated differently, wrong where the level tells the samples apart.
    standardize : bool or "robust", default=True
        By which statistics. True takes mean and standard deviation; "robust" takes median and
        interquartile range (or the standard deviation where the middle half of the values is
        constant), which a few samples of another unit, or stray values, hardly move. False leaves
        the values as they are.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (n_features,), or None
        What is subtracted: the mean of each feature, 0 if ``with_mean=False`` or never observed.
        The median with ``standardize="robust"``, None if ``per_sample=True``. A 2-D table has one
        feature.
    scale_ : ndarray of float64, shape (n_features,), or None
        What is divided by: the standard deviation of each feature, 1 if ``with_std=False`` or the
        feature is constant. The interquartile range with ``standardize="robust"``, None if
        ``per_sample=True``.
    n_features_in_ : int
        Number of features seen in ``fit``; for a 2-D table its number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.
    input_layout_ : {"table", "sequences", "ragged"}
        How X was read in ``fit``.

    See Also
    --------
    PerTimestep : Any scikit-learn transformer, applied to each timestep.

    Notes
    -----
    The estimators of skrnn standardise their inputs themselves (``standardize=True``); this is for
    other choices, and for sequences that go elsewhere.

    A 2-D table is one univariate sequence per row, so all its columns share one mean and one
    scale; scikit-learn's StandardScaler would treat every timestep as a feature of its own. The
    result is an array or a list even for a DataFrame: :meth:`set_output` has no effect.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import SequenceScaler
    >>> X = [np.array([[1.0], [3.0]]), np.array([[5.0]])]
    >>> scaler = SequenceScaler(with_std=False).fit(X)
    >>> scaler.mean_
    array([3.])
    >>> [x.ravel().tolist() for x in scaler.transform(X)]
    [[-2.0, 0.0], [2.0]]
    """

    _parameter_constraints: dict = {
        "with_mean": ["boolean"],
        "with_std": ["boolean"],
        "per_sample": ["boolean"],
        "standardize": ["boolean", StrOptions({"robust"})],
    }

    def __init__(
        self,
        with_mean: bool = True,
        with_std: bool = True,
        per_sample: bool = False,
        standardize: bool | str = True,
    ) -> None:
        self.with_mean = with_mean
        self.with_std = with_std
        self.per_sample = per_sample
        self.standardize = standardize

    @validated_fit(prefer_skip_nested_validation=True)
    @unchanged_by_errors
    def fit(self, X: Sequences, y: object = None, sample_weight: Weights | None = None) -> Self:
        """Learn mean and standard deviation, or median and interquartile range, of each feature.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences. NaN is a missing value, or padding behind the last observed timestep.
        y : object, default=None
            Ignored.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weight of 0 or more for every timestep of a sample. Without effect if
            ``per_sample=True``.

        Returns
        -------
        self : SequenceScaler
            The fitted transformer.

        Raises
        ------
        ValueError
            If X holds no sequences of numbers, or the weights do not fit X.

        Warns
        -----
        ScaleWarning
            If a few samples are of another unit or scale than the rest; not with
            ``per_sample=True``.
        """
        sequences = self._read(X, reset=True).sequences
        weight = read_sample_weight(sample_weight, len(sequences), "sample_weight")
        self.mean_: np.ndarray | None = None
        self.scale_: np.ndarray | None = None
        if not self.per_sample:
            weight_of_step = None if weight is None else weight[sequences.sample_of_step]
            mean, scale = self._statistics(sequences.values, weight_of_step)
            self.mean_, self.scale_ = self._wanted(mean, scale)
            self._warn_of_other_scale(sequences, weight)
        return self

    def _statistics(
        self, values: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        if self.standardize == "robust":
            return weighted_median_and_iqr(values, weight)
        return weighted_mean_and_scale(values, weight)

    def _warn_of_other_scale(self, sequences: JaggedSequences, weight: np.ndarray | None) -> None:
        numbers = None
        if weight is not None:
            numbers = np.flatnonzero(weight > 0)
            sequences = sequences.take(numbers)
        usual = UsualScale.learn(sequences)
        warn_of_other_scale(
            "X",
            sequences,
            usual.unusual(sequences, is_fit=True),
            usual.magnitude,
            numbers=numbers,
            labels=self._form.feature_labels,
            remedy=REMEDY,
        )

    def transform(self, X: Sequences) -> Any:
        """Standardise the sequences.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences, in any container that ``fit`` takes.

        Returns
        -------
        X_scaled : ndarray of the shape of X, or list of (T_i, n_features) ndarrays
            New arrays in the container of X: an array for an array, table or DataFrame, a list
            for ragged sequences. float32 if X was, else float64. NaN stays NaN.

        Raises
        ------
        ValueError
            If X has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        container = self._read(X, reset=False)
        sequences = container.sequences
        values = as_floats(sequences.values)
        if self.per_sample:
            mean, scale = self._statistics_of_samples(sequences)
            sample = sequences.sample_of_step
            scaled = (values - mean[sample]) / scale[sample]
        else:
            scaled = (values - self.mean_) / self.scale_
        return container.filled_with(scaled.astype(values.dtype, copy=False))

    @available_if(_has_shared_statistics)
    def inverse_transform(self, X: Sequences) -> Any:
        """Bring standardised sequences back to their units.

        Available if ``per_sample=False``.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            Standardised sequences.

        Returns
        -------
        X_original : ndarray of the shape of X, or list of (T_i, n_features) ndarrays
            New arrays in the container of X.

        Raises
        ------
        ValueError
            If X has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        container = self._read_transformed(X, self._n_features_seen, are_those_of_fit=True)
        values = as_floats(container.sequences.values)
        original = values * self.scale_ + self.mean_
        return container.filled_with(original.astype(values.dtype, copy=False))

    def _statistics_of_samples(self, sequences: JaggedSequences) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and scale of shape (n_samples, n_features)."""
        if self.standardize == "robust":
            each = [weighted_median_and_iqr(sample, None) for sample in sequences.split()]
            mean, std = (np.array(statistic) for statistic in zip(*each, strict=True))
        else:
            mean, std = sample_mean_and_std(sequences)
        return self._wanted(mean, np.where((std > 0) & np.isfinite(std), std, 1.0))

    def _wanted(self, mean: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is subtracted and divided by, as the parameters say."""
        subtracts, divides = self.with_mean and self.standardize, self.with_std and self.standardize
        return (
            mean if subtracts else np.zeros_like(mean),
            scale if divides else np.ones_like(scale),
        )
