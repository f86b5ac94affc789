"""Conversion of the objects of other libraries to what the readers know: numpy, pandas, lists."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.frames import to_pandas
from skrnn._input.named_axes import SAMPLE, SAMPLES, VALUES, is_data_array, with_axes
from skrnn._input.nested_lists import (
    from_awkward,
    from_list_column,
    is_list_column,
    is_record_of_lists,
)
from skrnn._input.refusals import describe

__all__ = ["as_array", "to_plain"]

# Most arguments are one of these, and need nothing.
_PLAIN = (np.ndarray, list, tuple, str, bytes, pd.DataFrame, pd.Index, int, float, type(None))


def to_plain(X: Any, name: str, axes: Sequence[str] = VALUES) -> Any:
    """Turn an object of another library into an array, a list, or an object of pandas.

    Tensors of torch, tables and columns of polars, Arrow and others, arrays of awkward, xarray,
    HDF5 and zarr are read, and any object that has ``__array__``. Several sequences in one object
    become a list, in the order of the caller. Anything else comes back as it is, except a class,
    which holds no data.

    Parameters
    ----------
    X : object
    name : str
        The argument's name in error messages.
    axes : sequence of str
        What the axes of an array with named axes are, see :mod:`skrnn._input.named_axes`.
    """
    if isinstance(X, (type, ModuleType)):
        kind = "class" if isinstance(X, type) else "module"
        raise TypeError(
            f"{name}: got the {kind} {X.__name__}. Expected an object that holds data. Pass what "
            f"{X.__name__}{'(...)' if kind == 'class' else ''} makes of your data."
        )
    is_plain = isinstance(X, _PLAIN) or X is pd.NA or X is pd.NaT or sparse.issparse(X)
    if is_plain and not _is_pack(X):
        if isinstance(X, list) and X and _is_group(X[0]):
            _refuse_groups("a list of pairs of a label and a group", name)
        return X
    # pandas and xarray look their groups up by their labels, which may be the numbers from 0.
    if any(kind.__name__ == "GroupBy" for kind in type(X).__mro__):
        _refuse_groups(f"a {type(X).__name__}, groups that have not been taken apart", name)
    if isinstance(X, pd.Series):
        return from_list_column(X) if is_list_column(X) else X
    try:
        return _read_foreign(X, name, axes)
    except MemoryError:
        raise
    except Exception as error:
        if str(error).startswith(f"{name}:") and isinstance(error, (TypeError, ValueError)):
            raise
        # Each library has errors of its own for what it cannot give, such as a closed file.
        raise ValueError(
            f"{name}: got a {describe(X)}, which cannot be read ({type(error).__name__}: {error}). "
            "Expected an array, a table or a list. Pass a numpy array of its values."
        ) from error


def _refuse_groups(got: str, name: str) -> NoReturn:
    """Raise a TypeError for the groups of a table or an array, of pandas, polars or xarray."""
    raise TypeError(
        f"{name}: got {got}. Expected an array, a table or a list. Pass "
        f"[group for _, group in {name}]."
    )


def _is_group(pair: Any) -> bool:
    """Whether this is what pandas yields of groups: their label, and a part of the table."""
    if not isinstance(pair, tuple) or len(pair) != 2:
        return False
    label, group = pair
    return isinstance(group, (pd.DataFrame, pd.Series)) and not hasattr(label, "__array__")


def _is_pack(X: Any) -> bool:
    """Whether X is a PackedSequence, which is a tuple of four to code that does not know it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(X, torch.nn.utils.rnn.PackedSequence)


def _read_foreign(X: Any, name: str, axes: Sequence[str]) -> Any:
    # A tensor can only have come from a torch that is already loaded, and so with awkward.
    torch, awkward = sys.modules.get("torch"), sys.modules.get("awkward")
    if _is_pack(X) or (torch is not None and isinstance(X, torch.Tensor)):
        return _from_torch(X, name)
    if awkward is not None and isinstance(X, awkward.Array):
        return from_awkward(X)
    if awkward is not None and isinstance(X, awkward.Record):
        if axes == SAMPLE and is_record_of_lists(X):
            return from_awkward(X)
        one = f"Pass [{name}] if it is one sample" if axes == SAMPLES else "Pass an array"
        raise TypeError(
            f"{name}: got an awkward Record, one entry of an array. Expected an array, a table or "
            f"a list. {one}."
        )
    X = with_axes(X, name, axes)
    if is_data_array(X):
        return np.asarray(X)
    if is_list_column(X):
        return from_list_column(X)
    X = to_pandas(X, name)
    if isinstance(X, (pd.DataFrame, pd.Series)):
        return X
    if hasattr(X, "__array__") or isinstance(X, memoryview):
        return np.asarray(X)
    if all(hasattr(X, own) for own in ("shape", "dtype", "__getitem__")):
        # a zarr-like array that numpy would read value by value.
        return np.asarray(X[...])
    has_order = hasattr(X, "__len__") and hasattr(X, "__getitem__")
    return _listed(X, name) if has_order and not isinstance(X, Mapping) else X


def _listed(X: Any, name: str) -> list[Any]:
    """Return the entries of a collection of another type, such as a deque."""
    try:
        return [X[i] for i in range(len(X))]
    except Exception as error:
        raise TypeError(
            f"{name}: got a {type(X).__name__} whose entries cannot be read at the positions from "
            f"0 to its length ({type(error).__name__}: {error}). Expected a list or an array. Pass "
            "a list of its entries."
        ) from error


def as_array(values: Any, name: str) -> np.ndarray:
    """Turn a list into an array, or raise a ValueError that names the argument."""
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"{name}: got a {describe(values)} that does not form an array ({error}). Expected as "
            "many entries in every row. Pass a numpy array."
        ) from error


def _from_torch(X: Any, name: str) -> Any:
    import torch

    if _is_pack(X):
        return [_from_torch(x, name) for x in torch.nn.utils.rnn.unpack_sequence(X)]
    if X.device.type == "meta":
        raise TypeError(
            f"{name}: got a tensor on device meta, which has a shape but no values. Expected a CPU "
            "tensor or an array. Pass the tensor that holds the values."
        )
    if X.device.type != "cpu":
        raise TypeError(
            f"{name}: got a tensor on device {X.device}. Expected a CPU tensor or an array. "
            f"Pass {name}.cpu(); `device` decides where the network runs."
        )
    if X.is_nested:
        return [_from_torch(x, name) for x in X.unbind()]
    if X.is_quantized:
        raise TypeError(
            f"{name}: got a quantized tensor. Expected numbers. Pass {name}.dequantize()."
        )
    if X.is_sparse or X.layout is not torch.strided:
        raise TypeError(
            f"{name}: got a sparse tensor. Expected a dense one. Pass {name}.to_dense()."
        )
    X = X.detach()
    if X.is_floating_point() and X.dtype not in (torch.float32, torch.float64):
        X = X.float()
    elif X.is_complex():
        X = X.to(torch.complex128)
    return X.resolve_conj().resolve_neg().numpy()
