"""What cannot be read is refused by the name of its argument, with a remedy that runs."""

from __future__ import annotations

import collections
import io
import re

import awkward as ak
import h5py
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
import xarray as xr
from scipy import sparse

from skrnn import RNNClassifier, RNNForecaster, RNNLanguageModel, RNNTagger, RNNTranscriber
from skrnn.metrics import word_error_rate
from skrnn.preprocessing import (
    LogMelSpectrogram,
    SequenceScaler,
    TokenEncoder,
    from_long,
    sliding_windows,
)

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
RNG = np.random.default_rng(0)
ARRAYS = [RNG.normal(size=(n, 3)) for n in (4, 5, 6, 4)]
Y = [0, 1, 0, 1]
SERIES = RNG.normal(size=30)


class Raises:
    """Looks like a list, and fails where it is told to."""

    def __init__(self, where: str) -> None:
        self._where = where

    def _fail(self, where: str) -> None:
        if where == self._where:
            raise RuntimeError("lost the connection")

    def __len__(self) -> int:
        self._fail("len")
        return 4

    def __getitem__(self, position: int):
        self._fail("item")
        return ARRAYS[position]

    def __iter__(self):
        self._fail("iter")
        return iter(ARRAYS)


class RaisesAsAnArray:
    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        raise AttributeError("no values")


def closed_file() -> h5py.Dataset:
    with h5py.File(io.BytesIO(), "w") as file:
        return file.create_dataset("x", data=np.zeros((4, 4, 3)))


def in_itself() -> list:
    values: list = []
    values.append(values)
    return values


