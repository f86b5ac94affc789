"""How much features changed over the last timesteps, as further features."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skrnn._input.validation import Interval, validated_fit
from skrnn.preprocessing._transformer import SequenceTransformer, as_floats
from skrnn.preprocessing._unchanged_by_errors import unchanged_by_errors
from skrnn.typing import Sequences


class TimeDifferences(SequenceTransformer):
    """Append to every timestep how much its features have changed since earlier ones.

    With the lag ``k``, a timestep ``x[t]`` gains ``x[t] - x[t - k]``. Where a sample has no
    timestep ``t - k`` yet, its first one stands in, so that the differences begin with 0.

    Parameters
    ----------
    lags : int or sequence of int, default=1
        How many timesteps back, 1 or more each. Several lags append the differences of each, in
        their order. Small ones tell the speed at a moment, larger ones a movement as a whole, and
        average out noise.

    Attributes
    ----------
    n_features_in_ : int
        Number of features seen in ``fit``; for a 2-D table its number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.
    input_layout_ : {"table", "sequences", "ragged"}
        How X was read in ``fit``.

    See Also
    --------
    PerTimestep : A scikit-learn transformer, applied to each timestep by itself.

    Notes
    -----
    A recurrent network can form differences itself, but has to learn to. Where movement matters
    more than position and samples are few, giving them to it pays.

    Nothing is learned in ``fit``, and no timestep after ``t`` is looked at. A difference is missing
    where one of its two values is. ``n_features`` become ``n_features * (1 + n_lags)``.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import TimeDifferences
    >>> X = [np.array([[1.0], [4.0], [9.0]]), np.array([[5.0]])]
    >>> [x.tolist() for x in TimeDifferences(lags=(1, 2)).fit_transform(X)]
    [[[1.0, 0.0, 0.0], [4.0, 3.0, 3.0], [9.0, 5.0, 8.0]], [[5.0, 0.0, 0.0]]]
    """

    _parameter_constraints: dict = {
        "lags": [Interval(Integral, 1, None, closed="left"), "array-like"]
    }

    def __init__(self, lags: int | Sequence[int] = 1) -> None:
        self.lags = lags

    @validated_fit(prefer_skip_nested_validation=True)
    @unchanged_by_errors
    def fit(self, X: Sequences, y: object = None) -> Self:
        """Remember the number of features.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences. NaN is a missing value, or padding behind the last observed timestep.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : TimeDifferences
            The fitted transformer.

        Raises
        ------
        ValueError
            If X holds no sequences of numbers, or a lag is no whole number of 1 or more.
        """
        _read_lags(self.lags)
        self._read(X, reset=True)
        return self

    def transform(self, X: Sequences) -> Any:
        """Append the differences.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences, in any container that ``fit`` takes.

        Returns
        -------
        X_transformed : ndarray of shape (n_samples, n_timesteps, n_features_out), or list of \
                (T_i, n_features_out) ndarrays
            New arrays of floats: the features of X, then for each lag the differences of all of
            them. NaN where X is padding. A table becomes a 3-D array.

        Raises
        ------
        ValueError
            If X has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        container = self._read(X, reset=False)
        sequences = container.sequences
        values = as_floats(sequences.values)
        row = np.arange(len(values))
        first = sequences.starts[sequences.sample_of_step]
        changes = [values - values[np.maximum(row - lag, first)] for lag in _read_lags(self.lags)]
        return container.filled_with(np.hstack([values, *changes]))


def _read_lags(lags: Any) -> list[int]:
    try:
        read = np.atleast_1d(lags)
    except ValueError:
        read = np.empty(0)  # lists of different lengths
    if read.ndim != 1 or read.size == 0 or read.dtype.kind not in "iu" or read.min() < 1:
        raise ValueError(
            f"lags: got {lags!r}. Expected a whole number of timesteps, 1 or more, or a sequence "
            "of them. Pass lags=1, or lags=(1, 2, 4)."
        )
    return [int(lag) for lag in read]
