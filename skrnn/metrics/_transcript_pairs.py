"""True and predicted transcripts, side by side, cut into words or characters."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.plain import to_plain
from skrnn._input.transcripts import column_of_texts
from skrnn._input.validation import check_same_n_samples

__all__ = ["Units", "read_transcript_pairs"]

# What is counted in one transcript.
Units = Sequence[Hashable]

_EXPECTED = "Expected a list of strings, or of lists of tokens, one for each sample"


def _characters(text: str) -> list[str]:
    return list(text.strip())


_SPLIT: dict[str, Callable[[str], list[str]]] = {"word": str.split, "character": _characters}


def read_transcript_pairs(y_true: Any, y_pred: Any, unit: str) -> tuple[list[Units], list[Units]]:
    """Read transcripts; strings are cut, tokens in lists are units of any type.

    Parameters
    ----------
    y_true, y_pred : list or array of str, shape (n_samples,), or list of lists of tokens
    unit : {"word", "character"}

    Returns
    -------
    true, predicted : list of n_samples sequences of units
    """
    true = _read_transcripts(y_true, _SPLIT[unit], "y_true")
    predicted = _read_transcripts(y_pred, _SPLIT[unit], "y_pred")
    check_same_n_samples(len(true), len(predicted), "y_true", "y_pred")
    return true, predicted


def _read_transcripts(y: Any, split: Callable[[str], list[str]], name: str) -> list[Units]:
    y = to_plain(y, name)
    is_one = isinstance(y, (str, bytes, Mapping, set, frozenset))
    if is_one or not isinstance(y, Iterable) or getattr(y, "ndim", 1) == 0:
        remedy = f" Pass [{name}] if it is one transcript." if isinstance(y, str) else ""
        raise TypeError(f"{name}: got {y!r:.60}. {_EXPECTED}.{remedy}")
    y = column_of_texts(y, name)
    transcripts: list[Units] = []
    for position, text in enumerate(y):
        text = to_plain(text, f"{name}[{position}]")
        is_list = isinstance(text, (list, tuple, np.ndarray, pd.Series))
        if isinstance(text, str):
            transcripts.append(split(text))
        elif is_list and getattr(text, "ndim", 1) > 0:
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
