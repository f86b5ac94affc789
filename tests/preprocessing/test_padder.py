import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skrnn import RNNClassifier
from skrnn.preprocessing import SequencePadder

NAN = np.nan
LONG = np.arange(1.0, 6.0)[:, None] * [1.0, 10.0]  # 5 timesteps of 2 features
SHORT = LONG[:2]


def finite_sequences():
    lengths = st.lists(st.integers(1, 7), min_size=1, max_size=6)
    elements = st.floats(-1e6, 1e6, width=32)

    def arrays(n_features):
        return lengths.flatmap(
            lambda all_lengths: st.tuples(
                *(hnp.arrays(np.float64, (n, n_features), elements=elements) for n in all_lengths)
            ).map(list)
        )

    return st.integers(1, 3).flatmap(arrays)


@given(X=finite_sequences())
def test_taking_the_padding_off_gives_the_sequences_back(X):
    padder = SequencePadder()
    restored = padder.inverse_transform(padder.fit_transform(X))
    assert len(restored) == len(X)
    for x, expected in zip(restored, X, strict=True):
        np.testing.assert_array_equal(x, expected)


@given(X=finite_sequences(), extra=st.integers(0, 3))
def test_the_width_of_the_padding_that_comes_does_not_matter(X, extra):
    padder = SequencePadder().fit(X)
    padded = padder.transform(X)
    wider = np.pad(padded, ((0, 0), (0, extra), (0, 0)), constant_values=NAN)
    np.testing.assert_array_equal(padder.transform(wider), padded)
    np.testing.assert_array_equal(SequencePadder().fit_transform(wider), padded)


@given(
    X=finite_sequences(), max_length=st.integers(1, 8), truncation=st.sampled_from(["end", "start"])
)
def test_what_max_length_keeps_is_the_first_or_the_last_timesteps(X, max_length, truncation):
    padder = SequencePadder(max_length=max_length, truncation=truncation)
    padded = padder.fit_transform(X)
    assert padded.shape == (len(X), max_length, X[0].shape[1])
    for x, kept in zip(X, padder.inverse_transform(padded), strict=True):
        expected = x[:max_length] if truncation == "end" else x[-max_length:]
        np.testing.assert_array_equal(kept, expected)


def test_without_max_length_a_longer_sequence_than_in_fit_is_not_cut():
    padder = SequencePadder().fit([SHORT])
    assert padder.n_timesteps_ == 2
    np.testing.assert_array_equal(padder.transform([LONG])[0], LONG)
    assert padder.transform([SHORT, LONG]).shape == (2, 5, 2)


def test_without_max_length_shorter_sequences_get_the_width_of_the_training_data():
    assert SequencePadder().fit([LONG]).transform([SHORT]).shape == (1, 5, 2)


def test_a_table_becomes_a_3d_array_of_one_feature():
    table = np.array([[1.0, 2.0, NAN], [3.0, NAN, NAN]])
    padder = SequencePadder()
    padded = padder.fit_transform(table)
    np.testing.assert_array_equal(padded, [[[1.0], [2.0]], [[3.0], [NAN]]])
    restored = padder.inverse_transform(padded)
    assert [x.ravel().tolist() for x in restored] == [[1.0, 2.0], [3.0]]


def test_missing_values_inside_a_sequence_stay_where_they_are():
    X = [np.array([[1.0, NAN], [NAN, NAN], [3.0, 4.0]])]
    np.testing.assert_array_equal(SequencePadder().fit_transform(X), X)


def test_timesteps_without_a_value_that_cutting_leaves_in_front_are_dropped():
    X = [np.array([[1.0, 1.0], [NAN, NAN], [3.0, 3.0], [4.0, 4.0]]), np.array([[NAN, 5.0]])]
    padder = SequencePadder(max_length=3, truncation="start")
    np.testing.assert_array_equal(
        padder.fit_transform(X),
        [[[3.0, 3.0], [4.0, 4.0], [NAN, NAN]], [[NAN, 5.0], [NAN, NAN], [NAN, NAN]]],
    )


def test_a_leading_missing_value_of_a_sequence_that_is_not_cut_is_kept():
    table = np.array([[NAN, 1.0, 2.0]])
    padder = SequencePadder(max_length=3, truncation="start")
    np.testing.assert_array_equal(padder.fit_transform(table)[:, :, 0], table)


def test_cutting_all_observed_values_away_is_an_error_with_a_remedy():
    with pytest.raises(ValueError, match=r"X: .*max_length=2.*Raise max_length"):
        SequencePadder(max_length=2).fit_transform([np.array([NAN, NAN, 1.0])])


def test_cutting_at_the_start_always_keeps_the_last_observed_timestep():
    padder = SequencePadder(max_length=1, truncation="start")
    assert padder.fit_transform([np.array([1.0, NAN, NAN, 2.0, NAN])])[0, 0, 0] == 2.0


def test_padded_and_ragged_sequences_train_the_same_classifier():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in (3, 6, 4, 5, 7, 3, 4, 6)]
    y = [0, 1] * 4
    network = RNNClassifier(hidden_size=3, max_epochs=2, random_state=0)
    from_ragged = network.fit(X, y).predict_proba(X)
    padded = SequencePadder(max_length=9).fit_transform(X)
    np.testing.assert_array_equal(network.fit(padded, y).predict_proba(padded), from_ragged)
