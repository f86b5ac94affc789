"""What was said: texts or lists of tokens, as ids for a network and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["TranscriptTokens", "n_steps_needed"]


def _read_more(more: Any, split: Callable[[str], Sequence[str]] | None) -> Iterable[Any]:
    """Return the tokens that are in ``tokens``: a text of them, or one by one."""
    if isinstance(more, str) and split is not None:
        return split(more)
    if isinstance(more, (str, bytes)) or not isinstance(more, Iterable):
        raise TypeError(
            f"tokens: got {more!r:.60}. Expected tokens like those of y. Pass a list of them."
        )
    more = list(more)
    for token in more:
        if split is None and not isinstance(token, (str, int, float)):
            raise TypeError(f"tokens: got {token!r:.60} among them. Expected strings or numbers.")
        if split is not None and not (isinstance(token, str) and list(split(token)) == [token]):
            raise ValueError(
                f"tokens: got {token!r:.60} among them, which is no single token of a text with "
                "this analyzer. Expected characters, or words with analyzer='word'. Pass one by "
                "one."
            )
    return more


class TranscriptTokens:
    """Turns transcripts into ids, from 1 on, and ids into transcripts.

    Parameters
    ----------
    tokens : list
        The token of each id but 0, which is the blank.
    split : callable or None
        From a text to its tokens; None for lists of tokens.
    separator : str
        What stands between the tokens of a text.
    """

    def __init__(
        self, tokens: list[Any], split: Callable[[str], Sequence[str]] | None, separator: str
    ) -> None:
        self.tokens = tokens
        self.split = split
        self.separator = separator
        self._ids = {token: number for number, token in enumerate(tokens, start=1)}

    @classmethod
    def learn(cls, transcripts: np.ndarray, analyzer: str, more: Any = None) -> TranscriptTokens:
        """Learn the tokens of transcripts, and ``more`` that may come later: texts or tokens."""
        are_texts = isinstance(transcripts[0], str)
        split: Callable[[str], Sequence[str]] | None = None
        if are_texts:
            split = list if analyzer == "char" else str.split
        separator = " " if are_texts and analyzer == "word" else ""
        found = {token for text in transcripts for token in (split(text) if split else text)}
        if more is not None:
            found.update(_read_more(more, split))
        try:
            tokens = sorted(found)
        except TypeError as error:
            kinds = sorted({type(token).__name__ for token in found})
            raise TypeError(
                f"y: got tokens of the types {kinds}. Expected tokens of one type. Convert them."
            ) from error
        if not tokens:
            raise ValueError(
                "y: got transcripts without a single token (samples of weight 0 left out). "
                "Expected at least one token."
            )
        return cls(tokens, split, separator)

    def __len__(self) -> int:
        return len(self.tokens) + 1

    @property
    def reads_texts(self) -> bool:
        """Whether transcripts are strings."""
        return self.split is not None

    def ids_of(self, transcript: Any, name: str) -> list[int]:
        """Return the ids of the tokens of one transcript."""
        if isinstance(transcript, str) != self.reads_texts:
            was, now = ("strings", "lists of tokens")
            if not self.reads_texts:
                was, now = now, was
            raise TypeError(f"{name}: got {now}, while fit was given {was}. Expected {was}.")
        tokens = self.split(transcript) if self.split else transcript
        try:
            return [self._ids[token] for token in tokens]
        except KeyError as error:
            raise ValueError(
                f"{name}: got {error.args[0]!r}, which no transcript held that the tokens were "
                f"learned from. Expected these: {self.tokens!r:.200}. Spell the transcripts alike, "
                "or pass data that hold all tokens to the first fit."
            ) from error

    def padded_ids(self, transcripts: np.ndarray, name: str) -> np.ndarray:
        """Return ids of shape (n_samples, longest), 0 behind each transcript."""
        rows = [self.ids_of(transcript, name) for transcript in transcripts]
        ids = np.zeros((len(rows), max(1, *map(len, rows))), dtype=np.int64)
        for row, values in zip(ids, rows, strict=True):
            row[: len(values)] = values
        return ids

    def words_of(self, ids: Sequence[int]) -> list[list[int]]:
        """Return the places of the tokens of each word; blanks between words are in none.

        Tokens that are no characters are words themselves.
        """
        if not self.reads_texts or self.separator:
            return [[place] for place in range(len(ids))]
        words: list[list[int]] = [[]]
        for place, number in enumerate(ids):
            if self.tokens[number - 1].isspace():
                words.append([])
            else:
                words[-1].append(place)
        return [word for word in words if word]

    def name_of(self, ids: Sequence[int]) -> Any:
        """Return what the tokens of a word make: a string, or a token itself."""
        return self.join(ids) if self.reads_texts else self.tokens[ids[0] - 1]

    def join(self, ids: Iterable[int]) -> Any:
        """Return the transcript of ids: a string, or a list of tokens."""
        tokens = [self.tokens[number - 1] for number in ids]
        return self.separator.join(tokens) if self.reads_texts else tokens


def n_steps_needed(ids: np.ndarray) -> np.ndarray:
    """Return the fewest recurrent steps that can say each transcript.

    One for each token, and a blank between two that are the same.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_samples, longest)
        0 behind each transcript.
    """
    repeated = (ids[:, 1:] == ids[:, :-1]) & (ids[:, 1:] != 0)
    return (ids != 0).sum(axis=1) + repeated.sum(axis=1)
