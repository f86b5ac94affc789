"""What the letters of a token tell: its beginnings, its endings and its shape."""

from __future__ import annotations

from typing import Literal

from skrnn.preprocessing._text.word_pattern import is_mark

__all__ = ["Affix", "affixes", "word_shape"]

#: Kind and text: ("prefix", "un"), ("suffix", "ing") or ("shape", "Xx").
Affix = tuple[Literal["prefix", "suffix", "shape"], str]

# A run of characters of one class is told from a single one, and not from a longer one.
_LONGEST_RUN = 2


def word_shape(token: str) -> str:
    """Return the classes of a token's characters, runs of more than two cut to two.

    Parameters
    ----------
    token : str
        As written, before lower-casing.

    Returns
    -------
    str
        ``X`` for a capital, ``d`` for a digit, ``x`` for another letter, ``-`` for anything else. A
        mark that belongs to the letter before it adds nothing.

    Examples
    --------
    >>> [word_shape(token) for token in ["I", "The", "NATO", "mid-2004", "4.5%"]]
    ['X', 'Xxx', 'XX', 'xx-dd', 'd-d-']
    """
    shape = ""
    for character in token:
        if shape and is_mark(character):
            continue
        if character.isdigit():
            kind = "d"
        elif character.isalpha():
            kind = "X" if character.isupper() else "x"
        else:
            kind = "-"
        if not shape.endswith(kind * _LONGEST_RUN):
            shape += kind
    return shape


def affixes(token: str, shape: str, affix_length: int) -> list[Affix | None]:
    """Return prefixes of 1 to ``affix_length`` characters, suffixes likewise, and the shape.

    Parameters
    ----------
    token : str
        As it stands in the vocabulary, lower-cased or not.
    shape : str
        The shape of the token as written.
    affix_length : int
        Longest affix.

    Returns
    -------
    list of 2 * affix_length + 1 affixes
        None for those that the token is too short for.

    Examples
    --------
    >>> affixes("a", "X", 2)
    [('prefix', 'a'), None, ('suffix', 'a'), None, ('shape', 'X')]
    """
    lengths = range(1, affix_length + 1)
    return [
        *(("prefix", token[:n]) if n <= len(token) else None for n in lengths),
        *(("suffix", token[-n:]) if n <= len(token) else None for n in lengths),
        ("shape", shape),
    ]
