"""The containers that hold the same samples, or the same column of values."""

from __future__ import annotations

import array
import collections
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

Samples = list[np.ndarray]


class OnlyArray:
    """Knows only how to become an array."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.values if dtype is None else self.values.astype(dtype)


class OnlySequence:
    """Knows only its length and its entries."""

    def __init__(self, entries: list[Any]) -> None:
        self.entries = entries

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, position: int) -> Any:
        return self.entries[position]


class Subclass(np.ndarray):
    """An array of another class."""


def object_array(entries: list[Any]) -> np.ndarray:
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array


def padded(samples: Samples, padding: Any = np.nan) -> np.ndarray:
    width = max((len(x) for x in samples), default=0)
    whole = [np.pad(x, [(0, width - len(x)), *[(0, 0)] * (x.ndim - 1)]) for x in samples]
    result = np.stack(whole)
    if padding != 0:
        result = result.astype(np.result_type(result.dtype, np.float16))
        for row, x in zip(result, samples, strict=True):
            row[len(x) :] = padding
    return result


def memmap(values: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values"
        values.tofile(path)
        return np.memmap(path, dtype=values.dtype, mode="r", shape=values.shape)


def strided(values: np.ndarray) -> np.ndarray:
    return np.repeat(values, 2, axis=0)[::2]


def read_only(values: np.ndarray) -> np.ndarray:
    values = values.copy()
    values.flags.writeable = False
    return values


def masked(values: np.ndarray) -> Any:
    missing = np.isnan(values)
    return np.ma.MaskedArray(np.where(missing, 7, values), mask=missing)


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))


def frame(sample: np.ndarray) -> pd.DataFrame:
    table = sample[:, None] if sample.ndim == 1 else sample
    return pd.DataFrame(table, columns=[f"f{i}" for i in range(table.shape[1])])


# Of samples of any lengths: a container of them.
RAGGED: dict[str, Callable[[Samples], Any]] = {
    "list": list,
    "tuple": tuple,
    "object array": object_array,
    "Series of arrays": lambda s: pd.Series(object_array(s)),
    "Series, odd index": lambda s: pd.Series(
        object_array(s), index=[f"i{i}" for i in range(len(s))][::-1]
    ),
    "lists of lists": lambda s: [x.tolist() for x in s],
    "tuples of lists": lambda s: tuple(x.tolist() for x in s),
    "lists of rows": lambda s: [list(x) for x in s],
    "frames": lambda s: [frame(x) for x in s],
    "tensors": lambda s: [tensor(x) for x in s],
    "nested tensor": lambda s: torch.nested.nested_tensor([tensor(x) for x in s]),
    "jagged tensor": lambda s: torch.nested.nested_tensor(
        [tensor(x) for x in s], layout=torch.jagged
    ),
    "packed": lambda s: torch.nn.utils.rnn.pack_sequence(
        [tensor(x) for x in s], enforce_sorted=False
    ),
    "deque": collections.deque,
    "own sequence": OnlySequence,
    "own arrays": lambda s: [OnlyArray(x) for x in s],
    "Fortran samples": lambda s: [np.asfortranarray(x) for x in s],
    "strided samples": lambda s: [strided(x) for x in s],
    "read-only samples": lambda s: [read_only(x) for x in s],
    "reversed views": lambda s: [x[::-1].copy()[::-1] for x in s],
    "subclass samples": lambda s: [x.view(Subclass) for x in s],
    "memmap samples": lambda s: [memmap(x) for x in s],
    "masked samples": lambda s: [masked(x) for x in s],
    "dict values": lambda s: dict(enumerate(s)).values(),
    "big-endian samples": lambda s: [x.astype(x.dtype.newbyteorder(">")) for x in s],
}
# Of samples padded with NaN to one array.
PADDED: dict[str, Callable[[np.ndarray], Any]] = {
    "padded": lambda a: a,
    "padded wider": lambda a: np.pad(
        a, [(0, 0), (0, 3), *[(0, 0)] * (a.ndim - 2)], constant_values=np.nan
    ),
    "padded, Fortran": np.asfortranarray,
    "padded, strided": strided,
    "padded, read-only": read_only,
    "padded, subclass": lambda a: a.view(Subclass),
    "padded, memmap": memmap,
    "padded, masked": masked,
    "padded, tensor": tensor,
    "padded, nested lists": lambda a: a.tolist(),
    "padded, array only": OnlyArray,
    "padded, big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "padded, list of tables": list,
}
# Of a padded table of one feature.
TABLES: dict[str, Callable[[np.ndarray], Any]] = {
    "table": lambda a: a,
    "table, tensor": tensor,
    "frame": pd.DataFrame,
    "frame, odd index": lambda a: pd.DataFrame(a, index=range(len(a), 0, -1)),
    "frame, nullable": lambda a: pd.DataFrame(a).astype("Float64"),
    "frame, objects": lambda a: pd.DataFrame(a).astype(object),
    "table, masked": masked,
    "table, nested lists": lambda a: a.tolist(),
    "table, object array": lambda a: a.astype(object),
}
# Of a column of values, one for each sample.
COLUMNS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "objects": object_array,
    "Series": pd.Series,
    "Series, odd index": lambda v: pd.Series(v, index=[f"i{i}" for i in range(len(v))][::-1]),
    "Categorical": lambda v: pd.Categorical(v),
    "categorical Series": lambda v: pd.Series(pd.Categorical(v)),
    "Index": pd.Index,
    "tensor": torch.tensor,
    "array.array": lambda v: array.array("d", v),
    "deque": collections.deque,
    "strided": lambda v: np.repeat(np.array(v), 2)[::2],
    "read-only": lambda v: read_only(np.array(v)),
    "column": lambda v: np.array(v)[:, None],
    "frame": lambda v: pd.DataFrame({"y": v}),
    "nullable": lambda v: pd.Series(v).convert_dtypes(),
    "own array": lambda v: OnlyArray(np.array(v)),
}


def containers_of(samples: Samples) -> dict[str, Callable[[], Any]]:
    """Every container that holds these samples, by name; what is built is built when called."""
    found: dict[str, Callable[[], Any]] = {
        name: lambda make=make: make(samples) for name, make in RAGGED.items()
    }
    if any(x.dtype != samples[0].dtype or x.ndim == 0 for x in samples):
        # torch and records convert what is of several types
        found = {name: found[name] for name in ("list", "tuple", "object array", "deque")}
    if len({x.shape[1:] for x in samples}) > 1:
        found = {name: make for name, make in found.items() if name != "packed"}  # repeats values
    if not samples or any(x.dtype.kind not in "fiu" for x in samples):
        return found
    if len({x.shape[1:] for x in samples}) > 1 or any(x.ndim not in (1, 2) for x in samples):
        return found
    steps = [x[:, None] if x.ndim == 1 else x for x in samples]
    if len({x.dtype for x in samples}) == 1 and samples[0].dtype.kind == "f":
        found |= {name: lambda make=make: make(padded(steps)) for name, make in PADDED.items()}
        # A table of one column is refused: it may also be one recording.
        if steps[0].shape[1] == 1 and max(map(len, steps)) > 1:
            found |= {
                name: lambda make=make: make(padded(steps)[:, :, 0])
                for name, make in TABLES.items()
            }
    return found


def in_one(rng: np.random.Generator, samples: Samples) -> tuple[str, Any]:
    """Put samples into a container that can hold them."""
    makers = containers_of(samples)
    names = sorted(makers)
    for name in rng.permutation(names):
        try:
            # torch warns of the first nested tensor only
            with warnings.catch_warnings(action="ignore"):
                return str(name), makers[name]()
        except Exception:  # this container cannot hold these values
            continue
    return "list", list(samples)


def column_in_one(rng: np.random.Generator, values: list[Any]) -> tuple[str, Any]:
    for name in rng.permutation(sorted(COLUMNS)):
        try:
            return str(name), COLUMNS[name](values)
        except Exception:  # nor this one
            continue
    return "list", values
