"""True and predicted labels of timesteps, side by side."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skrnn._input.label_sequences import as_label_arrays, join_labels, join_some_labels
from skrnn._input.validation import check_same_n_samples

__all__ = ["LabelPairs", "read_label_pairs"]


class LabelPairs(NamedTuple):
    """True and predicted labels, laid end to end.

    Attributes
    ----------
    true, predicted : ndarray of shape (sum of lengths,)
    is_labelled : ndarray of bool, shape (sum of lengths,), or None
        Where there is a true label; None if everywhere.
    lengths : ndarray of int64, shape (n_samples,)
    """

    true: np.ndarray
    predicted: np.ndarray
    is_labelled: np.ndarray | None
    lengths: np.ndarray


def read_label_pairs(y_true: Any, y_pred: Any) -> LabelPairs:
    """Read label sequences and lay them end to end.

    Parameters
    ----------
    y_true, y_pred : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        A padded 2-D ``y_true`` is cut to the lengths of ``y_pred``.
    """
    predicted, _ = as_label_arrays(y_pred, "y_pred")
    true, is_padded = as_label_arrays(y_true, "y_true")
    check_same_n_samples(len(true), len(predicted), "y_true", "y_pred")
    lengths = np.array([len(labels) for labels in predicted], dtype=np.int64)
    if not lengths.sum():
        raise ValueError(
            f"y_pred: got {len(lengths)} samples without a single label. Expected at least one "
            "label to compare. Pass what a tagger predicts."
        )
    for sample, (labels, length) in enumerate(zip(true, lengths, strict=True)):
        if len(labels) < length or (len(labels) > length and not is_padded):
            raise ValueError(
                f"y_true: got {len(labels)} labels for sample {sample}, for which y_pred has "
                f"{length}. Expected a true label for every predicted one. Labels of all-NaN "
                f"timesteps at the end are not predicted: cut y_true[{sample}] to the same length, "
                "or pass a padded 2-D array."
            )
    kept = [labels[:n] for labels, n in zip(true, lengths, strict=True)]
    flat, is_labelled = join_some_labels(kept, "y_true")
    flat_predicted = join_labels(predicted, "y_pred")
    if (flat.dtype.kind in "UO") != (flat_predicted.dtype.kind in "UO"):
        raise TypeError(
            f"y_true: got labels such as {flat[:1].tolist()}, but {flat_predicted[:1].tolist()} in "
            "y_pred. Expected labels of one type. Convert one of the two."
        )
    return LabelPairs(flat, flat_predicted, is_labelled, lengths)
