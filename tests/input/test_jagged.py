"""The jagged store."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrnn._input.jagged import JaggedSequences, RaggedRows


@st.composite
def stores(draw):
    """A store whose every value is its own position, so that no mix-up can go unseen."""
    lengths = np.array(draw(st.lists(st.integers(1, 6), min_size=1, max_size=8)), dtype=np.int64)
    n_features = draw(st.integers(1, 3))
    values = np.arange(lengths.sum() * n_features, dtype=np.float64).reshape(-1, n_features)
    return JaggedSequences(values, lengths)


@pytest.fixture
def store():
    values = np.array(
        [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0], [5.0, 50.0], [6.0, 60.0]]
    )
    return JaggedSequences(values, np.array([3, 1, 2]))


def test_positions_by_hand(store):
    assert len(store) == 3
    assert store.starts.tolist() == [0, 3, 4]
    assert store.sample_of_step.tolist() == [0, 0, 0, 1, 2, 2]
    assert store.rows_of(np.array([2, 0])).tolist() == [4, 5, 0, 1, 2]


def test_what_a_reader_returned_becomes_the_store_without_a_copy():
    rows = RaggedRows(np.ones((3, 1)), np.array([1, 2]), "ragged", 1)
    store = JaggedSequences.from_rows(rows)
    assert store.values is rows.values
    assert store.lengths is rows.lengths


def test_a_store_is_ragged_when_two_lengths_differ(store):
    assert store.is_ragged
    assert not store.take(np.array([1])).is_ragged
    assert not JaggedSequences(np.zeros((4, 1)), np.array([2, 2])).is_ragged


def test_split_gives_views_of_each_sample(store):
    parts = store.split()
    assert [part[:, 0].tolist() for part in parts] == [[1.0, 2.0, 3.0], [4.0], [5.0, 6.0]]
    assert all(np.shares_memory(part, store.values) for part in parts)


def test_padding_stands_behind_each_sequence(store):
    padded = store.pad()
    assert padded.shape == (3, 3, 2)
    np.testing.assert_array_equal(padded[1], [[4.0, 40.0], [np.nan, np.nan], [np.nan, np.nan]])
    wide = store.pad(5, fill=-1.0)
    assert wide.shape == (3, 5, 2)
    assert (wide[2, 2:] == -1.0).all()


def test_token_ids_stay_integers_under_an_integer_fill_and_turn_to_floats_under_nan():
    ids = JaggedSequences(np.array([5, 6, 7]), np.array([2, 1]))
    assert ids.pad(fill=0).tolist() == [[5, 6], [7, 0]]
    assert ids.pad(fill=0).dtype == ids.values.dtype
    padded = ids.pad()
    assert padded.dtype == np.float64
    np.testing.assert_array_equal(padded, [[5, 6], [7, np.nan]])


@given(stores(), st.randoms(use_true_random=False))
def test_taking_samples_is_indexing_a_list_of_them(store, random):
    chosen = np.array([random.randrange(len(store)) for _ in range(5)])
    parts = store.split()
    taken = store.take(chosen)
    assert len(taken) == 5
    for part, sample in zip(taken.split(), chosen, strict=True):
        np.testing.assert_array_equal(part, parts[sample])


@given(stores(), st.integers(0, 4))
def test_padding_keeps_every_value_and_adds_none(store, extra):
    padded = store.pad(int(store.lengths.max()) + extra)
    valid = np.arange(padded.shape[1]) < store.lengths[:, None]
    np.testing.assert_array_equal(padded[valid], store.values)
    assert np.isnan(padded[~valid]).all()


@pytest.mark.parametrize("lengths", [[3, 3, 3], [2, 4, 3], [1] * 9])
def test_ranges_are_those_of_each_sample(lengths):
    values = np.random.default_rng(0).normal(size=(9, 2))
    values[0, 1] = np.nan
    sequences = JaggedSequences(values, np.array(lengths))
    lowest, highest = sequences.ranges
    for low, high, sample in zip(lowest, highest, sequences.split(), strict=True):
        expected = [np.nan if np.isnan(x).all() else np.nanmin(x) for x in sample.T]
        np.testing.assert_array_equal(low, expected)
        np.testing.assert_array_equal(-high, [np.fmin.reduce(-x) for x in sample.T])
