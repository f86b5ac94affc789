"""The words that a transcript may be made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from skrnn._transcription.tokens import TranscriptTokens
from skrnn.modules.transcription_model import BLANK

__all__ = ["NOWHERE", "ROOT", "Lexicon", "read_word_list"]

ROOT = 0
NOWHERE = -1


class Lexicon:
    """The words that may be written, as a tree of their tokens.

    Parameters
    ----------
    words : iterable of sequence of int
        Tokens of each word, at least one.
    n_tokens : int
        Number of tokens, the blank included.
    separator : int or None
        The token between two words; None if each word is one token, and words follow one another
        at once. A blank (0), which never stands in a transcript, allows a single word.

    Attributes
    ----------
    next_state : ndarray of int64, shape (n_states, n_tokens)
        Where a token leads, -1 where it cannot stand. State 0 is before the first word.
    is_complete : ndarray of bool, shape (n_states,)
        Whether a transcript may end there.
    """

    def __init__(
        self, words: Iterable[Sequence[int]], n_tokens: int, separator: int | None
    ) -> None:
        self.separator = separator
        if separator is None:
            # a state for each word would take the square of their number.
            self.next_state = np.full((1, n_tokens), NOWHERE)
            self.next_state[0, [token for (token,) in words]] = ROOT
            self.is_complete = np.ones(1, dtype=bool)
            return
        # state 1 is behind a separator: another word has to follow.
        rows = [[NOWHERE] * n_tokens, [NOWHERE] * n_tokens]
        ends = {ROOT}
        for word in words:
            state = ROOT
            for token in word:
                if rows[state][token] == NOWHERE:
                    rows[state][token] = len(rows)
                    rows.append([NOWHERE] * n_tokens)
                state = rows[state][token]
            ends.add(state)
        rows[1] = list(rows[ROOT])
        for state in ends - {ROOT}:
            rows[state][separator] = 1
        self.next_state = np.array(rows)
        self.is_complete = np.isin(np.arange(len(rows)), sorted(ends))


def read_word_list(words: Iterable[str], tokens: TranscriptTokens, *, by_word: bool) -> Lexicon:
    """Read a list of words; those with a token that no transcript held are left out.

    Parameters
    ----------
    words : iterable of str
    tokens : TranscriptTokens
        Of texts.
    by_word : bool
        Whether a token is a word; else it is a character.

    Raises
    ------
    ValueError, TypeError
        If one is no word, or none can be written; the message says what is expected.
    """
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"word_list: got {word!r:.60} among the words. Expected strings.")
        if word.split() not in ([], [word]):
            raise ValueError(
                f"word_list: got {word!r:.60}, with a blank in it or around it. Expected single "
                "words. Split it: word.split()."
            )
    known = set(tokens.tokens)
    spelled = [word for word in words if word.strip()]
    usable = [word for word in spelled if known.issuperset([word] if by_word else word)]
    if not usable:
        raise ValueError(
            f"word_list: got {words!r:.80}, of which no word can be written with the tokens of the "
            f"transcripts, {tokens.tokens!r:.80}. Expected words in their spelling, upper or lower "
            "case as there."
        )
    ids = [tokens.ids_of(word, "word_list") for word in usable]
    # transcripts without blanks are single words.
    separator = tokens.ids_of(" ", "y")[0] if " " in known else BLANK
    return Lexicon(ids, len(tokens), None if by_word else separator)
