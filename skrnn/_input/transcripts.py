"""Read transcripts: texts, or lists of tokens."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.containers import fill_masked
from skrnn._input.plain import to_plain

__all__ = ["column_of_texts", "read_transcripts"]

_EXPECTED = (
    "Expected a list of strings, what is said in each sample, or a list of lists of tokens, of one "
    "kind throughout."
)


def read_transcripts(y: Any, name: str = "y") -> np.ndarray:
    """Read transcripts.

    Parameters
    ----------
    y : list or array of str, shape (n_samples,); or list of lists of tokens, or 2-D array
        Tokens are strings or numbers.
    name : str
        The argument's name in error messages.

    Returns
    -------
    ndarray of object, shape (n_samples,)
        Strings, or tuples of tokens.
    """
    if y is None:
        raise ValueError(f"{name}: requires y to be passed, but the target y is None. {_EXPECTED}")
    y = to_plain(y, name)
    is_one = isinstance(y, (str, bytes, Mapping, set, frozenset))
    is_scalar = not isinstance(y, Iterable) or getattr(y, "ndim", 1) == 0
    if is_one or is_scalar or not hasattr(y, "__len__") or sparse.issparse(y):
        raise TypeError(f"{name}: got {y!r:.60}. {_EXPECTED} Pass a list with one for each sample.")
    y = column_of_texts(y, name)
    transcripts = np.empty(len(y), dtype=object)
    for position, transcript in enumerate(fill_masked(y)):
        transcripts[position] = _read_transcript(transcript, position, name)
    if len({isinstance(transcript, str) for transcript in transcripts}) > 1:
        raise TypeError(
            f"{name}: got strings and lists of tokens side by side. {_EXPECTED} Join the lists, or "
            "split the strings."
        )
    return transcripts


def column_of_texts(y: Any, name: str) -> Any:
    """Return the only column of a table of texts; anything else as it is."""
    if isinstance(y, pd.DataFrame):
        # iterated over, it gives the names of its columns.
        if y.shape[1] != 1:
            raise ValueError(
                f"{name}: got a DataFrame of {y.shape[1]} columns. {_EXPECTED} Pass the column "
                "that holds the transcripts."
            )
        return y.iloc[:, 0]
    if getattr(y, "ndim", 1) == 2 and y.shape[1] == 1 and len(y) and isinstance(y[0, 0], str):
        # a text for each sample, not texts that are tokens
        return y[:, 0]
    return y


def _read_transcript(transcript: Any, position: int, name: str) -> str | tuple[Hashable, ...]:
    if isinstance(transcript, str):
        return str(transcript)
    if isinstance(transcript, np.void):
        raise TypeError(
            f"{name}: got a record at position {position}. {_EXPECTED} Pass the field that holds "
            "the transcripts."
        )
    transcript = to_plain(transcript, f"{name}[{position}]")
    if hasattr(transcript, "__array__"):
        transcript = np.asarray(transcript).tolist()
    if not isinstance(transcript, (list, tuple)):
        hint = ""
        if isinstance(transcript, bytes):
            hint = f" Decode it: {name}[{position}].decode()."
        elif pd.api.types.is_scalar(transcript) and pd.isna(transcript):
            hint = " Leave out samples whose transcript is missing; silence is an empty string."
        elif np.ndim(transcript) == 0:
            hint = " For one label a sample use RNNClassifier."
        raise TypeError(f"{name}: got {transcript!r:.60} at position {position}. {_EXPECTED}{hint}")
    tokens = tuple(t.item() if isinstance(t, np.generic) else t for t in transcript)
    for token in tokens:
        if not isinstance(token, (str, int, float)) or token != token:
            raise TypeError(
                f"{name}: got the token {token!r:.60} at position {position}. Expected strings or "
                "numbers, none of them missing. Leave out what is no token."
            )
    return tokens
