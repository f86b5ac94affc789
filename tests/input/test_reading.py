"""The readers: every container of the data contract reads to the same rows.

What they refuse is tested through the estimators, in test_bad_input.py.
"""

from __future__ import annotations

import datetime
import pickle
import sys
import tracemalloc
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import DataConversionWarning

from skrnn._input.jagged import RaggedRows
from skrnn._input.labels import read_labels
from skrnn._input.measurements import read_measurements
from skrnn._input.numbers import read_numbers
from skrnn._input.targets import read_targets
from skrnn._input.tokens import read_tokens
from skrnn._input.validation import check_same_n_samples
from skrnn._input.weights import read_groups, read_sample_weight
from skrnn.exceptions import TokenIdsWarning
from tests.conftest import pad

NAN = np.nan

# Three sequences of 4, 2 and 3 timesteps and two features. All values are eighths, which bfloat16
# holds exactly; one is missing.
RAGGED = [
    np.array([[0.5, 1.0], [1.5, NAN], [-2.0, 2.5], [0.25, 3.0]]),
    np.array([[4.0, -1.5], [0.125, 2.0]]),
    np.array([[1.0, 1.0], [2.0, 2.0], [3.0, -3.0]]),
]
LENGTHS = [4, 2, 3]
PADDED = pad(RAGGED)
# The same sequences without the missing value and without the ends: one fixed length.
TABLE = np.array([[0.5, 1.5, -2.0], [4.0, 0.125, 1.0], [1.0, 2.0, 3.0]])


