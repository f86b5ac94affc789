"""How a refusal is worded: what the argument was, how it was read, what is expected, the remedy."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["READ_AS", "SERIES_READ_AS", "describe", "problem", "refuse_empty", "refuse_wrong_ndim"]

# How each layout is described to the user in an error message.
READ_AS = {
    "table": "a 2-D table, read as univariate sequences (n_samples, n_timesteps)",
    "sequences": "a 3-D array, read as (n_samples, n_timesteps, n_features)",
    "ragged": "a list of sequences, each read as (n_timesteps, n_features) or (n_timesteps,)",
    "tokens": "token ids, (n_samples, n_timesteps) with 0 as padding",
    "id_sets": "token ids, (n_samples, n_timesteps, n_ids) with 0 as no id",
}

# How the layout of time series is described.
SERIES_READ_AS = {
    "array": "an array of shape (n_timesteps,) or (n_timesteps, n_series)",
    "list": "a list of series, an array of shape (n_timesteps,) for each",
    "series": "one series, its index the times",
    "wide": "a wide table, a column for each series",
    "panel": "a panel, its index (series, time)",
}


def problem(name: str, got: str, read_as: str, expected: str, remedy: str) -> str:
    return f"{name}: got {got}, read as {read_as}. Expected {expected}. {remedy}"


def describe(X: Any) -> str:
    if isinstance(X, type):
        return f"the class {X.__name__}"
    kind = type(X).__name__
    try:
        shape, dtype = getattr(X, "shape", None), getattr(X, "dtype", None)
        size = f" of length {len(X)}" if hasattr(X, "__len__") and shape is None else ""
    except Exception:  # a description must not need what cannot be read, such as a closed file
        return kind
    if not isinstance(shape, tuple):
        return f"{kind}{size}"
    return f"{kind} of shape {tuple(shape)}" + (f" and dtype {dtype}" if dtype is not None else "")


def describe_value(value: Any) -> str:
    """Show a value as it is typed, or only its kind if that is long."""
    text = repr(value)
    return text if len(text) <= 80 and "\n" not in text else describe(value)


def refuse_wrong_ndim(X: np.ndarray, name: str) -> None:
    if X.ndim == 0:
        raise ValueError(
            f"{name}: got a single number. Expected a 3-D array (n_samples, n_timesteps, "
            "n_features), a 2-D table (n_samples, n_timesteps) or a list of sequences. "
            "Reshape your data."
        )
    if X.ndim == 1 and X.size == 0:
        refuse_empty(X.shape, name, "ragged")
    if X.ndim == 1:
        raise ValueError(
            f"{name}: got a 1-D {describe(X)}, which could be one sequence or many samples of "
            "one timestep. Expected 2-D array or more: (n_samples, n_timesteps, n_features), "
            f"(n_samples, n_timesteps) or a list of sequences. Reshape your data: "
            f"np.reshape({name}, (1, -1)) is one univariate sequence; [{name}] is one ragged "
            "sequence."
        )
    if X.ndim > 3:
        raise ValueError(
            f"{name}: got a {X.ndim}-D {describe(X)}. Expected at most 3 dimensions, (n_samples, "
            "n_timesteps, n_features). Flatten what comes after the time axis into features: "
            f"np.reshape({name}, (*np.shape({name})[:2], -1))."
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
