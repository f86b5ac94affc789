"""The containers in which sequences are passed, and how the checks take them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.containers import object_array

N_SAMPLES = 20


def padded_array(sequences: list[np.ndarray], fill: float, n_spare: int = 0) -> np.ndarray:
    """Return the sequences in one array, ``fill`` after the end of each.

    Parameters
    ----------
    sequences : list of ndarray of shape (T_i, ...)
        The samples.
    fill : float
        What stands after the end of a sample.
    n_spare : int, default=0
        Timesteps of padding after the end of the longest sample.

    Returns
    -------
    padded : ndarray of shape (n_samples, max(T_i) + n_spare, ...)
    """
    width = max(len(x) for x in sequences) + n_spare
    shape = (len(sequences), width, *sequences[0].shape[1:])
    padded = np.full(shape, fill, dtype=sequences[0].dtype)
    for row, x in zip(padded, sequences, strict=True):
        row[: len(x)] = x
    return padded


def row_names(n_samples: int) -> list[str]:
    """Return an index that is not a range: rows must be taken by position."""
    return [f"sample {i}" for i in range(n_samples)][::-1]


def _series(sequences: list[np.ndarray]) -> pd.Series:
    return pd.Series(object_array(sequences), index=row_names(len(sequences)))


def _dataframe(sequences: list[np.ndarray]) -> pd.DataFrame:
    table = np.stack(sequences)
    columns = [f"t{i}" for i in range(table.shape[1])]
    return pd.DataFrame(table, index=row_names(len(table)), columns=columns)


@dataclass(frozen=True)
class InputContainer:
    """A way to hold sequences.

    Parameters
    ----------
    name : str
        The name by which the public functions know it.
    build : callable
        Turns a list of sequences, one array for each sample, into the container.
    ragged : bool, default=False
        Whether its sequences differ in length.
    n_features : int or None, default=2
        Features of a timestep; None for samples of shape (n_timesteps,).
    padding : float or None, default=None
        What stands after the end of a sample; None for a container without padding.
    tokens : bool, default=False
        Whether the sequences are integer token ids, 1 and up, in place of measurements.
    """

    name: str
    build: Callable[[list[np.ndarray]], Any]
    ragged: bool = False
    n_features: int | None = 2
    padding: float | None = None
    tokens: bool = False

    @property
    def is_array(self) -> bool:
        """Whether it is one array of numbers."""
        return self.name in ("3d", "3d_padded", "table", "tokens_padded")

    def sequences(self) -> list[np.ndarray]:
        """Return sequences whose level, or whose vocabulary, tells even samples from odd ones."""
        rng = np.random.default_rng(0)
        sequences = []
        for i in range(N_SAMPLES):
            length = int(rng.integers(4, 9)) if self.ragged else 6
            if self.tokens:
                x = rng.integers(2, 8, size=length) + 4 * (i % 2)
            else:
                shape = (length,) if self.n_features is None else (length, self.n_features)
                # rounded to float32, so that both float types hold the same numbers.
                x = (rng.normal(size=shape) + 2 * (i % 2)).astype(np.float32).astype(np.float64)
            sequences.append(x)
        return sequences


CONTAINERS = {
    container.name: container
    for container in (
        InputContainer("3d", np.stack),
        InputContainer(
            "3d_padded", lambda xs: padded_array(xs, np.nan), ragged=True, padding=np.nan
        ),
        InputContainer("ragged_list", list, ragged=True),
        InputContainer("object_array", object_array, ragged=True),
        InputContainer("series_of_arrays", _series, ragged=True),
        InputContainer("table", np.stack, n_features=None),
        InputContainer("dataframe", _dataframe, n_features=None),
        InputContainer(
            "tokens_padded", lambda xs: padded_array(xs, 0), ragged=True, padding=0, tokens=True
        ),
        InputContainer(
            "tokens_ragged", lambda xs: [x.tolist() for x in xs], ragged=True, tokens=True
        ),
    )
}
GROUPS = {
    "sequences": ["3d", "3d_padded", "ragged_list", "object_array", "series_of_arrays"],
    "tables": ["table", "dataframe"],
    "tokens": ["tokens_padded", "tokens_ragged"],
}


def read_containers(containers: str | Iterable[str]) -> list[InputContainer]:
    """Return the containers that the caller named, one by one or by group.

    Parameters
    ----------
    containers : str or iterable of str
        Keys of ``CONTAINERS`` and of ``GROUPS``.

    Returns
    -------
    containers : list of InputContainer
        Each once, in the order in which they are named.
    """
    names = [containers] if isinstance(containers, str) else list(containers)
    unknown = [name for name in names if name not in CONTAINERS and name not in GROUPS]
    if unknown or not names:
        raise ValueError(
            f"containers: got {containers!r}. Expected one or several of "
            f"{', '.join(map(repr, [*GROUPS, *CONTAINERS]))}."
        )
    single = [single_name for name in names for single_name in GROUPS.get(name, [name])]
    return [CONTAINERS[name] for name in dict.fromkeys(single)]


def take(X: Any, rows: Iterable[int]) -> Any:
    """Return the given samples of any container, in the given order."""
    rows = list(rows)
    if isinstance(X, (pd.DataFrame, pd.Series)):
        return X.iloc[rows]
    return [X[i] for i in rows] if isinstance(X, list) else X[rows]


def contents(value: Any) -> bytes:
    """Return everything visible in a container: type, shape, dtype, index and every byte."""
    if isinstance(value, (pd.DataFrame, pd.Series)):
        axes = [repr(list(axis)).encode() for axis in value.axes]
        return b"".join([type(value).__name__.encode(), *axes, contents(value.to_numpy())])
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        head = f"{value.shape} {value.dtype} {value.flags.c_contiguous}".encode()
        return head + value.tobytes()
    if isinstance(value, (list, tuple, np.ndarray)):
        return b"|".join([type(value).__name__.encode(), *(contents(v) for v in value)])
    return repr(value).encode()


def read_only(X: Any) -> Any:
    """Return the container with every array in it locked."""
    if isinstance(X, pd.DataFrame):
        return pd.DataFrame(read_only(X.to_numpy().copy()), index=X.index, columns=X.columns)
    arrays = [X] if isinstance(X, np.ndarray) else []
    if not isinstance(X, np.ndarray) or X.dtype.kind == "O":
        arrays += [x for x in X if isinstance(x, np.ndarray)]
    for array in arrays:
        array.flags.writeable = False
    return X
