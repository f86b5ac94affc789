"""True and predicted labels of timesteps, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.label_sequences import as_label_arrays, join_labels
from skrnn._input.validation import check_same_n_samples

__all__ = ["read_label_pairs"]


def read_label_pairs(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read label sequences and lay them end to end.

    Parameters
    ----------
    y_true, y_pred : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        A padded 2-D ``y_true`` is cut to the lengths of ``y_pred``.

    Returns
    -------
    true, predicted : ndarray of shape (sum of lengths,)
    lengths : ndarray of int64, shape (n_samples,)
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
    flat = join_labels([labels[:n] for labels, n in zip(true, lengths, strict=True)], "y_true")
    flat_predicted = join_labels(predicted, "y_pred")
    if (flat.dtype.kind in "UO") != (flat_predicted.dtype.kind in "UO"):
        raise TypeError(
            f"y_true: got labels such as {flat[:1].tolist()}, but {flat_predicted[:1].tolist()} in "
            "y_pred. Expected labels of one type. Convert one of the two."
        )
    return flat, flat_predicted, lengths
