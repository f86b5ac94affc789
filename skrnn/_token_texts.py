"""What a language model reads: texts or token ids, as ids by falling frequency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from skrnn._reading import N_RESERVED, PADDING_TOKEN, UNKNOWN_TOKEN, read_tokens
from skrnn._sequences import JaggedSequences
from skrnn._token_ids import look_up
from skrnn.preprocessing import TokenEncoder

__all__ = ["END", "TokenTexts", "holds_token_ids"]

# Between texts there is no padding, so the id of padding can mark their ends.
END = PADDING_TOKEN


def holds_token_ids(X: Any) -> bool:
    """Whether X is read as token ids: an array of integers, or a list of lists of them."""
    if hasattr(X, "dtype") and not hasattr(X, "columns"):
        kind = getattr(X.dtype, "kind", None)
        if kind is None:
            return "int" in str(X.dtype)
        if kind != "O":
            return bool(kind in "iuf")
    if not hasattr(X, "__len__") or not len(X) or isinstance(X, (str, bytes, dict)):
        return False
    first = X.to_numpy()[0] if hasattr(X, "to_numpy") else X[0]
    if isinstance(first, (str, bytes)):
        return False
    array = np.asarray(first)
    return bool(array.ndim == 1 and array.size and array.dtype.kind in "iuf")


class TokenTexts:
    """Turns texts, or token ids, into the ids of a language model and back.

    An id of the model is 0 for the end of a text, 1 for an unknown token, and the others by falling
    frequency, whatever they are outside.

    Parameters
    ----------
    encoder : TokenEncoder or None
        A fitted encoder; None to read token ids.
    outer_ids : ndarray of int64, shape (n_tokens,)
        The id outside of each id of the model.
    n_columns : int
        Columns of a table, else 1.
    """

    def __init__(self, encoder: TokenEncoder | None, outer_ids: np.ndarray, n_columns: int) -> None:
        self.encoder = encoder
        self.n_columns = n_columns
        self.outer_ids = outer_ids
        self._by_size = np.argsort(outer_ids)

    @classmethod
    def learn(cls, X: Any, encoder: TokenEncoder) -> TokenTexts:
        """Learn the tokens of X; an unfitted ``encoder`` says how texts are taken apart."""
        if not holds_token_ids(X):
            encoder.fit(X)
            return cls(encoder, np.arange(encoder.n_tokens_), encoder.n_features_in_)
        rows = read_tokens(X)
        found, counts = np.unique(rows.values[rows.values >= N_RESERVED], return_counts=True)
        by_frequency = found[np.argsort(-counts, kind="stable")]
        outer_ids = np.concatenate([np.arange(N_RESERVED), by_frequency])
        return cls(None, outer_ids, rows.n_columns)

    @property
    def n_tokens(self) -> int:
        """Number of ids of the model."""
        return len(self.outer_ids)

    def read(self, X: Any, name: str = "X") -> JaggedSequences:
        """Return the model's ids of each text, without ends; texts may be empty."""
        if self.encoder is None:
            rows = read_tokens(X, name=name)
            places, is_known = look_up(rows.values, self.outer_ids[self._by_size])
            ids = np.where(is_known, self._by_size[places], UNKNOWN_TOKEN)
            return JaggedSequences(ids, rows.lengths)
        if holds_token_ids(X):
            raise ValueError(
                f"{name}: got token ids, while the model was fitted on texts. Expected texts. Use "
                "encoder_.inverse_transform to turn ids into tokens."
            )
        try:
            tokens = self.encoder.analyze(X)
        except (TypeError, ValueError) as error:
            raise type(error)(name + str(error).removeprefix("X")) from error
        vocabulary = self.encoder.vocabulary_
        ids = np.fromiter(
            (vocabulary.get(token, UNKNOWN_TOKEN) for text in tokens for token in text), np.int64
        )
        return JaggedSequences(ids, np.array([len(text) for text in tokens], dtype=np.int64))

    @staticmethod
    def joined(texts: JaggedSequences) -> np.ndarray:
        """Return all texts as one, an end before, between and behind them."""
        lengths = texts.lengths
        joined = np.full(len(texts.values) + len(lengths) + 1, END, dtype=np.int64)
        # each text moves by the ends before it.
        joined[np.arange(len(texts.values)) + texts.sample_of_step + 1] = texts.values
        return joined

    def names(self) -> np.ndarray:
        """Return what each id of the model stands for: a token, or an id outside."""
        if self.encoder is None:
            return self.outer_ids
        return np.array(["<end>", "<unknown>", *self.encoder.vocabulary_], dtype=object)

    def pieces(self, tokens: Iterator[int], blank: str) -> Iterator[str]:
        """Yield the text that the model's ids stand for, token by token.

        Parameters
        ----------
        tokens : iterator of int
        blank : str
            What stands between tokens, unless a tokenizer knows how to join its own.
        """
        assert self.encoder is not None
        names = self.names()
        tokenizer: Any = self.encoder.analyzer
        if not hasattr(tokenizer, "token_to_id"):
            for number, token in enumerate(tokens):
                yield (blank if number else "") + names[token]
            return
        ids, written = [], ""
        for token in tokens:
            ids.append(tokenizer.token_to_id(names[token]))
            # how two tokens are joined may depend on both.
            text = tokenizer.decode(ids)
            yield text[len(written) :]
            written = text
