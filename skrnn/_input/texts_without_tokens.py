"""Texts without any token, which TokenEncoder writes as one unknown token."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["mark_without_tokens", "refuse_without_tokens"]


class EncodedTexts(np.ndarray):
    """Token ids of texts, of which some have no token.

    To most estimators an empty text is one unknown token. A label for that token would belong to
    nothing, so an estimator of labels has to know. What is computed from the ids, or taken out of
    them, is not marked.

    Attributes
    ----------
    without_tokens : tuple of int
        The samples that have no token.
    """

    without_tokens: tuple[int, ...] = ()

    def __array_finalize__(self, obj: Any) -> None:
        """Start without the mark, also if this is a slice of a marked array."""
        self.without_tokens = ()

    def __repr__(self) -> str:
        """Return what a plain array shows."""
        return repr(self.view(np.ndarray))


def mark_without_tokens(
    ids: np.ndarray | list[np.ndarray], n_tokens: list[int]
) -> np.ndarray | list[np.ndarray]:
    """Return token ids that remember which texts have none; the ids themselves if all have some.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_samples, ...), or list of ndarray
        In a list, the arrays of texts without tokens are marked, not the list.
    n_tokens : list of int
        The number of tokens in each text.
    """
    empty = tuple(sample for sample, n in enumerate(n_tokens) if n == 0)
    if not empty:
        return ids
    if isinstance(ids, list):
        return [
            _marked(text, (0,)) if n == 0 else text for text, n in zip(ids, n_tokens, strict=True)
        ]
    return _marked(ids, empty)


def _marked(ids: np.ndarray, empty: tuple[int, ...]) -> np.ndarray:
    marked = ids.view(EncodedTexts)
    marked.without_tokens = empty
    return marked


def refuse_without_tokens(X: Any, name: str) -> None:
    """Raise an error if texts without tokens were encoded, for an estimator of labels."""
    empty = X.without_tokens if isinstance(X, EncodedTexts) else ()
    if isinstance(X, list):
        empty = tuple(i for i, text in enumerate(X) if isinstance(text, EncodedTexts))
    if empty:
        raise ValueError(
            f"{name}: got {len(empty)} sample(s) without a single token, the first at position "
            f"{empty[0]}. Expected a token for every label. Leave them out, with their labels, "
            f"before they are encoded; of lists of words: [x for x in {name} if len(x)]."
        )
