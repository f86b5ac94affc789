"""The share of timesteps that are labelled right."""

from __future__ import annotations

from skrnn._input.step_weights import label_accuracy, read_step_weight
from skrnn.metrics._label_pairs import read_label_pairs
from skrnn.typing import LabelSequences, Weights

__all__ = ["token_accuracy_score"]


def token_accuracy_score(
    y_true: LabelSequences, y_pred: LabelSequences, *, sample_weight: Weights | None = None
) -> float:
    """Share of the timesteps of label sequences that are labelled right.

    Parameters
    ----------
    y_true : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        True labels. A padded 2-D array is cut to the lengths of ``y_pred``. Timesteps without a
        true label (None, NaN or NA) do not count.
    y_pred : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        Predicted labels, as `RNNTagger.predict` returns them.
    sample_weight : array-like of shape (n_samples,), list of (T_i,) arrays, array of shape \
            (n_samples, n_timesteps), or None, default=None
        Weights of 0 or more: one for all timesteps of a sample, or one for each timestep.

    Returns
    -------
    float
        From 0 to 1. Every timestep counts the same, so that long samples count more.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    span_f1_score : Rates whole spans, where most timesteps belong to none.

    Examples
    --------
    >>> from skrnn.metrics import token_accuracy_score
    >>> token_accuracy_score([["DET", "NOUN"], ["VERB"]], [["DET", "VERB"], ["VERB"]])
    0.6666666666666666

    As a scorer of scikit-learn's searches:

    >>> from sklearn.metrics import make_scorer
    >>> make_scorer(token_accuracy_score)
    make_scorer(token_accuracy_score, response_method='predict')
    """
    pairs = read_label_pairs(y_true, y_pred)
    weight = read_step_weight(sample_weight, pairs.lengths, "sample_weight")
    return label_accuracy(pairs.true == pairs.predicted, weight, pairs.is_labelled)
