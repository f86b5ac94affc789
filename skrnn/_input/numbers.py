"""Turn values into arrays of real numbers, or refuse what is not a number."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.containers import fill_masked, frame_to_array
from skrnn._input.frames import column_to_array
from skrnn._input.named_axes import SAMPLE
from skrnn._input.plain import to_plain
from skrnn._input.refusals import READ_AS, describe_value, problem

__all__ = ["LARGEST", "as_numbers", "holds_text", "read_numbers", "refuse_huge", "sample_to_array"]

# Squares of larger numbers leave float64, and standard deviations would be infinite.
LARGEST = 1e150

_PLAIN_NUMBERS = {int, float, bool}


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
    elif not array.dtype.isnative:
        # what depends on the type compares it with the types of this machine
        array = array.astype(array.dtype.newbyteorder("="))
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


def _ragged_rows(sample: Any, name: str, where: str, layout: str) -> str:
    """Return what is wrong with a sample whose rows have different lengths."""
    got = "rows of different lengths"
    remedy = "Time is the first axis of a sample: pass x.T if features came first."
    is_array = [hasattr(part, "__len__") and not isinstance(part, str) for part in sample]
    is_record = len(sample) == 2 or (len(sample) > 2 and isinstance(sample, tuple))
    if layout != "tokens" and is_record and is_array[0] and not any(is_array[1:]):
        is_pair = len(sample) == 2 and isinstance(sample[1], numbers.Real)
        got = f"an array followed by {describe_value(sample[1])}"
        got = f"a pair that ends with the number {sample[1]}" if is_pair else got
        remedy = (
            f"Pass the arrays alone, [x[0] for x in {name}]; recordings with their rates, as "
            "read_audio returns them, are for LogMelSpectrogram."
        )
    elif layout != "tokens" and is_array == [False, True]:
        got = f"a pair that begins with {describe_value(sample[0])}"
        remedy = (
            f"Pass the arrays alone, [x[1] for x in {name}]; recordings with their rates, "
            f"[x[::-1] for x in {name}], are for LogMelSpectrogram."
        )
    expected = "the same number of features at every timestep"
    return problem(name + where, got, READ_AS[layout], expected, remedy)


def _array_of_a_dict(sample: Any, name: str) -> str:
    """Return the remedy for a sample that is a dict, a set or None."""
    if isinstance(sample, Mapping) and "sampling_rate" in sample:
        return "Turn audio into features first, with skrnn.preprocessing.LogMelSpectrogram."
    if isinstance(sample, Mapping) and sample:
        return (
            f"If each value is a feature over time, pass [pd.DataFrame(x) for x in {name}]; "
            "otherwise one (n_timesteps, n_features) array for each sample."
        )
    return "Pass one (n_timesteps, n_features) array for each sample."


def sample_to_array(sample: Any, name: str, where: str, layout: str) -> np.ndarray:
    sample = _plain_sample(sample, name + where)
    if isinstance(sample, (Mapping, set, frozenset)) or sample is None:
        raise TypeError(
            problem(
                name + where,
                f"a {type(sample).__name__}",
                READ_AS[layout],
                "an array of numbers",
                _array_of_a_dict(sample, name),
            )
        )
    if isinstance(sample, (list, tuple)) and not _is_rectangular(sample):
        raise ValueError(_ragged_rows(sample, name, where, layout))
    array = as_numbers(sample, name, layout, where)
    if array.ndim == 0:
        raise ValueError(
            f"{name}: got the number {array} at position {where[1:-1]}, which could be part of "
            "one sequence, or a sample of one timestep. Expected a list of sequences. If it holds "
            f"numbers only, [{name}] is one ragged sequence, and np.reshape({name}, (-1, 1)) is "
            "many samples of one timestep; pass one of these."
        )
    if array.ndim > 2:
        raise ValueError(
            problem(
                name + where,
                f"a {array.ndim}-D array of shape {array.shape}",
                READ_AS[layout],
                "at most 2 dimensions in each sample",
                f"Flatten its last axes: [np.reshape(x, (len(x), -1)) for x in {name}].",
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


def _plain_sample(sample: Any, name: str) -> Any:
    """Bring a sample to an array, unless it is a list or is to be refused."""
    sample = to_plain(sample, name, SAMPLE)
    if isinstance(sample, pd.DataFrame):
        return frame_to_array(sample, name)
    if isinstance(sample, pd.Series):
        return column_to_array(sample)
    if sparse.issparse(sample):
        raise TypeError(
            f"{name}: got a sparse matrix. Sparse input is not supported. Expected an array of "
            f"numbers. Pass {name}.toarray() in its place."
        )
    sample = fill_masked(sample)
    if isinstance(sample, np.ndarray) and sample.dtype == object and sample.ndim == 1:
        # Parquet's lists of lists are arrays of arrays, which numpy does not take for two axes.
        return list(sample) if len(sample) and not np.isscalar(sample[0]) else sample
    return sample


def _is_rectangular(sample: list[Any] | tuple[Any, ...]) -> bool:
    # Types, of which there are few, are asked instead of values, of which there may be millions.
    kinds = set(map(type, sample))
    if kinds <= _PLAIN_NUMBERS:
        return True
    if kinds <= {list, tuple} and set(map(type, chain.from_iterable(sample))) <= _PLAIN_NUMBERS:
        return len(set(map(len, sample))) <= 1
    try:
        return len({np.shape(row) for row in sample}) <= 1
    except ValueError:
        # a row that is itself ragged has no shape.
        return False


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
    values = fill_masked(to_plain(values, name))
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise ValueError("Complex data not supported")
        if array.dtype.kind in "mMV" or holds_text(array):
            raise ValueError(f"text, dates or records, dtype {array.dtype}")
        if array.dtype.kind == "O":
            array = np.where(pd.isna(array), np.nan, array)
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{name}: got values that are not real numbers ({error}). Expected {expected}."
        ) from error
