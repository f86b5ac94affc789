import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrnn.preprocessing import SequencePadder, from_long


@pytest.fixture
def frame():
    """Two engines, their rows mixed and out of order."""
    return pd.DataFrame(
        {
            "engine": ["b", "a", "b", "a", "b"],
            "day": [3, 20, 1, 10, 2],
            "heat": [3.0, 20.0, 1.0, np.nan, 2.0],
            "load": [30.0, 200.0, 10.0, 100.0, 20.0],
            "fault": ["yes", "no", "yes", "no", "yes"],
        },
        index=[9, 9, 7, 5, 3],
    )


FEATURES = ["heat", "load"]


def test_rows_are_collected_by_sample_and_sorted_by_time(frame):
    sequences, ids = from_long(frame, "engine", "day", features=FEATURES)
    assert ids.tolist() == ["b", "a"] and ids.name == "engine"
    np.testing.assert_array_equal(sequences[0], [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    np.testing.assert_array_equal(sequences[1], [[np.nan, 100.0], [20.0, 200.0]])


def test_samples_keep_the_order_of_their_first_rows(frame):
    _, ids = from_long(frame.iloc[::-1], "engine", "day", features=FEATURES)
    assert ids.tolist() == ["b", "a"]
    _, ids = from_long(frame.iloc[1:], "engine", "day", features=FEATURES)
    assert ids.tolist() == ["a", "b"]


def test_a_target_of_each_sample_is_returned_in_the_same_order(frame):
    sequences, ids, y = from_long(frame, "engine", "day", target="fault")
    assert dict(zip(ids, y, strict=True)) == {"b": "yes", "a": "no"}
    assert sequences[0].shape == (3, 2)


def test_all_columns_but_sample_time_and_target_are_features(frame):
    sequences, _ = from_long(frame.drop(columns="fault"), "engine", "day")
    assert sequences[0].shape == (3, 2)


def test_a_single_label_gives_sequences_of_one_dimension(frame):
    sequences, _ = from_long(frame, "engine", "day", features="load")
    np.testing.assert_array_equal(sequences[1], [100.0, 200.0])
    sequences, _ = from_long(frame, "engine", "day", features=["load"])
    assert sequences[1].shape == (2, 1)


def test_features_stand_in_the_order_they_are_named(frame):
    sequences, _ = from_long(frame, "engine", "day", features=["load", "heat"])
    np.testing.assert_array_equal(sequences[0][0], [10.0, 1.0])


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2024-01-03", "2024-02-02", "2024-01-01", "2024-02-01", "2024-01-02"]),
        pd.to_datetime(
            ["2024-01-03", "2024-02-02", "2024-01-01", "2024-02-01", "2024-01-02"], utc=True
        ),
        pd.PeriodIndex(["2024-03", "2024-05", "2024-01", "2024-04", "2024-02"], freq="M"),
        pd.to_timedelta([3, 20, 1, 10, 2], unit="h"),
        pd.array([3, 20, 1, 10, 2], dtype="Int64"),
        np.array([0.3, 2.0, 0.1, 1.0, 0.2], dtype="float32"),
        pd.Series([3, 20, 1, 10, 2], dtype=object).to_numpy(),
        [pd.Timestamp(2024, 1, day).date() for day in (3, 20, 1, 10, 2)],
    ],
    ids=lambda times: str(getattr(times, "dtype", "date")),
)
def test_time_may_be_dates_periods_durations_or_numbers(frame, times):
    frame["day"] = times
    sequences, _ = from_long(frame, "engine", "day", features="load")
    assert [x.tolist() for x in sequences] == [[10.0, 20.0, 30.0], [100.0, 200.0]]


def test_sample_and_time_may_be_index_levels(frame):
    expected, ids = from_long(frame, "engine", "day", features=FEATURES)
    indexed = frame.set_index(["engine", "day"])
    sequences, ids_indexed = from_long(indexed, "engine", "day", features=FEATURES)
    assert ids_indexed.equals(ids)
    for x, y in zip(sequences, expected, strict=True):
        np.testing.assert_array_equal(x, y)
    series, _ = from_long(indexed["load"], "engine", "day")
    np.testing.assert_array_equal(series[1], [[100.0], [200.0]])


@pytest.mark.parametrize(
    "columns, expected",
    [
        ({"a": "float32", "b": "float32"}, "float32"),
        ({"a": "int64", "b": "int32"}, "int64"),
        ({"a": "float32", "b": "int64"}, "float64"),
        ({"a": "Int64", "b": "Int32"}, "int64"),
        ({"a": "bool", "b": "float32"}, "float32"),
        ({"a": "boolean", "b": "Float64"}, "float64"),
    ],
    ids=str,
)
def test_sequences_have_one_dtype_that_holds_all_columns(columns, expected):
    frame = pd.DataFrame({"id": [1, 1], "t": [1, 2], "a": [1, 0], "b": [0, 1]}).astype(columns)
    sequences, _ = from_long(frame, "id", "t")
    assert sequences[0].dtype == expected
    np.testing.assert_array_equal(sequences[0], [[1, 0], [0, 1]])


def test_nullable_columns_become_floats_with_nan():
    frame = pd.DataFrame({"id": [1, 1], "t": [1, 2], "a": pd.array([1, None], dtype="Int64")})
    np.testing.assert_array_equal(from_long(frame, "id", "t")[0][0], [[1.0], [np.nan]])


