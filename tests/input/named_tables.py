"""Samples that carry the names of their columns, in the libraries that have such tables."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import xarray as xr

NAMES = ["speed", "load", "heat"]


def columns_of(values: np.ndarray, names=NAMES) -> dict[str, np.ndarray]:
    return {name: values[:, i] for i, name in enumerate(names)}


def data_array(values: np.ndarray, dims: tuple[str, ...] = ("time", "feature")) -> xr.DataArray:
    """Name the axes (..., time, feature) of an array, and bring them into the order of dims."""
    names = ("sample", "time", "feature")[-values.ndim :]
    return xr.DataArray(values, dims=names, coords={"feature": NAMES}).transpose(*dims)


# How a sample of shape (n_timesteps, 3) is wrapped.
NAMED = {
    "pandas": lambda x: pd.DataFrame(x, columns=NAMES),
    "pandas of Arrow": lambda x: pd.DataFrame(x, columns=NAMES, dtype="float64[pyarrow]"),
    "polars": lambda x: pl.DataFrame(columns_of(x)),
    "pyarrow": lambda x: pa.table(columns_of(x)),
    "record batch": lambda x: pa.RecordBatch.from_pydict(columns_of(x)),
    "DataArray": data_array,
    "DataArray, features first": lambda x: data_array(x, ("feature", "time")),
    "Dataset": lambda x: xr.Dataset({n: ("time", x[:, i]) for i, n in enumerate(NAMES)}),
    "awkward": lambda x: ak.Array([dict(zip(NAMES, row, strict=True)) for row in x.tolist()]),
}


def reordered(table, names):
    """Take the columns in another order."""
    if isinstance(table, (pa.Table, pa.RecordBatch)):
        return table.select(names)
    return table.sel(feature=names) if isinstance(table, xr.DataArray) else table[names]
