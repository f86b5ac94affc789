"""What all transformers of skrnn.preprocessing have in common."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from skrnn.preprocessing import (
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
    TokenEncoder,
)
from tests.preprocessing.sequences import ragged_sequences

# What gives as many features as it gets.
SHAPE_KEEPING = [SequenceScaler(), SequenceScaler(per_sample=True), PerTimestep()]
MEASURING = [SequencePadder(), *SHAPE_KEEPING, TimeDifferences(lags=(1, 2))]
ALL = [*MEASURING, TokenEncoder()]

each = pytest.mark.parametrize("transformer", ALL, ids=repr)
each_measuring = pytest.mark.parametrize("transformer", MEASURING, ids=repr)

RAGGED = [np.array([[1.0, 5.0], [2.0, 7.0], [4.0, 6.0]]), np.array([[0.0, 1.0]])]
TABLE = np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 8.0], [0.0, 1.0, 7.0]])


def input_for(transformer):
    return ["one two", "two three four"] if isinstance(transformer, TokenEncoder) else RAGGED


def as_lists(X):
    """Anything a transformer returns, comparable with ==; NaN as a string."""
    return [np.where(pd.isna(x), "nan", np.asarray(x, dtype=object)).tolist() for x in X]


# ------------------------------------------------------------------- scikit-learn's own checks


@pytest.mark.parametrize(
    "transformer, n_expected",
    [
        (SequencePadder(), 45),
        (SequenceScaler(), 52),
        (SequenceScaler(per_sample=True), 52),
        (TimeDifferences(), 45),
        (TokenEncoder(), 45),
        (TokenEncoder(analyzer="char", max_tokens=3), 45),
        (PerTimestep(), 45),
        (PerTimestep(StandardScaler()), 45),
        (PerTimestep(PCA()), 45),
        (PerTimestep(MinMaxScaler()), 45),
        (PerTimestep(SimpleImputer()), 45),
        (PerTimestep(KBinsDiscretizer(encode="onehot-dense", n_bins=3)), 45),
        (PerTimestep(LinearDiscriminantAnalysis()), 45),
    ],
    ids=repr,
)
def test_scikit_learns_whole_check_suite_passes(transformer, n_expected):
    results = check_estimator(transformer, on_skip=None, on_fail="raise")
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    skipped = {result["check_name"] for result in results if result["status"] == "skipped"}
    # Needs an environment variable set before scipy is imported.
    assert skipped <= {"check_array_api_input"}
    assert len(passed) >= n_expected


@each
def test_the_tags_tell_what_is_read(transformer):
    tags = get_tags(transformer)
    is_encoder = isinstance(transformer, TokenEncoder)
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array is not is_encoder
    assert tags.input_tags.allow_nan is not is_encoder
    assert tags.input_tags.string is is_encoder
    assert not tags.target_tags.required


# ------------------------------------------------------------------------------------ manners


@each
def test_transform_before_fit_is_an_error(transformer):
    for method in ("transform", "inverse_transform"):
        if hasattr(transformer, method):
            with pytest.raises(NotFittedError):
                getattr(clone(transformer), method)(input_for(transformer))


@each
def test_init_only_stores_and_clone_keeps_the_parameters(transformer):
    assert vars(transformer) == transformer.get_params(deep=False)
    assert clone(transformer).get_params() == transformer.get_params()


@each
def test_a_pickled_transformer_gives_the_same_result(transformer):
    X = input_for(transformer)
    fitted = clone(transformer).fit(X)
    restored = pickle.loads(pickle.dumps(fitted))
    assert as_lists(restored.transform(X)) == as_lists(fitted.transform(X))


@each
def test_fitting_again_forgets_what_was_fitted_before(transformer):
    X = input_for(transformer)
    frame = pd.DataFrame([[1, 2, 3, 4]] * 3, columns=list("abcd"))
    fitted = clone(transformer).fit(frame)
    assert fitted.feature_names_in_.tolist() == list("abcd")
    fitted.fit(X)
    assert not hasattr(fitted, "feature_names_in_")
    assert as_lists(fitted.transform(X)) == as_lists(clone(transformer).fit_transform(X))


@each
def test_a_table_of_another_width_than_in_fit_is_an_error(transformer):
    fitted = clone(transformer).fit(TABLE)
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3"):
        fitted.transform(TABLE[:, :2])


@each_measuring
def test_another_number_of_features_than_in_fit_is_an_error(transformer):
    fitted = clone(transformer).fit(RAGGED)
    with pytest.raises(ValueError, match=r"X has 3 features.*expecting 2.*Pass the 2 features"):
        fitted.transform([np.zeros((4, 3))])
    with pytest.raises(
        ValueError, match=r"X has 3 features.*expecting 2.*\[np\.transpose\(x\) for"
    ):
        fitted.transform([np.zeros((2, 3))])
    if hasattr(fitted, "inverse_transform"):
        with pytest.raises(ValueError, match=r"X has 3 features.*2 features.*inverse_transform"):
            fitted.inverse_transform([np.zeros((4, 3))])


# --------------------------------------------------------------------------------- containers


@each_measuring
def test_every_container_of_the_same_sequences_gives_the_same_values(transformer):
    array = np.full((2, 4, 2), np.nan)
    array[0, :3], array[1, :1] = RAGGED
    fitted = clone(transformer).fit(RAGGED)

    def valid_rows(result):
        rows = np.concatenate([np.asarray(x) for x in result])
        return rows[~np.isnan(rows).all(axis=1)]

    expected = valid_rows(fitted.transform(RAGGED))
    objects = np.empty(2, dtype=object)
    objects[:] = RAGGED
    for X in (array, torch.from_numpy(array), objects, pd.Series(RAGGED), tuple(RAGGED)):
        np.testing.assert_array_equal(valid_rows(fitted.transform(X)), expected)
        np.testing.assert_array_equal(valid_rows(clone(transformer).fit_transform(X)), expected)


@pytest.mark.parametrize("transformer", SHAPE_KEEPING, ids=repr)
def test_the_container_is_kept(transformer):
    padded = np.full((3, 6, 2), np.nan)
    padded[:, :2] = np.arange(12.0).reshape(3, 2, 2)
    result = clone(transformer).fit_transform(padded)
    assert isinstance(result, np.ndarray) and result.shape == padded.shape
    np.testing.assert_array_equal(np.isnan(result), np.isnan(padded))

    result = clone(transformer).fit_transform(RAGGED)
    assert isinstance(result, list) and [x.shape for x in result] == [(3, 2), (1, 2)]

    for table in (TABLE, pd.DataFrame(TABLE), TABLE.tolist()):
        result = clone(transformer).fit_transform(table)
        assert isinstance(result, np.ndarray) and result.shape == TABLE.shape


@each_measuring
@pytest.mark.parametrize(
    "given, expected",
    [("float32", "float32"), ("float64", "float64"), ("int64", "float64"), ("float16", "float32")],
)
def test_float32_stays_float32_and_integers_become_float64(transformer, given, expected):
    for X in (TABLE, TABLE[:, :, None], list(TABLE)):
        X = [x.astype(given) for x in X] if isinstance(X, list) else X.astype(given)
        assert clone(transformer).fit_transform(X)[0].dtype == expected


@each_measuring
def test_padding_that_is_put_on_changes_no_value(transformer):
    rng = np.random.default_rng(0)
    narrow = rng.normal(size=(4, 5, 2))
    wide = np.concatenate([narrow, np.full((4, 3, 2), np.nan)], axis=1)
    result = clone(transformer).fit(narrow).transform(wide)
    np.testing.assert_allclose(
        np.asarray(result)[:, :5], clone(transformer).fit(wide).transform(narrow), rtol=1e-12
    )


# ------------------------------------------------------------------------- inputs stay unchanged


@pytest.mark.parametrize(
    "transformer", [*MEASURING, SequencePadder(max_length=2, truncation="start")], ids=repr
)
@given(X=ragged_sequences())
def test_no_input_is_ever_modified(transformer, X):
    width = max(len(x) for x in X)
    array = np.stack([np.pad(x, ((0, width - len(x)), (0, 0)), constant_values=np.nan) for x in X])
    for given_X in (X, array):
        before = copy.deepcopy(given_X)
        fitted = clone(transformer).fit(given_X)
        result = fitted.transform(given_X)
        for x in result:
            x[...] = 99.0  # writing into the result does not reach the input either
        if hasattr(fitted, "inverse_transform"):
            for x in fitted.inverse_transform(given_X):
                x[...] = 99.0
        np.testing.assert_equal(given_X, before)


@pytest.mark.parametrize("whole", [PerTimestep(StandardScaler(copy=False)), *MEASURING], ids=repr)
def test_read_only_arrays_are_read_and_stay_as_they_are(whole):
    array = np.arange(24.0).reshape(3, 4, 2)
    before = array.copy()
    array.setflags(write=False)
    fitted = clone(whole).fit(array)
    fitted.transform(array)
    if hasattr(fitted, "inverse_transform"):
        fitted.inverse_transform(array)
    np.testing.assert_array_equal(array, before)


# ------------------------------------------------------------------------------- output settings


@each
def test_set_output_and_the_global_setting_leave_the_output_as_documented(transformer):
    X = input_for(transformer)
    expected = clone(transformer).fit_transform(X)
    told = clone(transformer).set_output(transform="pandas")
    pipeline = make_pipeline(clone(transformer)).set_output(transform="pandas")
    with config_context(transform_output="pandas"):
        under_config = clone(transformer).fit(X).transform(X)
        piped = make_pipeline(clone(transformer)).fit_transform(X)
    results = (told.fit_transform(X), pipeline.fit_transform(X), under_config, piped)
    for result in results:
        assert type(result) is type(expected)
        assert as_lists(result) == as_lists(expected)


@each_measuring
def test_a_dataframe_comes_out_as_an_array_in_every_setting(transformer):
    frame = pd.DataFrame(TABLE, columns=["a", "b", "c"])
    expected = clone(transformer).fit_transform(frame)
    with config_context(transform_output="pandas"):
        result = clone(transformer).fit_transform(frame)
    assert isinstance(result, np.ndarray)
    np.testing.assert_array_equal(result, expected)


def test_a_pipeline_of_all_measuring_transformers_runs_under_pandas_output():
    pipeline = make_pipeline(
        PerTimestep(PCA(n_components=1).set_output(transform="pandas")),
        SequenceScaler(),
        SequencePadder(),
    ).set_output(transform="pandas")
    with config_context(transform_output="pandas"):
        result = pipeline.fit_transform(RAGGED)
    assert isinstance(result, np.ndarray) and result.shape == (2, 3, 1)


# ------------------------------------------------------------------------------------- bad input

BAD_SEQUENCES = {
    "none": (None, "got None"),
    "one string": ("text", "TokenEncoder"),
    "a mapping": ({"a": [1.0]}, "list"),
    "a generator": ((x for x in RAGGED), "read only once"),
    "no samples": ([], "0 sample"),
    "an empty sequence": ([np.zeros((0, 2)), np.zeros((3, 2))], "length 0"),
    "an all-NaN sample": (np.full((2, 3), np.nan), "Drop these samples"),
    "infinity": ([np.array([1.0, np.inf])], "infinity"),
    "four dimensions": (np.zeros((2, 3, 4, 5)), "reshape"),
    "clips": (
        [np.zeros((3, 4, 5)), np.zeros((2, 4, 5))],
        r"\[np\.reshape\(x, \(len\(x\), -1\)\) for x in X\]",
    ),
    "one dimension": (np.arange(4.0), "Reshape your data"),
    "unequal features": ([np.zeros((3, 2)), np.zeros((3, 1))], r"np\.transpose\(x\)"),
    "text samples": (["a b", "c"], "TokenEncoder"),
    "padding in front": (np.array([[[np.nan, np.nan], [1.0, 2.0]]]), "SequencePadder"),
    "dates": (np.array([["2020-01-01"]], dtype="datetime64[D]"), "numbers"),
}


@each_measuring
@pytest.mark.parametrize("bad", BAD_SEQUENCES)
def test_what_is_no_sequence_of_numbers_is_refused_with_a_remedy(transformer, bad):
    X, remedy = BAD_SEQUENCES[bad]
    with pytest.raises((ValueError, TypeError), match=rf"(?s)X.*{remedy}"):
        clone(transformer).fit(X)


@pytest.mark.parametrize(
    "transformer, name",
    [
        (SequencePadder(max_length=0), "max_length"),
        (SequencePadder(max_length=2.5), "max_length"),
        (SequencePadder(truncation="left"), "truncation"),
        (SequenceScaler(with_mean="yes"), "with_mean"),
        (SequenceScaler(with_std=3), "with_std"),
        (SequenceScaler(per_sample=None), "per_sample"),
        (TimeDifferences(lags=0), "lags"),
        (TimeDifferences(lags=1.0), "lags"),
        (TimeDifferences(lags=()), "lags.*lags=1"),
        (TimeDifferences(lags=(1, 0)), r"lags.*got \(1, 0\)"),
        (TimeDifferences(lags=(1, 2.5)), r"lags.*got \(1, 2.5\)"),
        (TimeDifferences(lags=None), "lags"),
        (PerTimestep("pca"), "transformer"),
        (PerTimestep(PCA), r"transformer.*PCA\(\)"),
        (TokenEncoder(analyzer="sentence"), "analyzer"),
        (TokenEncoder(analyzer="char_wb"), "analyzer"),
        (TokenEncoder(lowercase="no"), "lowercase"),
        (TokenEncoder(token_pattern=None), "token_pattern"),
        (TokenEncoder(token_pattern="(a)(b)"), "token_pattern"),
        (TokenEncoder(token_pattern="["), "token_pattern"),
        (TokenEncoder(max_tokens=0), "max_tokens"),
        (TokenEncoder(min_df=0), "min_df"),
        (TokenEncoder(min_df=1.5), "min_df"),
        (TokenEncoder(max_length=0), "max_length"),
        (TokenEncoder(truncation="middle"), "truncation"),
    ],
    ids=repr,
)
def test_a_parameter_out_of_its_range_is_named_in_fit(transformer, name):
    with pytest.raises((ValueError, TypeError), match=rf"^(The ')?{name}"):
        transformer.fit(input_for(transformer))
