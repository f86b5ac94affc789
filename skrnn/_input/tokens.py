"""Reading sequences: the data contract turned into arrays.

Every reader returns new arrays or views that are never written to, so nothing the caller passes is
modified.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from skrnn._input.columns import Columns, SampleColumns
from skrnn._input.containers import is_ragged_container, to_container
from skrnn._input.jagged import RaggedRows
from skrnn._input.numbers import as_numbers, sample_to_array
from skrnn._input.refusals import READ_AS, describe, problem, refuse_empty, refuse_wrong_ndim

__all__ = ["read_tokens"]

PADDING_TOKEN = 0
UNKNOWN_TOKEN = 1
# How many ids stand for no token of their own: these two.
N_RESERVED = 2


_TOKEN_REMEDY = (
    "Token ids start at 1 (1 = unknown) and 0 pads at the end; skrnn.preprocessing.TokenEncoder "
    "makes them."
)


def read_tokens(
    X: Any,
    *,
    name: str = "X",
    allow_several: bool = False,
    remedy: str = "For measurements leave embedding_dim=None.",
) -> RaggedRows:
    """Read token ids: an integer array padded with 0, or ragged lists of integers.

    Parameters
    ----------
    X : integer array of shape (n_samples, n_timesteps), or list of (T_i,) integer arrays
        0 is padding and may stand only at the end. With ``allow_several`` also an array of shape
        (n_samples, n_timesteps, n_ids), or a list of (T_i, n_ids) arrays: 0 is then no id, and
        timesteps without any are padding.
    name : str
        The argument's name in error messages.
    allow_several : bool
        Whether a timestep may have several ids.
    remedy : str
        What to do with numbers that are no token ids.

    Returns
    -------
    RaggedRows
        ``values`` is int64, of shape (sum of lengths,) for one id a timestep, else (sum of lengths,
        n_ids).
    """
    given = X
    X = to_container(X, name)
    names = None
    if is_ragged_container(X):
        if len(X) == 0:
            refuse_empty((0,), name, "tokens")
        ids, lengths, names = _join_ragged_ids(X, name, allow_several, remedy)
        n_columns = 1 if ids.ndim == 1 else ids.shape[1]
        if names is None:
            read_as = f"is {READ_AS['tokens']}"
            names = Columns.of(given, n_columns, name=name, read_as=read_as).names
    else:
        array = as_numbers(X, name, "tokens") if X.ndim else X
        if array.ndim == 3 and not allow_several:
            _refuse_several_ids(describe(array), name)
        refuse_wrong_ndim(array, name)
        refuse_empty(array.shape, name, "id_sets" if array.ndim == 3 else "tokens")
        n_columns = array.shape[-1]
        if array.ndim == 3:
            names = Columns.of(
                given, n_columns, name=name, read_as=f"is {READ_AS['id_sets']}"
            ).names
        ids = _as_ids(array, name, remedy).reshape(-1, *array.shape[2:])
        lengths = np.full(array.shape[0], array.shape[1], dtype=np.int64)
    if ids.ndim == 2 and ids.shape[1] == 1:
        ids = ids[:, 0]
    ids, lengths = _strip_padding_tokens(ids, lengths, name, remedy)
    return RaggedRows(ids, lengths, "tokens", n_columns, names)


def _refuse_several_ids(got: str, name: str) -> None:
    raise ValueError(
        problem(
            name,
            got,
            "token ids",
            "one id for each timestep: a 2-D integer array (n_samples, n_timesteps), or a list of "
            "sequences of integers",
            "Pass the first of the ids of each timestep, "
            f"{name}[:, :, 0] or [x[:, 0] for x in {name}].",
        )
    )


def _join_ragged_ids(
    samples: Any, name: str, allow_several: bool, remedy: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    plain = _join_plain_lists(samples)
    if plain is not None:
        ids, lengths = plain
        return _as_ids(ids, name, remedy), lengths, None
    arrays: list[np.ndarray] = []
    columns = SampleColumns(name, "tokens")
    for position, sample in enumerate(samples):
        if isinstance(sample, (str, bytes)):
            raise ValueError(
                problem(
                    name,
                    f"text at position {position}",
                    READ_AS["tokens"],
                    "integers",
                    "Encode the text with skrnn.preprocessing.TokenEncoder.",
                )
            )
        array = sample_to_array(sample, name, f"[{position}]", "tokens")
        if array.ndim != 1 and not allow_several:
            _refuse_several_ids(f"an array of shape {array.shape} at position {position}", name)
        if array.ndim != 1 and array.shape[1] == 0:
            refuse_empty((len(samples), *array.shape), name, "id_sets")
        if arrays and array.shape[1:] != arrays[0].shape[1:]:
            raise ValueError(
                problem(
                    name,
                    f"shape {arrays[0].shape} at position 0 but {array.shape} at position "
                    f"{position}",
                    "a list of token id sequences",
                    "(n_timesteps,), or (n_timesteps, n_ids) with the same n_ids, in every sample",
                    "Fill up with 0, which is no id.",
                )
            )
        columns.add(sample, position)
        arrays.append(array)
    lengths = np.array([len(a) for a in arrays], dtype=np.int64)
    if len({array.dtype for array in arrays}) > 1:
        # together, integers and floats would be rounded.
        arrays = [_as_ids(array, name, remedy) for array in arrays]
    return _as_ids(np.concatenate(arrays), name, remedy), lengths, columns.names()


def _join_plain_lists(samples: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Read lists of integers of Python at once, or return None if anything else is among them.

    One by one they would take ten times as long.
    """
    if not set(map(type, samples)) <= {list, tuple} or not all(samples):
        return None
    if set(map(type, chain.from_iterable(samples))) != {int}:
        return None
    lengths = np.fromiter(map(len, samples), np.int64, len(samples))
    try:
        return np.fromiter(chain.from_iterable(samples), np.int64, lengths.sum()), lengths
    except OverflowError:
        return None


