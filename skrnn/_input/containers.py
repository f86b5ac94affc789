"""From the containers users pass to arrays of numbers, and how a refusal is worded.

Nothing here writes to what the caller passed.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.feature_columns import to_samples
from skrnn._input.frames import column_to_array, is_number
from skrnn._input.refusals import describe

__all__ = [
    "fill_masked",
    "frame_to_array",
    "is_ragged_container",
    "object_array",
    "to_container",
]


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
            "n_features), a 2-D table or a list of sequences. Pass one of these."
        )
    if sparse.issparse(X):
        shape = X.shape  # type: ignore[attr-defined]  # scipy's stubs give the base class none
        raise TypeError(
            f"{name}: got a sparse {type(X).__name__} of shape {shape}. Sparse input is not "
            f"supported. Expected dense numbers. Pass {name}.toarray()."
        )
    if isinstance(X, (str, bytes)):
        raise TypeError(
            f"{name}: got one string. Expected a collection of sequences. Pass a list of strings "
            "through skrnn.preprocessing.TokenEncoder and set embedding_dim."
        )
    _refuse_padded_pair(X, name)
    X = to_samples(X, name)
    if isinstance(X, (Mapping, set, frozenset)):
        values = "Pass the list that it was made of."
        if isinstance(X, Mapping):
            values = f"Pass list({name}.values()), if each value is a sequence."
        raise TypeError(
            f"{name}: got a {type(X).__name__}, which has no order. Expected a list of sequences "
            f"or an array. {values}"
        )
    if isinstance(X, pd.DataFrame):
        return frame_to_array(X, name)
    if isinstance(X, pd.Series):
        if isinstance(X.index, pd.MultiIndex):
            raise ValueError(
                f"{name}: got a Series with a MultiIndex, a long table. Expected one entry per "
                "sample. Use skrnn.preprocessing.from_long to turn it into ragged sequences."
            )
        X = column_to_array(X)
    X = fill_masked(X)
    if isinstance(X, (list, tuple)):
        return np.asarray(X) if _is_nested_table(X) else list(X)
    if isinstance(X, (np.ndarray, pd.Index)):
        return np.asarray(X)
    if isinstance(X, Iterable) and not hasattr(X, "__len__"):
        raise TypeError(
            f"{name}: got a {type(X).__name__}, which can be read only once. Expected a list of "
            f"sequences or an array. Pass list({name})."
        )
    # such as the values of a dict, which have an order but no positions
    remedy = f"Pass list({name})." if isinstance(X, Iterable) else "Pass one of these."
    raise TypeError(
        f"{name}: got {describe(X)}. Expected a 3-D array (n_samples, n_timesteps, n_features), "
        f"a 2-D table (n_samples, n_timesteps) or a list of sequences. {remedy}"
    )


def _refuse_padded_pair(X: Any, name: str) -> None:
    """Raise a TypeError for what torch makes of a PackedSequence: a padded tensor, and lengths."""
    if not isinstance(X, tuple) or len(X) != 2 or hasattr(X, "_fields"):
        return
    shapes: list[tuple[int, ...]] = [getattr(part, "shape", ()) for part in X]
    shape, n_lengths = shapes
    if len(shape) != 3 or len(n_lengths) != 1 or n_lengths[0] not in shape[:2]:
        return
    padded = f"{name}[0]" if shape[0] == n_lengths[0] else f"{name}[0].swapaxes(0, 1)"
    raise TypeError(
        f"{name}: got a pair of a padded tensor and lengths, as pad_packed_sequence returns it. "
        "Expected a list of sequences or an array. Pass "
        f"[x[:n] for x, n in zip({padded}, {name}[1])]."
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
        if not (is_number(dtype) or (isinstance(dtype, np.dtype) and dtype.kind in "cO"))
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
            f"{name}: got a DataFrame whose cells hold sequences, as one sample. Expected numbers "
            "in the cells, a row for each timestep. A table with a row for each sample is passed "
            "by itself, not in a list."
        )
    if any(dtype.kind == "O" and isinstance(dtype, np.dtype) for dtype in frame.dtypes):
        return frame.to_numpy(dtype=object)
    if any(not isinstance(dtype, np.dtype) for dtype in frame.dtypes):
        return np.stack([column_to_array(column) for _, column in frame.items()], axis=1)
    return frame.to_numpy()


def is_ragged_container(X: Any) -> bool:
    if isinstance(X, list):
        return True
    return X.ndim == 1 and X.dtype.kind == "O" and X.size > 0 and not np.isscalar(X[0])


def object_array(values: list[Any]) -> np.ndarray:
    """Return a 1-D array of the values as they are, arrays of one length among them, too."""
    objects = np.empty(len(values), dtype=object)
    # np.array(values, dtype=object) would join what is of one length to more axes.
    objects[:] = values
    return objects
