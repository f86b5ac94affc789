"""Reading what users pass: sequences, token ids, targets, sample weights.

This is the only module that touches scikit-learn's private API, and the one place where the data
contract is turned into arrays. Every reader returns new arrays or views that are never written
to, so nothing the caller passes is modified.
"""

from __future__ import annotations

import numbers
import sys
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import _fit_context as validated_fit
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils.validation import validate_data

from skrnn.exceptions import TokenIdsWarning

__all__ = [
    "HasMethods",
    "Interval",
    "Options",
    "RaggedRows",
    "StrOptions",
    "check_same_n_samples",
    "check_sequences_against",
    "read_groups",
    "read_labels",
    "read_measurements",
    "read_numbers",
    "read_sample_weight",
    "read_targets",
    "read_tokens",
    "validated_fit",
]

PADDING_TOKEN = 0
UNKNOWN_TOKEN = 1

# Squares of larger numbers leave float64, and standard deviations would be infinite.
_LARGEST = 1e150


class RaggedRows(NamedTuple):
    """Observed timesteps of all samples laid end to end.

    Attributes
    ----------
    values : ndarray of shape (sum of lengths, n_features) or (sum of lengths,) for token ids
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


# How each layout is described to the user in an error message.
_READ_AS = {
    "table": "a 2-D table, read as univariate sequences (n_samples, n_timesteps)",
    "sequences": "a 3-D array, read as (n_samples, n_timesteps, n_features)",
    "ragged": "a list of sequences, each read as (n_timesteps, n_features) or (n_timesteps,)",
    "tokens": "token ids, read as (n_samples, n_timesteps) with 0 as padding",
}


def _problem(name: str, came: str, read_as: str, expected: str, remedy: str) -> str:
    return f"{name}: got {came}, read as {read_as}. Expected {expected}. {remedy}"


def _describe(X: Any) -> str:
    shape = getattr(X, "shape", None)
    kind = type(X).__name__
    if shape is None:
        size = f" of length {len(X)}" if hasattr(X, "__len__") else ""
        return f"{kind}{size}"
    dtype = getattr(X, "dtype", None)
    return f"{kind} of shape {tuple(shape)}" + (f" and dtype {dtype}" if dtype is not None else "")


# --------------------------------------------------------------------------------------
# containers
# --------------------------------------------------------------------------------------


def _from_torch(X: Any, name: str) -> Any:
    # torch is imported by the package anyway, but this module does not need it: a tensor can
    # only have come from a torch that is already loaded.
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(X, torch.Tensor):
        return X
    if X.device.type != "cpu":
        raise TypeError(
            f"{name}: got a tensor on device {X.device}. Expected a CPU tensor or an array. "
            f"Pass {name}.cpu(); `device` decides where the network runs."
        )
    if X.is_sparse or X.layout is not torch.strided:
        raise TypeError(
            f"{name}: got a sparse tensor. Expected a dense one. Pass {name}.to_dense()."
        )
    X = X.detach()
    if X.dtype in (torch.bfloat16, torch.float16):
        X = X.float()
    return X.numpy()


def _fill_masked(values: Any) -> Any:
    """Turn masked entries into missing values; return anything else as it is."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    mask = np.ma.getmaskarray(values)
    filled = np.asarray(values)
    if mask.any():
        kind = filled.dtype.kind
        dtype = filled.dtype if kind == "f" else np.float64 if kind in "biu" else object
        filled = filled.astype(dtype)
        filled[mask] = np.nan
    return filled


def _to_container(X: Any, name: str) -> Any:
    """Bring X to an ndarray or to a list of samples; refuse what is neither."""
    if X is None:
        raise ValueError(
            f"{name}: got None. Expected sequences: a 3-D array (n_samples, n_timesteps, "
            "n_features), a 2-D table or a list of sequences."
        )
    if sparse.issparse(X):
        raise TypeError(
            f"{name}: got a sparse {type(X).__name__} of shape {X.shape}. Sparse input is not "
            f"supported. Expected dense numbers. Pass {name}.toarray()."
        )
    if isinstance(X, (str, bytes)):
        raise TypeError(
            f"{name}: got one string. Expected a collection of sequences. Pass a list of strings "
            "through skrnn.preprocessing.TokenEncoder and set embedding_dim."
        )
    if isinstance(X, (Mapping, set, frozenset)):
        raise TypeError(
            f"{name}: got a {type(X).__name__}, which has no order. Expected a list of sequences "
            f"or an array. Pass list({name}.values()) for a mapping of sequences."
        )
    X = _from_torch(X, name)
    if isinstance(X, pd.DataFrame):
        return _frame_to_array(X, name)
    if isinstance(X, pd.Series):
        if isinstance(X.index, pd.MultiIndex):
            raise ValueError(
                f"{name}: got a Series with a MultiIndex, a long table. Expected one entry per "
                "sample. Use skrnn.preprocessing.from_long to turn it into ragged sequences."
            )
        X = X.to_numpy(dtype=object) if X.dtype == object else X.to_numpy()
    X = _fill_masked(X)
    if isinstance(X, (list, tuple)):
        return np.asarray(X) if _is_nested_table(X) else list(X)
    if isinstance(X, np.ndarray):
        return np.asarray(X)
    if hasattr(X, "__array__"):
        return np.asarray(X)
    if isinstance(X, Iterable) and not hasattr(X, "__len__"):
        raise TypeError(
            f"{name}: got a {type(X).__name__}, which can be read only once. Expected a list of "
            f"sequences or an array. Pass list({name})."
        )
    if hasattr(X, "__len__") and hasattr(X, "__getitem__"):
        return [X[i] for i in range(len(X))]
    raise TypeError(
        f"{name}: got {_describe(X)}. Expected a 3-D array (n_samples, n_timesteps, n_features), "
        "a 2-D table (n_samples, n_timesteps) or a list of sequences."
    )


