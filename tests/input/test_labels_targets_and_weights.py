"""Labels, targets, sample weights and groups are read from any container."""

from __future__ import annotations

import datetime
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import DataConversionWarning

from skrnn._input.labels import read_labels
from skrnn._input.numbers import read_numbers
from skrnn._input.targets import read_targets
from skrnn._input.weights import read_groups, read_sample_weight
from tests.input.containers import NAN, SequenceOf, read_only

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
