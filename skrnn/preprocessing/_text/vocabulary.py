"""Vocabularies: one that the user gives, or what is frequent in texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

from skrnn._input.tokens import UNKNOWN_TOKEN

__all__ = ["by_frequency", "never_found", "read_vocabulary"]

_EXPECTED = (
    "Expected different tokens, in a list, or in a dict with the ids 2, 3, and so on; 0 is padding "
    "and 1 the unknown token. Pass vocabulary_ of another encoder, or a list of words."
)


def read_vocabulary(vocabulary: Any) -> dict[str, int]:
    """Return ids by token, in the order of the ids.

    Parameters
    ----------
    vocabulary : dict of str to int, or list of str
        Ids follow one another from 2 on.
    """
    first = UNKNOWN_TOKEN + 1
    if not len(vocabulary):
        raise ValueError(f"vocabulary: got no token. {_EXPECTED}")
    for token in vocabulary:
        if not isinstance(token, str):
            raise TypeError(f"vocabulary: got {token!r}, which is no string. {_EXPECTED}")
    if not isinstance(vocabulary, dict):
        ids = {token: id for id, token in enumerate(vocabulary, first)}
        if len(ids) < len(vocabulary):
            # of a token that stands there twice, the last place is kept.
            twice = next(t for place, t in enumerate(vocabulary, first) if ids[t] != place)
            raise ValueError(f"vocabulary: got {twice!r} more than once. {_EXPECTED}")
        return ids
    try:
        ordered = sorted(vocabulary.items(), key=lambda item: item[1])
        fits = [id for _, id in ordered] == list(range(first, first + len(ordered)))
    except TypeError:
        fits = False
    if not fits:
        raise ValueError(
            f"vocabulary: got ids such as {list(vocabulary.values())[:5]}. {_EXPECTED}"
        )
    return {token: int(id) for token, id in ordered}


def never_found(vocabulary: Iterable[str], tokens_of: Callable[[str], Iterable[str]]) -> list[str]:
    """Return the entries that no text has as a token, in their order.

    Parameters
    ----------
    vocabulary : iterable of str
    tokens_of : callable
        Takes a text apart.
    """
    entries = list(vocabulary)
    # all at once, since a vocabulary may have a million entries; then those in doubt by themselves.
    found = set(tokens_of("\n".join(entries)))
    return [entry for entry in entries if entry not in found and entry not in tokens_of(entry)]


def by_frequency(texts: list[list[Any]], min_df: float) -> list[Any]:
    """Return what is in at least ``min_df`` texts, the most frequent first.

    Parameters
    ----------
    texts : list of lists of tokens
    min_df : int or float
        A number of texts, or a share of them.
    """
    frequency = Counter(token for tokens in texts for token in tokens)
    n_texts_with = Counter(token for tokens in texts for token in set(tokens))
    needed = min_df if isinstance(min_df, Integral) else min_df * len(texts)
    kept = [token for token in frequency if n_texts_with[token] >= needed]
    return sorted(kept, key=lambda token: (-frequency[token], token))
