"""The same data in the containers of other libraries give the same predictions, to the bit."""

from __future__ import annotations

import array
import functools
import io
import itertools
import warnings

import awkward as ak
import h5py
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
import xarray as xr
from sklearn.base import clone

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn.preprocessing import (
    LogMelSpectrogram,
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
    TokenEncoder,
    sliding_windows,
)
from tests.conftest import pad
from tests.input.named_tables import NAMED, NAMES, data_array

TINY = {"hidden_size": 2, "max_epochs": 2, "random_state": 0}
RNG = np.random.default_rng(0)
LENGTHS = (4, 5, 6, 4, 5, 3)
ARRAYS = [RNG.normal(size=(n, 3)).round(3) for n in LENGTHS]
LISTS = [x.tolist() for x in ARRAYS]
CUBE = np.stack([x[:3] for x in ARRAYS])
Y = np.arange(6) % 2
LABELS = [(np.arange(n) + n) % 2 for n in LENGTHS]
H5 = h5py.File(io.BytesIO(), "w")
ONE_FEATURE = H5.create_dataset("ragged", (6,), dtype=h5py.vlen_dtype(np.float64))
for i, x in enumerate(ARRAYS):
    ONE_FEATURE[i] = x[:, 0]


class ZarrLike:
    """Has a shape, a type and items, and nothing else."""

    def __init__(self, values) -> None:
        self._values, self.shape, self.dtype = values, values.shape, values.dtype

    def __getitem__(self, key):
        return self._values[key]


def objects(values) -> np.ndarray:
    found = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        found[i] = value
    return found


def of_arrow(values) -> pd.Series:
    return pd.Series(values, dtype=pd.ArrowDtype(pa.array(values).type))


def nested_tensor(layout: torch.layout) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls them a prototype
        return torch.nested.nested_tensor([torch.from_numpy(x) for x in ARRAYS], layout=layout)


