"""Every container of measurements reads to the same rows, padding and missing values.

What the readers refuse is tested through the estimators, in tests/sequences.
"""

from __future__ import annotations

import pickle
import sys
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from skrnn._input.jagged import RaggedRows
from skrnn._input.measurements import read_measurements
from skrnn.exceptions import TokenIdsWarning
from tests.conftest import pad
from tests.input.containers import (
    FRAME,
    NAN,
    PADDED,
    RAGGED,
    TABLE,
    SequenceOf,
    object_array,
    read_only,
)


class ArrayLike:
    """Has `__array__`, as cupy, xarray and pyarrow objects have, and nothing else of an array."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype=dtype)


def assert_rows(rows: RaggedRows, samples, layout: str) -> None:
    """The rows are these (T_i, n_features) samples."""
    assert rows.layout == layout
    assert rows.lengths.dtype == np.int64
    assert rows.lengths.tolist() == [len(sample) for sample in samples]
    np.testing.assert_array_equal(rows.values, np.concatenate(samples))


# -- measurements: containers ----------------------------------------------------------------

SEQUENCE_ARRAYS = {
    "3-D array": PADDED,
    "3-D array with wider padding": pad(RAGGED, width=9),
    "float32": PADDED.astype(np.float32),
    "float16": PADDED.astype(np.float16),
    "long double": PADDED.astype(np.longdouble),
    "other byte order": PADDED.astype(">f8"),
    "Fortran order": np.asfortranarray(PADDED),
    "a strided view": np.repeat(PADDED, 2, axis=1)[:, ::2],
    "read-only": read_only(PADDED),
    "objects": PADDED.astype(object),
    "objects with None": np.where(np.isnan(PADDED), None, PADDED.astype(object)),
    "objects with pandas' NA": np.where(np.isnan(PADDED), pd.NA, PADDED.astype(object)),
    "masked array": np.ma.masked_invalid(PADDED),
    "masked array of objects": np.ma.array(PADDED.astype(object), mask=np.isnan(PADDED)),
    "masked array without a mask": np.ma.array(PADDED),
    "tensor": torch.tensor(PADDED),
    "tensor with gradient": torch.tensor(PADDED, requires_grad=True),
    "bfloat16 tensor": torch.tensor(PADDED, dtype=torch.bfloat16),
    "half tensor": torch.tensor(PADDED, dtype=torch.float16),
    "array-like": ArrayLike(PADDED),
}


@pytest.mark.parametrize("X", SEQUENCE_ARRAYS.values(), ids=SEQUENCE_ARRAYS.keys())
def test_every_3d_container_reads_to_the_same_rows(X):
    rows = read_measurements(X)
    assert_rows(rows, RAGGED, "sequences")
    assert rows.n_columns == 2


LISTS = {
    "list of arrays": RAGGED,
    "tuple of arrays": tuple(RAGGED),
    "object array": object_array(RAGGED),
    "Series of arrays": pd.Series(RAGGED, index=["x", "y", "z"]),
    "list of nested lists": [sample.tolist() for sample in RAGGED],
    "list of tuples of arrays": [tuple(sample) for sample in RAGGED],
    "list of DataFrames": [pd.DataFrame(sample, columns=["u", "v"]) for sample in RAGGED],
    "list of nullable DataFrames": [pd.DataFrame(x).astype("Float64") for x in RAGGED],
    "list of tensors": [torch.tensor(sample, requires_grad=True) for sample in RAGGED],
    "list of masked arrays": [np.ma.masked_invalid(sample) for sample in RAGGED],
    "list of float32": [sample.astype(np.float32) for sample in RAGGED],
    "list of mixed types": [RAGGED[0].astype(object), RAGGED[1].tolist(), RAGGED[2].astype(int)],
    "list of array-likes": [ArrayLike(sample) for sample in RAGGED],
    "list of padded arrays": list(pad(RAGGED, width=6)),
    "sequence of arrays": SequenceOf(RAGGED),
    "dict values as a list": list({"a": RAGGED[0], "b": RAGGED[1], "c": RAGGED[2]}.values()),
}


@pytest.mark.parametrize("X", LISTS.values(), ids=LISTS.keys())
def test_every_list_of_sequences_reads_to_the_same_rows(X):
    rows = read_measurements(X)
    assert_rows(rows, RAGGED, "ragged")
    assert rows.n_columns == 2


UNIVARIATE = {
    "arrays": [sample[:, 0] for sample in RAGGED],
    "lists": [sample[:, 0].tolist() for sample in RAGGED],
    "Series": [pd.Series(sample[:, 0]) for sample in RAGGED],
    "nullable Series": [pd.Series(sample[:, 0], dtype="Float64") for sample in RAGGED],
    "tensors": [torch.tensor(sample[:, 0]) for sample in RAGGED],
    "Fractions": [[Fraction(v) for v in sample[:, 0]] for sample in RAGGED],
    "columns": [sample[:, :1] for sample in RAGGED],
}


@pytest.mark.parametrize("X", UNIVARIATE.values(), ids=UNIVARIATE.keys())
def test_1d_samples_are_sequences_of_one_feature(X):
    rows = read_measurements(X)
    assert_rows(rows, [sample[:, :1] for sample in RAGGED], "ragged")
    assert rows.n_columns == 1


TABLES = {
    "2-D array": TABLE,
    "float32": TABLE.astype(np.float32),
    "Fortran order": np.asfortranarray(TABLE),
    "np.matrix": TABLE.view(np.matrix),
    "nested lists": TABLE.tolist(),
    "nested tuples": tuple(map(tuple, TABLE)),
    "DataFrame": FRAME,
    "DataFrame of objects": FRAME.astype(object),
    "nullable DataFrame": FRAME.astype("Float64"),
    "DataFrame of two types": FRAME.astype({"t0": "float32"}),
    "DataFrame with numbers as names": pd.DataFrame(TABLE),
    "DataFrame with the same name twice": FRAME.set_axis(["t", "t", "u"], axis=1),
    "DataFrame with sparse columns": FRAME.astype(pd.SparseDtype(float, NAN)),
    "tensor": torch.tensor(TABLE),
    "array-like": ArrayLike(TABLE),
    "masked array": np.ma.array(TABLE, mask=False),
}


@pytest.mark.parametrize("X", TABLES.values(), ids=TABLES.keys())
def test_every_table_reads_to_univariate_sequences_of_one_length(X):
    rows = read_measurements(X)
    assert_rows(rows, list(TABLE[:, :, None]), "table")
    assert rows.n_columns == 3


NO_TABLES = {
    "ragged": [[1.0, 2.0], [3.0]],
    "numpy booleans": [[np.True_, np.False_]],
    "None": [[1.0, None]],
    "three dimensions": [[[1.0], [2.0]]],
    "tensors": [[torch.tensor(1.0), torch.tensor(2.0)]],
}


@pytest.mark.parametrize("X", NO_TABLES.values(), ids=NO_TABLES.keys())
def test_nested_lists_of_anything_but_equally_many_numbers_are_ragged(X):
    try:
        assert read_measurements(X).layout == "ragged"
    except ValueError as error:
        assert "read as a list" in str(error)


@pytest.mark.parametrize("X", [[[True, 2.5]], [[1.5, Fraction(1, 2)]], [(np.float32(1), 2**70)]])
def test_nested_lists_of_numbers_of_several_types_are_a_table(X):
    assert read_measurements(X).layout == "table"


def test_a_memory_map_is_read_without_being_written_to(tmp_path):
    np.save(tmp_path / "X.npy", PADDED)
    before = (tmp_path / "X.npy").read_bytes()
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert_rows(read_measurements(X), RAGGED, "sequences")
    assert (tmp_path / "X.npy").read_bytes() == before


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int64, np.uint16])
def test_numbers_keep_their_type(dtype):
    X = np.array([[[1, 2], [3, 4]]], dtype=dtype)
    assert read_measurements(X).values.dtype == dtype
    assert read_measurements(list(X)).values.dtype == dtype


def test_booleans_are_zeros_and_ones():
    X = np.array([[True, False, True]])
    rows = read_measurements(X)
    assert rows.values.dtype == np.float32
    assert rows.values.ravel().tolist() == [1, 0, 1]
    assert read_measurements(pd.DataFrame(X)).values.ravel().tolist() == [1, 0, 1]


def test_nullable_integers_and_booleans_are_read_with_missing_values():
    frame = pd.DataFrame({"a": [1, None, 3], "b": [True, False, None]})
    frame = frame.astype({"a": "Int64", "b": "boolean"})
    rows = read_measurements(frame)
    # a missing value at the end of a row is padding, one at the start is missing.
    assert rows.lengths.tolist() == [2, 2, 1]
    np.testing.assert_array_equal(rows.values.ravel(), [1, 1, NAN, 0, 3])


def test_masked_integers_become_missing_values():
    X = np.ma.array([[1, 2, 3], [4, 5, 6]], mask=[[0, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(read_measurements(X).values.ravel(), [1, NAN, 3, 4, 5, 6])


def test_integers_too_large_for_int64_are_read_as_floats():
    X = np.array([[2**70, 1]], dtype=object)
    assert read_measurements(X).values.ravel().tolist() == [2.0**70, 1.0]


def test_samples_of_different_types_get_the_type_that_holds_both():
    rows = read_measurements([np.array([1, 2], dtype=np.int64), np.array([0.5])])
    assert rows.values.dtype == np.float64


def test_one_sample_and_one_timestep_are_enough():
    assert_rows(read_measurements([[[1.5, 2.5]]]), [np.array([[1.5, 2.5]])], "ragged")
    assert_rows(read_measurements(np.array([[1.5]])), [np.array([[1.5]])], "table")


def test_tensors_are_read_also_where_torch_was_never_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    assert_rows(read_measurements(PADDED), RAGGED, "sequences")


@pytest.mark.parametrize("X", [PADDED, RAGGED, TABLE, FRAME, object_array(RAGGED)], ids=type)
def test_reading_leaves_what_was_passed_as_it_was(X):
    before = pickle.dumps(X)
    read_measurements(X)
    assert pickle.dumps(X) == before


# -- measurements: padding and missing values -----------------------------------------------


def test_trailing_timesteps_of_nan_only_are_padding_and_others_are_missing_values():
    X = np.array([[[1, 2], [NAN, NAN], [3, NAN], [NAN, NAN]], [[5, 6], [7, 8], [9, 10], [NAN, 11]]])
    expected = [X[0, :3], X[1]]
    assert_rows(read_measurements(X), expected, "sequences")
    assert_rows(read_measurements(list(X)), expected, "ragged")


def test_nan_in_front_is_a_missing_value_when_there_is_one_feature():
    X = np.array([[NAN, NAN, 1.0, NAN], [2.0, 3.0, 4.0, 5.0]])
    expected = [np.array([[NAN], [NAN], [1.0]]), X[1][:, None]]
    assert_rows(read_measurements(X), expected, "table")
    assert_rows(read_measurements(X[:, :, None]), expected, "sequences")
    assert_rows(read_measurements(list(X)), expected, "ragged")


def test_nan_in_front_of_one_of_two_features_is_a_missing_value():
    X = np.array([[[NAN, 1.0], [2.0, 3.0]]])
    assert_rows(read_measurements(X), list(X), "sequences")
    assert_rows(read_measurements(list(X)), list(X), "ragged")


def test_missing_values_without_padding_keep_every_timestep():
    X = np.array([[1.0, NAN, 2.0], [3.0, 4.0, 5.0]])
    assert read_measurements(X).lengths.tolist() == [3, 3]
    assert read_measurements(list(X)).lengths.tolist() == [3, 3]


def test_large_float32_numbers_are_no_reason_to_complain():
    X = np.array([[1e38, -1e38]], dtype=np.float32)
    np.testing.assert_array_equal(read_measurements(X).values, X.reshape(-1, 1))


# -- measurements that look like token ids ---------------------------------------------------

LOOK_LIKE_TOKENS = {
    "table": np.array([[5, 3, 2], [4, 1, 0]]),
    "unsigned table": np.array([[5, 3, 2]], dtype=np.uint8),
    "DataFrame": pd.DataFrame([[5, 3, 2], [4, 1, 0]]),
    "lists": [[5, 3, 2], [4, 1]],
    "padded arrays": [np.array([5, 3, 2]), np.array([4, 0, 0])],
    "tensor": torch.tensor([[5, 3, 2]]),
}
LOOK_LIKE_MEASUREMENTS = {
    "floats": np.array([[5.0, 3.0, 2.0]]),
    "negative": np.array([[5, -3, 2]]),
    "zero inside": np.array([[5, 0, 2]]),
    "zeros and ones": np.array([[1, 0, 0], [1, 1, 0]]),
    "three dimensions": np.array([[[5], [3]]]),
    "ragged floats": [[5.0, 3.0], [2.0]],
    "one float among lists": [[5, 3], [2.5]],
    "ragged negative": [[5, -3], [2]],
    "ragged zero inside": [[5, 0, 2], [2]],
    "ragged zeros and ones": [[1, 0], [1]],
    "ragged with two features": [np.array([[5, 3]]), np.array([[2, 2], [1, 4]])],
}


@pytest.mark.parametrize("X", LOOK_LIKE_TOKENS.values(), ids=LOOK_LIKE_TOKENS.keys())
def test_measurements_that_look_like_token_ids_are_a_warning(X):
    with pytest.warns(TokenIdsWarning, match=r"Xs holds .* Set embedding_dim .* as floats"):
        read_measurements(X, name="Xs")
    read_measurements(X, warn_on_tokens=False)


@pytest.mark.parametrize("X", LOOK_LIKE_MEASUREMENTS.values(), ids=LOOK_LIKE_MEASUREMENTS.keys())
def test_other_integers_are_measurements_without_a_warning(X):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_measurements(X)
