"""Ragged sequences to one NaN-padded array."""

from __future__ import annotations

from numbers import Integral
from typing import Literal, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skrnn._input.jagged import JaggedSequences
from skrnn._input.validation import CountInterval, StrOptions, validated_fit
from skrnn.preprocessing._padding_limit import refuse_length, refuse_padding
from skrnn.preprocessing._transformer import SequenceTransformer, as_floats
from skrnn.preprocessing._truncation import truncate
from skrnn.preprocessing._unchanged_by_errors import unchanged_by_errors
from skrnn.typing import Sequences


class SequencePadder(SequenceTransformer):
    """Put sequences of different lengths into one array, padded with NaN at the end.

    The estimators of skrnn read ragged sequences as they are and need no padding. An array is
    handy to slice, store and plot, and for other tools that want one.

    Parameters
    ----------
    max_length : int or None, default=None
        Number of timesteps of the result, at least 1. Longer sequences are cut to it, shorter
        ones padded to it. None cuts nothing: the result is as long as the longest sequence of the
        training data, or of the data being transformed if that has a longer one. An array of more
        than 2^24 numbers, of which the sequences hold less than a tenth, is then refused.
    truncation : {"end", "start"}, default="end"
        Where timesteps are cut off a sequence longer than ``max_length``. ``"end"`` keeps its
        first timesteps, ``"start"`` its last ones.

    Attributes
    ----------
    n_timesteps_ : int
        ``max_length``, or the longest length seen in ``fit`` where that is None.
    n_features_in_ : int
        Number of features seen in ``fit``; for a 2-D table its number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.
    input_layout_ : {"table", "sequences", "ragged"}
        How X was read in ``fit``.

    See Also
    --------
    TokenEncoder : Texts to padded token ids.

    Notes
    -----
    Timesteps without any observed value at the end of a sequence are padding in every container.
    When cutting at the start leaves such timesteps in front, they are dropped as well, because the
    estimators take a leading all-NaN timestep for padding on the wrong side.

    The result is always a 3-D array: :meth:`set_output` has no effect.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import SequencePadder
    >>> X = [np.array([[1.0, 10.0], [2.0, 20.0]]), np.array([[3.0, 30.0]])]
    >>> padder = SequencePadder().fit(X)
    >>> padder.transform(X)
    array([[[ 1., 10.],
            [ 2., 20.]],
    <BLANKLINE>
           [[ 3., 30.],
            [nan, nan]]])
    >>> [x.shape for x in padder.inverse_transform(padder.transform(X))]
    [(2, 2), (1, 2)]
    """

    _parameter_constraints: dict = {
        "max_length": [CountInterval(Integral, 1, None, closed="left"), None],
        "truncation": [StrOptions({"end", "start"})],
    }

    def __init__(
        self, max_length: int | None = None, truncation: Literal["end", "start"] = "end"
    ) -> None:
        self.max_length = max_length
        self.truncation = truncation

    @validated_fit(prefer_skip_nested_validation=True)
    @unchanged_by_errors
    def fit(self, X: Sequences, y: object = None) -> Self:
        """Learn how many timesteps and features the sequences have.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : SequencePadder
            The fitted transformer.

        Raises
        ------
        ValueError
            If X holds no sequences of numbers.
        """
        lengths = self._read(X, reset=True).sequences.lengths
        self.n_timesteps_ = int(lengths.max()) if self.max_length is None else self.max_length
        return self

    def transform(self, X: Sequences) -> np.ndarray:
        """Pad the sequences, and cut those longer than ``max_length``.

        Parameters
        ----------
        X : list of (T_i, n_features) or (T_i,) arrays, array of shape \
                (n_samples, n_timesteps, n_features), or table of shape (n_samples, n_timesteps)
            The sequences.

        Returns
        -------
        X_padded : ndarray of shape (n_samples, n_timesteps, n_features)
            A new array, NaN behind each sequence: float32 if X was, else float64. A table gives
            one feature.

        Raises
        ------
        ValueError
            If X has another number of features than in ``fit``, if nothing observed is left of
            a sequence after cutting, or if padding to one long sequence would take too much memory.
        """
        check_is_fitted(self)
        sequences = self._read(X, reset=False).sequences
        sequences = JaggedSequences(as_floats(sequences.values), sequences.lengths)
        if self.max_length is None:
            # A longer sequence than any in fit widens the result: data is never lost silently.
            width = max(self.n_timesteps_, int(sequences.lengths.max()))
            values = sequences.values
            refuse_padding(sequences.lengths, width, values.shape[1], values.itemsize)
            return sequences.pad(width)
        refuse_length(self.n_timesteps_, len(sequences.lengths), sequences.values.shape[1])
        return self._cut(sequences).pad(self.n_timesteps_)

    def inverse_transform(self, X: Sequences) -> list[np.ndarray]:
        """Take the padding off.

        Parameters
        ----------
        X : array of shape (n_samples, n_timesteps, n_features)
            Sequences padded with NaN at the end, as :meth:`transform` returns them.

        Returns
        -------
        X_ragged : list of n_samples ndarrays of shape (T_i, n_features)
            The timesteps of each sample. What ``max_length`` cut off is not restored.

        Raises
        ------
        ValueError
            If X has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        sequences = self._read_transformed(
            X, self._n_features_seen, are_those_of_fit=True
        ).sequences
        return JaggedSequences(sequences.values.copy(), sequences.lengths).split()

    def _cut(self, sequences: JaggedSequences) -> JaggedSequences:
        was_cut = sequences.lengths > self.n_timesteps_
        sequences = truncate(sequences, self.n_timesteps_, self.truncation)
        is_observed = ~np.isnan(sequences.values).all(axis=1)
        is_empty = ~np.logical_or.reduceat(is_observed, sequences.starts)
        if is_empty.any():
            raise ValueError(
                f"X: got {is_empty.sum()} sample(s), the first at position {is_empty.argmax()}, "
                f"whose values are all missing among the {self.n_timesteps_} timesteps that "
                f"max_length={self.max_length} and truncation={self.truncation!r} keep. Expected "
                "at least one observed value. Raise max_length, cut at the other end, or drop "
                "these samples from X and y."
            )
        if self.truncation == "end":
            return sequences
        # Observed timesteps so far within the sample, this one included: 0 before the first.
        n_observed = np.cumsum(is_observed)
        before = (n_observed - is_observed)[sequences.starts]
        sample = sequences.sample_of_step
        is_kept = (n_observed > before[sample]) | ~was_cut[sample]
        lengths = np.add.reduceat(is_kept, sequences.starts, dtype=np.int64)
        return JaggedSequences(sequences.values[is_kept], lengths)