def test_categories_without_rows_are_no_samples(frame):
    frame["engine"] = pd.Categorical(frame["engine"], categories=["x", "a", "b"])
    assert list(from_long(frame, "engine", "day", features=FEATURES)[1]) == ["b", "a"]


@pytest.mark.parametrize("features", [FEATURES, "load"])
def test_the_frame_is_not_modified_and_shares_no_memory(frame, features):
    before = frame.copy(deep=True)
    sequences, _ = from_long(frame, "engine", "day", features=features)
    for x in sequences:
        x[...] = -1
    pd.testing.assert_frame_equal(frame, before)


@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    seed=st.integers(0, 2**16),
)
def test_a_shuffled_long_table_gives_the_sequences_back(lengths, seed):
    rng = np.random.default_rng(seed)
    X = [rng.normal(size=(n, 2)) for n in lengths]
    frame = pd.DataFrame(np.concatenate(X), columns=["u", "v"])
    frame["id"] = np.repeat(np.arange(len(X)), lengths)
    frame["t"] = np.concatenate([np.arange(n) for n in lengths])
    sequences, ids = from_long(frame.sample(frac=1, random_state=seed), sample="id", time="t")
    assert sorted(ids) == list(range(len(X)))
    for x, i in zip(sequences, ids, strict=True):
        np.testing.assert_array_equal(x, X[i])


def test_the_sequences_are_read_by_the_transformers(frame):
    sequences, _ = from_long(frame, "engine", "day", features=FEATURES)
    assert SequencePadder().fit_transform(sequences).shape == (2, 3, 2)


# ------------------------------------------------------------------------------------- bad input


BAD_TABLES = {
    "no frame": (lambda f: f.to_numpy(), {}, TypeError, r"frame: .*pd\.DataFrame\(frame\)"),
    "no rows": (lambda f: f.iloc[:0], {}, ValueError, "frame: .*without rows.*filtered"),
    "two columns of one name": (
        lambda f: pd.concat([f, f[["heat"]]], axis=1),
        {},
        ValueError,
        "frame: .*'heat' more than once.*Rename",
    ),
    "no such sample": (None, {"sample": "motor"}, ValueError, "sample: got 'motor'.*'engine'"),
    "no such time": (None, {"time": "t"}, ValueError, "time: got 't'.*'day'"),
    "no such feature": (
        None,
        {"features": ["heat", "cold"]},
        ValueError,
        "features: got 'cold'.*'heat'",
    ),
    "no such target": (None, {"target": "label"}, ValueError, "target: got 'label'.*spelling"),
    "no sample named": (None, {"sample": None}, ValueError, "sample: got None"),
    "missing sample": (
        lambda f: f.assign(engine=["b", None, "b", "a", "b"]),
        {},
        ValueError,
        r"sample: got 1 missing.*row 1.*dropna",
    ),
    "missing time": (
        lambda f: f.assign(day=[1.0, 2.0, np.nan, 3.0, 4.0]),
        {},
        ValueError,
        r"time: got 1 missing.*row 2.*dropna",
    ),
    "missing target": (
        lambda f: f.assign(fault=["yes", None, "yes", "no", "yes"]),
        {"target": "fault"},
        ValueError,
        r"target: got 1 missing.*fill them in",
    ),
    "a target that changes": (
        lambda f: f.assign(fault=["yes", "no", "yes", "yes", "yes"]),
        {"target": "fault"},
        ValueError,
        r"target: .*'fault' that changes within 1 sample.*the first a\..*transform",
    ),
    "duplicates": (
        lambda f: f.assign(day=[1, 20, 1, 10, 2]),
        {},
        ValueError,
        r"frame: got 1 row.*\(b, 1\).*drop_duplicates",
    ),
    "text as a feature": (
        None,
        {"features": None},
        ValueError,
        r"features: .*'fault'.*features=\[",
    ),
    "dates as a feature": (
        lambda f: f.assign(heat=pd.Timestamp("2024")),
        {},
        ValueError,
        "features: .*'heat'.*numbers",
    ),
    "complex numbers as a feature": (
        lambda f: f.assign(heat=1j),
        {},
        ValueError,
        "features: .*'heat'.*real numbers",
    ),
    "no feature": (
        lambda f: f[["engine", "day"]],
        {"features": None},
        ValueError,
        "features: got no column.*add the measurements",
    ),
    "an empty list of features": (None, {"features": []}, ValueError, "features: got no column"),
    "time as text": (
        lambda f: f.assign(day=f["day"].astype(str)),
        {},
        ValueError,
        "time: .*'day'.*to_datetime",
    ),
    "time as booleans": (lambda f: f.assign(day=True), {}, ValueError, "time: .*dtype bool"),
    "time as categories": (
        lambda f: f.assign(day=pd.Categorical(f["day"])),
        {},
        ValueError,
        "time: .*category.*Convert it",
    ),
}


@pytest.mark.parametrize("bad", BAD_TABLES)
def test_a_table_that_cannot_be_read_is_refused_with_a_remedy(frame, bad):
    spoil, arguments, error, message = BAD_TABLES[bad]
    spoiled = frame if spoil is None else spoil(frame)
    arguments = {"sample": "engine", "time": "day", "features": FEATURES, **arguments}
    with pytest.raises(error, match=message):
        from_long(spoiled, **arguments)
