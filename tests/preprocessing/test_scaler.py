import numpy as np
import pytest
from hypothesis import given
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from skrnn.preprocessing import PerTimestep, SequenceScaler
from tests.preprocessing.sequences import ragged_sequences

NAN = np.nan


def assert_sequences_close(X, expected, **tolerance):
    assert len(X) == len(expected)
    for x, other in zip(X, expected, strict=True):
        np.testing.assert_allclose(x, other, **tolerance)


def test_a_worked_example():
    # Feature 0 is 1, 3 and 5 over the three observed timesteps: mean 3, variance 8 / 3.
    X = [np.array([[1.0, 2.0], [3.0, NAN], [NAN, NAN]]), np.array([[5.0, 6.0]])]
    scaler = SequenceScaler().fit(X)
    np.testing.assert_allclose(scaler.mean_, [3.0, 4.0])
    np.testing.assert_allclose(scaler.scale_, [np.sqrt(8 / 3), 2.0])
    first, second = scaler.transform(X)
    np.testing.assert_allclose(first, [[-2 / np.sqrt(8 / 3), -1.0], [0.0, NAN]])
    np.testing.assert_allclose(second, [[2 / np.sqrt(8 / 3), 1.0]])


@given(X=ragged_sequences())
def test_it_is_scikit_learns_standard_scaler_applied_to_the_timesteps(X):
    assert_sequences_close(
        SequenceScaler().fit_transform(X),
        PerTimestep(StandardScaler()).fit_transform(X),
        rtol=1e-9,
        atol=1e-9,
    )


@given(X=ragged_sequences())
def test_the_inverse_gives_the_sequences_back(X):
    scaler = SequenceScaler().fit(X)
    assert_sequences_close(scaler.inverse_transform(scaler.transform(X)), X, atol=1e-9)


@given(X=ragged_sequences())
def test_per_sample_is_a_scaler_of_each_sample_alone(X):
    alone = [SequenceScaler().fit_transform([x])[0] for x in X]
    assert_sequences_close(
        SequenceScaler(per_sample=True).fit(X[:1]).transform(X), alone, rtol=1e-9, atol=1e-9
    )


def test_a_weight_counts_like_that_many_copies_and_zero_like_none():
    X = [np.array([[1.0], [2.0]]), np.array([[7.0]]), np.array([[100.0], [3.0]])]
    weighted = SequenceScaler().fit(X, sample_weight=[1, 3, 0])
    repeated = SequenceScaler().fit([X[0], X[1], X[1], X[1]])
    np.testing.assert_allclose(weighted.mean_, repeated.mean_)
    np.testing.assert_allclose(weighted.scale_, repeated.scale_)


def test_all_columns_of_a_table_share_one_mean_and_scale():
    table = np.array([[1.0, 3.0], [5.0, NAN]])
    scaler = SequenceScaler().fit(table)
    assert scaler.mean_.shape == (1,)
    np.testing.assert_allclose(scaler.mean_, [3.0])
    assert scaler.transform(table).shape == (2, 2)


@pytest.mark.parametrize("per_sample", [False, True])
def test_mean_and_scale_can_be_left_alone(per_sample):
    X = [np.array([[2.0], [4.0], [6.0]])]
    only_mean = SequenceScaler(with_std=False, per_sample=per_sample).fit_transform(X)[0]
    only_scale = SequenceScaler(with_mean=False, per_sample=per_sample).fit_transform(X)[0]
    np.testing.assert_allclose(only_mean, X[0] - 4.0)
    np.testing.assert_allclose(only_scale, X[0] / X[0].std())


@pytest.mark.parametrize("per_sample", [False, True])
def test_a_constant_feature_becomes_zero_and_not_noise(per_sample):
    X = [np.full((5, 1), 0.1), np.full((3, 1), 0.1)]
    for x in SequenceScaler(per_sample=per_sample).fit_transform(X):
        np.testing.assert_allclose(x, 0.0, atol=1e-12)


def test_a_feature_never_observed_stays_missing_and_harms_no_other():
    X = [np.array([[1.0, NAN], [3.0, NAN]])]
    scaler = SequenceScaler().fit(X)
    np.testing.assert_array_equal(scaler.transform(X)[0], [[-1.0, NAN], [1.0, NAN]])
    np.testing.assert_array_equal(scaler.transform([[[1.0, 8.0]]])[0], [[-1.0, 8.0]])


def test_the_inverse_is_only_there_with_shared_statistics():
    scaler = SequenceScaler(per_sample=True).fit([np.array([1.0, 2.0])])
    assert scaler.mean_ is None and scaler.scale_ is None
    with pytest.raises(AttributeError) as caught:
        scaler.inverse_transform([np.array([1.0, 2.0])])
    assert "per_sample=False" in str(caught.value.__cause__ or caught.value)
    assert hasattr(clone(scaler).set_params(per_sample=False), "inverse_transform")


@pytest.mark.parametrize(
    "sample_weight, remedy",
    [
        ([1.0], "one weight for each sample"),
        ([1.0, -1.0], "0 or more"),
        ([1.0, NAN], "Use 0"),
        ([0.0, 0.0], "at least one non-zero"),
        (["a", "b"], "Expected 2 numbers"),
        ([[1.0, 2.0]], "1D"),
    ],
)
def test_weights_that_are_none_are_refused(sample_weight, remedy):
    with pytest.raises(ValueError, match=rf"sample_weight: .*{remedy}"):
        SequenceScaler().fit([np.array([1.0, 2.0]), np.array([3.0])], sample_weight=sample_weight)