RECORDS = [[dict(zip(NAMES, row, strict=True)) for row in x] for x in LISTS]
RAGGED = {
    "Series of lists": pd.Series(LISTS),
    "arrays of arrays": objects([objects(list(x)) for x in ARRAYS]),
    "pandas of Arrow": of_arrow(LISTS),
    "pandas from Parquet": pa.table({"x": LISTS}).to_pandas()["x"],
    "Arrow": pa.array(LISTS),
    "Arrow in chunks": pa.chunked_array([LISTS[:2], LISTS[2:]]),
    "Arrow, rows of fixed length": pa.array(LISTS, pa.list_(pa.list_(pa.float64(), 3))),
    "Arrow, large": pa.array(LISTS, pa.large_list(pa.large_list(pa.float64()))),
    # without the type, older versions of pyarrow sort the names.
    "Arrow of structs": pa.array(
        RECORDS, pa.list_(pa.struct([(name, pa.float64()) for name in NAMES]))
    ),
    "polars": pl.Series(LISTS),
    "polars, rows of fixed length": pl.Series(LISTS, dtype=pl.List(pl.Array(pl.Float64, 3))),
    "polars of structs": pl.Series(RECORDS),
    "awkward": ak.Array(LISTS),
    "awkward, regular rows": ak.to_regular(ak.Array(LISTS), axis=2),
    "awkward records": ak.Array(RECORDS),
    "awkward record of lists": ak.Array(
        [dict(zip(NAMES, x.T.tolist(), strict=True)) for x in ARRAYS]
    ),
    "nested tensor": nested_tensor(torch.strided),
    "jagged tensor": nested_tensor(torch.jagged),
    "HDF5 of each sample": [H5.create_dataset(f"s{i}", data=x) for i, x in enumerate(ARRAYS)],
    "zarr of each sample": [ZarrLike(x) for x in ARRAYS],
    "memoryviews": [memoryview(x) for x in ARRAYS],
    "Fortran order": [np.asfortranarray(x) for x in ARRAYS],
    **{f"{name} of each sample": [wrap(x) for x in ARRAYS] for name, wrap in NAMED.items()},
}
COLUMNS = [x[:, 0].tolist() for x in ARRAYS]
RAGGED_ONE = {
    "pandas of Arrow": of_arrow(COLUMNS),
    "Arrow": pa.array(COLUMNS),
    "polars": pl.Series(COLUMNS),
    "awkward": ak.Array(COLUMNS),
    "HDF5 of lengths of its own": ONE_FEATURE,
    "Series of polars": [pl.Series(x) for x in COLUMNS],
    "arrays of Arrow": [pa.array(x) for x in COLUMNS],
    "arrays of Python": [array.array("d", x) for x in COLUMNS],
    "Series of pandas of Arrow": [pd.Series(x, dtype="double[pyarrow]") for x in COLUMNS],
}
CUBES = {
    **{
        f"DataArray {axes}": data_array(CUBE, axes)
        for axes in itertools.permutations(("sample", "time", "feature"))
    },
    "DataArray, an axis of another name": data_array(CUBE, ("time", "feature", "sample")).rename(
        sample="machine"
    ),
    "DataArray without names": xr.DataArray(CUBE),
    "Dataset": xr.Dataset({n: (("time", "sample"), CUBE[:, :, i].T) for i, n in enumerate(NAMES)}),
    "HDF5": H5.create_dataset("cube", data=CUBE),
    "zarr": ZarrLike(CUBE),
    "awkward": ak.Array(CUBE),
    "polars, fixed shape": pl.Series(CUBE.tolist(), dtype=pl.Array(pl.Float64, (3, 3))),
    "tensors of Arrow": pa.FixedShapeTensorArray.from_numpy_ndarray(CUBE),
    "Fortran order": np.asfortranarray(CUBE),
}
TABLE = CUBE[:, :, 0]
TABLES = {
    "polars": pl.DataFrame(TABLE),
    "Arrow": pa.table({str(i): column for i, column in enumerate(TABLE.T)}),
    "pandas of Arrow": pd.DataFrame(TABLE, dtype="float64[pyarrow]"),
    "pandas, nullable": pd.DataFrame(TABLE, dtype="Float64"),
    "DataArray, time first": xr.DataArray(TABLE.T, dims=("time", "sample")),
    "HDF5": H5.create_dataset("table", data=TABLE),
    "zarr": ZarrLike(TABLE),
    "awkward": ak.Array(TABLE),
}
PLAIN = {
    "ragged": (ARRAYS, RAGGED),
    "one feature": ([x[:, 0] for x in ARRAYS], RAGGED_ONE),
    "3-D": (CUBE, CUBES),
    "2-D": (TABLE, TABLES),
}
SAMPLES = [(kind, name) for kind, (_, boxes) in PLAIN.items() for name in boxes]


def assert_same(found, expected) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@functools.cache
def of_arrays(kind: str):
    """What is expected of numpy arrays."""
    X, _ = PLAIN[kind]
    estimator = RNNClassifier(**TINY).fit(X, Y)
    return estimator, estimator.predict_proba(X), SequenceScaler().fit_transform(X)


@pytest.mark.filterwarnings("ignore:X .*feature names:UserWarning")
@pytest.mark.parametrize(("kind", "name"), SAMPLES, ids=lambda v: v)
def test_samples_in_another_container(kind, name):
    X = PLAIN[kind][1][name]
    estimator, expected, scaled = of_arrays(kind)
    np.testing.assert_array_equal(estimator.predict_proba(X), expected)
    assert_same(SequenceScaler().fit_transform(X), scaled)


@pytest.mark.parametrize("transformer", [SequencePadder(), TimeDifferences(), PerTimestep()])
def test_other_transformers_read_the_same(transformer):
    expected = transformer.fit_transform(ARRAYS)
    for name in ("pandas of Arrow", "polars", "awkward", "Dataset of each sample"):
        assert_same(transformer.fit_transform(RAGGED[name]), expected)
    np.testing.assert_array_equal(
        transformer.fit_transform(data_array(CUBE, ("feature", "sample", "time"))),
        transformer.fit_transform(CUBE),
    )