def _is_nested_table(X: list[Any] | tuple[Any, ...]) -> bool:
    """Whether X is a table written as plain nested lists, such as ``array.tolist()``."""
    if not all(isinstance(row, (list, tuple)) for row in X) or len({len(row) for row in X}) != 1:
        return False
    return len(X[0]) > 0 and all(isinstance(v, numbers.Real) for row in X for v in row)


def _frame_to_array(frame: pd.DataFrame, name: str) -> np.ndarray:
    if isinstance(frame.index, pd.MultiIndex):
        raise ValueError(
            f"{name}: got a DataFrame with a MultiIndex, a long table with one row per timestep. "
            "Expected one row per sample. Use skrnn.preprocessing.from_long to turn it into "
            "ragged sequences."
        )
    if isinstance(frame.columns, pd.MultiIndex):
        raise ValueError(
            f"{name}: got a DataFrame whose columns are a MultiIndex with levels "
            f"{list(frame.columns.names)}. Expected one column per timestep of one feature. Pass "
            "several features as a 3-D array (n_samples, n_timesteps, n_features), or flatten "
            f"the column names: {name}.columns = {name}.columns.to_flat_index().map(str)."
        )
    not_numeric = [
        str(column)
        for column, dtype in zip(frame.columns, frame.dtypes, strict=True)
        if not (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_object_dtype(dtype))
    ]
    if not_numeric:
        raise ValueError(
            f"{name}: got a DataFrame whose columns {not_numeric[:5]} are not numbers, read as "
            "univariate sequences, one row per sample and one column per timestep. Expected "
            "numbers. For a long table use skrnn.preprocessing.from_long; for text use "
            "TokenEncoder."
        )
    if frame.size and any(isinstance(v, (np.ndarray, pd.Series, list)) for v in frame.iloc[0]):
        raise ValueError(
            f"{name}: got a DataFrame whose cells hold sequences. Expected numbers in the cells, "
            f"or one column of sequences. Pass that column, {name}[{frame.columns[0]!r}]; for "
            "several columns stack each row's sequences to (n_timesteps, n_features)."
        )
    if any(pd.api.types.is_object_dtype(dtype) for dtype in frame.dtypes):
        return frame.to_numpy(dtype=object)
    if any(pd.api.types.is_extension_array_dtype(dtype) for dtype in frame.dtypes):
        return frame.to_numpy(dtype=np.float64, na_value=np.nan)
    return frame.to_numpy()


def _as_numbers(values: Any, name: str, layout: str, where: str = "") -> np.ndarray:
    """Turn one block of values into a numeric ndarray, float unless it already is integer."""
    array = values if isinstance(values, np.ndarray) else np.asarray(values)
    expected = "real numbers, NaN for a missing value"
    text = "Encode text with skrnn.preprocessing.TokenEncoder and set embedding_dim."
    if array.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported\n{name}{where}: got dtype {array.dtype}, read as "
            f"{_READ_AS[layout]}. Expected real numbers. Pass real and imaginary part as two "
            "features."
        )
    if _holds_text(array):
        raise ValueError(_problem(name + where, "text", _READ_AS[layout], expected, text))
    if array.dtype.kind == "V":
        raise ValueError(
            _problem(
                name + where,
                f"records with the fields {list(array.dtype.names or ())}",
                _READ_AS[layout],
                expected,
                "Turn fields into features: numpy.lib.recfunctions.structured_to_unstructured.",
            )
        )
    if array.dtype.kind in "mM":
        raise ValueError(
            _problem(
                name + where,
                f"dates or durations (dtype {array.dtype})",
                _READ_AS[layout],
                expected,
                "Turn times into numbers first, or drop the time column: row order is time.",
            )
        )
    if array.dtype.kind == "O":
        array = _objects_to_floats(array, name, layout, where)
    if array.dtype.kind == "b":
        if layout == "tokens":
            raise ValueError(
                _problem(
                    name + where,
                    "booleans",
                    _READ_AS[layout],
                    "integers of 0 or more",
                    "Pass the ids themselves, not a mask of them.",
                )
            )
        return array.astype(np.float32)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return array.astype(np.float64)
    return array