def _strip_padding_tokens(
    ids: np.ndarray, lengths: np.ndarray, name: str, remedy: str
) -> tuple[np.ndarray, np.ndarray]:
    """Drop the zeros behind each sample, of samples laid end to end, and refuse any other.

    Of several ids a timestep some may be 0, not all.
    """
    is_token = ids != PADDING_TOKEN
    if ids.ndim == 2:
        is_token = is_token.any(axis=1)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    token_at = np.flatnonzero(is_token)
    n_tokens_until = np.searchsorted(token_at, ends)
    n_tokens = np.diff(n_tokens_until, prepend=0)
    if (n_tokens == 0).any():
        raise ValueError(
            problem(
                name,
                f"only padding (0) in sample {int(np.argmin(n_tokens))}",
                READ_AS["tokens"],
                "at least one token in every sample",
                "Leave it out, or give an empty text the unknown token 1, as TokenEncoder does.",
            )
        )
    # Where a sample's last token stands further back than it has tokens, there is a 0 among them.
    has_padding_inside = token_at[n_tokens_until - 1] - starts >= n_tokens
    if has_padding_inside.any():
        sample = int(np.argmax(has_padding_inside))
        step = int(np.argmin(is_token[starts[sample] : ends[sample]]))
        raise ValueError(
            problem(
                name,
                f"0 (padding) before a token, in sample {sample} at timestep {step}",
                READ_AS["tokens"],
                "padding at the end only",
                f"{_TOKEN_REMEDY} Of several texts a sample, join the texts, not their ids. "
                f"{remedy}",
            )
        )
    return ids[token_at], n_tokens.astype(np.int64)


def _as_ids(array: np.ndarray, name: str, remedy: str) -> np.ndarray:
    if array.dtype.kind == "f":
        # Padded ids that travelled through a float container come back as integral floats.
        as_zero = np.where(np.isnan(array), 0.0, array)
        if not np.isfinite(as_zero).all() or (as_zero != np.round(as_zero)).any():
            raise ValueError(
                problem(
                    name,
                    f"numbers that are not integers (dtype {array.dtype})",
                    READ_AS["tokens"],
                    "integers of 0 or more",
                    f"{_TOKEN_REMEDY} {remedy}",
                )
            )
        array = as_zero
    if array.size and array.min() < 0:
        raise ValueError(
            problem(
                name,
                f"a negative token id, {int(array.min())}",
                READ_AS["tokens"],
                "integers of 0 or more",
                f"{_TOKEN_REMEDY} {remedy}",
            )
        )
    if array.size and array.max() >= 2**31:
        raise ValueError(
            problem(
                name,
                f"the token id {int(array.max())}",
                READ_AS["tokens"],
                "ids below 2**31",
                f"{_TOKEN_REMEDY} {remedy}",
            )
        )
    return array.astype(np.int64)
