"""Reading sequences: the data contract turned into arrays.

Every reader returns new arrays or views that are never written to, so nothing the caller passes is
modified.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skrnn._input.containers import (
    READ_AS,
    as_numbers,
    describe,
    is_ragged_container,
    problem,
    refuse_empty,
    refuse_huge,
    refuse_wrong_ndim,
    sample_to_array,
    to_container,
)
from skrnn.exceptions import TokenIdsWarning

__all__ = ["RaggedRows", "read_measurements", "read_tokens"]

PADDING_TOKEN = 0
UNKNOWN_TOKEN = 1
# How many ids stand for no token of their own: these two.
N_RESERVED = 2


class RaggedRows(NamedTuple):
    """Observed timesteps of all samples laid end to end.

    Attributes
    ----------
    values : ndarray of shape (sum of lengths, n_features); for token ids (sum of lengths,), or \
            (sum of lengths, n_ids)
        Timesteps of sample 0, then those of sample 1, and so on. NaN marks a missing value.
    lengths : ndarray of int64, shape (n_samples,)
        Number of valid timesteps of each sample, at least 1.
    layout : {"table", "sequences", "ragged", "tokens"}
        How the container was read.
    n_columns : int
        What scikit-learn calls ``n_features_in_``: columns of a table, else the last axis.
    """

    values: np.ndarray
    lengths: np.ndarray
    layout: str
    n_columns: int


def read_measurements(X: Any, *, name: str = "X", warn_on_tokens: bool = True) -> RaggedRows:
    """Read sequences of numbers from any container of the data contract.

    Parameters
    ----------
    X : array of shape (n_samples, n_timesteps, n_features), table of shape \
            (n_samples, n_timesteps), or list of (T_i, n_features) or (T_i,) arrays
        Trailing all-NaN timesteps are padding; any other NaN is a missing value.
    name : str
        The argument's name in error messages.
    warn_on_tokens : bool
        Whether integers that look like token ids raise a :class:`TokenIdsWarning`.

    Returns
    -------
    RaggedRows
    """
    X = to_container(X, name)
    if is_ragged_container(X):
        return _read_ragged(X, name, warn_on_tokens)
    layout = "sequences" if X.ndim == 3 else "table"
    array = as_numbers(X, name, layout) if X.ndim else X
    refuse_wrong_ndim(array, name)
    refuse_empty(array.shape, name, layout)
    if warn_on_tokens and layout == "table":
        _warn_if_tokens(array, name)
    steps = array[:, :, None] if array.ndim == 2 else array
    values, lengths = _strip_padding(steps, name, layout)
    return RaggedRows(values, lengths, layout, array.shape[-1])


def _strip_padding(steps: np.ndarray, name: str, layout: str) -> tuple[np.ndarray, np.ndarray]:
    n_samples, n_timesteps, n_features = steps.shape
    if steps.dtype.kind == "f" and not np.isfinite(steps).all():
        missing = np.isnan(steps)
        if np.isinf(steps).any():
            sample, step, _ = np.argwhere(np.isinf(steps))[0]
            _refuse_infinity(name, layout, f"sample {sample}, timestep {step}")
        observed = ~missing.all(axis=2)
        last_first = observed[:, ::-1].argmax(axis=1)
        lengths = np.where(observed.any(axis=1), n_timesteps - last_first, 0).astype(np.int64)
        _refuse_empty_samples(lengths, name, layout)
        if n_features > 1 and not observed[:, 0].all():
            _refuse_leading_padding(int(np.argmin(observed[:, 0])), name, layout)
        if (lengths < n_timesteps).any():
            valid = np.arange(n_timesteps) < lengths[:, None]
            values = steps[valid]
            refuse_huge(values, name, layout)
            return values, lengths
    refuse_huge(steps, name, layout)
    lengths = np.full(n_samples, n_timesteps, dtype=np.int64)
    return np.ascontiguousarray(steps).reshape(-1, n_features), lengths


def _refuse_infinity(name: str, layout: str, where: str) -> None:
    raise ValueError(
        problem(
            name,
            f"infinity at {where}",
            READ_AS[layout],
            "finite numbers, or NaN for a missing value",
            f"Replace it, for example {name}[np.isinf({name})] = np.nan.",
        )
    )


def _refuse_empty_samples(lengths: np.ndarray, name: str, layout: str) -> None:
    if (lengths == 0).any():
        empty = np.flatnonzero(lengths == 0)
        raise ValueError(
            problem(
                name,
                f"{empty.size} sample(s) without a single observed value (all NaN), the first "
                f"at position {empty[0]}",
                READ_AS[layout],
                "at least one observed value in every sample",
                "Drop these samples from X and y before fit or predict.",
            )
        )


def _refuse_leading_padding(sample: int, name: str, layout: str) -> None:
    raise ValueError(
        problem(
            name,
            f"a first timestep that is all NaN in sample {sample}",
            READ_AS[layout],
            "padding at the end of a sequence only",
            "Move the padding behind the sequence (SequencePadder does), or drop the empty "
            "timesteps. Arrays with features before time need "
            f"{name}.transpose(0, 2, 1).",
        )
    )


def _read_ragged(samples: Any, name: str, warn_on_tokens: bool) -> RaggedRows:
    if len(samples) == 0:
        refuse_empty((0,), name, "ragged")
    arrays = []
    n_features = None
    first_frame: tuple[int, pd.Index] | None = None
    for position, sample in enumerate(samples):
        where = f"[{position}]"
        if isinstance(sample, (str, bytes)):
            raise ValueError(
                problem(
                    name,
                    f"text at position {position}",
                    READ_AS["ragged"],
                    "numbers",
                    "Encode text with skrnn.preprocessing.TokenEncoder and set embedding_dim.",
                )
            )
        array = sample_to_array(sample, name, where, "ragged")
        width = 1 if array.ndim == 1 else array.shape[1]
        if n_features is None:
            n_features = width
        elif width != n_features:
            raise ValueError(
                problem(
                    name,
                    f"{n_features} feature(s) in sample 0 but {width} in sample {position} (shape "
                    f"{array.shape})",
                    READ_AS["ragged"],
                    "the same number of features in every sample",
                    f"If your samples are (n_features, n_timesteps), pass [x.T for x in {name}].",
                )
            )
        if isinstance(sample, pd.DataFrame):
            first_frame = first_frame or (position, sample.columns)
            _refuse_other_columns(sample.columns, position, *first_frame, name)
        arrays.append(array.reshape(len(array), width))
    assert n_features is not None
    if n_features == 0:
        raise ValueError(
            f"{name}: Found sequences with 0 feature(s) while a minimum of 1 is required, read as "
            f"{READ_AS['ragged']}. Pass at least one feature."
        )
    if warn_on_tokens and n_features == 1:
        _warn_if_ragged_tokens(arrays, name)
    return _join_ragged(arrays, n_features, name)


def _refuse_other_columns(
    columns: pd.Index, position: int, first: int, expected: pd.Index, name: str
) -> None:
    # By position alone, a feature would silently be taken for another.
    if not columns.equals(expected):
        raise ValueError(
            problem(
                name,
                f"a DataFrame with the columns {list(columns[:5])} at position {position}, but "
                f"{list(expected[:5])} at position {first}",
                READ_AS["ragged"],
                "the same columns in the same order in every sample",
                f"Pass [x[list(columns)] for x in {name}] with columns = {name}[{first}].columns, "
                f"or [x.to_numpy() for x in {name}] if only the positions count.",
            )
        )


def _join_ragged(arrays: list[np.ndarray], n_features: int, name: str) -> RaggedRows:
    lengths = np.array([len(a) for a in arrays], dtype=np.int64)
    dtype = np.result_type(*{a.dtype for a in arrays})
    values = np.concatenate(arrays, axis=0, dtype=dtype)
    if dtype.kind == "f" and not np.isfinite(values).all():
        starts = np.cumsum(lengths) - lengths
        sample_of_row = np.repeat(np.arange(len(lengths)), lengths)
        if np.isinf(values).any():
            row = int(np.argwhere(np.isinf(values))[0, 0])
            sample = int(sample_of_row[row])
            _refuse_infinity(name, "ragged", f"sample {sample}, timestep {row - starts[sample]}")
        observed = ~np.isnan(values).all(axis=1)
        step_of_row = np.arange(len(values)) - starts[sample_of_row]
        stripped = np.zeros_like(lengths)
        np.maximum.at(stripped, sample_of_row, np.where(observed, step_of_row + 1, 0))
        _refuse_empty_samples(stripped, name, "ragged")
        if n_features > 1 and not observed[starts].all():
            _refuse_leading_padding(int(np.argmin(observed[starts])), name, "ragged")
        if (stripped < lengths).any():
            values = values[step_of_row < stripped[sample_of_row]]
            lengths = stripped
    refuse_huge(values, name, "ragged")
    return RaggedRows(values, lengths, "ragged", n_features)


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
    X = to_container(X, name)
    if is_ragged_container(X):
        if len(X) == 0:
            refuse_empty((0,), name, "tokens")
        ids, lengths = _join_ragged_ids(X, name, allow_several, remedy)
        n_columns = 1 if ids.ndim == 1 else ids.shape[1]
    else:
        array = as_numbers(X, name, "tokens") if X.ndim else X
        if array.ndim == 3 and not allow_several:
            _refuse_several_ids(describe(array), name)
        refuse_wrong_ndim(array, name)
        refuse_empty(array.shape, name, "id_sets" if array.ndim == 3 else "tokens")
        n_columns = array.shape[-1]
        ids = _as_ids(array, name, remedy).reshape(-1, *array.shape[2:])
        lengths = np.full(array.shape[0], array.shape[1], dtype=np.int64)
    if ids.ndim == 2 and ids.shape[1] == 1:
        ids = ids[:, 0]
    return RaggedRows(*_strip_padding_tokens(ids, lengths, name, remedy), "tokens", n_columns)


def _refuse_several_ids(came: str, name: str) -> None:
    raise ValueError(
        problem(
            name,
            came,
            "token ids",
            "one id for each timestep: a 2-D integer array (n_samples, n_timesteps), or a list of "
            "sequences of integers",
            "Pass the first of the ids of each timestep, "
            f"{name}[:, :, 0] or [x[:, 0] for x in {name}].",
        )
    )


def _join_ragged_ids(
    samples: Any, name: str, allow_several: bool, remedy: str
) -> tuple[np.ndarray, np.ndarray]:
    arrays: list[np.ndarray] = []
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
        arrays.append(_as_ids(array, name, remedy))
    lengths = np.array([len(a) for a in arrays], dtype=np.int64)
    return np.concatenate(arrays), lengths


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
                "Give an empty text the unknown token 1, as TokenEncoder does.",
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


def _warn_if_tokens(table: np.ndarray, name: str) -> None:
    if table.dtype.kind not in "iu" or table.min() < 0 or table.max() < 2:
        return
    present = table != PADDING_TOKEN
    zeros_only_at_the_end = not (present[:, 1:] & ~present[:, :-1]).any()
    if zeros_only_at_the_end:
        _warn_tokens(name)


def _warn_if_ragged_tokens(arrays: list[np.ndarray], name: str) -> None:
    if any(a.dtype.kind not in "iu" for a in arrays):
        return
    if any((a < 0).any() for a in arrays) or max(int(a.max()) for a in arrays) < 2:
        return
    if any(((a[1:] != 0) & (a[:-1] == 0)).any() for a in arrays):
        return
    _warn_tokens(name)


def _warn_tokens(name: str) -> None:
    warnings.warn(
        f"{name} holds non-negative integers that look like token ids, but embedding_dim is None, "
        "so they are read as measurements. Set embedding_dim (32, say) if they are token ids; "
        f"pass {name} as floats if they are measurements.",
        TokenIdsWarning,
        stacklevel=2,
    )
