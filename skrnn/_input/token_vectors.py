"""Read the initial vectors of tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.numbers import read_numbers

__all__ = ["read_token_vectors"]


def read_token_vectors(vectors: Any, embedding_dim: int | None, dtype: str) -> np.ndarray:
    """Read initial token vectors of shape (n_tokens, embedding_dim); the padding's become 0.

    Parameters
    ----------
    vectors : array-like of shape (n_tokens, embedding_dim)
        Finite numbers; row 0 is padding, row 1 the unknown token.
    embedding_dim : int or None
        The width asked for; None takes any.
    dtype : str
        Name of the type of the result.
    """
    matrix = read_numbers(
        vectors, "embedding_weights", "a matrix of numbers, shape (n_tokens, embedding_dim)", dtype
    )
    if matrix.ndim != 2 or matrix.shape[0] < 2 or matrix.shape[1] < 1:
        raise ValueError(
            f"embedding_weights: got shape {matrix.shape}. Expected (n_tokens, embedding_dim) with "
            "rows for padding (0) and unknown (1) first, and a column."
        )
    if not np.isfinite(matrix).all():
        raise ValueError(
            f"embedding_weights: got NaN, infinity or a number beyond {dtype}. Expected finite "
            "numbers. Replace the vectors of missing words by zeros."
        )
    if embedding_dim is not None and matrix.shape[1] != embedding_dim:
        raise ValueError(
            f"embedding_weights: got shape {matrix.shape}, while embedding_dim is {embedding_dim}. "
            "Expected as many columns. Leave embedding_dim=None to take the matrix's own width."
        )
    matrix[0] = 0.0
    return matrix
