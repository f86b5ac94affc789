"""Samples that carry the names of their columns, without the libraries that they stand for."""

from __future__ import annotations

import numpy as np
import pandas as pd

NAMES = ["speed", "load", "heat"]


class _Table:
    """What tables of polars and pyarrow have in common."""

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        self._columns = dict(columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.stack(list(self._columns.values()), axis=1)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), len(self._columns)


class PolarsLike(_Table):
    @property
    def columns(self) -> list[str]:
        return list(self._columns)

    def __getitem__(self, key):
        if isinstance(key, str):
            return self._columns[key]
        return PolarsLike({name: self._columns[name] for name in key})


class ArrowLike(_Table):
    @property
    def columns(self) -> list[np.ndarray]:
        return list(self._columns.values())

    @property
    def column_names(self) -> list[str]:
        return list(self._columns)

    @classmethod
    def from_pydict(cls, columns) -> ArrowLike:
        return cls(columns)

    def select(self, names) -> ArrowLike:
        return ArrowLike({name: self._columns[name] for name in names})

    def __getitem__(self, key):
        return self._columns[key]


class _Coordinate:
    def __init__(self, values) -> None:
        self.values = np.asarray(values)


class XarrayLike:
    """A DataArray whose last axis is named."""

    def __init__(self, values: np.ndarray, names) -> None:
        self._array = values
        self.dims = ("sample", "time", "feature")[-values.ndim :]
        self.coords = {"feature": _Coordinate(names)}

    def __len__(self) -> int:
        return len(self._array)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self._array

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    @property
    def ndim(self) -> int:
        return self._array.ndim

    def copy(self, data) -> XarrayLike:
        return XarrayLike(data, self.coords["feature"].values)

    def sel(self, indexers) -> XarrayLike:
        order = [self.coords["feature"].values.tolist().index(n) for n in indexers["feature"]]
        return XarrayLike(self._array[..., order], list(indexers["feature"]))


def columns_of(values: np.ndarray, names=NAMES) -> dict[str, np.ndarray]:
    return {name: values[:, i] for i, name in enumerate(names)}


# How a sample of shape (n_timesteps, 3) is wrapped, and its columns taken in another order.
NAMED = {
    "pandas": lambda x: pd.DataFrame(x, columns=NAMES),
    "polars": lambda x: PolarsLike(columns_of(x)),
    "pyarrow": lambda x: ArrowLike(columns_of(x)),
    "xarray": lambda x: XarrayLike(x, NAMES),
}


def reordered(table, names):
    if isinstance(table, ArrowLike):
        return table.select(names)
    return table.sel({"feature": names}) if isinstance(table, XarrayLike) else table[names]
