"""How many words, or characters, of a transcript must be changed to make it right."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.weights import read_sample_weight
from skrnn.metrics._edits import n_edits
from skrnn.metrics._transcript_pairs import read_transcript_pairs
from skrnn.typing import Transcripts, Weights

__all__ = ["character_error_rate", "word_error_rate"]


def word_error_rate(
    y_true: Transcripts, y_pred: Transcripts, *, sample_weight: Weights | None = None
) -> float:
    """Rate of words to insert, delete or replace in transcripts, for each word that was said.

    Parameters
    ----------
    y_true : list or array of str, shape (n_samples,), or list of lists of tokens
        True transcripts. A string is cut into words at its blanks; of a list every token, of any
        type, counts as a word.
    y_pred : list or array of str, shape (n_samples,), or list of lists of tokens
        Transcripts to rate, as `RNNTranscriber.predict` returns them.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of 0 or more, of all words of a sample.

    Returns
    -------
    float
        0 or more, smaller is better: the fewest changes over all samples together, divided by the
        number of words in ``y_true``. Above 1 if more was written than was said. What is written
        for an empty transcript adds to the changes.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    character_error_rate : The same for characters.
    word_error_counts : How many words were replaced, left out and added.

    References
    ----------
    Levenshtein (1966), "Binary codes capable of correcting deletions, insertions, and reversals".

    Examples
    --------
    >>> from skrnn.metrics import word_error_rate
    >>> word_error_rate(["the cat sat", "yes"], ["the cat sat down", "no"])
    0.5

    As a scorer of scikit-learn's searches:

    >>> from sklearn.metrics import make_scorer
    >>> make_scorer(word_error_rate, greater_is_better=False)
    make_scorer(word_error_rate, greater_is_better=False, response_method='predict')
    """
    return _error_rate(y_true, y_pred, sample_weight, "word")


def character_error_rate(
    y_true: Transcripts, y_pred: Transcripts, *, sample_weight: Weights | None = None
) -> float:
    """Rate of characters to insert, delete or replace, for each character that was said.

    Parameters
    ----------
    y_true : list or array of str, shape (n_samples,)
        True transcripts. Blanks within them count, those around them do not.
    y_pred : list or array of str, shape (n_samples,)
        Transcripts to rate, as `RNNTranscriber.predict` returns them.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of 0 or more, of all characters of a sample.

    Returns
    -------
    float
        0 or more, smaller is better: the fewest changes over all samples together, divided by the
        number of characters in ``y_true``. Above 1 if more was written than was said. What is
        written for an empty transcript adds to the changes.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    word_error_rate : The same for words.
    character_error_counts : How many characters were replaced, left out and added.

    References
    ----------
    Levenshtein (1966), "Binary codes capable of correcting deletions, insertions, and reversals".

    Examples
    --------
    >>> from skrnn.metrics import character_error_rate
    >>> character_error_rate(["seven"], ["eleven"])
    0.4
    """
    return _error_rate(y_true, y_pred, sample_weight, "character")


def _error_rate(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    unit: str,
) -> float:
    true, predicted = read_transcript_pairs(y_true, y_pred, unit)
    weight = read_sample_weight(sample_weight, len(true), "sample_weight")
    changes = np.array([n_edits(*pair) for pair in zip(true, predicted, strict=True)], float)
    n_units = np.array([len(tokens) for tokens in true], float)
    if weight is not None:
        changes, n_units = changes * weight, n_units * weight
    if not n_units.sum():
        raise ValueError(
            f"y_true: got {len(true)} transcripts without a single {unit} (samples of weight 0 "
            f"left out). Expected at least one {unit}: the rate is one of changes per {unit}. "
            f"Count what was written nevertheless with {unit}_error_counts(y_true, y_pred)."
        )
    return float(changes.sum() / n_units.sum())
