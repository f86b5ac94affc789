"""How many words, or characters, of a transcript must be changed to make it right."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.containers import from_torch
from skrnn._input.transcripts import column_of_texts
from skrnn._input.validation import check_same_n_samples
from skrnn._input.weights import read_sample_weight
from skrnn.typing import Transcripts, Weights

__all__ = ["character_error_rate", "word_error_rate"]

_EXPECTED = "Expected a list of strings, or of lists of tokens, one for each sample"


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
        number of words in ``y_true``. Above 1 if more was written than was said.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    character_error_rate : The same for characters.

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
    return _error_rate(y_true, y_pred, sample_weight, str.split, "word")


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
        number of characters in ``y_true``. Above 1 if more was written than was said.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    word_error_rate : The same for words.

    References
    ----------
    Levenshtein (1966), "Binary codes capable of correcting deletions, insertions, and reversals".

    Examples
    --------
    >>> from skrnn.metrics import character_error_rate
    >>> character_error_rate(["seven"], ["eleven"])
    0.4
    """
    return _error_rate(y_true, y_pred, sample_weight, lambda text: list(text.strip()), "character")


def _error_rate(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    split: Callable[[str], list[str]],
    unit: str,
) -> float:
    true = _read_transcripts(y_true, split, "y_true")
    predicted = _read_transcripts(y_pred, split, "y_pred")
    check_same_n_samples(len(true), len(predicted), "y_true", "y_pred")
    weight = read_sample_weight(sample_weight, len(true), "sample_weight")
    changes = np.array([_n_changes(*pair) for pair in zip(true, predicted, strict=True)], float)
    n_units = np.array([len(tokens) for tokens in true], float)
    if weight is not None:
        changes, n_units = changes * weight, n_units * weight
    if not n_units.sum():
        raise ValueError(
            f"y_true: got {len(true)} transcripts without a single {unit} (samples of weight 0 "
            f"left out). Expected at least one {unit}: the rate is one of changes per {unit}."
        )
    return float(changes.sum() / n_units.sum())


def _read_transcripts(
    y: Any, split: Callable[[str], list[str]], name: str
) -> list[Sequence[Hashable]]:
    is_one = isinstance(y, (str, bytes, Mapping, set, frozenset))
    if is_one or not isinstance(y, Iterable) or getattr(y, "ndim", 1) == 0:
        raise TypeError(f"{name}: got {y!r:.60}. {_EXPECTED}.")
    y = column_of_texts(y, name)
    transcripts: list[Sequence[Hashable]] = []
    for position, text in enumerate(from_torch(y, name)):
        if isinstance(text, str):
            transcripts.append(split(text))
        elif isinstance(text, (list, tuple, np.ndarray, pd.Series)):
            tokens = list(text)
            if not all(isinstance(token, Hashable) for token in tokens):
                raise TypeError(
                    f"{name}: got lists within a list at position {position}. {_EXPECTED}."
                )
            transcripts.append(tokens)
        else:
            raise TypeError(
                f"{name}: got {text!r:.60} at position {position}. {_EXPECTED}. Empty transcripts "
                "are empty strings."
            )
    return transcripts


def _n_changes(true: Sequence[Hashable], predicted: Sequence[Hashable]) -> int:
    """Return the Levenshtein distance, row by row of its table."""
    numbers: dict[Hashable, int] = {}
    for token in (*true, *predicted):
        numbers.setdefault(token, len(numbers))
    columns = np.array([numbers[token] for token in predicted], dtype=np.int64)
    steps = np.arange(len(columns) + 1)
    distances = steps
    for row, token in enumerate(true, start=1):
        replaced = distances[:-1] + (columns != numbers[token])
        reached = np.concatenate([[row], np.minimum(distances[1:] + 1, replaced)])
        # insertions follow one another along the row.
        distances = np.minimum.accumulate(reached - steps) + steps
    return int(distances[-1])
