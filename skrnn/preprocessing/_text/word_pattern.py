"""Words and symbols of every script, as a regular expression."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import chain

__all__ = ["is_mark", "word_pattern"]

# Zero-width non-joiner and joiner, the vowel separator of Mongolian, the soft hyphen and the word
# joiner: they stand inside words.
_JOINERS = "\u200c\u200d\u180e\u00ad\u2060"
_JOINER = "\u200d"
# What follows a symbol: skin tones, and the tags that spell the flags of regions.
_MODIFIERS = "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
# Two of these letters are the flag of a country.
_FLAG_LETTERS = "[\U0001f1e6-\U0001f1ff]"
# The planes of Unicode that have marks.
_PLANES = (range(0x20000), range(0xE0000, 0xE1000))


def is_mark(character: str) -> bool:
    """Whether a character is part of the letter before it: an accent, a vowel sign, a joiner."""
    return unicodedata.category(character).startswith("M") or character in _JOINERS


@cache
def word_pattern() -> str:
    r"""Return a regular expression of a word with its marks, or of one symbol.

    It is ``\w+|[^\w\s]`` with two additions. ``\w`` leaves out combining marks, which most scripts
    of South and Southeast Asia spell vowels with, and joiners; here they stay with the letter
    before them. A symbol keeps what modifies it, and symbols that a joiner binds are one.

    Returns
    -------
    str
        Without capturing groups.

    References
    ----------
    Unicode Standard Annex 29, "Unicode Text Segmentation"; Unicode Technical Standard 51, "Unicode
    Emoji".
    """
    ranges: list[list[int]] = []
    for code in chain(*_PLANES):
        if is_mark(chr(code)):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    word = rf"\w+(?:[{marks}]+\w*)*"
    symbol = rf"[^\w\s](?:[{marks}{_MODIFIERS}]|(?<={_JOINER})[^\w\s])*"
    return f"(?u){word}|{_FLAG_LETTERS}{{2}}|{symbol}"