def _holds_text(array: np.ndarray) -> bool:
    # "T" is numpy's variable-width string.
    return array.dtype.kind in "UST" or (
        array.dtype.kind == "O" and any(isinstance(v, (str, bytes)) for v in array.ravel())
    )


def _objects_to_floats(array: np.ndarray, name: str, layout: str, where: str) -> np.ndarray:
    if array.size and all(
        isinstance(v, numbers.Integral) and not isinstance(v, bool) for v in array.ravel()
    ):
        try:
            return array.astype(np.int64)
        except OverflowError:
            pass
    try:
        return np.where(pd.isna(array), np.nan, array).astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            _problem(
                name + where,
                f"objects that are not numbers ({error})",
                _READ_AS[layout],
                "real numbers, NaN for a missing value",
                "Convert the values to numbers, or encode text with "
                "skrnn.preprocessing.TokenEncoder and set embedding_dim.",
            )
        ) from error


def _is_ragged_container(X: Any) -> bool:
    if isinstance(X, list):
        return True
    return X.ndim == 1 and X.dtype.kind == "O" and X.size > 0 and not np.isscalar(X[0])


def _refuse_wrong_ndim(X: np.ndarray, name: str) -> None:
    if X.ndim == 0:
        raise ValueError(
            f"{name}: got a single number. Expected a 3-D array (n_samples, n_timesteps, "
            "n_features), a 2-D table (n_samples, n_timesteps) or a list of sequences. "
            "Reshape your data."
        )
    if X.ndim == 1:
        raise ValueError(
            f"{name}: got a 1-D {_describe(X)}, which could be one sequence or many samples of "
            "one timestep. Expected 2-D array or more: (n_samples, n_timesteps, n_features), "
            f"(n_samples, n_timesteps) or a list of sequences. Reshape your data: {name}"
            f".reshape(1, -1) is one univariate sequence; [{name}] is one ragged sequence."
        )
    if X.ndim > 3:
        raise ValueError(
            f"{name}: got a {X.ndim}-D {_describe(X)}. Expected at most 3 dimensions, (n_samples, "
            "n_timesteps, n_features). Flatten what comes after the time axis into features: "
            f"{name}.reshape({name}.shape[0], {name}.shape[1], -1)."
        )


def _refuse_empty(shape: tuple[int, ...], name: str, layout: str) -> None:
    if shape[0] == 0:
        raise ValueError(
            f"{name}: Found array with 0 sample(s) (shape={shape}) while a minimum of 1 is "
            f"required, read as {_READ_AS[layout]}. Pass at least one sequence."
        )
    if layout in ("table", "tokens") and len(shape) > 1 and shape[1] == 0:
        raise ValueError(
            f"{name}: Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is "
            f"required, read as {_READ_AS[layout]}. Pass at least one timestep."
        )
    if layout == "sequences" and 0 in shape[1:]:
        axis = "timestep(s)" if shape[1] == 0 else "feature(s)"
        raise ValueError(
            f"{name}: Found array with 0 {axis} (shape={shape}) while a minimum of 1 is required, "
            f"read as {_READ_AS[layout]}. Pass sequences with at least one timestep of one feature."
        )


# --------------------------------------------------------------------------------------
# measurements
# --------------------------------------------------------------------------------------


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
    X = _to_container(X, name)
    if _is_ragged_container(X):
        return _read_ragged(X, name, warn_on_tokens)
    layout = "sequences" if X.ndim == 3 else "table"
    array = _as_numbers(X, name, layout) if X.ndim else X
    _refuse_wrong_ndim(array, name)
    _refuse_empty(array.shape, name, layout)
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
            _refuse_huge(values, name, layout)
            return values, lengths
    _refuse_huge(steps, name, layout)
    lengths = np.full(n_samples, n_timesteps, dtype=np.int64)
    return np.ascontiguousarray(steps).reshape(-1, n_features), lengths


def _refuse_infinity(name: str, layout: str, where: str) -> None:
    raise ValueError(
        _problem(
            name,
            f"infinity at {where}",
            _READ_AS[layout],
            "finite numbers, or NaN for a missing value",
            f"Replace it, for example {name}[np.isinf({name})] = np.nan.",
        )
    )


