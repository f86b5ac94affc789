"""Texts to padded token ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.jagged import JaggedSequences, RaggedRows
from skrnn._input.texts_without_tokens import mark_without_tokens
from skrnn._input.tokens import N_RESERVED, PADDING_TOKEN, UNKNOWN_TOKEN, read_tokens
from skrnn._input.validation import (
    CountInterval,
    HasMethods,
    Interval,
    StrOptions,
    validated_fit,
)
from skrnn.exceptions import VocabularyWarning
from skrnn.preprocessing._padding_limit import pads_too_much, refuse_length
from skrnn.preprocessing._text.affixes import Affix, affixes, word_shape
from skrnn.preprocessing._text.texts import Analyzer, TokenLists, read_token_lists
from skrnn.preprocessing._text.tokenizer import tokens_of, without_truncation
from skrnn.preprocessing._text.vocabulary import by_frequency, never_found, read_vocabulary
from skrnn.preprocessing._text.word_pattern import word_pattern
from skrnn.preprocessing._transformer import SequenceTransformer
from skrnn.preprocessing._truncation import truncate
from skrnn.preprocessing._unchanged_by_errors import unchanged_by_errors
from skrnn.typing import Texts, Tokenizer

_OWN_IDS = "Pass ids that this encoder made."


class TokenEncoder(SequenceTransformer):
    r"""Turn texts into sequences of token ids, padded with 0 at the end.

    Texts are taken apart by scikit-learn's own analyzers; lists of tokens are taken as they are,
    one id a token. 0 is padding and 1 is any token that ``fit`` did not keep; the most frequent
    token is 2, the next one 3, and so on. With ``affix_length`` a token has further ids, for its
    beginnings, its endings and its shape, so that rare and unknown words say something, too.

    Parameters
    ----------
    analyzer : {"word", "char"}, callable, tokenizers.Tokenizer or None, default="word"
        How a text becomes tokens. ``"word"`` finds what ``token_pattern`` matches. ``"char"`` takes
        single characters, runs of white space as one space: few ids, long sequences. A callable
        takes a string and returns an iterable of tokens. A trained tokenizer of the library
        tokenizers gives its tokens, without those it adds around a text, and neither cut nor padded
        by settings of its own; for a tokenizer of the library transformers pass its method
        ``tokenize``. None expects lists of tokens and refuses texts.
    lowercase : bool, default=True
        Whether texts are lower-cased first. Without effect on lists of tokens and on what a
        callable returns, unless ``affix_length`` is above 0: then every token is lower-cased after
        its shape was read.
    token_pattern : str, default="auto"
        Regular expression of a token for ``analyzer="word"``. "auto" takes words, with the marks
        and joiners that scripts such as Devanagari, Thai or Arabic write them with, and
        symbols: one-letter words and punctuation marks are tokens, since in a sequence they carry
        meaning, and so are emoji. For what CountVectorizer does pass ``r"(?u)\b\w\w+\b"``.
    max_tokens : int or None, default=None
        Keep this many of the most frequent tokens, at least 1. Fewer tokens make a smaller
        embedding and more unknowns. None keeps all.
    min_df : int or float, default=1
        Keep tokens found in at least this many texts of the training data: an int of 1 or more is
        a count, a float in (0, 1] a fraction of the texts. Raising it drops rare tokens.
    max_length : int or None, default=None
        Number of timesteps of the result, at least 1. Longer texts are cut to it, shorter ones
        padded to it. None cuts nothing: the result is as long as the longest text of the training
        data, or of the data being transformed if that has a longer one.
    truncation : {"end", "start"}, default="end"
        Where tokens are cut off a text longer than ``max_length``. ``"end"`` keeps its first
        tokens, ``"start"`` its last ones.
    affix_length : int, default=0
        0 gives one id a token. With k above 0 each token has 2k + 2 ids: its own; those of its
        first 1, 2, ... k characters; those of its last 1, 2, ... k; and that of its shape, which
        tells capitals, digits and other characters apart in the token as written. An estimator sums
        their vectors. 3 is a good value for words, which share endings such as "-ing"; raising it
        makes the embedding larger. ``min_df`` holds for affixes and shapes, too, ``max_tokens``
        does not.
    vocabulary : dict of str to int, list of str, or None, default=None
        The tokens to keep, in place of those that ``fit`` would learn, in the order of their ids,
        which begin with 2: the first result of :func:`read_word_vectors`, say. Then ``max_tokens``
        is without effect, and ``min_df`` holds for affixes only. Tokens that are never found in
        texts, since they are lower-cased or taken apart in another way ("Haus" with ``lowercase``,
        "U.S." with ``analyzer="word"``), raise a
        :class:`~skrnn.exceptions.VocabularyWarning`; a vocabulary of nothing else is refused.
    strip_accents : {"unicode", "ascii"} or None, default=None
        How accents are removed from texts, as in CountVectorizer, after lower-casing. "unicode"
        works for every letter that has one, and also removes the vowel signs and tone marks of
        scripts that spell with them. "ascii" drops every character that ASCII has no equivalent
        of. None keeps texts as they are. Without effect on lists of tokens and on what a callable
        or a tokenizer returns.
    output : {"auto", "padded", "ragged"}, default="auto"
        What :meth:`transform` returns: a padded array, or a list of arrays of different lengths,
        which the estimators read as well. "auto" pads, unless the array would hold more than 2^24
        numbers, of which the texts have less than a tenth: one long text would make it so large.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Id of each token that was kept, by falling frequency, ties in alphabetical order.
    affix_vocabulary_ : dict of (str, str) to int
        Id of each affix that was kept, by falling frequency, after those of the tokens. Keys are
        ``("prefix", "un")``, ``("suffix", "ing")`` or ``("shape", "Xxx")``: in a shape ``X`` is a
        capital, ``x`` another letter, ``d`` a digit and ``-`` anything else, and more than two in a
        row count as two. Empty if ``affix_length`` is 0.
    n_tokens_ : int
        Number of different ids: those of both vocabularies, padding and unknown. Every id is
        smaller.
    n_timesteps_ : int
        ``max_length``, or the longest length seen in ``fit`` where that is None.
    n_features_in_ : int
        1; for a 2-D table its number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.
    input_layout_ : {"table", "ragged"}
        How X was read in ``fit``.

    See Also
    --------
    read_word_vectors : Pretrained vectors for the tokens.
    sklearn.feature_extraction.text.CountVectorizer : Counts of tokens, without their order.

    Notes
    -----
    A 2-D table or DataFrame is read as one list of tokens per row, a token in each cell, whatever
    the analyzer: scikit-learn's ordinal encoding of categories, with one vocabulary for all
    columns. Nothing may be missing in it, and cells of several words, which are rather texts than
    tokens, are refused unless ``analyzer`` is None.

    A token is a string or a number, which is a token by its ``str``: 3 and ``"3"`` are the same
    one. Bytes and other objects are refused, and so are rows of one text each, such as
    ``[["a text"], ["another"]]``, unless ``analyzer`` is None. A text without any token becomes one
    unknown, since every sequence needs a timestep. Affixes that ``fit`` did not keep, and those
    that a token is too short for, are 0: no id.

    In Thai, Lao, Khmer and Burmese, which put no blanks between words, a run of letters is one
    token; pass a callable that finds the words. Letters that Unicode can write in two ways, such as
    "é" with and without a combining accent, make two tokens: pass texts through
    ``unicodedata.normalize("NFC", text)`` first.

    There are no names for output features, whose columns are timesteps, and the result is an array
    whatever :meth:`set_output` says.

    Examples
    --------
    >>> from skrnn.preprocessing import TokenEncoder
    >>> encoder = TokenEncoder().fit(["the cat sat", "The dog."])
    >>> encoder.vocabulary_
    {'the': 2, '.': 3, 'cat': 4, 'dog': 5, 'sat': 6}
    >>> ids = encoder.transform(["the dog sat", "a cat", ""])
    >>> ids
    array([[2, 5, 6],
           [1, 4, 0],
           [1, 0, 0]])
    >>> encoder.inverse_transform(ids)
    [['the', 'dog', 'sat'], ['<unknown>', 'cat'], ['<unknown>']]

    Endings and shapes of unknown words:

    >>> encoder = TokenEncoder(affix_length=1).fit(["He sat", "she Ran"])
    >>> encoder.vocabulary_
    {'he': 2, 'ran': 3, 'sat': 4, 'she': 5}
    >>> ids = encoder.transform(["He Spat"])
    >>> ids
    array([[[ 2,  9,  8, 11],
            [ 1,  6, 14, 12]]])
    >>> names = {id: affix for affix, id in encoder.affix_vocabulary_.items()}
    >>> [names[id] for id in ids[0, 1, 1:].tolist()]
    [('prefix', 's'), ('suffix', 't'), ('shape', 'Xxx')]
    >>> encoder.inverse_transform(ids)
    [['he', '<unknown>']]
    """

    _parameter_constraints: dict = {
        "analyzer": [StrOptions({"word", "char"}), callable, HasMethods("encode"), None],
        "lowercase": ["boolean"],
        "token_pattern": [str],
        "max_tokens": [CountInterval(Integral, 1, None, closed="left"), None],
        "min_df": [
            CountInterval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="right"),
        ],
        "max_length": [CountInterval(Integral, 1, None, closed="left"), None],
        "truncation": [StrOptions({"end", "start"})],
        "affix_length": [CountInterval(Integral, 0, 1000, closed="both")],
        "vocabulary": [dict, list, tuple, None],
        "strip_accents": [StrOptions({"unicode", "ascii"}), None],
        "output": [StrOptions({"auto", "padded", "ragged"})],
    }

    def __init__(
        self,
        analyzer: Literal["word", "char"]
        | Callable[[str], Iterable[str]]
        | Tokenizer
        | None = "word",
        lowercase: bool = True,
        token_pattern: str = "auto",
        max_tokens: int | None = None,
        min_df: float = 1,
        max_length: int | None = None,
        truncation: Literal["end", "start"] = "end",
        affix_length: int = 0,
        vocabulary: dict[str, int] | list[str] | tuple[str, ...] | None = None,
        strip_accents: Literal["unicode", "ascii"] | None = None,
        output: Literal["auto", "padded", "ragged"] = "auto",
    ) -> None:
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.max_tokens = max_tokens
        self.min_df = min_df
        self.max_length = max_length
        self.truncation = truncation
        self.affix_length = affix_length
        self.vocabulary = vocabulary
        self.strip_accents = strip_accents
        self.output = output

    @validated_fit(prefer_skip_nested_validation=True)
    @unchanged_by_errors
    def fit(self, X: Texts, y: object = None) -> Self:
        """Learn the vocabulary.

        Parameters
        ----------
        X : 1-D array-like of str, list of lists of tokens, or table of shape \
                (n_samples, n_timesteps)
            The texts.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : TokenEncoder
            The fitted transformer.

        Raises
        ------
        ValueError
            If X holds no texts, no token is left to keep, or no token of ``vocabulary`` can be
            found in texts.
        """
        fixed = None if self.vocabulary is None else read_vocabulary(self.vocabulary)
        texts = self._read_texts(X, reset=True)
        if fixed is not None:
            self._check_vocabulary(fixed, has_texts=texts.has_texts)
        listed = [self._as_listed(text) for text in texts.tokens]
        self.vocabulary_ = self._learn_vocabulary(listed) if fixed is None else fixed
        first_affix = len(self.vocabulary_) + N_RESERVED
        self.affix_vocabulary_ = self._learn_affixes(texts.tokens, first_affix)
        self.n_tokens_ = first_affix + len(self.affix_vocabulary_)
        longest = max(1, max(len(tokens) for tokens in texts.tokens))
        self.n_timesteps_ = longest if self.max_length is None else self.max_length
        return self

    def transform(self, X: Texts) -> Any:
        """Encode texts by the vocabulary.

        Parameters
        ----------
        X : 1-D array-like of str, list of lists of tokens, or table of shape \
                (n_samples, n_timesteps)
            The texts.

        Returns
        -------
        ids : ndarray of int64, shape (n_samples, n_timesteps), or list of (T_i,) ndarrays
            Token ids, 1 for what is not in the vocabulary, 0 after each text; ``output`` says
            which. With ``affix_length`` above 0 there is a last axis of 2 * affix_length + 2 ids,
            the token's own first.

        Raises
        ------
        ValueError
            If X holds no texts, or is a table of another number of columns than in ``fit``.
        """
        check_is_fitted(self)
        texts = self._read_texts(X, reset=False)
        # every different token is looked up once; an empty text's only one is None.
        places: dict[str | None, int] = {None: 0}
        places_of_tokens: list[int] = []
        for tokens in texts.tokens:
            texts_tokens: Sequence[str | None] = tokens or [None]
            places_of_tokens.extend(places.setdefault(t, len(places)) for t in texts_tokens)
        ids_of_places = np.array([self._ids_of(token) for token in places], dtype=np.int64)
        lengths = np.array([max(1, len(tokens)) for tokens in texts.tokens], dtype=np.int64)
        width = self.n_timesteps_
        if self.max_length is None:
            # A longer text than any in fit widens the result: data is never lost silently.
            width = max(width, int(lengths.max()))
        sequences = JaggedSequences(ids_of_places[places_of_tokens], lengths)
        sequences = truncate(sequences, width, self.truncation)
        is_ragged = self.output == "ragged"
        if self.output == "auto" and self.max_length is None:
            is_ragged = pads_too_much(lengths, width, sequences.values[0].size)
        if not is_ragged:
            refuse_length(width, len(lengths), sequences.values[0].size)
        ids = sequences.split() if is_ragged else sequences.pad(width, fill=PADDING_TOKEN)
        return mark_without_tokens(ids, [len(tokens) for tokens in texts.tokens])

    def analyze(self, X: Texts) -> list[list[str]]:
        """Take texts apart into tokens, known or not.

        Parameters
        ----------
        X : 1-D array-like of str, list of lists of tokens, or table of shape \
                (n_samples, n_timesteps)
            The texts. Nothing needs to be fitted.

        Returns
        -------
        tokens : list of n_samples lists of str
            The tokens of each text; none for a text without any.

        Raises
        ------
        ValueError
            If X holds no texts.

        Examples
        --------
        >>> TokenEncoder().analyze(["It works.", ""])
        [['it', 'works', '.'], []]
        """
        known = getattr(self, "vocabulary_", {})
        return read_token_lists(X, self._build_analyzer(), known=known).tokens

    def inverse_transform(self, X: Texts) -> list[list[str]]:
        """Turn token ids back into tokens.

        Parameters
        ----------
        X : array of int, shape (n_samples, n_timesteps), or list of (T_i,) arrays of int
            Token ids, 0 as padding at the end. With ``affix_length`` above 0 also of shape
            (n_samples, n_timesteps, n_ids), or (T_i, n_ids): the first id is the token's own.

        Returns
        -------
        tokens : list of n_samples lists of str
            The tokens without padding, ``"<unknown>"`` for an unknown one. The text between the
            tokens is not restored: join them with ``" "`` for words, with ``""`` for characters.

        Raises
        ------
        ValueError
            If X holds no token ids, or ids the vocabulary does not have.
        """
        check_is_fitted(self)
        rows = read_tokens(X, allow_several=self.affix_length > 0, remedy=_OWN_IDS)
        ids = rows.values if rows.values.ndim == 1 else rows.values[:, 0]
        n_words = len(self.vocabulary_) + N_RESERVED
        if ids.max() >= n_words:
            raise ValueError(
                f"X: got the token id {ids.max()}, read as token ids. Expected ids below "
                f"{n_words}, 2 more than vocabulary_ has. {_OWN_IDS}"
            )
        names = np.array(["<padding>", "<unknown>", *self.vocabulary_], dtype=object)
        sequences = JaggedSequences(names[ids], rows.lengths)
        return [tokens.tolist() for tokens in sequences.split()]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # scikit-learn knows no tag for "texts, or a table of tokens". A table of tokens is one of
        # categories, with which scikit-learn's checks can work; the 1-D tag would have them pass
        # single numbers as samples.
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.input_tags.three_d_array = False
        tags.input_tags.allow_nan = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _read_texts(self, X: Any, *, reset: bool) -> TokenLists:
        # of a second fit, whose texts may be others, nothing is known.
        known = {} if reset else self.vocabulary_
        texts = read_token_lists(X, self._build_analyzer(), known=known)
        # The names and number of a table's columns are held by the same rules as measurements.
        lengths = np.array([len(tokens) for tokens in texts.tokens])
        rows = RaggedRows(np.empty((0, 1)), lengths, texts.layout, texts.n_columns)
        self._check_form(X, rows, reset=reset)
        return texts

    def _check_vocabulary(self, vocabulary: dict[str, int], *, has_texts: bool) -> None:
        """Refuse a vocabulary of which no entry can be found; warn if some cannot."""
        lost = self._never_found(vocabulary, has_texts=has_texts)
        if not lost:
            return
        listed = ", ".join(map(repr, lost[:5])) + (", ..." if len(lost) > 5 else "")
        if self.lowercase and any(entry != entry.lower() for entry in lost):
            remedy = "Set lowercase=False, or pass [token.lower() for token in vocabulary]"
        elif self.strip_accents and isinstance(self.analyzer, str):
            remedy = "Set strip_accents=None, or strip the accents of the vocabulary"
        elif isinstance(self.analyzer, str):
            remedy = "Set analyzer=str.split, or pass texts as lists of tokens"
        else:
            remedy = "Pass tokens of the tokenizer, list(analyzer.get_vocab())"
        message = (
            f"vocabulary: got {len(lost)} of {len(vocabulary)} token(s) that are never found in a "
            f"text under these settings: {listed}. Expected tokens as texts are taken apart and "
            f"lower-cased here, as analyze shows. {remedy}."
        )
        if len(lost) == len(vocabulary):
            raise ValueError(message)
        warn_caller(message, VocabularyWarning)

    def _never_found(self, vocabulary: dict[str, int], *, has_texts: bool) -> list[str]:
        if has_texts and isinstance(self.analyzer, str):
            analyze = self._build_analyzer()
            assert analyze is not None
            return never_found(vocabulary, lambda text: self._as_listed(list(analyze(text))))
        token_to_id = getattr(self.analyzer, "token_to_id", None)
        if has_texts and token_to_id is not None:
            return [token for token in vocabulary if token_to_id(token) is None]
        # lists of tokens, and what a callable returns, are taken as they are.
        return [token for token in vocabulary if self._as_listed([token]) != [token]]

    def _build_analyzer(self) -> Analyzer | None:
        if self.analyzer is None or callable(self.analyzer):
            return self.analyzer
        if not isinstance(self.analyzer, str):
            return partial(tokens_of, without_truncation(self.analyzer))
        if self.analyzer not in ("word", "char"):
            # A string has a method encode, too, which is all that the constraints ask for.
            raise ValueError(
                f"analyzer: got {self.analyzer!r}. Expected 'word', 'char', a callable, a "
                "tokenizers.Tokenizer or None. Pass a function from a text to its tokens for "
                "anything else."
            )
        pattern = self.token_pattern
        try:
            return CountVectorizer(
                analyzer=self.analyzer,
                # a shape is read before lower-casing.
                lowercase=self.lowercase and not self.affix_length,
                strip_accents=self.strip_accents,
                token_pattern=word_pattern() if pattern == "auto" else pattern,
            ).build_analyzer()
        except (re.error, ValueError) as error:
            raise ValueError(
                f"token_pattern: got {self.token_pattern!r}, which cannot be used ({error}). "
                "Expected a regular expression with at most one capturing group. Write other "
                "groups as (?:...)."
            ) from error

    def _as_listed(self, tokens: list[str]) -> list[str]:
        """Return tokens as the vocabulary lists them."""
        if self.affix_length and self.lowercase:
            return [token.lower() for token in tokens]
        return tokens

    def _ids_of(self, token: str | None) -> Any:
        """Return the id of a token, or its ids with those of its affixes."""
        if token is None:
            n_affixes = 2 * self.affix_length + 1
            return [UNKNOWN_TOKEN, *[PADDING_TOKEN] * n_affixes] if n_affixes > 1 else UNKNOWN_TOKEN
        (listed,) = self._as_listed([token])
        id = self.vocabulary_.get(listed, UNKNOWN_TOKEN)
        if not self.affix_length:
            return id
        found = affixes(listed, word_shape(token), self.affix_length)
        known = self.affix_vocabulary_
        return [id, *(PADDING_TOKEN if a is None else known.get(a, PADDING_TOKEN) for a in found)]

    def _learn_affixes(self, texts: list[list[str]], first_id: int) -> dict[Affix, int]:
        if not self.affix_length:
            return {}
        found: dict[str, list[Affix]] = {}
        for token in {token for tokens in texts for token in tokens}:
            (listed,) = self._as_listed([token])
            affixes_of_token = affixes(listed, word_shape(token), self.affix_length)
            found[token] = [affix for affix in affixes_of_token if affix is not None]
        kept = by_frequency(
            [[affix for token in tokens for affix in found[token]] for tokens in texts], self.min_df
        )
        return {affix: id for id, affix in enumerate(kept, first_id)}

    def _learn_vocabulary(self, texts: list[list[str]]) -> dict[str, int]:
        kept = by_frequency(texts, self.min_df)
        if not kept:
            n_different = len({token for tokens in texts for token in tokens})
            raise ValueError(
                f"X: got {len(texts)} text(s) with {n_different} different tokens, none of "
                f"which is in enough texts for min_df={self.min_df!r}. Expected at least one token "
                "to keep. Lower min_df, or check analyzer and token_pattern."
            )
        return {token: id for id, token in enumerate(kept[: self.max_tokens], N_RESERVED)}
