"""A 2-D transformer of scikit-learn, applied to the timesteps of sequences."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skrnn._input.jagged import JaggedSequences
from skrnn._input.plain import as_array, to_plain
from skrnn._input.validation import HasMethods, check_same_n_samples, validated_fit
from skrnn.preprocessing._transformer import SequenceTransformer, as_floats
from skrnn.preprocessing._unchanged_by_errors import unchanged_by_errors
from skrnn.typing import Labels, LabelSequences, Sequences

# What a sample's entry in y is when it holds a target for each timestep.
_SEQUENCE_TYPES = (list, tuple, np.ndarray, pd.Series)


def _tags_of(transformer: Any) -> Tags | None:
    """Return scikit-learn's tags, None for what is no estimator: fit then says what is wrong."""
    is_estimator = hasattr(transformer, "__sklearn_tags__") and not isinstance(transformer, type)
    return get_tags(transformer) if is_estimator else None


class PerTimestep(MetaEstimatorMixin, SequenceTransformer):
    """Apply a scikit-learn transformer to every timestep of every sequence.

    The timesteps of all samples are laid end to end as the rows of one table, without the padding;
    the transformer is fitted on that table, and what it returns is put back into sequences.

    Parameters
    ----------
    transformer : transformer or None, default=None
        Any transformer of 2-D tables with dense output of numbers: PCA, SimpleImputer,
        KBinsDiscretizer, a Pipeline of them. It is cloned, never fitted itself. It must return one
        row for each row. None means ``StandardScaler()``.

    Attributes
    ----------
    transformer_ : transformer
        The fitted clone.
    n_features_in_ : int
        Number of features seen in ``fit``; for a 2-D table its number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.
    input_layout_ : {"table", "sequences", "ragged"}
        How X was read in ``fit``.

    See Also
    --------
    SequenceScaler : Standardisation with sample weights, or by sample.

    Notes
    -----
    The transformer sees missing values as NaN, timesteps with no observed value among them; only
    padding, at the end of a sample, is kept from it. It counts every timestep once, so long samples
    weigh more than short ones.

    A 2-D table is read as univariate sequences: the transformer sees one column. To make features
    of its columns, apply the transformer itself.

    The result is an array or a list whatever :meth:`set_output` says, and whatever the
    transformer's own output is set to.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from skrnn.preprocessing import PerTimestep
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(length, 4)) for length in (3, 5)]
    >>> X_reduced = PerTimestep(PCA(n_components=2)).fit_transform(X)
    >>> [x.shape for x in X_reduced]
    [(3, 2), (5, 2)]
    """

    _parameter_constraints: dict = {"transformer": [HasMethods(["fit", "transform"]), None]}

    def __init__(self, transformer: BaseEstimator | None = None) -> None:
        self.transformer = transformer

    # The transformer's own parameters are validated when it is fitted: hence False.
    @validated_fit(prefer_skip_nested_validation=False)
    @unchanged_by_errors
    def fit(self, X: Sequences, y: Labels | LabelSequences | None = None) -> Self:
        """Fit a clone of the transformer on the timesteps of all samples.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences. NaN is a missing value, or padding behind the last observed timestep.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), list of n_samples \
                sequences of T_i labels, or None, default=None
            Targets for a supervised transformer. A sample's target, or its row of a 2-D array, is
            repeated for each of its timesteps. A list that holds a label for each timestep is laid
            end to end as X is. A list of sequences of other lengths is an error if the transformer
            requires y, and else ignored.

        Returns
        -------
        self : PerTimestep
            The fitted transformer.

        Raises
        ------
        ValueError
            If X holds no sequences of numbers, or y does not fit X.
        """
        sequences = self._read(X, reset=True).sequences
        transformer = self._transformer()
        if isinstance(transformer, type):
            raise TypeError(
                f"transformer: got the class {transformer.__name__}. Expected an instance with fit "
                f"and transform. Pass {transformer.__name__}()."
            )
        tags = _tags_of(transformer)
        is_required = tags is not None and tags.target_tags.required
        y = _targets_of_timesteps(y, sequences, is_required)
        arguments = () if y is None and not is_required else (y,)
        # A copy, because a transformer may work in place and the rows may be the caller's own.
        self.transformer_ = clone(transformer).fit(sequences.values.copy(), *arguments)
        return self

    def transform(self, X: Sequences) -> Any:
        """Transform the timesteps of the sequences.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences, in any container that ``fit`` takes.

        Returns
        -------
        X_transformed : ndarray of shape (n_samples, n_timesteps, n_features_out) or \
                (n_samples, n_timesteps), or list of (T_i, n_features_out) ndarrays
            New arrays of floats in the container of X, NaN where X is padding. A table stays a
            table if the transformer gives one column, and becomes a 3-D array otherwise.

        Raises
        ------
        ValueError
            If X has another number of features than in ``fit``, or the transformer did not return
            one row of numbers for each timestep.
        TypeError
            If the transformer returned a sparse matrix.
        """
        check_is_fitted(self)
        container = self._read(X, reset=False)
        return container.filled_with(self._apply("transform", container.sequences.values))

    @available_if(lambda self: self._has_inverse())
    def inverse_transform(self, X: Sequences) -> Any:
        """Undo the transformation of the timesteps.

        Available if the transformer has an ``inverse_transform``.

        Parameters
        ----------
        X : list of (T_i, n_features_out) arrays, array of shape \
                (n_samples, n_timesteps, n_features_out), or table of shape (n_samples, n_timesteps)
            Sequences as :meth:`transform` returns them.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_timesteps), or list of (T_i, n_features) ndarrays
            New arrays in the container of X.

        Raises
        ------
        ValueError
            If X has another number of features than the transformer returns.
        """
        check_is_fitted(self)
        container = self._read_transformed(X, self._n_features_returned())
        values = self._apply("inverse_transform", container.sequences.values)
        return container.filled_with(values)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        inner = _tags_of(self._transformer())
        if inner is None:
            return tags
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        tags.input_tags.positive_only = inner.input_tags.positive_only
        tags.target_tags.required = inner.target_tags.required
        tags.non_deterministic = inner.non_deterministic
        if inner.transformer_tags is not None and tags.transformer_tags is not None:
            tags.transformer_tags.preserves_dtype = inner.transformer_tags.preserves_dtype
        return tags

    def _has_inverse(self) -> bool:
        transformer = getattr(self, "transformer_", None) or self._transformer()
        # Asked for on purpose: the transformer's own AttributeError says why there is none.
        return callable(transformer.inverse_transform)

    def _transformer(self) -> Any:
        return StandardScaler() if self.transformer is None else self.transformer

    def _n_features_returned(self) -> int | None:
        """Features that ``transform`` returns, None if the transformer does not tell."""
        try:
            return len(self.transformer_.get_feature_names_out())
        except AttributeError:  # the transformer has no such method, or a part of it has none
            return None

    def _apply(self, method: str, values: np.ndarray) -> np.ndarray:
        name = f"{type(self.transformer_).__name__}.{method}"
        # A copy, because a transformer may work in place and the rows may be the caller's own.
        output = getattr(self.transformer_, method)(values.copy())
        if sparse.issparse(output):
            raise TypeError(
                f"transformer: {name} returned a sparse {type(output).__name__}. Expected a dense "
                "array. Set sparse_output=False, or encode='onehot-dense' for KBinsDiscretizer."
            )
        # Also out of a DataFrame, which set_output or the global configuration may have asked for.
        rows = np.asarray(output)
        if rows.ndim != 2 or len(rows) != len(values):
            raise ValueError(
                f"transformer: {name} returned shape {rows.shape} for {len(values)} timesteps. "
                f"Expected a 2-D array with a row for each timestep, ({len(values)}, "
                "n_features_out). Use a transformer that neither drops, adds nor joins rows."
            )
        if rows.dtype.kind not in "fiub":
            try:
                rows = rows.astype(np.float64)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"transformer: {name} returned values that are not numbers (dtype "
                    f"{rows.dtype}). Expected numbers. Use a transformer that encodes them."
                ) from error
        # Floats always: else the type would depend on whether there is padding to mark by NaN.
        return as_floats(rows)


