"""Names of columns are learned wherever samples carry them, and other names are refused."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr

from skrnn import RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber
from skrnn._input.tokens import read_tokens
from skrnn.inspection import (
    IntegratedGradientsDisplay,
    integrated_gradients,
    permutation_importance,
    recurrent_states,
)
from skrnn.preprocessing import (
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
    from_long,
    sliding_windows,
)
from tests.input.named_tables import NAMED, NAMES, columns_of, data_array, reordered

TINY = {"hidden_size": 2, "max_epochs": 2, "random_state": 0}
RNG = np.random.default_rng(0)
ARRAYS = [RNG.normal(size=(4 + i % 3, 3)) for i in range(8)]
Y = np.arange(8) % 2
LABELS = [np.arange(len(x)) % 2 for x in ARRAYS]
TARGETS = {
    RNNClassifier: Y,
    RNNRegressor: Y.astype(float),
    RNNTagger: LABELS,
    RNNTranscriber: ["ab", "ba"] * 4,
}
OTHER = ["load", "speed", "heat"]
FRAMES = [NAMED["pandas"](x) for x in ARRAYS]
OTHER_FRAMES = [x[OTHER] for x in FRAMES]
REFUSED = "(?s)Feature names must be in the same order as they were in fit.*Pass "

wrappings = pytest.mark.parametrize("wrap", NAMED.values(), ids=NAMED.keys())


def objects(samples) -> np.ndarray:
    array = np.empty(len(samples), dtype=object)
    for i, sample in enumerate(samples):
        array[i] = sample
    return array


def run_remedy(error, **names):
    """Run the code behind "Pass " in a message."""
    code = re.search(r"Pass (.*?)(, or pass|\.$)", str(error)).group(1)
    return eval(code, names)


@wrappings
def test_the_score_does_not_depend_on_the_order_of_columns_that_came(wrap):
    X = [wrap(x) for x in ARRAYS]
    estimator = RNNClassifier(**TINY).fit(X, Y)
    assert estimator.feature_names_in_.tolist() == NAMES
    assert estimator.n_features_in_ == 3
    others = [reordered(x, OTHER) for x in X]
    for method in (estimator.predict, estimator.predict_proba, estimator.transform):
        with pytest.raises(ValueError, match=REFUSED) as error:
            method(others)
    with pytest.raises(ValueError, match=REFUSED):
        estimator.score(others, Y)
    again = run_remedy(error.value, X=others, estimator=estimator)
    np.testing.assert_array_equal(estimator.predict_proba(again), estimator.predict_proba(X))


@wrappings
def test_samples_of_one_x_with_other_names_are_refused_by_their_position(wrap):
    X = [wrap(x) for x in ARRAYS]
    X[5] = reordered(X[5], OTHER)
    with pytest.raises(ValueError, match=r"\['load', 'speed', 'heat'\] at position 5") as error:
        RNNClassifier(**TINY).fit(X, Y)
    again = run_remedy(error.value, X=X)
    assert RNNClassifier(**TINY).fit(again, Y).feature_names_in_.tolist() == NAMES


@pytest.mark.parametrize("make", TARGETS, ids=lambda make: make.__name__)
def test_every_estimator_learns_names_and_refuses_others(make):
    estimator = make(**TINY).fit(FRAMES, TARGETS[make])
    assert estimator.feature_names_in_.tolist() == NAMES
    with pytest.raises(ValueError, match=REFUSED):
        estimator.predict(OTHER_FRAMES)
    with pytest.raises(ValueError, match=r"^X_val: "):
        make(**TINY).fit(FRAMES, TARGETS[make], X_val=OTHER_FRAMES, y_val=TARGETS[make])


@pytest.mark.parametrize(
    "make",
    [SequencePadder, SequenceScaler, TimeDifferences, PerTimestep],
    ids=lambda make: make.__name__,
)
def test_every_transformer_learns_names_and_refuses_others(make):
    transformer = make().fit(FRAMES)
    assert transformer.feature_names_in_.tolist() == NAMES
    transformer.transform(FRAMES)
    with pytest.raises(ValueError, match=REFUSED):
        transformer.transform(OTHER_FRAMES)
    if make in (SequencePadder, SequenceScaler):
        with pytest.raises(ValueError, match=REFUSED):
            transformer.inverse_transform(OTHER_FRAMES)
        transformer.inverse_transform(transformer.transform(FRAMES))


def test_partial_fit_and_a_warm_start_refuse_other_names():
    learner = RNNClassifier(**TINY).partial_fit(FRAMES, Y, classes=[0, 1])
    with pytest.raises(ValueError, match=REFUSED):
        learner.partial_fit(OTHER_FRAMES, Y)
    warm = RNNClassifier(**TINY, warm_start=True).fit(FRAMES, Y)
    with pytest.raises(ValueError, match=REFUSED):
        warm.fit(OTHER_FRAMES, Y)


@pytest.mark.parametrize(
    "container", [tuple, pd.Series, objects], ids=["tuple", "Series", "object array"]
)
def test_names_are_learned_in_every_container_of_samples(container):
    estimator = RNNClassifier(**TINY).fit(container(FRAMES), Y)
    assert estimator.feature_names_in_.tolist() == NAMES
    with pytest.raises(ValueError, match=REFUSED) as error:
        estimator.predict(container(OTHER_FRAMES))
    again = run_remedy(error.value, X=container(OTHER_FRAMES), estimator=estimator)
    np.testing.assert_array_equal(estimator.predict(again), estimator.predict(FRAMES))


def test_a_3d_array_with_names_has_features_with_names():
    values = np.stack([x[:4] for x in ARRAYS])
    X = data_array(values, ("sample", "time", "feature"))
    estimator = RNNClassifier(**TINY).fit(X, Y)
    assert estimator.feature_names_in_.tolist() == NAMES
    estimator.predict([x[:4] for x in FRAMES])
    with pytest.raises(ValueError, match=REFUSED) as error:
        estimator.predict(X.sel(feature=OTHER))
    again = run_remedy(error.value, X=X.sel(feature=OTHER), estimator=estimator)
    np.testing.assert_array_equal(np.asarray(again), values)


def test_variables_of_a_dataset_are_named_features():
    values = np.stack([x[:4] for x in ARRAYS])
    X = xr.Dataset({n: (("sample", "time"), values[:, :, i]) for i, n in enumerate(NAMES)})
    estimator = RNNClassifier(**TINY).fit(X, Y)
    assert estimator.feature_names_in_.tolist() == NAMES
    named = estimator.predict_proba([x[:4] for x in FRAMES])
    np.testing.assert_array_equal(estimator.predict_proba(X), named)
    with pytest.raises(ValueError, match=REFUSED) as error:
        estimator.predict(X[OTHER])
    again = run_remedy(error.value, X=X[OTHER], estimator=estimator)
    np.testing.assert_array_equal(estimator.predict_proba(again), named)


def test_a_table_of_another_library_has_columns_with_names():
    table = pl.DataFrame(columns_of(np.stack([x[:3, 0] for x in ARRAYS])))
    estimator = RNNClassifier(**TINY).fit(table, Y)
    assert estimator.feature_names_in_.tolist() == NAMES
    with pytest.raises(ValueError, match=REFUSED):
        estimator.predict(table[OTHER])


def test_names_on_one_side_only_are_warned_of_once():
    with_names = RNNClassifier(**TINY).fit(FRAMES, Y)
    without = RNNClassifier(**TINY).fit(ARRAYS, Y)
    for estimator, X, wording in (
        (with_names, ARRAYS, "X does not have valid feature names, but RNNClassifier was fitted"),
        (without, FRAMES, "X has feature names, but RNNClassifier was fitted without feature na"),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            estimator.predict(X)
        assert len(caught) == 1
        assert wording in str(caught[0].message)
        assert caught[0].filename == __file__


def test_samples_with_and_without_names_in_one_x_are_warned_of():
    with pytest.warns(UserWarning, match="in sample 1, but sample 0 does not have valid feature"):
        estimator = RNNClassifier(**TINY).fit([ARRAYS[0], *FRAMES[1:]], Y)
    assert estimator.feature_names_in_.tolist() == NAMES


def test_a_missing_column_is_named_and_cannot_be_selected():
    estimator = RNNClassifier(**TINY).fit(FRAMES, Y)
    with pytest.raises(ValueError, match=r"(?s)now missing:\n- speed\n.*Add the columns that are"):
        estimator.predict([x[["load", "heat"]] for x in FRAMES])
    with pytest.raises(ValueError, match=r"(?s)unseen at fit time:\n- wind\n.*Pass \[x\[list"):
        estimator.predict([x.assign(wind=1.0) for x in FRAMES])


def test_names_that_are_no_strings_are_not_learned_and_mixed_ones_refused():
    numbered = [pd.DataFrame(x) for x in ARRAYS]
    assert not hasattr(RNNClassifier(**TINY).fit(numbered, Y), "feature_names_in_")
    mixed = [x.set_axis(["a", 1, 2], axis=1) for x in numbered]
    with pytest.raises(TypeError, match=r"\['int', 'str'\].*\n.*x\.rename\(columns=str\)"):
        RNNClassifier(**TINY).fit(mixed, Y)


def test_several_ids_a_timestep_have_names():
    ids = [pd.DataFrame({"word": [2, 3], "tag": [4, 5]}), pd.DataFrame({"word": [3], "tag": [4]})]
    assert read_tokens(ids, allow_several=True).names.tolist() == ["word", "tag"]
    estimator = RNNClassifier(**TINY, embedding_dim=2).fit(ids * 4, Y)
    assert estimator.feature_names_in_.tolist() == ["word", "tag"]
    with pytest.raises(ValueError, match=REFUSED):
        estimator.predict([x[["tag", "word"]] for x in ids])


def test_a_stream_refuses_other_names_and_warns_once_of_none():
    transcriber = RNNTranscriber(**TINY, bidirectional=False).fit(FRAMES, TARGETS[RNNTranscriber])
    chunks = [FRAMES[0][:2], FRAMES[0][2:]]
    named = list(transcriber.stream(chunks))
    with pytest.raises(ValueError, match=r"(?s)chunks: .*Pass \[x\[list\("):
        list(transcriber.stream([x[OTHER] for x in chunks]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nameless = list(transcriber.stream([x.to_numpy() for x in chunks]))
    assert len(caught) == 1
    assert nameless == named


@wrappings
def test_inspection_keeps_names_and_refuses_others(wrap):
    X = [wrap(x) for x in ARRAYS]
    estimator = RNNClassifier(**TINY).fit(X, Y)
    attributions = integrated_gradients(estimator, X[0], target=0).attributions
    assert attributions["feature"].unique().tolist() == NAMES
    display = IntegratedGradientsDisplay.from_estimator(estimator, X[0], target=0)
    assert display.attributions["feature"].unique().tolist() == NAMES
    importances = permutation_importance(estimator, X, Y, n_repeats=2, random_state=0)
    assert importances.feature_names == NAMES
    for explain in (integrated_gradients, recurrent_states):
        with pytest.raises(ValueError, match=REFUSED):
            explain(estimator, reordered(X[0], OTHER))


def test_windows_of_series_with_other_columns_are_refused():
    long = [pd.DataFrame(RNG.normal(size=(6, 3)), columns=NAMES) for _ in range(2)]
    windows, _ = sliding_windows(long, context_length=2)
    assert windows.shape == (8, 2, 3)
    with pytest.raises(ValueError, match=r"X: got a DataFrame with the columns .* at position 1"):
        sliding_windows([long[0], long[1][OTHER]], context_length=2)
    with pytest.raises(ValueError, match=r"y: got a DataFrame with the columns .* at position 1"):
        sliding_windows(long, [long[0], long[1][OTHER]], context_length=2)


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_a_long_table_of_another_library_keeps_its_names(library):
    frame = pd.DataFrame({"sample": [1, 1, 2], "time": [2, 1, 1], "heat": [0.5, 1.5, 2.5]})
    expected, ids = from_long(frame, "sample", "time")
    table = {"polars": pl.DataFrame, "pyarrow": pa.table}[library](dict(frame))
    sequences, found = from_long(table, "sample", "time")
    assert found.equals(ids)
    for one, other in zip(sequences, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@wrappings
def test_windows_keep_names_on_request(wrap):
    long = RNG.normal(size=(8, 3))
    arrays, _ = sliding_windows(long, context_length=2)
    for X in (wrap(long), [wrap(long)]):
        windows, targets = sliding_windows(X, context_length=2, as_frames=True)
        assert all(window.columns.tolist() == NAMES for window in windows)
        np.testing.assert_array_equal(np.stack([window.to_numpy() for window in windows]), arrays)
    estimator = RNNRegressor(**TINY).fit(windows, targets)
    assert estimator.feature_names_in_.tolist() == NAMES
    others, _ = sliding_windows(reordered(wrap(long), OTHER), context_length=2, as_frames=True)
    with pytest.raises(ValueError, match=REFUSED):
        estimator.predict(others)


def test_windows_without_names_cannot_be_frames():
    with pytest.raises(ValueError, match=r"^as_frames: got True, but X is a ndarray without names"):
        sliding_windows(ARRAYS[0], context_length=2, as_frames=True)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_long_table_keeps_names_on_request(make):
    columns = {
        "id": [1, 1, 2, 2],
        "t": [1, 2, 1, 2],
        "heat": [0.5, 1, 2, 3],
        "load": [1.0, 2, 3, 4],
    }
    samples, _, y = from_long(make(columns), "id", "t", target="id", as_frames=True)
    estimator = RNNClassifier(**TINY).fit(samples, y)
    assert estimator.feature_names_in_.tolist() == ["heat", "load"]
    reordered_columns = {name: columns[name] for name in ("load", "heat", "t", "id")}
    others, _ = from_long(make(reordered_columns), "id", "t", as_frames=True)
    with pytest.raises(ValueError, match=REFUSED):
        estimator.predict(others)
    same, _ = from_long(make(columns), "id", "t", ["heat", "load"], as_frames=True)
    np.testing.assert_array_equal(estimator.predict(same), estimator.predict(samples))


def test_a_long_table_of_a_single_feature_keeps_its_name():
    frame = pd.DataFrame({"id": [1, 1], "t": [1, 2], "heat": [0.5, 1.0]})
    (sample,), _ = from_long(frame, "id", "t", "heat", as_frames=True)
    assert sample.columns.tolist() == ["heat"]
