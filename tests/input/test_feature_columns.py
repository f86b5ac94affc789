"""Tables with a row for each sample and a column of sequences for each feature."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger, RNNTranscriber
from skrnn.inspection import integrated_gradients, permutation_importance
from skrnn.metrics import token_accuracy_score
from skrnn.preprocessing import (
    LogMelSpectrogram,
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
    TokenEncoder,
)
from tests.input.named_tables import NAMES, reordered

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
RNG = np.random.default_rng(0)
ARRAYS = [RNG.normal(size=(n, 3)).round(3) for n in (4, 5, 6, 4, 5, 3)]
Y = np.arange(6) % 2
LABELS = [np.arange(len(x)) % 2 for x in ARRAYS]

CELLS = {name: [x[:, i] for x in ARRAYS] for i, name in enumerate(NAMES)}
LISTS = {name: [x.tolist() for x in cells] for name, cells in CELLS.items()}
TABLES = {
    "lists": pd.DataFrame(LISTS),
    "arrays": pd.DataFrame(CELLS, index=list("fedcba")),
    "tuples": pd.DataFrame(LISTS).map(tuple),
    "sktime": pd.DataFrame(CELLS).map(pd.Series),
    "sktime with times": pd.DataFrame(CELLS).map(
        lambda x: pd.Series(x, index=pd.date_range("2024", periods=len(x)))
    ),
    "nullable Series": pd.DataFrame(CELLS).map(lambda x: pd.Series(x, dtype="Float64")),
    "pandas of Arrow": pa.table(LISTS).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.DataFrame(LISTS),
    "Arrow": pa.table(LISTS),
    "record batch": pa.RecordBatch.from_pydict(LISTS),
}
tables = pytest.mark.parametrize("kind", TABLES)


def assert_same(found, expected) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@tables
def test_a_table_of_sequences_is_read_as_the_arrays_are_with_names(kind):
    X = TABLES[kind]
    found = RNNClassifier(**TINY).fit(X, Y)
    assert found.feature_names_in_.tolist() == NAMES
    expected = RNNClassifier(**TINY).fit(ARRAYS, Y).predict_proba(ARRAYS)
    np.testing.assert_array_equal(found.predict_proba(X), expected)


@pytest.mark.parametrize("kind", ["arrays", "polars", "Arrow"])
def test_other_orders_and_names_are_refused(kind):
    X = TABLES[kind]
    estimator = RNNClassifier(**TINY).fit(X, Y)
    with pytest.raises(ValueError, match="same order as they were in fit") as error:
        estimator.predict(reordered(X, NAMES[::-1]))
    code = re.search(r"Pass (X.*)\.$", str(error.value)).group(1)
    taken = eval(code, {"X": reordered(X, NAMES[::-1]), "estimator": estimator})
    np.testing.assert_array_equal(estimator.predict_proba(taken), estimator.predict_proba(X))
    with pytest.raises(ValueError, match="yet now missing:\n- heat"):
        estimator.predict(reordered(X, NAMES[:2]))
    nameless = RNNClassifier(**TINY).fit([x[:, :2] for x in ARRAYS], Y)
    with pytest.raises(ValueError, match="has 3 features, but RNNClassifier is expecting 2"):
        nameless.predict(X)


@pytest.mark.parametrize(
    ("make", "y"),
    [(RNNRegressor, Y + 0.5), (RNNTagger, LABELS), (RNNTranscriber, ["ab", "ba", "a"] * 2)],
)
def test_every_estimator_of_sequences_reads_them(make, y):
    found, expected = make(**TINY).fit(TABLES["polars"], y), make(**TINY).fit(ARRAYS, y)
    assert found.feature_names_in_.tolist() == NAMES
    assert_same(found.predict(TABLES["arrays"]), expected.predict(ARRAYS))
    assert found.score(TABLES["sktime"], y) == expected.score(ARRAYS, y)


@pytest.mark.parametrize(
    "transformer", [SequenceScaler(), SequencePadder(), TimeDifferences(), PerTimestep()]
)
def test_every_transformer_of_sequences_reads_them(transformer):
    expected = transformer.fit_transform(ARRAYS)
    assert_same(transformer.fit_transform(TABLES["arrays"]), expected)
    assert transformer.feature_names_in_.tolist() == NAMES
    with pytest.raises(ValueError, match="same order as they were in fit"):
        transformer.transform(TABLES["polars"][NAMES[::-1]])


def test_token_ids_in_columns_are_several_of_each_timestep():
    X = pd.DataFrame({"word": [[2, 3], [4, 5, 6]], "tag": [[2, 2], [3, 3, 3]]})
    arrays = [np.column_stack(row) for row in X.to_numpy().tolist()]
    estimator = RNNClassifier(embedding_dim=2, **TINY).fit(X, [0, 1])
    assert estimator.feature_names_in_.tolist() == ["word", "tag"]
    expected = RNNClassifier(embedding_dim=2, **TINY).fit(arrays, [0, 1]).predict_proba(arrays)
    np.testing.assert_array_equal(estimator.predict_proba(X), expected)


def test_columns_of_different_types_are_joined_as_numpy_does():
    X = pd.DataFrame({"a": [[1, 2], [3]], "b": [[0.5, None], [1.5]], "c": [[True, False], [True]]})
    arrays = [[[1, 0.5, 1], [2, np.nan, 0]], [[3, 1.5, 1]]]
    assert_same(SequenceScaler().fit_transform(X), SequenceScaler().fit_transform(arrays))


def test_the_names_reach_what_explains_an_estimator():
    X = TABLES["arrays"]
    estimator = RNNClassifier(**TINY).fit(X, Y)
    for table in (X, TABLES["Arrow"]):
        found = permutation_importance(estimator, table, Y, n_repeats=1, random_state=0)
        assert found.feature_names == NAMES
    found = integrated_gradients(estimator, X.iloc[[1]]).attributions
    expected = integrated_gradients(estimator, pd.DataFrame(ARRAYS[1], columns=NAMES))
    pd.testing.assert_frame_equal(found, expected.attributions)
    for several in (X, X.iloc[0]):
        with pytest.raises(ValueError, match=r"^x: got .* cells hold sequences.*x\.iloc\[\[0\]\]"):
            integrated_gradients(estimator, several)


def with_cell(value) -> pd.DataFrame:
    table = TABLES["lists"].copy()
    table["load"] = [*table["load"][:2], value, *table["load"][3:]]
    return table


BAD = {
    "shorter": (with_cell([1.0]), r"got 1 values in the column 'load', but 6 in 'speed', in row 2"),
    "missing": (with_cell(None), r"got None in row 2, column 'load'.*X\.dropna\(\)"),
    "a number": (with_cell(0.5), r"got 0\.5 in row 2, column 'load'.*\[0\.5\]"),
    "a table": (
        with_cell([[1.0, 2.0]] * 6),
        r"shape \(6, 2\) in row 2, column 'load'.*X\['load'\]",
    ),
    "polars, missing": (pl.DataFrame({**LISTS, "load": [*LISTS["load"][:5], None]}), r"drop_nulls"),
    "other times": (
        pd.DataFrame({"a": [pd.Series([1.0, 2])], "b": [pd.Series([1.0, 2], index=[1, 2])]}),
        r"different indexes in the cells of row 0.*X\.map\(np\.asarray\)",
    ),
    "text": (pd.DataFrame({"a": [["x", "y"]] * 2}), "text"),
    "dates": (pd.DataFrame({"a": [[pd.Timestamp("2024")]], "b": [[1.0]]}), "not numbers"),
    "nothing": (pd.DataFrame({"a": [[], []]}), "length 0"),
    "infinity": (with_cell([np.inf] * 6), "infinity at sample 2, timestep 0"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_sequence_of_each_feature_is_refused_by_its_place(kind):
    X, message = BAD[kind]
    for read in (
        SequenceScaler().fit,
        lambda X: RNNClassifier(**TINY).fit(X, np.arange(len(X)) % 2),
    ):
        with pytest.raises((TypeError, ValueError), match=rf"^X.*{message}"):
            read(X)


@pytest.mark.parametrize("wrap", [pd.DataFrame, pl.DataFrame, pa.table])
def test_columns_of_single_values_are_left_out_by_the_remedy(wrap):
    X = wrap({**LISTS, "age": Y.tolist()})
    with pytest.raises(ValueError, match="single values in the column 'age'") as error:
        SequenceScaler().fit(X)
    code = re.search(r"Pass (X.*)\.$", str(error.value)).group(1)
    assert SequenceScaler().fit(eval(code, {"X": X})).feature_names_in_.tolist() == NAMES


def test_texts_and_recordings_are_one_column():
    words = pd.DataFrame({"words": [["a", "b"], ["b"]]})
    sounds = pd.DataFrame({"sound": [np.zeros(2000), np.zeros(3000)]})
    for read, X in (
        (TokenEncoder().fit, words),
        (RNNLanguageModel(**TINY).fit, words),
        (LogMelSpectrogram(8000).fit, sounds),
    ):
        with pytest.raises(
            ValueError, match=r"^X: got a table whose cells hold sequences"
        ) as error:
            read(X)
        read(eval(re.search(r"such as (X.*)\.$", str(error.value)).group(1), {"X": X}))


def test_a_table_of_single_values_with_names_is_no_text():
    X = pd.DataFrame(np.stack([x[:3, 0] for x in ARRAYS]), columns=["t0", "t1", "t2"])
    named, nameless = (
        permutation_importance(
            RNNClassifier(**TINY).fit(table, Y), table, Y, n_repeats=2, random_state=0
        )
        for table in (X, X.to_numpy())
    )
    np.testing.assert_array_equal(named.importances, nameless.importances)


LABEL_CELLS = {"label": [list(labels) for labels in LABELS]}
WEIGHT_CELLS = {"label": [[1.0] * len(labels) for labels in LABELS]}


@pytest.mark.parametrize("wrap", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_column_of_label_sequences_is_asked_for_by_its_name(wrap):
    y, weight = wrap(LABEL_CELLS), wrap(WEIGHT_CELLS)
    expected = RNNTagger(**TINY).fit(ARRAYS, LABELS).predict_proba(ARRAYS)
    with pytest.raises(ValueError, match=r"^y: got a table .* Pass one column, such as y\['label'"):
        RNNTagger(**TINY).fit(ARRAYS, y)
    tagger = RNNTagger(**TINY).fit(ARRAYS, y["label"])
    assert_same(tagger.predict_proba(ARRAYS), expected)
    with pytest.raises(ValueError, match=r"^y_val: got a table"):
        RNNTagger(**TINY).fit(ARRAYS, LABELS, X_val=ARRAYS, y_val=y)
    with pytest.raises(ValueError, match=r"^y: got a table"):
        tagger.score(ARRAYS, y)
    with pytest.raises(ValueError, match=r"^y_true: got a table"):
        token_accuracy_score(y, LABELS)
    with pytest.raises(ValueError, match=r"^sample_weight: .* such as sample_weight\['label'\]"):
        RNNTagger(**TINY).fit(ARRAYS, LABELS, sample_weight=weight)
    tagger.fit(ARRAYS, LABELS, sample_weight=weight["label"])
    assert_same(tagger.predict_proba(ARRAYS), expected)


def test_a_column_of_label_sequences_in_an_array_is_asked_for_by_its_number():
    y = pd.DataFrame(LABEL_CELLS).to_numpy()
    with pytest.raises(ValueError, match=r"^y: got shape \(6, 1\).* Pass y\[:, 0\]\.$"):
        RNNTagger(**TINY).fit(ARRAYS, y)
    assert RNNTagger(**TINY).fit(ARRAYS, y[:, 0]).n_iter_ == 1
