"""Read sequences of measurements, padded, ragged or as a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.columns import Columns, SampleColumns
from skrnn._input.containers import is_ragged_container, to_container
from skrnn._input.jagged import RaggedRows
from skrnn._input.numbers import as_numbers, refuse_huge, sample_to_array
from skrnn._input.refusals import READ_AS, problem, refuse_empty, refuse_wrong_ndim
from skrnn._input.tokens import PADDING_TOKEN
from skrnn.exceptions import TokenIdsWarning

__all__ = ["read_measurements"]


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
    given = X
    X = to_container(X, name)
    if is_ragged_container(X):
        rows = _read_ragged(X, name, warn_on_tokens)
        if rows.names is None:
            read_as = f"is {READ_AS['ragged']}"
            names = Columns.of(given, rows.n_columns, name=name, read_as=read_as).names
            rows = rows._replace(names=names)
        return rows
    layout = "sequences" if X.ndim == 3 else "table"
    array = as_numbers(X, name, layout) if X.ndim else X
    refuse_wrong_ndim(array, name)
    refuse_empty(array.shape, name, layout)
    if warn_on_tokens and layout == "table":
        _warn_if_tokens(array, name)
    steps = array[:, :, None] if array.ndim == 2 else array
    values, lengths = _strip_padding(steps, name, layout)
    names = None
    if layout == "sequences":
        names = Columns.of(given, array.shape[-1], name=name, read_as=f"is {READ_AS[layout]}").names
    return RaggedRows(values, lengths, layout, array.shape[-1], names, array.shape[1])


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
            values = np.ascontiguousarray(steps[valid])
            refuse_huge(values, name, layout)
            return values, lengths
    refuse_huge(steps, name, layout)
    lengths = np.full(n_samples, n_timesteps, dtype=np.int64)
    return np.ascontiguousarray(steps).reshape(-1, n_features), lengths


def _refuse_infinity(name: str, layout: str, where: str) -> None:
    # as floats, because objects are asked for infinity one by one
    finite = f"np.where(np.isfinite(np.asarray({name}, float)), {name}, np.nan)"
    if layout == "ragged" and name != "x":  # which is one sample, inspected
        finite = f"[np.where(np.isfinite(x), x, np.nan) for x in {name}]"
    raise ValueError(
        problem(
            name,
            f"infinity at {where}",
            READ_AS[layout],
            "finite numbers, or NaN for a missing value",
            f"Replace it, for example {finite}.",
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
    swapped = f"np.transpose({name}, (0, 2, 1))"
    if layout == "ragged":
        swapped = f"[np.transpose(x) for x in {name}]"
    raise ValueError(
        problem(
            name,
            f"a first timestep that is all NaN in sample {sample}",
            READ_AS[layout],
            "padding at the end of a sequence only",
            "Move the padding behind the sequence (SequencePadder does), or drop the empty "
            f"timesteps. Features before time need {swapped}.",
        )
    )


def _read_ragged(samples: Any, name: str, warn_on_tokens: bool) -> RaggedRows:
    if len(samples) == 0:
        refuse_empty((0,), name, "ragged")
    arrays = []
    n_features = None
    columns = SampleColumns(name)
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
            remedy = "Pass samples of the same features, NaN where one was not measured."
            if len(array) == len(arrays[0]) and array.ndim == 2:
                remedy = (
                    "If your samples are (n_features, n_timesteps), pass "
                    f"[np.transpose(x) for x in {name}]."
                )
            raise ValueError(
                problem(
                    name,
                    f"{n_features} feature(s) in sample 0 but {width} in sample {position} (shape "
                    f"{array.shape})",
                    READ_AS["ragged"],
                    "the same number of features in every sample",
                    remedy,
                )
            )
        columns.add(sample, position)
        arrays.append(array.reshape(len(array), width))
    assert n_features is not None
    if n_features == 0:
        raise ValueError(
            f"{name}: Found sequences with 0 feature(s) while a minimum of 1 is required, read as "
            f"{READ_AS['ragged']}. Pass at least one feature."
        )
    if warn_on_tokens and n_features == 1:
        _warn_if_ragged_tokens(arrays, name)
    return _join_ragged(arrays, n_features, name)._replace(names=columns.names())


def _join_ragged(arrays: list[np.ndarray], n_features: int, name: str) -> RaggedRows:
    lengths = np.array([len(a) for a in arrays], dtype=np.int64)
    dtype = np.result_type(*{a.dtype for a in arrays})
    # Row by row, whatever the order in memory of the samples: sums depend on it in their last bits.
    values: np.ndarray = np.empty((int(lengths.sum()), n_features), dtype=dtype)
    np.concatenate(arrays, axis=0, out=values)
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
    warn_caller(
        f"{name} holds non-negative integers that look like token ids, but embedding_dim is None, "
        "so they are read as measurements. Set embedding_dim (32, say) if they are token ids; "
        f"pass {name} as floats if they are measurements.",
        TokenIdsWarning,
    )
