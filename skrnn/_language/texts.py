"""What a language model reads: texts or token ids, as ids by falling frequency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.integers import is_integer
from skrnn._input.jagged import JaggedSequences, RaggedRows
from skrnn._input.named_axes import SAMPLES
from skrnn._input.plain import to_plain
from skrnn._input.refusals import describe
from skrnn._input.token_ids import look_up
from skrnn._input.tokens import N_RESERVED, PADDING_TOKEN, UNKNOWN_TOKEN, read_tokens
from skrnn.preprocessing import TokenEncoder

__all__ = ["END", "TokenTexts", "holds_token_ids"]

# Between texts there is no padding, so the id of padding can mark their ends.
END = PADDING_TOKEN

# Tokens of a prompt that may matter to how the next one is joined to it.
_CONTEXT = 32

# What a tokenizer decodes bytes to that are no character.
_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"


def holds_token_ids(X: Any) -> bool:
    """Whether X is read as token ids: an array of numbers, or a list of lists of them."""
    if hasattr(X, "dtype") and not hasattr(X, "columns"):
        kind = getattr(X.dtype, "kind", None)
        if kind is None:
            return "int" in str(X.dtype)
        if kind != "O":
            return bool(kind in "iuf")
    first = _first_of(X)
    if isinstance(first, (str, bytes)):
        return False
    try:
        array = np.asarray(to_plain(first, "X[0]"))
    except ValueError:
        # rows of different lengths, which are no ids of one text
        return False
    return bool(array.ndim == 1 and array.size and array.dtype.kind in "iuf")


def _size_of(text: Any) -> int:
    try:
        return len(text)
    except TypeError:
        # a number, which is no text
        return 1


def _first_of(X: Any) -> Any:
    """Return the first text that is not empty; None if there is none, or X is no collection."""
    is_collection = hasattr(X, "__getitem__") and getattr(X, "ndim", 1) > 0
    is_collection &= not isinstance(X, type)
    if not is_collection or isinstance(X, (str, bytes, Mapping)):
        return None
    texts = X.to_numpy() if hasattr(X, "to_numpy") else X
    return next((text for text in texts if _size_of(text)), None)


def _may_be_stop(one: Any) -> bool:
    return is_integer(one) or isinstance(one, Iterable)


def _refuse_single_numbers(X: Any, name: str) -> None:
    first = _first_of(X)
    dtype = getattr(first if isinstance(first, np.void) else X, "dtype", None)
    if getattr(dtype, "kind", None) == "V":
        raise ValueError(
            f"{name}: got records, dtype {dtype}. Expected a list of texts: strings, lists "
            "of tokens, or lists of token ids. Pass the field that holds the texts."
        )
    is_number = isinstance(first, Number) or getattr(first, "shape", None) == ()
    # NaN is a text that is missing.
    if is_number and not isinstance(first, (str, bytes)) and first == first:
        raise ValueError(
            f"{name}: got a {type(X).__name__} of single numbers, such as {first}. Expected a list "
            "of texts: strings, lists of tokens, or lists of token ids. Pass "
            f"[{name}] if these are the token ids of one text."
        )


def _read_ids(X: Any, name: str) -> RaggedRows:
    """Read token ids; texts in a list may be empty."""
    remedy = "For measurements over time use RNNForecaster."
    sizes: list[int] = []
    if isinstance(X, (list, tuple, pd.Series)) or getattr(X, "ndim", 0) == 1:
        sizes = [_size_of(text) for text in X]
    if all(sizes):
        return read_tokens(X, name=name, remedy=remedy)
    lengths = np.array(sizes, dtype=np.int64)
    values = np.empty(0, dtype=np.int64)
    if lengths.any():
        rows = read_tokens([text for text in X if _size_of(text)], name=name, remedy=remedy)
        values, lengths[lengths > 0] = rows.values, rows.lengths
    return RaggedRows(values, lengths, "tokens", 1)


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
        X = to_plain(X, "X", SAMPLES)
        _refuse_single_numbers(X, "X")
        if not holds_token_ids(X):
            encoder.fit(X)
            return cls(encoder, np.arange(encoder.n_tokens_), encoder.n_features_in_)
        rows = _read_ids(X, "X")
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
        X = to_plain(X, name, SAMPLES)
        _refuse_single_numbers(X, name)
        if self.encoder is None:
            first = _first_of(X)
            if isinstance(X, str) or isinstance(first, str) or isinstance(_first_of(first), str):
                raise ValueError(
                    f"{name}: got text, while the model was fitted on token ids. Expected token "
                    "ids, lists of integers. Encode the text as that of fit was, or fit on texts."
                )
            rows = _read_ids(X, name)
            places, is_known = look_up(rows.values, self.outer_ids[self._by_size])
            ids = np.where(is_known, self._by_size[places], UNKNOWN_TOKEN)
            return JaggedSequences(ids, rows.lengths)
        if holds_token_ids(X):
            raise ValueError(
                f"{name}: got token ids, while the model was fitted on texts. Expected texts. Use "
                "encoder_.inverse_transform to turn ids into tokens."
            )
        tokens = self._analyze(X, name)
        vocabulary = self.encoder.vocabulary_
        ids = np.fromiter(
            (vocabulary.get(token, UNKNOWN_TOKEN) for text in tokens for token in text), np.int64
        )
        return JaggedSequences(ids, np.array([len(text) for text in tokens], dtype=np.int64))

    def _analyze(self, X: Any, name: str) -> list[list[str]]:
        """Return the tokens of each text."""
        assert self.encoder is not None
        try:
            return self.encoder.analyze(X)
        except (TypeError, ValueError) as error:
            # the message and its remedy speak of the argument that was passed.
            raise type(error)(re.sub(r"\bX\b", name, str(error))) from error

    def read_prompt(self, prompt: Any) -> tuple[np.ndarray, list[str]]:
        """Return the model's ids of the beginning of one text, and its last tokens as written.

        Parameters
        ----------
        prompt : str, list of tokens or token ids, or a list of one of these
        """
        if isinstance(prompt, Mapping):
            raise TypeError(
                f"prompt: got a {type(prompt).__name__}. Expected the beginning of one text: a "
                "string, or a list of tokens or of token ids. Pass one of its values."
            )
        text = _only_one(to_plain(prompt, "prompt"))
        is_list = hasattr(text, "__iter__") and getattr(text, "ndim", 1) == 1
        if not is_list and not isinstance(text, str):
            raise TypeError(
                f"prompt: got {describe(text)}. Expected the beginning of one text: a string, or a "
                "list of tokens or of token ids. Pass it as a list."
            )
        if self.encoder is None:
            return self.read([text if isinstance(text, str) else list(text)], "prompt").values, []
        known = self.encoder.vocabulary_
        if not isinstance(text, str) and self.encoder.analyzer is not None:
            tokens = list(text)
            if len(tokens) == 1 and isinstance(tokens[0], str) and tokens[0] not in known:
                # a list of one text; of tokens that were kept the ids are the same.
                text = str(tokens[0])
            elif any(isinstance(t, str) and " " in t.strip() and t not in known for t in tokens):
                raise ValueError(
                    f"prompt: got {len(tokens)} texts, such as {tokens[0]!r}. Expected the "
                    "beginning of one text. Call generate for each, "
                    "[model.generate(text) for text in prompt]."
                )
        ids = self.read([text], "prompt").values
        return ids, self.encoder.analyze([text])[0][-_CONTEXT:]

    def read_stops(self, stop: Any) -> tuple[list[list[int]], list[str]]:
        """Return the stops in the model's ids, and those to look for in the text of a tokenizer.

        Parameters
        ----------
        stop : None, or a text, token or token id, or a list of these or of lists of them
        """
        if stop is None:
            return [], []
        if isinstance(stop, np.ndarray) and stop.ndim == 0:
            stop = stop.item()
        stops = [stop] if isinstance(stop, (str, bytes, Number)) else stop
        kinds = (bytes, Mapping, set, frozenset)
        if isinstance(stop, kinds) or not hasattr(stops, "__len__"):
            raise TypeError(f"stop: got {stop!r:.60}. {self._expected_stop}")
        if len(stops) == 0 or any(_is_empty(one) for one in stops):
            raise ValueError(
                f"stop: got {stop!r:.60}, which holds nothing. {self._expected_stop} Pass None to "
                "generate until the end of the text."
            )
        odd = [one for one in stops if isinstance(one, bytes) or not _may_be_stop(one)]
        if odd:
            raise TypeError(
                f"stop: got {odd[0]!r:.60} among the stops. {self._expected_stop} Leave it out, or "
                "pass None alone to generate until the end of the text."
            )
        if not self._joins_tokens:
            return [self._read_stop(one, stop) for one in stops], []
        runs = [self._read_stop(one, stop) for one in stops if not isinstance(one, str)]
        return runs, [one for one in stops if isinstance(one, str)]

    @property
    def _expected_stop(self) -> str:
        if self.encoder is None:
            return "Expected a token id, a list of ids, or a list of lists of ids in a row."
        return "Expected a text, a list of texts, or a list of lists of tokens in a row."

    def _read_stop(self, one: Any, stop: Any) -> list[int]:
        """Return the model's ids of one stop, which it must know, or never could write it."""
        are_ids = not isinstance(one, str) and all(map(is_integer, np.atleast_1d(one).ravel()))
        if are_ids != (self.encoder is None):
            raise TypeError(f"stop: got {stop!r:.60}. {self._expected_stop}")
        if self.encoder is None:
            tokens: Any = np.atleast_1d(np.asarray(one)).tolist()
        elif isinstance(one, str) and self.encoder.analyzer is None:
            tokens = [one]
        else:
            (tokens,) = self._analyze([one if isinstance(one, str) else list(one)], "stop")
        names = self.names().tolist()
        known = {name: id for id, name in enumerate(names) if id >= N_RESERVED}
        unknown = [token for token in tokens if token not in known]
        if not tokens or unknown:
            what = f"{unknown[0]!r}, which is not a token of the model" if tokens else "no token"
            raise ValueError(
                f"stop: got {one!r:.60}, in which there is {what}: it would never be generated. "
                f"{self._expected_stop} Choose among next_tokens_, or shorten the text afterwards."
            )
        return [known[token] for token in tokens]

    @property
    def _joins_tokens(self) -> bool:
        """Whether a tokenizer joins the tokens of texts."""
        return self.encoder is not None and None not in self._tokenizer_ids()

    def _tokenizer_ids(self) -> list[int | None]:
        """Return a tokenizer's id of each token, or None: lists may have others than its own."""
        assert self.encoder is not None
        token_to_id = getattr(self.encoder.analyzer, "token_to_id", None)
        return [token_to_id(name) for name in self.names()[N_RESERVED:]] if token_to_id else [None]

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

    def pieces(self, tokens: Iterator[int], context: list[str], blank: str) -> Iterator[str]:
        """Yield the text that the model's ids stand for, token by token.

        Parameters
        ----------
        tokens : iterator of int
        context : list of str
            Tokens that stand before them. A tokenizer needs them to tell whether a word goes on.
        blank : str
            What stands between tokens, unless a tokenizer knows how to join its own.
        """
        assert self.encoder is not None
        names = self.names()
        tokenizer: Any = self.encoder.analyzer
        token_to_id = getattr(tokenizer, "token_to_id", None)
        ids_of = self._tokenizer_ids()
        if None in ids_of:
            for number, token in enumerate(tokens):
                yield (blank if number else "") + names[token]
            return
        before = [token_to_id(token) for token in context] if token_to_id else []
        ids: list[int | None] = [id for id in before if id is not None]
        text = written = tokenizer.decode(ids).rstrip(_NO_CHARACTER) if ids else ""
        for token in tokens:
            ids.append(ids_of[token - N_RESERVED])
            # how two tokens are joined may depend on both.
            text = tokenizer.decode(ids)
            # A token may be a part of a character, of which the next one brings the rest.
            if not text.endswith(_NO_CHARACTER):
                yield _behind(text, written)
                written = text
        if text != written:
            yield _behind(text, written)


def _behind(text: str, written: str) -> str:
    """Return what a text adds; a decoder may write the end of ``written`` in another way."""
    if text.startswith(written):
        return text[len(written) :]
    pairs = zip(text, written, strict=False)
    return text[next((i for i, (a, b) in enumerate(pairs) if a != b), len(text)) :]


def _is_empty(value: Any) -> bool:
    return hasattr(value, "__len__") and getattr(value, "shape", None) != () and not len(value)


def _only_one(prompt: Any) -> Any:
    """Return a text, a list of tokens or of ids out of a list, or an array, of it alone."""
    if isinstance(prompt, type):
        raise TypeError(
            f"prompt: got the class {prompt.__name__}. Expected the beginning of a text, as a "
            "string or a list of tokens. Pass one of these."
        )
    if isinstance(prompt, np.ndarray) and prompt.ndim == 0:
        prompt = prompt.item()
    if hasattr(prompt, "to_numpy"):
        prompt = prompt.to_numpy()
    is_list = hasattr(prompt, "__len__") and not isinstance(prompt, (str, bytes, Mapping))
    if is_list and len(prompt) == 1:
        (only,) = prompt
        if isinstance(only, (list, tuple)) or getattr(only, "ndim", 0) == 1:
            return only
    return prompt