def _refuse_huge(values: np.ndarray, name: str, layout: str) -> None:
    if values.dtype == np.float64:
        largest = max(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None))
        if largest > _LARGEST:
            raise ValueError(
                _problem(
                    name,
                    f"a value of magnitude {largest:.3g}",
                    _READ_AS[layout],
                    f"magnitudes up to {_LARGEST:g}, whose squares float64 can hold",
                    "Divide by a power of ten, or mark the value as missing with NaN.",
                )
            )


def _refuse_empty_samples(lengths: np.ndarray, name: str, layout: str) -> None:
    if (lengths == 0).any():
        empty = np.flatnonzero(lengths == 0)
        raise ValueError(
            _problem(
                name,
                f"{empty.size} sample(s) without a single observed value (all NaN), the first "
                f"at position {empty[0]}",
                _READ_AS[layout],
                "at least one observed value in every sample",
                "Drop these samples from X and y before fit or predict.",
            )
        )


def _refuse_leading_padding(sample: int, name: str, layout: str) -> None:
    raise ValueError(
        _problem(
            name,
            f"a first timestep that is all NaN in sample {sample}",
            _READ_AS[layout],
            "padding at the end of a sequence only",
            "Move the padding behind the sequence (SequencePadder does), or drop the empty "
            "timesteps. Arrays with features before time need "
            f"{name}.transpose(0, 2, 1).",
        )
    )


def _read_ragged(samples: Any, name: str, warn_on_tokens: bool) -> RaggedRows:
    if len(samples) == 0:
        _refuse_empty((0,), name, "ragged")
    arrays = []
    n_features = None
    for position, sample in enumerate(samples):
        where = f"[{position}]"
        if isinstance(sample, (str, bytes)):
            raise ValueError(
                _problem(
                    name,
                    f"text at position {position}",
                    _READ_AS["ragged"],
                    "numbers",
                    "Encode text with skrnn.preprocessing.TokenEncoder and set embedding_dim.",
                )
            )
        array = _sample_to_array(sample, name, where, "ragged")
        width = 1 if array.ndim == 1 else array.shape[1]
        if n_features is None:
            n_features = width
        elif width != n_features:
            raise ValueError(
                _problem(
                    name,
                    f"{n_features} feature(s) in sample 0 but {width} in sample {position} (shape "
                    f"{array.shape})",
                    _READ_AS["ragged"],
                    "the same number of features in every sample",
                    f"If your samples are (n_features, n_timesteps), pass [x.T for x in {name}].",
                )
            )
        arrays.append(array.reshape(len(array), width))
    assert n_features is not None
    if n_features == 0:
        raise ValueError(
            f"{name}: Found sequences with 0 feature(s) while a minimum of 1 is required, read as "
            f"{_READ_AS['ragged']}. Pass at least one feature."
        )
    if warn_on_tokens and n_features == 1:
        _warn_if_ragged_tokens(arrays, name)
    return _join_ragged(arrays, n_features, name)


def _sample_to_array(sample: Any, name: str, where: str, layout: str) -> np.ndarray:
    if isinstance(sample, pd.DataFrame):
        sample = _frame_to_array(sample, name + where)
    elif isinstance(sample, pd.Series):
        sample = sample.to_numpy()
    elif sparse.issparse(sample):
        raise TypeError(
            f"{name}{where}: got a sparse matrix. Sparse input is not supported. "
            "Pass dense arrays, x.toarray()."
        )
    sample = _fill_masked(_from_torch(sample, name + where))
    if isinstance(sample, (Mapping, set, frozenset)) or sample is None:
        raise TypeError(
            _problem(
                name + where,
                f"a {type(sample).__name__}",
                _READ_AS[layout],
                "an array of numbers",
                "Pass one (n_timesteps, n_features) array for each sample.",
            )
        )
    if isinstance(sample, (list, tuple)) and not _is_rectangular(sample):
        raise ValueError(
            _problem(
                name + where,
                "rows of different lengths",
                _READ_AS[layout],
                "the same number of features at every timestep",
                "Time is the first axis of a sample: pass x.T if features came first.",
            )
        )
    array = _as_numbers(sample, name, layout, where)
    if array.ndim == 0:
        raise ValueError(
            f"{name}: got a 1-D list of numbers, {array} at position {where[1:-1]}, which could be "
            "one sequence or many samples of one timestep. Expected a list of sequences. Reshape "
            f"your data: [{name}] is one ragged sequence, np.reshape({name}, (-1, 1)) is many "
            "samples of one timestep."
        )
    if array.ndim > 2:
        raise ValueError(
            _problem(
                name + where,
                f"a {array.ndim}-D array of shape {array.shape}",
                _READ_AS[layout],
                "at most 2 dimensions in each sample",
                "Flatten what comes after the time axis: x.reshape(len(x), -1).",
            )
        )
    if array.shape[0] == 0:
        raise ValueError(
            _problem(
                name + where,
                "a sequence of length 0",
                _READ_AS[layout],
                "at least one timestep in every sample",
                "Drop empty samples from X and y before fit or predict.",
            )
        )
    return array


