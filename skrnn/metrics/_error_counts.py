"""How many words, or characters, of a transcript are right, replaced, left out and added."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.metrics._edits import count_edits
from skrnn.metrics._transcript_pairs import read_transcript_pairs
from skrnn.typing import Transcripts

__all__ = ["character_error_counts", "word_error_counts"]

_NAMES = ("hits", "substitutions", "deletions", "insertions")


def word_error_counts(y_true: Transcripts, y_pred: Transcripts) -> dict[str, int]:
    """Count the words of transcripts that are right, replaced, left out and added.

    Parameters
    ----------
    y_true : list or array of str, shape (n_samples,), or list of lists of tokens
        True transcripts, which may be empty. A string is cut into words at its blanks; of a list
        every token, of any type, counts as a word.
    y_pred : list or array of str, shape (n_samples,), or list of lists of tokens
        Transcripts to rate, as `RNNTranscriber.predict` returns them.

    Returns
    -------
    dict of int
        ``"hits"``, words that are right; ``"substitutions"``, other words in their place;
        ``"deletions"``, words that are missing; ``"insertions"``, words that were not said. Over
        all samples together, with the fewest errors possible.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    word_error_rate : The errors as a share of the words that were said.
    character_error_counts : The same for characters.

    Notes
    -----
    Several lists of errors may be equally short, such as two words replaced, or one left out and
    one added. The one that is counted is that of the package jiwer. Memory and time grow with the
    product of the lengths of a sample's two transcripts.

    Examples
    --------
    >>> from skrnn.metrics import word_error_counts
    >>> word_error_counts(["the cat sat", ""], ["a cat sat down", "yes"])
    {'hits': 2, 'substitutions': 1, 'deletions': 0, 'insertions': 2}
    """
    return _error_counts(y_true, y_pred, "word")


def character_error_counts(y_true: Transcripts, y_pred: Transcripts) -> dict[str, int]:
    """Count the characters of transcripts that are right, replaced, left out and added.

    Parameters
    ----------
    y_true : list or array of str, shape (n_samples,)
        True transcripts, which may be empty. Blanks within them count, those around them do not.
    y_pred : list or array of str, shape (n_samples,)
        Transcripts to rate, as `RNNTranscriber.predict` returns them.

    Returns
    -------
    dict of int
        ``"hits"``, ``"substitutions"``, ``"deletions"`` and ``"insertions"``, as those of
        `word_error_counts`.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    character_error_rate : The errors as a share of the characters that were said.
    word_error_counts : The same for words.

    Examples
    --------
    >>> from skrnn.metrics import character_error_counts
    >>> character_error_counts(["seven"], ["eleven"])
    {'hits': 4, 'substitutions': 1, 'deletions': 0, 'insertions': 1}
    """
    return _error_counts(y_true, y_pred, "character")


def _error_counts(y_true: Any, y_pred: Any, unit: str) -> dict[str, int]:
    pairs = zip(*read_transcript_pairs(y_true, y_pred, unit), strict=True)
    counts = np.array([count_edits(*pair) for pair in pairs], dtype=np.int64).reshape(-1, 4)
    return dict(zip(_NAMES, counts.sum(axis=0).tolist(), strict=True))
