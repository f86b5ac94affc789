"""From the containers users pass to arrays of numbers, and how a refusal is worded.

Nothing here writes to what the caller passed.
"""

from __future__ import annotations

import numbers
import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

__all__ = [
    "LARGEST",
    "READ_AS",
    "as_numbers",
    "describe",
    "fill_masked",
    "frame_to_array",
    "from_torch",
    "holds_text",
    "is_ragged_container",
    "object_array",
    "problem",
    "refuse_empty",
    "refuse_huge",
    "refuse_wrong_ndim",
    "sample_to_array",
    "to_container",
]

# Squares of larger numbers leave float64, and standard deviations would be infinite.
LARGEST = 1e150

# How each layout is described to the user in an error message.
READ_AS = {
    "table": "a 2-D table, read as univariate sequences (n_samples, n_timesteps)",
    "sequences": "a 3-D array, read as (n_samples, n_timesteps, n_features)",
    "ragged": "a list of sequences, each read as (n_timesteps, n_features) or (n_timesteps,)",
    "tokens": "token ids, (n_samples, n_timesteps) with 0 as padding",
    "id_sets": "token ids, (n_samples, n_timesteps, n_ids) with 0 as no id",
}


def problem(name: str, came: str, read_as: str, expected: str, remedy: str) -> str:
    return f"{name}: got {came}, read as {read_as}. Expected {expected}. {remedy}"


def describe(X: Any) -> str:
    shape = getattr(X, "shape", None)
    kind = type(X).__name__
    if shape is None:
        size = f" of length {len(X)}" if hasattr(X, "__len__") else ""
        return f"{kind}{size}"
    dtype = getattr(X, "dtype", None)
    return f"{kind} of shape {tuple(shape)}" + (f" and dtype {dtype}" if dtype is not None else "")


def describe_value(value: Any) -> str:
    """Show a value as it is typed, or only its kind if that is long."""
    text = repr(value)
    return text if len(text) <= 80 and "\n" not in text else describe(value)


def from_torch(X: Any, name: str) -> Any:
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


def fill_masked(values: Any) -> Any:
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


def to_container(X: Any, name: str) -> Any:
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
    X = from_torch(X, name)
    if isinstance(X, pd.DataFrame):
        return frame_to_array(X, name)
    if isinstance(X, pd.Series):
        if isinstance(X.index, pd.MultiIndex):
            raise ValueError(
                f"{name}: got a Series with a MultiIndex, a long table. Expected one entry per "
                "sample. Use skrnn.preprocessing.from_long to turn it into ragged sequences."
            )
        X = X.to_numpy(dtype=object) if X.dtype == object else X.to_numpy()
    X = fill_masked(X)
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
        f"{name}: got {describe(X)}. Expected a 3-D array (n_samples, n_timesteps, n_features), "
        "a 2-D table (n_samples, n_timesteps) or a list of sequences."
    )


def _is_nested_table(X: list[Any] | tuple[Any, ...]) -> bool:
    """Whether X is a table written as plain nested lists, such as ``array.tolist()``."""
    if not all(isinstance(row, (list, tuple)) for row in X) or len({len(row) for row in X}) != 1:
        return False
    # Types, of which there are few, are asked instead of values, of which there may be millions.
    kinds = set(map(type, chain.from_iterable(X)))
    return len(X[0]) > 0 and all(issubclass(kind, numbers.Real) for kind in kinds)


def frame_to_array(frame: pd.DataFrame, name: str) -> np.ndarray:
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


