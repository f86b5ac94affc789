"""What estimators with one answer for each sequence share: folding, pooling, outputs."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags

from skrnn._input.validation import Interval, StrOptions
from skrnn._sequences.base import BaseSequenceEstimator
from skrnn._sequences.samples import Samples
from skrnn._training.auto_settings import auto_segment_length
from skrnn.modules.losses import PerSampleLoss
from skrnn.modules.pooling import POOLINGS
from skrnn.modules.sequence_model import SequenceModel
from skrnn.typing import Sequences

__all__ = ["PooledSequenceEstimator"]


class PooledSequenceEstimator(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseSequenceEstimator
):
    """Reads each sequence into one vector, and answers from that."""

    _FROZEN = ("segment_length", *BaseSequenceEstimator._FROZEN)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSequenceEstimator._parameter_constraints,
        "dropout": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
        "pooling": [StrOptions(set(POOLINGS)), tuple, list],
        "segment_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    }

    def _network(self) -> tuple[type[torch.nn.Module], type[torch.nn.Module]]:
        return SequenceModel, PerSampleLoss

    def _check_settings(self) -> None:
        super()._check_settings()
        for method in self._pooling():
            if method not in POOLINGS:
                raise ValueError(
                    f"pooling: got {self.pooling!r}, of which {method!r} is not a pooling. "
                    f"Expected one of {POOLINGS} or a tuple of them."
                )
        if not self._pooling():
            raise ValueError(
                f"pooling: got an empty {type(self.pooling).__name__}. Expected at least one of "
                f"{POOLINGS}."
            )

    def _pooling(self) -> tuple[str, ...]:
        return (self.pooling,) if isinstance(self.pooling, str) else tuple(self.pooling)

    def _learn_inputs(self, train: Samples) -> None:
        self.segment_length_ = (
            auto_segment_length(train.sequences.lengths)
            if self.segment_length == "auto"
            else int(self.segment_length)
        )
        super()._learn_inputs(train)

    def _module_params(self) -> dict[str, Any]:
        return super()._module_params() | {
            "pooling": self._pooling(),
            "segment_length": self.segment_length_,
        }

    def _dropout(self) -> float:
        """Return the share left out; the words of a text, many of them rare, need more of it."""
        if self.dropout == "auto":
            return 0.7 if self._wants_tokens() else 0.1
        return super()._dropout()

    def transform(self, X: Sequences) -> np.ndarray:
        """Return the pooled hidden state of each sample.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of float, shape (n_samples, n_states)
            One block of ``hidden_size`` columns for each direction and pooling.
        """
        return self._compute(self._read_new(X), "pooled")

    @property
    def _n_features_out(self) -> int:
        return self.net_.module_.pooling.output_size

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # the hidden state has the network's type, whatever came in.
        tags.transformer_tags.preserves_dtype = []
        return tags