def _is_rectangular(sample: list[Any] | tuple[Any, ...]) -> bool:
    try:
        return len({np.shape(row) for row in sample}) <= 1
    except ValueError:
        # a row that is itself ragged has no shape.
        return False


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
    _refuse_huge(values, name, "ragged")
    return RaggedRows(values, lengths, "ragged", n_features)


# --------------------------------------------------------------------------------------
# token ids
# --------------------------------------------------------------------------------------

_TOKEN_REMEDY = (
    "Token ids start at 1 (1 = unknown) and 0 pads at the end; skrnn.preprocessing.TokenEncoder "
    "makes them. For measurements leave embedding_dim=None."
)


def read_tokens(X: Any, *, name: str = "X") -> RaggedRows:
    """Read token ids: a 2-D integer array padded with 0, or ragged lists of integers.

    Parameters
    ----------
    X : integer array of shape (n_samples, n_timesteps), or list of (T_i,) integer arrays
        0 is padding and may stand only at the end.
    name : str
        The argument's name in error messages.

    Returns
    -------
    RaggedRows
        ``values`` is 1-D, int64.
    """
    X = _to_container(X, name)
    if _is_ragged_container(X):
        if len(X) == 0:
            _refuse_empty((0,), name, "tokens")
        arrays = []
        for position, sample in enumerate(X):
            if isinstance(sample, (str, bytes)):
                raise ValueError(
                    _problem(
                        name,
                        f"text at position {position}",
                        _READ_AS["tokens"],
                        "integers",
                        "Encode the text with skrnn.preprocessing.TokenEncoder.",
                    )
                )
            array = _sample_to_array(sample, name, f"[{position}]", "tokens")
            if array.ndim != 1:
                raise ValueError(
                    _problem(
                        name,
                        f"an array of shape {array.shape} at position {position}",
                        "a list of token id sequences, because embedding_dim is set",
                        "one id per timestep",
                        _TOKEN_REMEDY,
                    )
                )
            arrays.append(_as_ids(array, name))
        lengths = np.array([len(a) for a in arrays], dtype=np.int64)
        ids = np.zeros((len(arrays), int(lengths.max())), dtype=np.int64)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = np.concatenate(arrays)
        n_columns = 1
    else:
        array = _as_numbers(X, name, "tokens") if X.ndim else X
        if array.ndim == 3:
            raise ValueError(
                _problem(
                    name,
                    _describe(array),
                    "token ids, because embedding_dim is set",
                    "a 2-D integer array (n_samples, n_timesteps) or lists of integers",
                    "Set embedding_dim=None for measurements.",
                )
            )
        _refuse_wrong_ndim(array, name)
        _refuse_empty(array.shape, name, "tokens")
        ids = _as_ids(array, name)
        n_columns = array.shape[1]
    present = ids != PADDING_TOKEN
    lengths = np.where(present.any(axis=1), ids.shape[1] - present[:, ::-1].argmax(axis=1), 0)
    if (lengths == 0).any():
        raise ValueError(
            _problem(
                name,
                f"only padding (0) in sample {int(np.argmin(lengths))}",
                _READ_AS["tokens"],
                "at least one token in every sample",
                "Give an empty text the unknown token 1, as TokenEncoder does.",
            )
        )
    valid = np.arange(ids.shape[1]) < lengths[:, None]
    if (valid & ~present).any():
        sample, step = np.argwhere(valid & ~present)[0]
        raise ValueError(
            _problem(
                name,
                f"0 (padding) before a token, in sample {sample} at timestep {step}",
                _READ_AS["tokens"],
                "padding at the end only",
                _TOKEN_REMEDY,
            )
        )
    return RaggedRows(ids[valid], lengths.astype(np.int64), "tokens", n_columns)