def _targets_of_timesteps(y: Any, sequences: JaggedSequences, is_required: bool) -> Any:
    """Return a target for each timestep, None if there is none and none is needed."""
    if y is None:
        return None
    y = to_plain(y, "y")
    y = y if isinstance(y, pd.Series) or not hasattr(y, "__array__") else np.asarray(y)
    is_scalar = isinstance(y, (str, bytes)) or getattr(y, "ndim", 1) == 0 or sparse.issparse(y)
    if is_scalar or not hasattr(y, "__len__"):
        raise TypeError(
            f"y: got a {type(y).__name__}. Expected an array or list with one target for each "
            "sample of X, or None. Pass a list."
        )
    check_same_n_samples(len(sequences), len(y), "X", "y")
    entries = list(y)
    is_array = getattr(y, "ndim", 1) > 1
    if is_array or not all(isinstance(entry, _SEQUENCE_TYPES) for entry in entries):
        return as_array(y, "y")[sequences.sample_of_step]
    lengths = np.array([len(entry) for entry in entries])
    if np.array_equal(lengths, sequences.lengths):
        return np.concatenate([np.asarray(entry) for entry in entries])
    if (lengths == lengths[0]).all():
        return np.asarray(entries)[sequences.sample_of_step]
    if not is_required:
        return None
    wrong = int(np.argmax(lengths != sequences.lengths))
    raise ValueError(
        f"y: got {lengths[wrong]} targets for sample {wrong}, which has "
        f"{sequences.lengths[wrong]} timesteps, read as a sequence of targets for each sample. "
        "Expected one target for each timestep, or one for the whole sample. Drop the targets of "
        "padding, or pass one target for each sample."
    )
