"""The binary format of word2vec: a line of two counts, then words, each with float32 numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["binary_vectors", "is_binary"]

_CHUNK = 1 << 20
# Longer ones are refused: a count of columns, or bytes of a word without end, of a damaged file.
_MOST_COLUMNS, _LONGEST_WORD = 100_000, 10_000
# Bytes that no text has.
_CONTROL = frozenset(range(32)) - set(b"\t\n\r") | {127}


def is_binary(start: bytes, n_columns: int) -> bool:
    """Whether the bytes behind the first line are a word and binary numbers.

    Parameters
    ----------
    start : bytes
        Enough of them for the first word.
    n_columns : int
        Numbers of a word.
    """
    numbers = start.lstrip(b"\n").partition(b" ")[2][: 4 * min(n_columns, _MOST_COLUMNS)]
    # the numbers of a text are ASCII, the words of the lines behind them may not be.
    is_ascii = numbers.partition(b"\n")[0].isascii()
    return not _CONTROL.isdisjoint(numbers) or (b"\n" not in numbers and not is_ascii)


def binary_vectors(
    file: Any, n_words: int, n_columns: int, path: str
) -> Iterator[tuple[bytes, np.ndarray]]:
    """Yield each word and its vector.

    Parameters
    ----------
    file : binary file
        Behind the first line.
    n_words, n_columns : int
        What the first line says.
    path : str
        The file's name, for error messages.
    """
    if not 0 < n_columns <= _MOST_COLUMNS:
        raise ValueError(
            f"path: got {n_columns} columns in line 1 of {path!r}. Expected 1 to {_MOST_COLUMNS}. "
            "Check that it is a file of word vectors, and download it again."
        )
    size = 4 * n_columns
    buffer, at = b"", 0
    for number in range(n_words):
        while (blank := buffer.find(b" ", at)) < 0 or len(buffer) < blank + 1 + size:
            chunk = file.read(_CHUNK)
            if not chunk or (blank < 0 and len(buffer) - at > _LONGEST_WORD):
                raise ValueError(
                    f"path: got {number} words in {path!r}, whose first line says {n_words} words "
                    f"of {n_columns} columns. Expected as many, in word2vec's binary format. "
                    "Download it again: it is cut or damaged."
                )
            buffer, at = buffer[at:] + chunk, 0
        word = buffer[at:blank].lstrip(b"\n")
        at = blank + 1 + size
        yield word, np.frombuffer(buffer, "<f4", n_columns, blank + 1).astype(np.float32)