def _as_ids(array: np.ndarray, name: str) -> np.ndarray:
    if array.dtype.kind == "f":
        # Padded ids that travelled through a float container come back as integral floats.
        as_zero = np.where(np.isnan(array), 0.0, array)
        if not np.isfinite(as_zero).all() or (as_zero != np.round(as_zero)).any():
            raise ValueError(
                _problem(
                    name,
                    f"numbers that are not integers (dtype {array.dtype})",
                    "token ids, because embedding_dim is set",
                    "integers of 0 or more",
                    _TOKEN_REMEDY,
                )
            )
        array = as_zero
    if array.size and array.min() < 0:
        raise ValueError(
            _problem(
                name,
                f"a negative token id, {int(array.min())}",
                _READ_AS["tokens"],
                "integers of 0 or more",
                _TOKEN_REMEDY,
            )
        )
    if array.size and array.max() >= 2**31:
        raise ValueError(
            _problem(
                name,
                f"the token id {int(array.max())}",
                _READ_AS["tokens"],
                "ids below 2**31",
                _TOKEN_REMEDY,
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


# --------------------------------------------------------------------------------------
# agreement with what the estimator was fitted on
# --------------------------------------------------------------------------------------


def check_sequences_against(
    estimator: Any, X: Any, rows: RaggedRows, *, reset: bool, name: str = "X"
) -> None:
    """Set or check ``n_features_in_`` and ``feature_names_in_``.

    A table's columns are timesteps, so a fitted table fixes their number; every other layout
    fixes the number of features only, and may be mixed with the others.

    Parameters
    ----------
    estimator : estimator instance
        Gains or holds ``n_features_in_``, ``input_layout_`` and, for tables with string column
        names, ``feature_names_in_``.
    X : object
        What the user passed.
    rows : RaggedRows
        What it was read as.
    reset : bool
        True in ``fit``, False in ``predict``.
    name : str
        The argument's name in error messages.
    """
    is_table = rows.layout == "table"
    # scikit-learn reads column names and the number of columns, never the values.
    table = X if isinstance(X, pd.DataFrame) else np.broadcast_to(0.0, (1, rows.n_columns))
    if reset:
        if is_table:
            _check_columns(estimator, table, name, reset=True)
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
        estimator.n_features_in_ = rows.n_columns
        estimator.input_layout_ = rows.layout
        return
    if rows.layout == "tokens":
        return
    if is_table and estimator.input_layout_ == "table":
        _check_columns(estimator, table, name, reset=False)
        return
    n_features = 1 if is_table else rows.n_columns
    expected = 1 if estimator.input_layout_ == "table" else estimator.n_features_in_
    if n_features != expected:
        raise ValueError(
            f"{name} has {n_features} features, but {type(estimator).__name__} is expecting "
            f"{expected} features as input. {name} was read as {_READ_AS[rows.layout]}; fit saw "
            f"{_READ_AS[estimator.input_layout_]}. Arrays with features before time need "
            f"{name}.transpose(0, 2, 1)."
        )


def _check_columns(estimator: Any, table: Any, name: str, *, reset: bool) -> None:
    """Let scikit-learn set or check names and number of columns; say which argument is wrong."""
    try:
        validate_data(estimator, table, skip_check_array=True, reset=reset)
    except (TypeError, ValueError) as error:
        expected = "column names that are all strings, or none"
        if not reset:
            expected = "the columns that fit saw, in the same order"
        remedy = ""
        if hasattr(estimator, "feature_names_in_"):
            remedy = f" Pass {name}[list(estimator.feature_names_in_)]."
        raise type(error)(
            f"{name}: {str(error).strip()}\n{name} was read as {_READ_AS['table']}. Expected "
            f"{expected}.{remedy}"
        ) from error


# --------------------------------------------------------------------------------------
# targets, weights, groups
# --------------------------------------------------------------------------------------


def check_same_n_samples(n_samples: int, other: int, name: str, other_name: str) -> None:
    """Raise a ValueError unless two arguments have the same number of samples."""
    if n_samples != other:
        raise ValueError(
            f"{other_name}: got {other} samples while {name} has {n_samples}. Expected one entry "
            f"of {other_name} for each sample of {name}. Found input variables with inconsistent "
            f"numbers of samples: [{n_samples}, {other}]. If {name} has time before samples, swap "
            "the axes: samples come first."
        )


def read_labels(y: Any, *, name: str = "y") -> np.ndarray:
    """Read class labels: 1-D of any label type, or a 2-D 0/1 indicator for multilabel.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels: strings, booleans, integers, objects, pandas categories.
    name : str
        The argument's name in error messages.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_labels)
    """
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
    from sklearn.utils.validation import column_or_1d

    y = _target_to_array(y, name)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if y.dtype.kind == "O" and y.ndim == 1:
        if bool(np.any(pd.isna(y))):
            raise ValueError(
                f"{name}: got missing labels (None, NaN or NA) among {y.size}. Expected a label "
                "for every sample. Drop the samples without one from X and y."
            )
        if any(isinstance(v, (list, tuple, np.ndarray)) for v in y):
            raise ValueError(
                f"{name}: got a list of label sequences. Expected one label for each sample, or a "
                "2-D 0/1 array for several (sklearn.preprocessing.MultiLabelBinarizer makes it)."
            )
        kinds = {type(v).__name__ for v in y if isinstance(v, str)} | {
            "number" for v in y if isinstance(v, (numbers.Number, np.bool_))
        }
        if len(kinds) > 1:
            raise TypeError(
                f"{name}: got labels of mixed types, strings and numbers. Expected labels of one "
                f"type. Convert them, for example {name}.astype(str)."
            )
    if y.dtype.kind == "O" and all(isinstance(v, (numbers.Real, np.bool_)) for v in y.ravel()):
        # scikit-learn knows numbers only in an array of numbers.
        y = np.array(y.tolist())
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(
            f"{name}: Input {name} contains NaN or infinity. Expected a label for every sample. "
            "Drop the samples without one from X and y."
        )
    if y.dtype.kind == "c":
        raise ValueError(
            f"{name}: got complex numbers (dtype {y.dtype}). Expected class labels. Complex data "
            "not supported: pass strings or integers."
        )
    try:
        check_classification_targets(y)
        kind = type_of_target(y, input_name=name)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{name}: {error} Expected class labels, one for each sample: strings, integers or "
            f"booleans. For numbers on a scale use RNNRegressor."
        ) from error
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"{name}: got a 2-D array of shape {y.shape} with more than two values, read as "
            "several multiclass outputs, which is not supported. Expected 1-D labels, or 2-D with "
            "only 0 and 1 (multilabel). Use sklearn.multioutput.MultiOutputClassifier."
        )
    if y.ndim == 2 and not np.isin(y, (0, 1)).all():
        raise ValueError(
            f"{name}: got a 2-D array of shape {y.shape} with the values {np.unique(y).tolist()}, "
            "read as an indicator of several labels. Expected only 0 and 1. Pass 1 where a sample "
            f"has the label, for example ({name} > 0).astype(int)."
        )
    return y


