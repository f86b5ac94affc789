import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.preprocessing import PerTimestep, SequencePadder, TimeDifferences
from tests.preprocessing.sequences import ragged_sequences

NAN = np.nan


def test_a_worked_example():
    X = [np.array([[1.0, 10.0], [4.0, 10.0], [9.0, 7.0]]), np.array([[5.0, 0.0], [2.0, 2.0]])]
    first, second = TimeDifferences(lags=(2, 1)).fit_transform(X)
    # The features, their changes over two timesteps, their changes over one.
    np.testing.assert_array_equal(
        first, [[1, 10, 0, 0, 0, 0], [4, 10, 3, 0, 3, 0], [9, 7, 8, -3, 5, -3]]
    )
    np.testing.assert_array_equal(second, [[5, 0, 0, 0, 0, 0], [2, 2, -3, 2, -3, 2]])


@given(X=ragged_sequences(), lag=st.integers(1, 7))
def test_it_is_numpys_difference_after_the_first_timestep_was_repeated(X, lag):
    n_features = X[0].shape[1]
    for x, result in zip(X, TimeDifferences(lags=lag).fit_transform(X), strict=True):
        extended = np.concatenate([np.repeat(x[:1], lag, axis=0), x])
        np.testing.assert_array_equal(result[:, :n_features], x)
        np.testing.assert_array_equal(result[:, n_features:], extended[lag:] - extended[:-lag])


@given(X=ragged_sequences(), cut=st.integers(1, 5))
def test_later_timesteps_change_nothing_before_them(X, cut):
    transformer = TimeDifferences(lags=(1, 3)).fit(X)
    for x, whole in zip(X, transformer.transform(X), strict=True):
        start = x[:cut]
        if not np.isnan(start[-1]).all():
            np.testing.assert_array_equal(transformer.transform([start])[0], whole[:cut])


def test_padding_and_the_next_sample_take_no_part():
    X = [np.array([[1.0], [2.0]]), np.array([[10.0], [20.0], [40.0]])]
    padded = SequencePadder().fit_transform(X)
    result = TimeDifferences().fit_transform(padded)
    expected = [[[1, 0], [2, 1], [NAN, NAN]], [[10, 0], [20, 10], [40, 20]]]
    np.testing.assert_array_equal(result, expected)


def test_a_difference_is_missing_where_one_of_its_values_is():
    (result,) = TimeDifferences().fit_transform([np.array([1.0, NAN, 4.0, 6.0])])
    np.testing.assert_array_equal(result, [[1, 0], [NAN, NAN], [4, NAN], [6, 2]])


def test_a_table_becomes_an_array_with_a_feature_for_each_lag_more():
    table = np.array([[1.0, 2.0, 4.0], [3.0, 3.0, 0.0]])
    result = TimeDifferences(lags=[1]).fit_transform(table)
    np.testing.assert_array_equal(result[:, :, 0], table)
    np.testing.assert_array_equal(result[:, :, 1], [[0, 1, 2], [0, 0, -3]])


def test_integers_do_not_wrap_around():
    clip = np.array([[200], [10]], dtype=np.uint8)
    (result,) = TimeDifferences().fit_transform([clip])
    np.testing.assert_array_equal(result, [[200, 0], [10, -190]])


@pytest.mark.parametrize("lags", [3, np.int64(3), (3,), [3], np.array([3])])
def test_lags_may_be_any_sequence_or_one_number(lags):
    X = [np.arange(5.0)]
    (result,) = TimeDifferences(lags=lags).fit_transform(X)
    np.testing.assert_array_equal(result[:, 1], [0, 1, 2, 3, 3])


def test_lags_are_read_again_when_they_were_changed_after_fit():
    transformer = TimeDifferences().fit([np.arange(3.0)])
    (result,) = transformer.set_params(lags=(1, 2)).transform([np.arange(3.0)])
    assert result.shape == (3, 3)


def test_differences_of_scaled_features_are_scaled_differences():
    X = [np.array([[1.0], [4.0], [9.0]])]
    scaled = TimeDifferences().fit_transform(PerTimestep().fit_transform(X))[0]
    np.testing.assert_allclose(scaled[:, 1], np.array([0, 3, 5]) / np.std([1, 4, 9]))


def test_lags_are_searched_in_a_pipeline(ragged, small):
    X, y = ragged
    grid = {"timedifferences__lags": [1, (1, 2)]}
    pipeline = make_pipeline(TimeDifferences(), RNNClassifier(**small))
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    lags = search.best_params_["timedifferences__lags"]
    n_features = X[0].shape[1] * (1 + np.size(lags))
    assert search.best_estimator_[-1].n_features_in_ == n_features
