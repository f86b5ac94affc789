"""How a fitted network's sequences are read and prepared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skrnn._input.input_form import InputForm
from skrnn._input.jagged import JaggedSequences, RaggedRows
from skrnn._input.measurements import read_measurements
from skrnn._input.token_ids import look_up
from skrnn._input.tokens import PADDING_TOKEN, UNKNOWN_TOKEN, read_tokens
from skrnn.preprocessing._scale_warning import REMEDY, warn_of_other_scale
from skrnn.preprocessing._statistics import FeatureStatistics

__all__ = ["SequenceInputs", "learn_token_ids", "read_sequences"]

_BOUNDED = (
    " With standardize='auto' large ones do not count in mean and scale, and what is beyond the "
    "range of the others is read as the end of that range."
)


def read_sequences(
    X: Any, name: str, *, as_tokens: bool, warn_on_tokens: bool = False
) -> RaggedRows:
    """Read measurements, or token ids.

    Parameters
    ----------
    X : sequences
        What the caller passed.
    name : str
        The argument's name in messages.
    as_tokens : bool
        Whether X holds token ids.
    warn_on_tokens : bool, default=False
        Whether to warn of measurements that look like token ids.
    """
    if as_tokens:
        return read_tokens(X, name=name, allow_several=True)
    return read_measurements(X, name=name, warn_on_tokens=warn_on_tokens)


def learn_token_ids(ids: np.ndarray, vectors: np.ndarray | None) -> np.ndarray:
    """Return the ids that get a vector, ascending, those of padding and unknown first.

    Parameters
    ----------
    ids : ndarray of int64
        All ids of the training data.
    vectors : ndarray of shape (n_tokens, embedding_dim) or None
        Given vectors: a vector is worth using for a token that did not occur in training.
    """
    if vectors is None:
        return np.union1d((PADDING_TOKEN, UNKNOWN_TOKEN), ids)
    largest = int(ids.max())
    if largest >= len(vectors):
        raise ValueError(
            f"embedding_weights: got {len(vectors)} rows, while X holds the token id "
            f"{largest}. Expected a row for every id, 0 and 1 included."
        )
    return np.arange(len(vectors))


@dataclass(frozen=True, eq=False)
class SequenceInputs:
    """What a fit learned about its inputs: their form, and their scales or token ids.

    Parameters
    ----------
    form : InputForm
        What X looked like.
    statistics : FeatureStatistics or None
        How measurements are scaled and filled; None for token ids.
    token_ids : ndarray of int64, shape (n_tokens,), or None
        The ids that have a vector, ascending; None for measurements.
    owner : str
        The name of the estimator's class, for error messages.
    """

    form: InputForm
    statistics: FeatureStatistics | None
    token_ids: np.ndarray | None
    owner: str

    @property
    def reads_tokens(self) -> bool:
        """Whether X holds token ids."""
        return self.token_ids is not None

    @property
    def n_inputs(self) -> int:
        """Inputs of the network at a timestep; for token ids, rows of the embedding."""
        if self.token_ids is not None:
            return len(self.token_ids)
        assert self.statistics is not None
        return self.statistics.n_inputs

    def read(self, X: Any, name: str) -> JaggedSequences:
        """Read sequences of the form that ``fit`` saw."""
        rows = read_sequences(X, name, as_tokens=self.reads_tokens)
        self.form.refuse_other(X, rows, name=name, owner=self.owner)
        return JaggedSequences.from_rows(rows)

    def warn_of_other_scale(
        self,
        sequences: JaggedSequences,
        name: str,
        numbers: np.ndarray | None = None,
        *,
        is_fit: bool = False,
    ) -> None:
        """Warn of samples of another unit or scale than those of ``fit``.

        Parameters
        ----------
        sequences : JaggedSequences
            The samples, as they were read.
        name : str
            The argument's name.
        numbers : ndarray of int64, shape (n_samples,), or None
            The samples' places in the argument; None if they are in its order.
        is_fit : bool
            Whether these are the samples that the statistics were learned from.
        """
        if self.statistics is None:
            return
        usual = self.statistics.usual
        if usual is None or not (is_fit or usual.knows_others):
            return
        warn_of_other_scale(
            name,
            sequences,
            usual.unusual(sequences, is_fit=is_fit),
            usual.magnitude,
            numbers=numbers,
            labels=self.form.feature_labels,
            remedy=REMEDY + ("" if self.statistics.bounds is None else _BOUNDED),
        )

    def prepare(self, sequences: JaggedSequences) -> JaggedSequences:
        """Return what the network reads: standardised inputs, or rows of the embedding."""
        if self.token_ids is None:
            assert self.statistics is not None
            return self.statistics.prepare(sequences)
        ids = sequences.values
        rows, seen = look_up(ids, self.token_ids)
        if ids.ndim == 1:
            return JaggedSequences(np.where(seen, rows, UNKNOWN_TOKEN), sequences.lengths)
        # the first id is the token itself; the others describe it further, or are padding.
        read = np.where(seen, rows, PADDING_TOKEN)
        is_unknown = (ids[:, 0] != PADDING_TOKEN) & ~seen[:, 0]
        read[is_unknown | ~read.any(axis=1), 0] = UNKNOWN_TOKEN
        return JaggedSequences(read, sequences.lengths)