def read_targets(y: Any, *, name: str = "y") -> np.ndarray:
    """Read regression targets as float64.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Finite numbers.
    name : str
        The argument's name in error messages.

    Returns
    -------
    ndarray of float64, shape (n_samples,) or (n_samples, n_outputs)
    """
    from sklearn.utils.validation import column_or_1d

    y = read_numbers(
        _target_to_array(y, name),
        name,
        "a finite number for every sample. For class labels use RNNClassifier",
    )
    if not np.isfinite(y).all():
        raise ValueError(
            f"{name}: Input {name} contains NaN or infinity. Expected a finite number for every "
            "sample. Drop the samples without a target from X and y."
        )
    if y.size and np.abs(y).max() > _LARGEST:
        raise ValueError(
            f"{name}: got a target of magnitude {np.abs(y).max():.3g}. Expected magnitudes up to "
            f"{_LARGEST:g}, whose squares float64 can hold. Divide by a power of ten."
        )
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    return y


def read_numbers(values: Any, name: str, expected: str, dtype: str = "float64") -> np.ndarray:
    """Read an array-like of real numbers as a new float array; what is missing becomes NaN.

    Parameters
    ----------
    values : array-like
        Numbers; neither text nor dates nor complex numbers.
    name : str
        The argument's name in error messages.
    expected : str
        What the message says is expected.
    dtype : {"float32", "float64"}
        Of the result; what it cannot hold becomes infinity.

    Returns
    -------
    ndarray of ``dtype``
    """
    if sparse.issparse(values):
        raise TypeError(
            f"{name}: got a sparse {type(values).__name__}. Expected {expected}. Pass "
            f"{name}.toarray()."
        )
    values = _fill_masked(_from_torch(values, name))
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise ValueError("Complex data not supported")
        if array.dtype.kind in "mMV" or _holds_text(array):
            raise ValueError(f"text, dates or records, dtype {array.dtype}")
        if array.dtype.kind == "O":
            array = np.where(pd.isna(array), np.nan, array)
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{name}: got values that are not real numbers ({error}). Expected {expected}."
        ) from error