class ArrayLike:
    """Has `__array__`, as cupy, xarray and pyarrow objects have, and nothing else of an array."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype=dtype)


class SequenceOf:
    """Has a length and items, as an h5py group or a torch dataset has."""

    def __init__(self, samples):
        self._samples = samples

    def __len__(self):
        return len(self._samples)

    def __getitem__(self, position):
        return self._samples[position]


def object_array(samples):
    array = np.empty(len(samples), dtype=object)
    array[:] = samples
    return array


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


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


FRAME = pd.DataFrame(TABLE, columns=["t0", "t1", "t2"])
TABLES = {
    "2-D array": TABLE,
    "float32": TABLE.astype(np.float32),
    "Fortran order": np.asfortranarray(TABLE),
    "np.matrix": np.asmatrix(TABLE),
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


# -- token ids -------------------------------------------------------------------------------

IDS = [[5, 3, 2, 7], [4], [1, 6]]
PADDED_IDS = np.array([[5, 3, 2, 7, 0], [4, 0, 0, 0, 0], [1, 6, 0, 0, 0]])
TOKEN_TABLES = {
    "array": PADDED_IDS,
    "unsigned": PADDED_IDS.astype(np.uint8),
    "Fortran order": np.asfortranarray(PADDED_IDS),
    "floats": PADDED_IDS.astype(float),
    "floats padded with NaN": np.where(PADDED_IDS == 0, NAN, PADDED_IDS),
    "objects": PADDED_IDS.astype(object),
    "DataFrame": pd.DataFrame(PADDED_IDS),
    "nullable DataFrame": pd.DataFrame(PADDED_IDS).astype("Int64").replace(0, pd.NA),
    "tensor": torch.tensor(PADDED_IDS),
    "nested lists": PADDED_IDS.tolist(),
}
TOKEN_LISTS = {
    "lists": IDS,
    "padded lists": [[5, 3, 2, 7], [4, 0, 0], [1, 6, 0]],
    "tuple of arrays": tuple(np.array(ids, dtype=np.int32) for ids in IDS),
    "object array": object_array([np.array(ids) for ids in IDS]),
    "Series of lists": pd.Series(IDS),
    "list of tensors": [torch.tensor(ids) for ids in IDS],
    "list of Series": [pd.Series(ids) for ids in IDS],
}
TOKENS = [pytest.param(5, X, id=name) for name, X in TOKEN_TABLES.items()] + [
    pytest.param(1, X, id=name) for name, X in TOKEN_LISTS.items()
]


@pytest.mark.parametrize(("n_columns", "X"), TOKENS)
def test_every_container_of_token_ids_reads_to_the_same_ids(n_columns, X):
    rows = read_tokens(X)
    assert rows.layout == "tokens"
    assert rows.values.dtype == np.int64
    assert rows.values.tolist() == [5, 3, 2, 7, 4, 1, 6]
    assert rows.lengths.tolist() == [4, 1, 2]
    assert rows.n_columns == n_columns


# three ids a timestep, 0 for none; a timestep without any pads.
ID_SETS = np.array([[[5, 3, 0], [0, 0, 2]], [[4, 0, 0], [0, 0, 0]]])


@pytest.mark.parametrize(
    "X",
    [
        ID_SETS,
        np.where(ID_SETS == 0, NAN, ID_SETS),
        torch.tensor(ID_SETS),
        ID_SETS.tolist(),
        [ID_SETS[0], ID_SETS[1, :1]],
        object_array([ID_SETS[0].tolist(), ID_SETS[1, :1].tolist()]),
    ],
    ids=["array", "floats", "tensor", "nested lists", "list of arrays", "object array"],
)
def test_several_ids_a_timestep_stay_together(X):
    rows = read_tokens(X, allow_several=True)
    assert rows.values.tolist() == [[5, 3, 0], [0, 0, 2], [4, 0, 0]]
    assert rows.values.dtype == np.int64
    assert (rows.lengths.tolist(), rows.layout, rows.n_columns) == ([2, 1], "tokens", 3)
    with pytest.raises(ValueError, match=r"X: .*one id for each timestep.*\[:, :, 0\]"):
        read_tokens(X)


def test_a_last_axis_of_one_id_is_the_id():
    rows = read_tokens(ID_SETS[:, :, :1] + 1, allow_several=True)
    assert rows.values.tolist() == [6, 1, 5, 1]
    assert rows.n_columns == 1


def test_one_long_sample_of_token_ids_does_not_widen_the_others():
    X = [[2] * 10 for _ in range(2000)] + [[3] * 20_000]
    tracemalloc.start()
    try:
        rows = read_tokens(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows.lengths.tolist() == [10] * 2000 + [20_000]
    # 40,000 ids of 8 bytes; as a padded array they would take 320 MB.
    assert peak < 10e6


# -- agreement ------------------------------------------------------------------------------


def test_lengths_of_two_arguments_are_compared():
    check_same_n_samples(3, 3, "X", "y")
    with pytest.raises(ValueError, match="y: got 2 samples while X has 3"):
        check_same_n_samples(3, 2, "X", "y")


# -- labels ----------------------------------------------------------------------------------

LABELS = {
    "integers": [0, 1, 1],
    "strings": ["no", "yes", "yes"],
    "booleans": [False, True, True],
    "integral floats": [0.0, 1.0, 1.0],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS.keys())
def test_labels_of_any_type_are_read_from_any_container(labels):
    for y in (
        labels,
        tuple(labels),
        np.array(labels),
        np.array(labels, dtype=object),
        pd.Series(labels, index=[7, 8, 9]),
        pd.Series(labels).astype("category"),
        pd.Index(labels),
        pd.DataFrame(labels)[0],
    ):
        assert read_labels(y).tolist() == labels


@pytest.mark.parametrize("dtype", [np.dtypes.StringDType(), np.dtypes.StringDType(na_object=None)])
def test_labels_of_numpys_variable_width_strings_are_read_as_objects(dtype):
    read = read_labels(np.array(["no", "yes"], dtype=dtype))
    assert read.dtype == object
    assert read.tolist() == ["no", "yes"]


@pytest.mark.parametrize(
    "y",
    [
        [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)],
        pd.Series(pd.date_range("2020", periods=2, tz="UTC")),
        pd.Series(pd.period_range("2020", periods=2, freq="Y")),
        pd.Series(pd.interval_range(0, 2)),
    ],
    ids=["date", "Timestamp", "Period", "Interval"],
)
def test_labels_of_other_types_are_read_once_they_are_strings(y, request):
    with pytest.raises(TypeError, match=f"^y: got labels of type {request.node.callspec.id}[. ]"):
        read_labels(y)
    assert len(read_labels([str(label) for label in y])) == 2


def test_nullable_labels_without_a_missing_one_are_read():
    assert read_labels(pd.Series([0, 1], dtype="Int64")).tolist() == [0, 1]
    assert read_labels(pd.Series([True, False], dtype="boolean")).tolist() == [True, False]


def test_tensor_and_masked_labels_without_a_mask_are_read():
    assert read_labels(torch.tensor([0, 1])).tolist() == [0, 1]
    assert read_labels(np.ma.array([0, 1])).tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [int, bool, float])
def test_an_indicator_of_labels_stays_two_dimensional(dtype):
    indicator = np.array([[0, 1, 1], [1, 0, 0]]).astype(dtype)
    np.testing.assert_array_equal(read_labels(indicator), indicator)
    np.testing.assert_array_equal(read_labels(indicator.tolist()), indicator)
    np.testing.assert_array_equal(read_labels(indicator.astype(object)), indicator)
    np.testing.assert_array_equal(read_labels(pd.DataFrame(indicator)), indicator)


def test_a_column_of_labels_is_flattened_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert read_labels([[0], [1]]).tolist() == [0, 1]


# -- targets ---------------------------------------------------------------------------------

TARGETS = [1.5, -2.0, 3.25]


@pytest.mark.parametrize(
    "y",
    [
        TARGETS,
        tuple(TARGETS),
        np.array(TARGETS, dtype=np.float32),
        np.array(TARGETS, dtype=object),
        pd.Series(TARGETS),
        pd.Series(TARGETS, dtype="Float64"),
        pd.DataFrame({"y": TARGETS})["y"],
        torch.tensor(TARGETS, requires_grad=True),
        torch.tensor(TARGETS, dtype=torch.bfloat16),
        read_only(np.array(TARGETS)),
        [Fraction(v) for v in TARGETS],
        SequenceOf(TARGETS),
    ],
    ids=lambda y: f"{type(y).__name__} {getattr(y, 'dtype', '')}",
)
def test_targets_are_read_as_float64_from_any_container(y):
    read = read_targets(y)
    assert read.dtype == np.float64
    assert read.tolist() == TARGETS


def test_targets_of_several_outputs_stay_two_dimensional():
    y = np.arange(6).reshape(3, 2)
    np.testing.assert_array_equal(read_targets(y), y)
    np.testing.assert_array_equal(read_targets(pd.DataFrame(y, columns=["a", "b"])), y)


def test_a_column_of_targets_is_flattened_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert read_targets([[1.0], [2.0]]).tolist() == [1.0, 2.0]


def test_reading_targets_returns_an_array_of_its_own():
    y = np.array(TARGETS)
    read_targets(y)[0] = 99.0
    assert y.tolist() == TARGETS


def test_numbers_are_read_with_missing_values_as_nan():
    read = read_numbers([1, None, pd.NA], "v", "numbers")
    np.testing.assert_array_equal(read, [1.0, NAN, NAN])


def test_numbers_beyond_the_type_become_infinite_without_a_warning():
    assert read_numbers([1e300], "v", "numbers", "float32").tolist() == [np.inf]


# -- sample weights and groups ---------------------------------------------------------------


@pytest.mark.parametrize(
    "weight",
    [
        [1, 0, 2],
        (1.0, 0.0, 2.0),
        np.array([1, 0, 2]),
        np.array([1, 0, 2], dtype=object),
        pd.Series([1, 0, 2], index=[5, 6, 7]),
        pd.Series([1, 0, 2], dtype="Int64"),
        torch.tensor([1.0, 0.0, 2.0], requires_grad=True),
    ],
    ids=lambda weight: f"{type(weight).__name__} {getattr(weight, 'dtype', '')}",
)
def test_sample_weights_are_read_as_float64_from_any_container(weight):
    read = read_sample_weight(weight, 3, "sample_weight")
    assert read.dtype == np.float64
    assert read.tolist() == [1.0, 0.0, 2.0]


def test_a_single_weight_is_the_weight_of_every_sample():
    assert read_sample_weight(2, 3, "sample_weight").tolist() == [2.0, 2.0, 2.0]


def test_no_sample_weights_and_no_groups_stay_none():
    assert read_sample_weight(None, 3, "sample_weight") is None
    assert read_groups(None, 3) is None


@pytest.mark.parametrize(
    "groups",
    [
        [1, 1, 2],
        ("a", "a", "b"),
        np.array(["a", "a", "b"]),
        pd.Series(["a", "a", "b"], index=[5, 6, 7]),
        pd.Series(["a", "a", "b"]).astype("category"),
        torch.tensor([1, 1, 2]),
        range(3),
    ],
    ids=lambda groups: type(groups).__name__,
)
def test_groups_are_read_from_any_container(groups):
    assert read_groups(groups, 3).tolist() == list(np.asarray(groups))
