"""Transcripts as targets: texts, or lists of tokens, that are aligned to no timestep."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.transcripts import read_transcripts
from skrnn._input.validation import check_same_n_samples
from skrnn._sequences.abstract_targets import Targets
from skrnn._transcription.tokens import TranscriptTokens

__all__ = ["TranscriptTargets"]


class TranscriptTargets(Targets):
    """Transcripts, and the tokens that they consist of.

    Parameters
    ----------
    analyzer : {"char", "word"}
        As for the transcriber.
    declared : object or None
        Tokens that may occur later, besides those of the first transcripts.

    Attributes
    ----------
    tokens : TranscriptTokens
        Turns transcripts into ids, and ids into transcripts.
    words : list of str or None
        The words of the training transcripts, sorted; None for lists of tokens.
    """

    tokens: TranscriptTokens
    words: list[str] | None

    def __init__(self, analyzer: str, declared: Any) -> None:
        self._analyzer = analyzer
        self._declared = declared

    @property
    def n_outputs(self) -> int:
        """One score for each token, and for the blank."""
        return len(self.tokens)

    def read(self, y: Any, name: str, *, lengths: np.ndarray, X: Any, X_name: str) -> np.ndarray:
        """Return an object array of strings, or of tuples of tokens."""
        transcripts = read_transcripts(y, name)
        check_same_n_samples(len(lengths), len(transcripts), X_name, name)
        return transcripts

    def learn(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn the tokens, and the words of texts."""
        self.tokens = TranscriptTokens.learn(targets, self._analyzer, self._declared)
        self.words = None
        if self.tokens.reads_texts:
            self.words = sorted({word for text in targets for word in text.split()})

    def encode(self, targets: np.ndarray, name: str) -> np.ndarray:
        """Return ids of shape (n_samples, longest), padded with 0."""
        return self.tokens.padded_ids(targets, name)

    def weight_of(self, targets: np.ndarray) -> np.ndarray | None:
        """Return the number of tokens of each sample, 1 for none.

        A sample's loss is the mean over its tokens: so every token counts the same.
        """
        n_tokens = np.array([len(self.tokens.ids_of(text, "y")) for text in targets], float)
        n_tokens = np.maximum(n_tokens, 1)
        return None if (n_tokens == n_tokens[0]).all() else n_tokens

    def attributes(self) -> dict[str, Any]:
        """Return ``tokens_`` and, for texts, ``words_``."""
        learned: dict[str, Any] = {"tokens_": np.array([None, *self.tokens.tokens], dtype=object)}
        return learned if self.words is None else learned | {"words_": self.words}