def _target_to_array(y: Any, name: str) -> np.ndarray:
    if y is None:
        raise ValueError(
            f"{name}: requires y to be passed, but the target y is None. Expected one target for "
            "each sample."
        )
    if sparse.issparse(y):
        raise TypeError(
            f"{name}: got a sparse {type(y).__name__}. Sparse targets are not supported. "
            f"Pass {name}.toarray()."
        )
    if isinstance(y, (str, bytes, Mapping, set, frozenset)):
        raise TypeError(
            f"{name}: got a {type(y).__name__}. Expected an array or list with one target for "
            "each sample."
        )
    y = _fill_masked(_from_torch(y, name))
    if isinstance(y, Iterable) and not hasattr(y, "__len__"):
        raise TypeError(
            f"{name}: got a {type(y).__name__}, which can be read only once. Expected an array or "
            f"list with one target for each sample. Pass list({name})."
        )
    if hasattr(y, "__array__"):
        array = np.asarray(y)
    else:
        try:
            array = _list_to_array(list(y))
        except TypeError as error:
            raise TypeError(
                f"{name}: got a {type(y).__name__}. Expected an array or list with one target "
                "for each sample."
            ) from error
        except ValueError as error:
            raise ValueError(
                f"{name}: got a list whose entries have different lengths. Expected one target "
                "for each sample (RNNClassifier, RNNRegressor), or equally many for each."
            ) from error
    if array.ndim == 0 or array.ndim > 2:
        raise ValueError(
            f"{name}: got shape {array.shape}. Expected (n_samples,) or (n_samples, n_outputs). "
            "y should be a 1d array, got an array of a different number of dimensions instead."
        )
    if array.ndim == 2 and array.shape[1] == 0:
        raise ValueError(
            f"{name}: got shape {array.shape}, no target column. Expected at least one."
        )
    return array


def _list_to_array(entries: list[Any]) -> np.ndarray:
    array = np.asarray(entries)
    if array.ndim == 1 and array.dtype.kind in "US":
        if not all(isinstance(entry, (str, bytes)) for entry in entries):
            # numpy has turned numbers, or NaN, among strings into strings.
            return np.array(entries, dtype=object)
    return array


def read_sample_weight(sample_weight: Any, n_samples: int, name: str) -> np.ndarray | None:
    """Read sample weights as float64; None stays None.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), number or None
        Weights of 0 or more, not all 0. A weight of 0 removes the sample.
    n_samples : int
        The number of samples in X.
    name : str
        The argument's name in error messages.

    Returns
    -------
    ndarray of float64, shape (n_samples,), or None
    """
    if sample_weight is None:
        return None
    weight = read_numbers(sample_weight, name, f"{n_samples} numbers of 0 or more")
    if weight.ndim > 1:
        raise ValueError(
            f"{name}: got an array of shape {weight.shape}. Sample weights must be 1D array or "
            f"scalar. Expected shape ({n_samples},)."
        )
    if weight.ndim == 1 and weight.shape[0] != n_samples:
        raise ValueError(
            f"{name}: got {weight.shape[0]} weights for {n_samples} samples. Expected shape "
            f"({n_samples},), one weight for each sample of X."
        )
    if not np.isfinite(weight).all():
        raise ValueError(
            f"{name}: got NaN or infinity among the weights. Expected finite numbers of 0 or more. "
            "Use 0 to leave a sample out."
        )
    if (weight < 0).any():
        raise ValueError(
            f"{name}: got the negative weight {weight.min()}. Expected weights of 0 or more. "
            "Use 0 to leave a sample out."
        )
    if not (weight > 0).any():
        raise ValueError(
            f"{name}: got only zeros, which leave every sample out. Expected at least one weight "
            "above 0. Sample weights must contain at least one non-zero number."
        )
    if weight.max() > _LARGEST:
        raise ValueError(
            f"{name}: got the weight {weight.max():.3g}. Expected weights up to {_LARGEST:g}. Only "
            "their proportions matter: divide them all by the largest."
        )
    return np.full(n_samples, float(weight)) if weight.ndim == 0 else weight


def read_groups(groups: Any, n_samples: int) -> np.ndarray | None:
    """Read group labels of shape (n_samples,); None stays None."""
    if groups is None:
        return None
    remedy = "Pass groups=None if samples do not belong together."
    if sparse.issparse(groups) or isinstance(groups, (str, bytes, Mapping, set, frozenset)):
        raise TypeError(
            f"groups: got a {type(groups).__name__}. Expected an array or list of shape "
            f"({n_samples},), one group label for each sample of X. {remedy}"
        )
    groups = _fill_masked(_from_torch(groups, "groups"))
    try:
        array = np.asarray(groups) if hasattr(groups, "__array__") else _list_to_array(list(groups))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"groups: got a {type(groups).__name__} that is no list of labels ({error}). Expected "
            f"shape ({n_samples},), one group label for each sample of X. {remedy}"
        ) from error
    if array.shape != (n_samples,):
        raise ValueError(
            f"groups: got shape {array.shape}. Expected ({n_samples},), one group label for each "
            f"sample of X. {remedy}"
        )
    if bool(np.any(pd.isna(array))):
        raise ValueError(
            "groups: got missing labels (None or NaN). Expected a group for every sample. Give a "
            "sample that belongs to nothing a group of its own."
        )
    try:
        np.unique(array)
    except TypeError as error:
        raise TypeError(
            "groups: got labels of mixed types, which have no order. Expected labels of one type. "
            "Convert them, for example groups.astype(str)."
        ) from error
    return array