@pytest.mark.parametrize(
    "name", ["pandas of Arrow", "polars", "awkward", "jagged tensor", "DataArray of each sample"]
)
@pytest.mark.parametrize(
    ("make", "y"),
    [(RNNRegressor, Y + 0.5), (RNNTagger, LABELS), (RNNTranscriber, ["ab", "ba", "a"] * 2)],
)
def test_other_estimators_read_the_same(make, y, name):
    X = RAGGED[name]
    found, expected = make(**TINY).fit(X, y), make(**TINY).fit(ARRAYS, y)
    assert_same(found.predict(X), expected.predict(ARRAYS))
    assert found.score(X, y) == expected.score(ARRAYS, y)


def values_in_boxes(values: np.ndarray) -> dict:
    """Wrap numbers or labels, one for each sample."""
    listed = values.tolist()
    return {
        "polars": pl.Series(listed),
        "Arrow": pa.array(listed),
        "Arrow in chunks": pa.chunked_array([listed[:2], listed[2:]]),
        "a dictionary of Arrow": pa.array(listed).dictionary_encode(),
        "awkward": ak.Array(listed),
        "xarray": xr.DataArray(values, dims="sample"),
        "pandas of Arrow": of_arrow(listed),
        "pandas, nullable": pd.Series(listed).convert_dtypes(),
        "categories": pd.Series(listed, dtype="category"),
    }


VALUES = {
    "integers": Y,
    "booleans": Y == 1,
    "strings": np.array(["no", "yes"])[Y],
    "floats": RNG.normal(size=6),
}


@functools.cache
def of_values(kind: str):
    estimator = (RNNRegressor if kind == "floats" else RNNClassifier)(**TINY)
    return estimator.fit(ARRAYS, VALUES[kind]), estimator.predict(ARRAYS)


@pytest.mark.parametrize(
    ("kind", "name"), list(itertools.product(VALUES, values_in_boxes(Y))), ids=lambda v: v
)
def test_targets_in_another_container(kind, name):
    y = values_in_boxes(VALUES[kind])[name]
    estimator, expected = of_values(kind)
    found = clone(estimator).fit(ARRAYS, y)
    np.testing.assert_array_equal(found.predict(ARRAYS), expected)
    assert estimator.score(ARRAYS, y) == estimator.score(ARRAYS, VALUES[kind])


@pytest.mark.parametrize("name", ["polars", "Arrow", "awkward", "xarray", "pandas of Arrow"])
def test_weights_and_groups_in_another_container(name):
    weight, groups = np.arange(1.0, 7), np.array(list("aabbcc"))
    split = {"early_stopping": True, "validation_fraction": 0.5}
    expected, found = (
        RNNRegressor(**TINY, **split).fit(ARRAYS, Y, sample_weight=w, groups=g).predict(ARRAYS)
        for w, g in (
            (weight, groups),
            (values_in_boxes(weight)[name], values_in_boxes(groups)[name]),
        )
    )
    np.testing.assert_array_equal(found, expected)


def test_several_outputs_with_named_axes():
    y = RNG.normal(size=(6, 2))
    expected = RNNRegressor(**TINY).fit(ARRAYS, y).predict(ARRAYS)
    outputs_first = xr.DataArray(y.T, dims=("output", "sample"))
    for other in (outputs_first, pl.DataFrame(y), pa.table({"a": y[:, 0], "b": y[:, 1]})):
        np.testing.assert_array_equal(
            RNNRegressor(**TINY).fit(ARRAYS, other).predict(ARRAYS), expected
        )


def nested_in_boxes(values: list[list]) -> dict:
    return {
        "pandas of Arrow": of_arrow(values),
        "Arrow": pa.array(values),
        "polars": pl.Series(values),
        "awkward": ak.Array(values),
        "Series of polars": [pl.Series(x) for x in values],
        "arrays of Arrow": [pa.array(x) for x in values],
    }


@pytest.mark.parametrize("name", nested_in_boxes([[0]]))
def test_labels_of_timesteps_in_another_container(name):
    for labels in (LABELS, [np.array(["O", "B"])[x] for x in LABELS]):
        y = nested_in_boxes([x.tolist() for x in labels])[name]
        expected = RNNTagger(**TINY).fit(ARRAYS, labels)
        found = RNNTagger(**TINY).fit(ARRAYS, y)
        assert_same(found.predict(ARRAYS), expected.predict(ARRAYS))
        assert found.score(ARRAYS, y) == expected.score(ARRAYS, labels)


