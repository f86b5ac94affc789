"""Files of pretrained word vectors."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO, Literal, overload

import numpy as np

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.integers import check_integer, is_integer
from skrnn._input.tokens import N_RESERVED, UNKNOWN_TOKEN
from skrnn.exceptions import VocabularyWarning
from skrnn.preprocessing._text.word2vec_binary import binary_vectors, is_binary

__all__ = ["read_word_vectors"]

_GZIP, _ZIP = b"\x1f\x8b", b"PK"
# A file with vectors for a smaller share of a vocabulary is taken for another language or spelling.
_TINY_COVERAGE = 0.1
# Where a first line is looked behind, to tell text from binary numbers.
_FIRST_BYTES = 1 << 16
# What a word ends with if its line has more numbers than others.
_NUMBER_TOO_MANY = re.compile(r"\S [+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$", re.ASCII)


@overload
def read_word_vectors(
    path: str | os.PathLike[str],
    vocabulary: Mapping[str, int] | None = None,
    *,
    max_words: int | None = None,
    encoding: str = "utf-8",
    return_found: Literal[False] = False,
) -> tuple[dict[str, int], np.ndarray]: ...


@overload
def read_word_vectors(
    path: str | os.PathLike[str],
    vocabulary: Mapping[str, int] | None = None,
    *,
    max_words: int | None = None,
    encoding: str = "utf-8",
    return_found: Literal[True],
) -> tuple[dict[str, int], np.ndarray, np.ndarray]: ...


def read_word_vectors(
    path: str | os.PathLike[str],
    vocabulary: Mapping[str, int] | None = None,
    *,
    max_words: int | None = None,
    encoding: str = "utf-8",
    return_found: bool = False,
) -> Any:
    r"""Read pretrained word vectors, aligned with a vocabulary.

    Parameters
    ----------
    path : str or path-like
        Text file with a word and its numbers on each line, separated by blanks, as GloVe
        publishes; word2vec and fastText put a line with the number of words and of columns first,
        which is recognised. Behind such a line word2vec's binary format is recognised as well.
        Compressed by gzip or not.
    vocabulary : dict of str to int, or None, default=None
        Id of each word, 2 or more: ``vocabulary_`` of a fitted :class:`TokenEncoder`, or
        ``encoder.vocabulary_ | encoder.affix_vocabulary_`` with affixes. None takes the words of
        the file, the first one as 2.
    max_words : int or None, default=None
        Read this many words at most, at least 1: the most frequent ones, in a file that is sorted
        by frequency, as those mentioned are. None reads all.
    encoding : str, default="utf-8"
        How the words are written, for example "latin-1" or "cp1252". Words that it does not fit
        are refused.
    return_found : bool, default=False
        Whether to return also which ids the file has a vector for.

    Returns
    -------
    vocabulary : dict of str to int
        The vocabulary given, or that of the file. For ``TokenEncoder(vocabulary=...)``.
    vectors : ndarray of float32, shape (n_tokens, n_columns)
        A row for each id, for ``embedding_weights`` of an estimator. Row 0, padding, is zeros. Row
        1, the unknown token, and the rows of words that the file does not have are the mean of the
        vectors found: of a word of which nothing is known, the best guess. Rows of affixes are
        zeros, so that they change nothing until they are trained.
    found : ndarray of bool, shape (n_tokens,)
        Whether the file has a vector for each id; False for 0 and 1. ``found.sum()`` is the number
        of words that the file covers, of ``len(vocabulary)``. Only if ``return_found``.

    Raises
    ------
    ValueError
        If a line is not a word and as many numbers as the others, or the first line, have, which
        the message quotes by its number; or if a word is not written in ``encoding``; or if no word
        of the vocabulary is in the file; or if a gzip or binary file is damaged.

    Warns
    -----
    VocabularyWarning
        If the file has a vector for less than a tenth of the words of ``vocabulary``.

    See Also
    --------
    TokenEncoder : Texts to the ids.

    Notes
    -----
    A word that stands in the file twice has its first vector. Words are compared as they are:
    lower-case those of the vocabulary for a file of lower-case words, as TokenEncoder does by
    default.

    References
    ----------
    Pennington, Socher and Manning (2014), "GloVe: Global Vectors for Word Representation".
    Bojanowski et al. (2017), "Enriching Word Vectors with Subword Information", TACL 5.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skrnn.preprocessing import TokenEncoder, read_word_vectors
    >>> encoder = TokenEncoder().fit(["the cat sat", "the dog"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "vectors.txt"
    ...     lines = "the 0.5 1.0\ncat 0.25 0.0\ndog 0.75 -1.0"
    ...     _ = path.write_text(lines, encoding="utf-8")
    ...     vocabulary, vectors = read_word_vectors(path, encoder.vocabulary_)
    >>> vocabulary
    {'the': 2, 'cat': 3, 'dog': 4, 'sat': 5}
    >>> vectors
    array([[ 0.  ,  0.  ],
           [ 0.5 ,  0.  ],
           [ 0.5 ,  1.  ],
           [ 0.25,  0.  ],
           [ 0.75, -1.  ],
           [ 0.5 ,  0.  ]], dtype=float32)
    """
    if max_words is not None:
        check_integer(max_words, "max_words", at_least=1, remedy="Pass None to read all.")
    if vocabulary is not None:
        _check_vocabulary(vocabulary)
    found: dict[str, np.ndarray] = {}
    for number, word, numbers in islice(_lines(path, _check_encoding(encoding)), max_words):
        if word not in found and (vocabulary is None or word in vocabulary):
            found[word] = _as_vector(numbers, number, path)
    if not found:
        which = "words" if vocabulary is None else "word of the vocabulary"
        raise ValueError(
            f"path: got {os.fspath(path)!r}, in which there is no {which}. Expected a word and its "
            "numbers on each line. Check the file, its language, and upper and lower case."
        )
    if vocabulary is None:
        vocabulary = {word: id for id, word in enumerate(found, N_RESERVED)}
    else:
        _warn_if_hardly_covered(vocabulary, found, path)
    vectors = _align(found, vocabulary)
    if not return_found:
        return dict(vocabulary), vectors
    is_found = np.zeros(len(vectors), dtype=bool)
    is_found[[id for word, id in vocabulary.items() if word in found]] = True
    return dict(vocabulary), vectors, is_found


def _check_encoding(encoding: Any) -> str:
    try:
        keeps_line_ends = "\n".encode(encoding) == b"\n"
    except (LookupError, TypeError):
        keeps_line_ends = False
    if not keeps_line_ends:
        raise ValueError(
            f"encoding: got {encoding!r}. Expected the name of an encoding that writes ASCII as it "
            "is, such as 'utf-8', 'latin-1' or 'gb18030'. Write the file in UTF-8 otherwise."
        )
    return encoding


def _check_vocabulary(vocabulary: Any) -> None:
    expected = (
        "Expected a dict from words to ids of 2 or more, 0 being padding and 1 the unknown token. "
        "Pass vocabulary_ of a fitted TokenEncoder."
    )
    if not isinstance(vocabulary, Mapping) or not vocabulary:
        raise TypeError(f"vocabulary: got {str(vocabulary)[:60]!r}. {expected}")
    for word, id in vocabulary.items():
        if not is_integer(id, at_least=N_RESERVED):
            raise ValueError(f"vocabulary: got the id {id!r} for {word!r}. {expected}")


def _warn_if_hardly_covered(
    vocabulary: Mapping[Any, int], found: Mapping[str, np.ndarray], path: str | os.PathLike[str]
) -> None:
    # affixes are tuples, which no file has.
    words = [word for word in vocabulary if isinstance(word, str)]
    if len(found) >= _TINY_COVERAGE * len(words):
        return
    missing = [word for word in words if word not in found]
    shown = ", ".join(map(repr, missing[:3]))
    warn_caller(
        f"path: {os.fspath(path)!r} has vectors for {len(found)} of {len(words)} words of the "
        f"vocabulary; it lacks {shown} and others, whose vectors are the mean of those. Expected a "
        "file of the same language and spelling. Compare upper and lower case and the encoding, "
        "raise max_words if it is set, and see return_found=True.",
        VocabularyWarning,
    )


def _align(found: dict[str, np.ndarray], vocabulary: Mapping[Any, int]) -> np.ndarray:
    centre = np.mean(list(found.values()), axis=0)
    vectors = np.zeros((max(vocabulary.values()) + 1, len(centre)), dtype=np.float32)
    vectors[UNKNOWN_TOKEN] = centre
    for word, id in vocabulary.items():
        if isinstance(word, str):
            vectors[id] = found.get(word, centre)
    return vectors


def _lines(
    path: str | os.PathLike[str], encoding: str
) -> Iterator[tuple[int, str, list[str] | np.ndarray]]:
    """Yield line number, word and numbers, as text or binary, of each line behind a header."""
    width, n_declared, n_found = None, None, 0
    with _open(path) as file, _told_when_damaged(path):
        # a line ends with "\n" only: words may hold other separators.
        for number, raw in enumerate(file, 1):
            n_bytes = len(raw)
            if number == 1:
                # some editors put it at the beginning, where it would be a part of the word.
                raw = raw.removeprefix(codecs.BOM_UTF8)
            line = _decode(raw, encoding, number, path)
            line = line.rstrip("\r\n \t").replace("\t", " ")
            fields = line.split(" ")
            if number == 1 and len(fields) == 2 and all(field.isdecimal() for field in fields):
                n_declared, width = int(fields[0]), int(fields[1])
                holds_binary = is_binary(file.read(_FIRST_BYTES), width)
                file.seek(n_bytes)
                if not holds_binary:
                    continue
                found = binary_vectors(file, n_declared, width, os.fspath(path))
                for place, (written, vector) in enumerate(found, 2):
                    yield place, _decode(written, encoding, place, path), vector
                return
            if width is None:
                width = len(fields) - 1
            if not line:
                continue
            # a word of GloVe may itself hold blanks.
            word, *numbers = line.rsplit(" ", width)
            if len(numbers) != width or width == 0:
                numbers_found = f"{len(numbers)} number(s)" if width else "no numbers"
                raise ValueError(
                    f"path: got {numbers_found} after a word in line {number} of "
                    f"{os.fspath(path)!r}, {line[:40]!r}. Expected a word and {width or 'its'} "
                    "numbers, separated by blanks, on every line. Check that the file is complete, "
                    "and not a binary one."
                )
            if _NUMBER_TOO_MANY.search(word):
                declared = "line 1 has" if n_declared is None else "line 1 says"
                raise ValueError(
                    f"path: got more than {width} numbers behind a word in line {number} of "
                    f"{os.fspath(path)!r}, {line[:40]!r}, while {declared} {width}. Expected as "
                    "many on every line. Correct line 1, or the file."
                )
            n_found += 1
            yield number, word, numbers
    if n_declared is not None and n_found < n_declared:
        raise ValueError(
            f"path: got {n_found} words in {os.fspath(path)!r}, whose first line says {n_declared} "
            "words. Expected as many. Download it again if it is cut, or correct line 1; "
            f"max_words={max(n_found, 1)} reads those that are there."
        )


def _decode(raw: bytes, encoding: str, number: int, path: str | os.PathLike[str]) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in raw:
            raise ValueError(
                f"path: got {raw[:20]!r} in line {number} of {os.fspath(path)!r}, which is neither "
                "text in an encoding that writes ASCII as it is nor word2vec's binary format. "
                "Expected one of these. Write it with the program that made it, such as gensim: "
                "vectors.save_word2vec_format('vectors.bin', binary=True)."
            ) from error
        raise ValueError(
            f"path: got {raw[:40]!r} in line {number} of {os.fspath(path)!r}, which is not written "
            f"in {encoding} ({error.reason}). Expected the encoding of the whole file. Pass "
            "another, for example encoding='latin-1'."
        ) from error


def _as_vector(
    numbers: list[str] | np.ndarray, number: int, path: str | os.PathLike[str]
) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            vector = np.array(numbers, dtype=np.float32)
    except ValueError as error:
        raise ValueError(
            f"path: got what is no number in line {number} of {os.fspath(path)!r} ({error}). "
            f"Expected a word and {len(numbers)} numbers. Correct the line, or leave it out."
        ) from error
    if not np.isfinite(vector).all():
        raise ValueError(
            f"path: got NaN or infinity in line {number} of {os.fspath(path)!r}. Expected a word "
            f"and {len(numbers)} finite numbers. Correct the line, or leave it out."
        )
    return vector


@contextmanager
def _told_when_damaged(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"path: got {os.fspath(path)!r}, which cannot be unpacked to its end ({error}). "
            "Expected a complete gzip file. Download it again."
        ) from error


def _open(path: str | os.PathLike[str]) -> BinaryIO | gzip.GzipFile:
    with open(path, "rb") as file:
        start = file.read(2)
    if start == _ZIP:
        raise ValueError(
            f"path: got {os.fspath(path)!r}, a zip archive. Expected a text file, compressed by "
            "gzip or not. Unpack the archive, and pass one of its files."
        )
    return gzip.open(path, "rb") if start == _GZIP else open(path, "rb")
