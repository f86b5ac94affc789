"""What the transformers of sequences share: reading a container, giving it back, their tags."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from skrnn._input.input_form import InputFormMixin
from skrnn._input.jagged import JaggedSequences, RaggedRows
from skrnn._input.measurements import read_measurements


class Container(NamedTuple):
    """Sequences, and what is needed to give others back in the same container.

    Attributes
    ----------
    sequences : JaggedSequences
        The timesteps without padding. Their values may be a view of what the user passed: never
        write to them.
    layout : {"table", "sequences", "ragged"}
        How the container was read.
    n_timesteps : int
        Its time axis, padding included; 0 for a ragged one.
    """

    sequences: JaggedSequences
    layout: str
    n_timesteps: int

    @property
    def n_features(self) -> int:
        """Number of features of a timestep; 1 for a table, whose columns are timesteps."""
        return self.sequences.values.shape[1]

    def filled_with(self, values: np.ndarray) -> Any:
        """Put new values, one row for each timestep, into a container of this layout.

        A table holds one value for each timestep: with more it becomes a 3-D array.
        """
        sequences = JaggedSequences(values, self.sequences.lengths)
        if self.layout == "ragged":
            return sequences.split()
        padded = sequences.pad(self.n_timesteps) if self._is_padded else self._stacked(values)
        return padded[:, :, 0] if self.layout == "table" and values.shape[1] == 1 else padded

    @property
    def _is_padded(self) -> bool:
        return bool((self.sequences.lengths < self.n_timesteps).any())

    def _stacked(self, values: np.ndarray) -> np.ndarray:
        return values.reshape(-1, self.n_timesteps, values.shape[1])


def as_floats(values: np.ndarray) -> np.ndarray:
    """Return float32 and float64 as they are, anything else as float64."""
    return values if values.dtype.kind == "f" else values.astype(np.float64)


class SequenceTransformer(
    InputFormMixin, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """Base class of the transformers in this package."""

    # A 3-D array or a list does not fit into a DataFrame, so scikit-learn must not try to put it
    # into one. Said here once, because every subclass would have to repeat it.
    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)  # type: ignore[call-arg]

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept scikit-learn's choice of an output container, which has no effect here.

        Sequences fit into no DataFrame, so ``transform`` goes on returning what it documents. The
        method exists so that a Pipeline with this step can be told ``set_output``.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            Ignored.

        Returns
        -------
        self : estimator
            The transformer itself.
        """
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _read(self, X: Any, *, reset: bool) -> Container:
        """Read X and set, or check it against, what ``fit`` saw."""
        # Integers are taken as measurements without a warning: it speaks of embedding_dim, which
        # these transformers do not have.
        rows = read_measurements(X, warn_on_tokens=False)
        self._check_form(X, rows, reset=reset)
        return self._container(rows)

    def _read_transformed(
        self, X: Any, n_features: int | None, *, are_those_of_fit: bool = False
    ) -> Container:
        """Read what ``transform`` returned, or something of the same number of features.

        Names are compared with those of ``fit`` if X has any: ``transform`` returns none.
        """
        rows = read_measurements(X, warn_on_tokens=False)
        if are_those_of_fit and rows.names is not None and self._form.feature_names is not None:
            self._form.refuse_other(X, rows, name="X", owner=type(self).__name__)
        container = self._container(rows)
        if n_features is not None and container.n_features != n_features:
            raise ValueError(
                f"X has {container.n_features} features, but {type(self).__name__} gives, and "
                f"takes back, {n_features} features. Pass sequences of {n_features} features to "
                "inverse_transform, as transform returns them."
            )
        return container

    @staticmethod
    def _container(rows: RaggedRows) -> Container:
        return Container(JaggedSequences.from_rows(rows), rows.layout, rows.n_timesteps)

    @property
    def _n_features_seen(self) -> int:
        """Features of a timestep in ``fit``; ``n_features_in_`` counts a table's columns."""
        return 1 if self.input_layout_ == "table" else self.n_features_in_