def as_numbers(values: Any, name: str, layout: str, where: str = "") -> np.ndarray:
    """Turn one block of values into a numeric ndarray, float unless it already is integer."""
    array = values if isinstance(values, np.ndarray) else np.asarray(values)
    expected = "integers" if layout == "tokens" else "real numbers, NaN for a missing value"
    text = "Encode text with skrnn.preprocessing.TokenEncoder"
    text += "." if layout == "tokens" else " and set embedding_dim."
    if array.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported\n{name}{where}: got dtype {array.dtype}, read as "
            f"{READ_AS[layout]}. Expected real numbers. Pass real and imaginary part as two "
            "features."
        )
    if holds_text(array):
        raise ValueError(problem(name + where, "text", READ_AS[layout], expected, text))
    if array.dtype.kind == "V":
        raise ValueError(
            problem(
                name + where,
                f"records with the fields {list(array.dtype.names or ())}",
                READ_AS[layout],
                expected,
                "Turn fields into features: numpy.lib.recfunctions.structured_to_unstructured.",
            )
        )
    if array.dtype.kind in "mM":
        raise ValueError(
            problem(
                name + where,
                f"dates or durations (dtype {array.dtype})",
                READ_AS[layout],
                expected,
                "Turn times into numbers first, or drop the time column: row order is time.",
            )
        )
    if array.dtype.kind == "O":
        array = _objects_to_floats(array, name, layout, where)
    if array.dtype.kind == "b":
        if layout == "tokens":
            raise ValueError(
                problem(
                    name + where,
                    "booleans",
                    READ_AS[layout],
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


def holds_text(array: np.ndarray) -> bool:
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
            problem(
                name + where,
                f"objects that are not numbers ({error})",
                READ_AS[layout],
                "real numbers, NaN for a missing value",
                "Convert the values to numbers, or encode text with "
                "skrnn.preprocessing.TokenEncoder and set embedding_dim.",
            )
        ) from error


def is_ragged_container(X: Any) -> bool:
    if isinstance(X, list):
        return True
    return X.ndim == 1 and X.dtype.kind == "O" and X.size > 0 and not np.isscalar(X[0])


def refuse_wrong_ndim(X: np.ndarray, name: str) -> None:
    if X.ndim == 0:
        raise ValueError(
            f"{name}: got a single number. Expected a 3-D array (n_samples, n_timesteps, "
            "n_features), a 2-D table (n_samples, n_timesteps) or a list of sequences. "
            "Reshape your data."
        )
    if X.ndim == 1:
        raise ValueError(
            f"{name}: got a 1-D {describe(X)}, which could be one sequence or many samples of "
            "one timestep. Expected 2-D array or more: (n_samples, n_timesteps, n_features), "
            f"(n_samples, n_timesteps) or a list of sequences. Reshape your data: {name}"
            f".reshape(1, -1) is one univariate sequence; [{name}] is one ragged sequence."
        )
    if X.ndim > 3:
        raise ValueError(
            f"{name}: got a {X.ndim}-D {describe(X)}. Expected at most 3 dimensions, (n_samples, "
            "n_timesteps, n_features). Flatten what comes after the time axis into features: "
            f"{name}.reshape({name}.shape[0], {name}.shape[1], -1)."
        )


def refuse_empty(shape: tuple[int, ...], name: str, layout: str) -> None:
    if shape[0] == 0:
        raise ValueError(
            f"{name}: Found array with 0 sample(s) (shape={shape}) while a minimum of 1 is "
            f"required, read as {READ_AS[layout]}. Pass at least one sequence."
        )
    if layout in ("table", "tokens") and len(shape) > 1 and shape[1] == 0:
        raise ValueError(
            f"{name}: Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is "
            f"required, read as {READ_AS[layout]}. Pass at least one timestep."
        )
    if layout in ("sequences", "id_sets") and 0 in shape[1:]:
        axis = "timestep(s)" if shape[1] == 0 else "feature(s)"
        raise ValueError(
            f"{name}: Found array with 0 {axis} (shape={shape}) while a minimum of 1 is required, "
            f"read as {READ_AS[layout]}. Pass sequences with at least one timestep of one feature."
        )


def refuse_huge(values: np.ndarray, name: str, layout: str) -> None:
    if values.dtype == np.float64:
        largest = max(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None))
        if largest > LARGEST:
            raise ValueError(
                problem(
                    name,
                    f"a value of magnitude {largest:.3g}",
                    READ_AS[layout],
                    f"magnitudes up to {LARGEST:g}, whose squares float64 can hold",
                    "Divide by a power of ten, or mark the value as missing with NaN.",
                )
            )


def sample_to_array(sample: Any, name: str, where: str, layout: str) -> np.ndarray:
    if isinstance(sample, pd.DataFrame):
        sample = frame_to_array(sample, name + where)
    elif isinstance(sample, pd.Series):
        sample = sample.to_numpy()
    elif sparse.issparse(sample):
        raise TypeError(
            f"{name}{where}: got a sparse matrix. Sparse input is not supported. "
            "Pass dense arrays, x.toarray()."
        )
    sample = fill_masked(from_torch(sample, name + where))
    if isinstance(sample, (Mapping, set, frozenset)) or sample is None:
        raise TypeError(
            problem(
                name + where,
                f"a {type(sample).__name__}",
                READ_AS[layout],
                "an array of numbers",
                "Pass one (n_timesteps, n_features) array for each sample.",
            )
        )
    if isinstance(sample, (list, tuple)) and not _is_rectangular(sample):
        raise ValueError(
            problem(
                name + where,
                "rows of different lengths",
                READ_AS[layout],
                "the same number of features at every timestep",
                "Time is the first axis of a sample: pass x.T if features came first.",
            )
        )
    array = as_numbers(sample, name, layout, where)
    if array.ndim == 0:
        raise ValueError(
            f"{name}: got a 1-D list of numbers, {array} at position {where[1:-1]}, which could be "
            "one sequence or many samples of one timestep. Expected a list of sequences. Reshape "
            f"your data: [{name}] is one ragged sequence, np.reshape({name}, (-1, 1)) is many "
            "samples of one timestep."
        )
    if array.ndim > 2:
        raise ValueError(
            problem(
                name + where,
                f"a {array.ndim}-D array of shape {array.shape}",
                READ_AS[layout],
                "at most 2 dimensions in each sample",
                f"Flatten what comes after the time axis: [x.reshape(len(x), -1) for x in {name}].",
            )
        )
    if array.shape[0] == 0:
        raise ValueError(
            problem(
                name + where,
                "a sequence of length 0",
                READ_AS[layout],
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


def object_array(values: list[Any]) -> np.ndarray:
    """Return a 1-D array of the values as they are, arrays of one length among them, too."""
    objects = np.empty(len(values), dtype=object)
    # np.array(values, dtype=object) would join what is of one length to more axes.
    objects[:] = values
    return objects