UNREADABLE = {
    "closed file": closed_file(),
    "no length": Raises("len"),
    "no items": Raises("item"),
    "no array": RaisesAsAnArray(),
    "module": np,
    "class": np.ndarray,
    "meta tensor": torch.zeros(4, 4, 3, device="meta"),
    "list of meta tensors": [torch.zeros(3, device="meta")] * 4,
    "sparse tensor": torch.eye(4).to_sparse(),
    "sparse matrix": sparse.csr_array(np.eye(4)),
    "complex tensor": torch.zeros(4, 4, 3, dtype=torch.complex64),
    "list in itself": in_itself(),
    "query": pl.LazyFrame({"a": [1.0]}),
    "set": {1, 2},
    "mapping": {"a": 1},
    "no data": xr.Dataset(),
}
READERS = {
    "X": {
        "classifier": lambda X: RNNClassifier(**TINY).fit(X, Y),
        "tagger": lambda X: RNNTagger(**TINY).fit(X, [[0] * len(x) for x in ARRAYS]),
        "transcriber": lambda X: RNNTranscriber(**TINY).fit(X, ["a"] * 4),
        "language model": lambda X: RNNLanguageModel(**TINY).fit(X),
        "forecaster's features": lambda X: RNNForecaster(1, **TINY).fit(X, SERIES),
        "scaler": lambda X: SequenceScaler().fit(X),
        "encoder": lambda X: TokenEncoder().fit(X),
        "spectrogram": lambda X: LogMelSpectrogram(8000).fit(X),
        "windows": lambda X: sliding_windows(X, context_length=2),
    },
    "y": {
        "classifier": lambda y: RNNClassifier(**TINY).fit(ARRAYS, y),
        "tagger": lambda y: RNNTagger(**TINY).fit(ARRAYS, y),
        "transcriber": lambda y: RNNTranscriber(**TINY).fit(ARRAYS, y),
        "forecaster": lambda y: RNNForecaster(1, **TINY).fit(y),
        "windows": lambda y: sliding_windows(ARRAYS[0], y, context_length=2),
    },
    "sample_weight": {
        "classifier": lambda w: RNNClassifier(**TINY).fit(ARRAYS, Y, sample_weight=w)
    },
    "frame": {"long table": lambda frame: from_long(frame, "a", "b")},
    "y_true": {"word error rate": lambda y: word_error_rate(y, ["a"] * 4)},
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("argument", READERS)
def test_what_cannot_be_read_is_refused_by_its_name(argument, kind):
    for read in READERS[argument].values():
        with pytest.raises((TypeError, ValueError), match=rf"\b{argument}\b") as error:
            read(UNREADABLE[kind])
        assert type(error.value) in (TypeError, ValueError)


def closed_group() -> h5py.Group:
    with h5py.File(io.BytesIO(), "w") as file:
        file["group/x"] = np.zeros(3)
        return file["group"]


LABELLED = xr.DataArray(np.zeros((4, 4)), dims=("sample", "time"), coords={"sample": [0, 0, 1, 1]})
FIELDS = [("a", "f8"), ("b", "f8")]
RECORD = ak.Array([{"a": [1.0, 2.0], "b": [2.0, 3.0]}])[0]
DAYS = np.full((4, 4), np.datetime64("2024-01-01"))
# What holds no sequences and no texts; as labels or weights some of these may do.
NO_SEQUENCES = {
    "record": lambda: RECORD,
    "record of texts": lambda: ak.Array([{"a": "one text"}])[0],
    "groups of xarray": lambda: LABELLED.groupby("sample"),
    "groups of a Dataset": lambda: LABELLED.to_dataset(name="a").groupby("sample"),
    "groups of pandas": lambda: pd.DataFrame({"a": [0, 1], "b": [1.0, 2.0]}).groupby("a"),
    "groups of a Series": lambda: pd.Series([1.0, 2.0]).groupby([0, 1]),
    "groups of polars": lambda: pl.DataFrame({"a": [0, 1], "b": [1.0, 2.0]}).group_by("a"),
    "groups of Arrow": lambda: pa.table({"a": [0, 1]}).group_by("a"),
    "windows of pandas": lambda: pd.DataFrame({"a": [1.0, 2.0]}).rolling(2),
    "windows of xarray": lambda: LABELLED.rolling(time=2),
    "closed file": closed_file,
    "closed group": closed_group,
    "generator": lambda: (x for x in ARRAYS),
    "map": lambda: map(np.asarray, ARRAYS),
    "arrays of other lengths by name": lambda: {"a": np.zeros(3), "b": np.zeros(4)},
    "bytes without a type": lambda: np.zeros(4, dtype="V8"),
    "structured": lambda: np.zeros(4, dtype=FIELDS),
    "structured table": lambda: np.zeros((4, 5), dtype=FIELDS),
    "structured entry": lambda: np.zeros(4, dtype=FIELDS)[0],
    "list of structured arrays": lambda: [np.zeros(3, dtype=FIELDS)] * 4,
    "no axis": lambda: np.array(3.0),
    "no axis, nothing": lambda: np.array(None, dtype=object),
    "no axis, torch": lambda: torch.tensor(3.0),
    "no axis, xarray": lambda: xr.DataArray(3.0),
    "times": lambda: DAYS,
    "durations": lambda: DAYS - DAYS,
    "list of times": lambda: list(DAYS),
    "list of durations": lambda: list(DAYS - DAYS),
    "index of times": lambda: pd.date_range("2024", periods=4),
    "index of durations": lambda: pd.to_timedelta([1, 2, 3, 4], unit="s"),
    "periods": lambda: pd.period_range("2024", periods=4),
    "column of times": lambda: pd.DataFrame({"a": pd.date_range("2024", periods=4)}),
}
LANGUAGE_MODEL = RNNLanguageModel(**TINY).fit(["a b", "b c"])
MODEL_OF_IDS = RNNLanguageModel(**TINY).fit([[2, 3], [3, 4]])
LEARNED = TokenEncoder().fit(["a b"])
MORE_READERS = {
    "X": {
        "words": lambda X: RNNClassifier(embedding_dim=2, **TINY).fit(X, Y),
        "tokens": lambda X: RNNLanguageModel(analyzer=None, **TINY).fit(X),
        "score of texts": LANGUAGE_MODEL.score,
        "score of ids": MODEL_OF_IDS.score,
        "token encoder": lambda X: TokenEncoder(analyzer=None).fit(X),
        "ids to tokens": LEARNED.inverse_transform,
    },
    "prompt": {
        "texts": lambda prompt: LANGUAGE_MODEL.generate(prompt, max_length=1),
        "ids": lambda prompt: MODEL_OF_IDS.generate(prompt, max_length=1),
    },
}


@pytest.mark.parametrize("kind", NO_SEQUENCES)
def test_what_holds_no_sequences_is_refused_by_its_name(kind):
    for argument, readers in (("X", READERS["X"]), *MORE_READERS.items()):
        for read in readers.values():
            with pytest.raises((TypeError, ValueError), match=rf"^{argument}\b.*Expected") as error:
                read(NO_SEQUENCES[kind]())
            assert type(error.value) in (TypeError, ValueError)


@pytest.mark.parametrize("kind", ["groups of pandas", "groups of polars", "groups of xarray"])
def test_groups_are_taken_apart_by_the_remedy(kind):
    X = NO_SEQUENCES[kind]()
    with pytest.raises(TypeError, match="groups that have not been taken apart") as error:
        SequenceScaler().fit(X)
    taken = eval(re.search(r"Pass (\[.*\])\.$", str(error.value)).group(1), {"X": X})
    assert len(SequenceScaler().fit_transform([np.asarray(x) for x in taken])) == 2


def test_labels_beside_groups_are_left_out_by_the_remedy():
    X = list(pd.DataFrame({"who": [1, 1, 2], "x": [1.0, 2.0, 3.0]}).groupby("who")["x"])
    with pytest.raises(TypeError, match="got a list of pairs of a label and a group") as error:
        SequenceScaler().fit(X)
    taken = eval(re.search(r"Pass (\[.*\])\.$", str(error.value)).group(1), {"X": X})
    assert [len(x) for x in SequenceScaler().fit_transform(taken)] == [2, 1]


def test_a_record_of_lists_is_one_sample():
    with pytest.raises(TypeError, match=r"Pass \[X\] if it is one sample") as error:
        SequenceScaler().fit(RECORD)
    assert "awkward Record" in str(error.value)
    scaler = SequenceScaler().fit([RECORD])
    assert scaler.feature_names_in_.tolist() == ["a", "b"]
    np.testing.assert_array_equal(scaler.mean_, [1.5, 2.5])


@pytest.mark.parametrize("argument", ["y", "groups"])
def test_records_are_neither_transcripts_nor_groups(argument):
    records = np.zeros(4, dtype=FIELDS)
    arguments = {"y": ["a"] * 4} | {argument: records}
    with pytest.raises(TypeError, match=rf"^{argument}: got (a record|records).*field"):
        RNNTranscriber(**TINY).fit(ARRAYS, **arguments)


def test_categories_are_read_as_their_values():
    texts, rows = ["a b", "b c", "a b"], [["a", "b"], ["b", "c"], ["c", "a"]]
    expected = LEARNED.fit(texts).vocabulary_
    for column in (
        pd.Categorical(texts),
        pd.Series(texts, dtype="category"),
        pl.Series(texts, dtype=pl.Categorical),
        pa.array(texts).dictionary_encode(),
    ):
        assert TokenEncoder().fit(column).vocabulary_ == expected
        assert RNNLanguageModel(**TINY).fit(column).encoder_.vocabulary_ == expected
    expected = TokenEncoder(analyzer=None).fit_transform(rows)
    for table in (
        pd.DataFrame(rows, dtype="category"),
        pl.DataFrame(rows, orient="row").cast(pl.Categorical),
        [pd.Categorical(row) for row in rows],
        [pd.Series(row, dtype="category") for row in rows],
    ):
        np.testing.assert_array_equal(TokenEncoder(analyzer=None).fit_transform(table), expected)


COUNTED = ("sparse matrix", "complex tensor", "list of meta tensors", "list in itself")


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
def test_a_fitted_forecaster_refuses_them_in_update_and_predict():
    series = 100 + np.arange(40) % 7 + 0.1 * RNG.normal(size=40)
    forecaster = RNNForecaster(1, hidden_size=2, max_epochs=1, random_state=0).fit(series)
    for kind, given in UNREADABLE.items():
        with pytest.raises((TypeError, ValueError), match=r"\by\b"):
            forecaster.update(given)
        # without features in fit only the rows are counted.
        if kind not in COUNTED:
            with pytest.raises((TypeError, ValueError), match=r"\bX\b"):
                forecaster.predict(given)


def test_collections_of_python_are_read_like_lists():
    expected = RNNClassifier(**TINY).fit(ARRAYS, Y).predict_proba(ARRAYS)
    for X in (collections.deque(ARRAYS), collections.UserList(ARRAYS)):
        found = RNNClassifier(**TINY).fit(X, collections.deque(Y)).predict_proba(X)
        np.testing.assert_array_equal(found, expected)


def run_remedy(error, X):
    code = re.search(r"Pass (.*?)( if |, or |\.$)", str(error)).group(1)
    return eval(code, {"X": X})


def test_a_query_is_run_by_its_remedy():
    X = pl.LazyFrame({"a": [1.0, 2, 3, 4], "b": [4.0, 3, 2, 1]})
    with pytest.raises(TypeError, match=r"^X: got a LazyFrame, a query") as error:
        RNNClassifier(**TINY).fit(X, Y)
    RNNClassifier(**TINY).fit(run_remedy(error.value, X), Y)
    X = [pl.LazyFrame({"a": x[:, 0]}) for x in ARRAYS]
    with pytest.raises(TypeError, match=r"^X\[0\]: got a LazyFrame") as error:
        RNNClassifier(**TINY).fit(X, Y)
    RNNClassifier(**TINY).fit(run_remedy(error.value, X), Y)


@pytest.mark.parametrize(
    "dims",
    [("time", "a", "b"), ("a", "feature", "b"), ("a", "sample", "b"), ("a", "b", "time")],
)
def test_axes_whose_names_leave_it_open_are_refused(dims):
    X = xr.DataArray(RNG.normal(size=(4, 4, 4)), dims=dims)
    with pytest.raises(ValueError, match=r"^X: got a DataArray of the axes") as error:
        RNNClassifier(**TINY).fit(X, Y)
    RNNClassifier(**TINY).fit(run_remedy(error.value, X), Y)


@pytest.mark.parametrize("dims", [("time", "feature"), ("sample", "feature"), ("feature", "x")])
def test_one_recording_or_samples_without_time_are_refused(dims):
    X = xr.DataArray(RNG.normal(size=(4, 4)), dims=dims)
    with pytest.raises(ValueError, match=r"^X: got a DataArray of the axes") as error:
        SequenceScaler().fit(X)
    assert SequenceScaler().fit(run_remedy(error.value, X)).n_features_in_ == 4


def test_variables_of_other_axes_are_refused():
    X = xr.Dataset(
        {
            "a": (("sample", "time"), RNG.normal(size=(4, 5))),
            "b": (("sample", "time"), RNG.normal(size=(4, 5))),
            "name": ("sample", list("abcd")),
        }
    )
    with pytest.raises(ValueError, match="variables of the same axes") as error:
        RNNClassifier(**TINY).fit(X, Y)
    estimator = RNNClassifier(**TINY).fit(run_remedy(error.value, X), Y)
    assert estimator.feature_names_in_.tolist() == ["a", "b"]