def test_padded_labels_with_named_axes():
    padded = pad([x[:, None] for x in LABELS])[:, :, 0]
    padded[np.isnan(padded)] = 0
    y = xr.DataArray(padded.T, dims=("time", "sample"))
    expected = RNNTagger(**TINY).fit(ARRAYS, LABELS).predict(ARRAYS)
    assert_same(RNNTagger(**TINY).fit(ARRAYS, y).predict(ARRAYS), expected)


TEXTS = ["a dog", "the cat sat", "a cat", "dog dog", "the dog", "a"]
WORDS = [text.split() for text in TEXTS]


@pytest.mark.parametrize("name", nested_in_boxes([[0]]))
def test_tokens_and_ids_in_another_container(name):
    words = nested_in_boxes(WORDS)[name]
    expected = TokenEncoder(analyzer=None).fit_transform(WORDS)
    np.testing.assert_array_equal(TokenEncoder(analyzer=None).fit_transform(words), expected)
    ids = [(x + 2).tolist() for x in LABELS]
    boxed = nested_in_boxes(ids)[name]
    found, expected = (
        RNNClassifier(**TINY, embedding_dim=2).fit(X, Y).predict_proba(X) for X in (boxed, ids)
    )
    np.testing.assert_array_equal(found, expected)
    assert RNNLanguageModel(**TINY).fit(boxed).score(boxed) == RNNLanguageModel(**TINY).fit(
        ids
    ).score(ids)


@pytest.mark.parametrize("name", ["polars", "Arrow", "awkward", "xarray", "pandas of Arrow"])
def test_texts_and_transcripts_in_another_container(name):
    texts = values_in_boxes(np.array(TEXTS))[name]
    expected = TokenEncoder().fit_transform(TEXTS)
    np.testing.assert_array_equal(TokenEncoder().fit_transform(texts), expected)
    assert RNNLanguageModel(**TINY).fit(texts).score(texts) == RNNLanguageModel(**TINY).fit(
        TEXTS
    ).score(TEXTS)
    said = ["ab", "b", "a", "ba", "b", "a"]
    y = values_in_boxes(np.array(said))[name]
    found, expected = (RNNTranscriber(**TINY).fit(ARRAYS, y) for y in (y, said))
    assert_same(found.predict(ARRAYS), expected.predict(ARRAYS))
    assert found.score(ARRAYS, y) == expected.score(ARRAYS, said)


def test_recordings_in_another_container():
    audio = RNG.normal(size=(3, 900)).clip(-1, 1)
    expected = LogMelSpectrogram(8000).fit_transform(list(audio))
    for X in (
        pl.Series(audio.tolist()),
        ak.Array(audio.tolist()),
        xr.DataArray(audio.T, dims=("time", "sample")),
        [xr.DataArray(x, dims="time") for x in audio],
    ):
        assert_same(LogMelSpectrogram(8000).fit_transform(X), expected)


@pytest.mark.parametrize("wrap", NAMED.values(), ids=NAMED.keys())
def test_windows_of_another_container(wrap):
    long = RNG.normal(size=(8, 3))
    for X, plain in ((wrap(long), long), ([wrap(long), wrap(long[:6])], [long, long[:6]])):
        found, expected = (sliding_windows(x, context_length=3) for x in (X, plain))
        assert_same(found, expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
def test_a_forecaster_reads_columns_of_another_library():
    series = 100 + np.arange(30) % 7 + RNG.normal(size=30)
    make = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
    expected = np.ravel(RNNForecaster(2, **make).fit(series).predict())
    for y in (
        pl.Series(series),
        pa.array(series),
        ak.Array(series),
        xr.DataArray(series, dims="time"),
        pd.Series(series, dtype="double[pyarrow]"),
        H5.create_dataset("series", data=series),
    ):
        found = RNNForecaster(2, **make).fit(y).predict()
        np.testing.assert_array_equal(np.ravel(found), expected)
