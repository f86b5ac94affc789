"""Reading texts and token lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.feature_columns import refuse_courses
from skrnn._input.named_axes import SAMPLE, SAMPLES
from skrnn._input.plain import to_plain

Analyzer = Callable[[str], Iterable[Any]]

_EXPECTED = (
    "Expected a list, array or Series of strings, a list of token lists, or a 2-D table with a "
    "token in each cell"
)

# White space, or a mark that ends a part of a sentence where words have no blanks between them.
_BETWEEN_WORDS = re.compile(r"\s|[\u3001\u3002\uff01\uff0c\uff1f]")


class TokenLists(NamedTuple):
    """Texts taken apart.

    Attributes
    ----------
    tokens : list of n_samples lists of str
        The tokens of each text, in its order.
    layout : {"table", "ragged"}
        Whether X was a 2-D table.
    n_columns : int
        Columns of a table, else 1: a timestep is one token.
    has_texts : bool
        Whether a sample was a string, which the analyzer took apart.
    """

    tokens: list[list[str]]
    layout: str
    n_columns: int
    has_texts: bool


def read_token_lists(
    X: Any, analyze: Analyzer | None, *, name: str = "X", known: Collection[str] = ()
) -> TokenLists:
    """Read texts, lists of tokens, or a table of tokens.

    Parameters
    ----------
    X : 1-D array-like of str, list of lists of tokens, or table of shape (n_samples, n_timesteps)
        Nothing may be missing.
    analyze : callable or None
        Takes a text apart into tokens; None if X may hold no texts.
    name : str
        The argument's name in error messages.
    known : collection of str
        What is a token, whatever it looks like: those of a fitted vocabulary.

    Returns
    -------
    TokenLists
    """
    X = to_plain(X, name, SAMPLES)
    _refuse_what_is_no_collection(X, name)
    if not hasattr(X, "__array__"):
        # a list, or another collection that has an order: its entries may be lists themselves.
        samples = list(X)
    else:
        refuse_courses(X, name, _EXPECTED)
        array = X.to_numpy(dtype=object) if isinstance(X, pd.DataFrame) else np.asarray(X)
        if array.dtype.kind == "c":
            raise ValueError(
                f"Complex data not supported\n{name}: got dtype {array.dtype}. {_EXPECTED}. "
                "Complex numbers are no tokens; turn them into text first."
            )
        if array.ndim == 2:
            columns = [f"{name}[:, {number}]" for number in range(min(array.shape[1], 2))]
            if isinstance(X, pd.DataFrame):
                columns = [f"{name}[{column!r}]" for column in X.columns[:2]]
            return _read_table(array, analyze, name, columns)
        if array.ndim != 1:
            raise ValueError(
                f"{name}: got a {array.ndim}-D {type(X).__name__} of shape {array.shape}. "
                f"{_EXPECTED}. For measurements (n_samples, n_timesteps, n_features) use "
                "SequenceScaler or SequencePadder."
            )
        samples = list(array)
    if not samples:
        _refuse_empty((0,), "sample(s)", name)
    tokens = [_read_sample(sample, analyze, f"{name}[{i}]") for i, sample in enumerate(samples)]
    has_texts = any(isinstance(sample, str) for sample in samples)
    if analyze is not None and not has_texts:
        _refuse_texts_in_rows(tokens, name, known)
    return TokenLists(tokens, "ragged", 1, has_texts)


def _refuse_what_is_no_collection(X: Any, name: str) -> None:
    if isinstance(X, (str, bytes)):
        raise ValueError(
            f"{name}: got one string, which would be read as one text for each character. "
            f"{_EXPECTED}. Pass [{name}]."
        )
    if X is None:
        raise ValueError(f"{name}: got None. {_EXPECTED}. Pass one of these.")
    if sparse.issparse(X):
        raise TypeError(
            f"{name}: got a sparse {type(X).__name__}. Sparse input is not supported: counts have "
            f"lost the order of the tokens. {_EXPECTED}. Pass the texts themselves."
        )
    if isinstance(X, (Mapping, set, frozenset)):
        values = "Pass the list that it was made of."
        if isinstance(X, Mapping):
            values = f"Pass list({name}.values()), if each value is a text."
        raise TypeError(
            f"{name}: got a {type(X).__name__}, which has no order. {_EXPECTED}. {values}"
        )
    if isinstance(X, type):
        raise TypeError(
            f"{name}: got the class {X.__name__}. {_EXPECTED}. Pass what {X.__name__}(...) makes "
            "of your texts."
        )
    if not hasattr(X, "__len__") and not hasattr(X, "__array__"):
        remedy = "Pass one of these."
        if isinstance(X, Iterable):
            remedy = f"Pass list({name}): texts are read more than once."
        raise TypeError(f"{name}: got a {type(X).__name__}. {_EXPECTED}. {remedy}")


def _refuse_empty(shape: tuple[int, ...], what: str, name: str) -> None:
    raise ValueError(
        f"{name}: Found array with 0 {what} (shape={shape}) while a minimum of 1 is required. "
        f"{_EXPECTED}. Pass at least one text of at least one token."
    )


def _read_table(
    array: np.ndarray, analyze: Analyzer | None, name: str, columns: list[str]
) -> TokenLists:
    n_samples, n_timesteps = array.shape
    if n_samples == 0:
        _refuse_empty(array.shape, "sample(s)", name)
    if n_timesteps == 0:
        _refuse_empty(array.shape, "feature(s)", name)
    if analyze is not None and n_timesteps == 1 and isinstance(array[0, 0], str):
        raise ValueError(
            f"{name}: got a table with one column of text, read as sequences of one token, the "
            f"whole text. {_EXPECTED}. Pass the column, {columns[0]}; in a ColumnTransformer name "
            "it 'text', not ['text']. For tokens set analyzer=None."
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row, step = np.argwhere(~np.isfinite(array))[0]
        _refuse_missing(array[row, step], f"{name}[{row}, {step}]")
    if array.dtype.kind in "biuf":
        tokens = array.astype(str).tolist()
    else:
        tokens = [
            [_read_token(token, f"{name}[{row}, {step}]") for step, token in enumerate(cells)]
            for row, cells in enumerate(array)
        ]
        if analyze is not None:
            _refuse_texts_in_cells(tokens, name, columns)
    return TokenLists(tokens, "table", n_timesteps, has_texts=False)


def _refuse_texts_in_cells(tokens: list[list[str]], name: str, columns: list[str]) -> None:
    joined = " + ' ' + ".join(columns)
    for row, cells in enumerate(tokens):
        for step, token in enumerate(cells):
            if len(token.split()) > 1:
                raise ValueError(
                    f"{name}[{row}, {step}]: got {token[:40]!r} in a table, each cell of which is "
                    f"read as one token. {_EXPECTED}. For columns of text pass one, or join them, "
                    f"{joined}; for tokens with blanks set analyzer=None."
                )


def _refuse_texts_in_rows(rows: list[list[str]], name: str, known: Collection[str]) -> None:
    """Refuse a table that is written as a list of rows, if a column of it holds texts."""
    width = max(map(len, rows))
    is_table = width == 1 or (len(rows) > 1 and all(len(row) == width for row in rows))
    for column in range(width if is_table else 0):
        cells = [row[column] for row in rows if row]
        texts = [cell for cell in cells if _is_text(cell) and cell not in known]
        # among tokens of several columns some may have blanks.
        if texts and (width == 1 or len(texts) > len(cells) / 2):
            row = next(i for i, cells in enumerate(rows) if cells and cells[column] == texts[0])
            remedy = (
                f"Pass [row[{column}] for row in {name}]"
                if width == 1
                else f"For columns of text pass one, [row[{column}] for row in {name}], or join "
                f"them, [' '.join(map(str, row)) for row in {name}]"
            )
            raise ValueError(
                f"{name}[{row}][{column}]: got {texts[0][:40]!r} in a list, each item of which is "
                f"read as one token. {_EXPECTED}. {remedy}. For tokens with blanks set "
                "analyzer=None."
            )


def _is_text(cell: str) -> bool:
    return len(cell) > 1 and _BETWEEN_WORDS.search(cell.strip()) is not None


def _read_sample(sample: Any, analyze: Analyzer | None, where: str) -> list[str]:
    if isinstance(sample, (bytes, bytearray, memoryview)):
        raise ValueError(
            f"{where}: got {'bytes' if isinstance(sample, bytes) else f'a {type(sample).__name__}'}"
            f". {_EXPECTED}. Decode them, for example with bytes(text).decode('utf-8')."
        )
    sample = to_plain(sample, where, SAMPLE)
    if isinstance(sample, str):
        if analyze is None:
            raise ValueError(
                f"{where}: got text, but analyzer=None reads lists of tokens. Expected a list of "
                "tokens. Set analyzer='word' or 'char' to take texts apart."
            )
        try:
            return _read_tokens(list(_take_apart(sample, analyze)), f"tokens of {where}")
        except UnicodeEncodeError as error:
            half = error.object[error.start]
            if not "\ud800" <= half <= "\udfff":
                raise  # a callable of the caller's own encodes texts.
            raise ValueError(
                f"{where}: got a text with the lone surrogate {half!r} at position "
                f"{error.start}, half of a character, which the analyzer cannot read. Expected "
                "text that can be written as UTF-8. Replace such halves: [text.encode('utf-16', "
                f"'surrogatepass').decode('utf-16', 'replace') for text in {where.split('[')[0]}]."
            ) from error
    if isinstance(sample, (list, tuple, np.ndarray, pd.Series)) and getattr(sample, "ndim", 1) == 1:
        return _read_tokens(list(sample), where)
    if pd.api.types.is_scalar(sample) and pd.isna(sample):
        _refuse_missing(sample, where)
    raise ValueError(
        f"{where}: got a {type(sample).__name__}, read as one sample. {_EXPECTED}. Turn numbers "
        "into lists of tokens, [[1, 2], [3]]. Reshape your data to (n_samples, n_timesteps) if it "
        "is a table."
    )


def _take_apart(text: str, analyze: Analyzer) -> Iterator[Any]:
    tokens = analyze(text)
    try:
        return iter(tokens)
    except TypeError as error:
        raise TypeError(
            f"analyzer: returned a {type(tokens).__name__} for the text {text[:40]!r}. Expected a "
            "callable that returns the tokens of a text, a list of strings. Return [] for a text "
            "without tokens."
        ) from error


def _read_tokens(tokens: list[Any], where: str) -> list[str]:
    if all(type(token) is str for token in tokens):
        return tokens
    return [_read_token(token, f"{where}[{step}]") for step, token in enumerate(tokens)]


def _read_token(token: Any, where: str) -> str:
    if isinstance(token, str):
        # A plain str: numpy's own would be kept in the vocabulary and in pickles.
        return str(token)
    if isinstance(token, (list, tuple, set, np.ndarray, pd.Series)):
        raise ValueError(
            f"{where}: got a {type(token).__name__} where a token is expected. Expected one string "
            "or number for each timestep. Join the parts of a token into one string."
        )
    if (pd.api.types.is_scalar(token) and pd.isna(token)) or (
        isinstance(token, (float, np.floating)) and np.isinf(token)
    ):
        _refuse_missing(token, where)
    if isinstance(token, (bytes, bytearray, memoryview)):
        raise ValueError(
            f"{where}: got the bytes {bytes(token[:40])!r} where a token is expected. Expected a "
            "string or a number. Decode them, for example with bytes(token).decode('utf-8')."
        )
    # numpy counts durations among the integers.
    is_number = isinstance(token, (Real, Decimal, np.bool_)) and not isinstance(
        token, np.timedelta64
    )
    if not is_number:
        raise TypeError(
            f"{where}: got a {type(token).__name__} where a token is expected. Expected a string "
            "or a number. Turn it into a string that names it, for example with str(token)."
        )
    return str(token)


def _refuse_missing(value: Any, where: str) -> None:
    raise ValueError(
        f"{where}: got {value!r}. Input contains NaN, infinity or None, which is neither a text "
        "nor a token. Expected nothing missing. Drop these samples from X and y, or put '' for an "
        "empty text, which becomes one unknown token."
    )
