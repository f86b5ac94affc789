"""Statistics of the observed timesteps, and missing values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skrnn._input.jagged import JaggedSequences
from skrnn.preprocessing import _statistics
from skrnn.preprocessing._statistics import FeatureStatistics, fill_missing, weighted_mean_and_scale

NAN = np.nan


def learned(values, lengths, sample_weight=None, *, standardize=True, dtype="float64"):
    sequences = JaggedSequences(np.asarray(values, dtype=np.float64), np.asarray(lengths))
    statistics = FeatureStatistics.from_sequences(
        sequences, sample_weight, standardize=standardize, dtype=dtype
    )
    return statistics, sequences


# --------------------------------------------------------------------------------------
# mean and scale
# --------------------------------------------------------------------------------------


def test_mean_and_standard_deviation_by_hand():
    mean, scale = weighted_mean_and_scale(np.array([[1.0, 0.0], [3.0, 4.0]]), None)
    # deviations of 1 around 2, and of 2 around 2.
    assert mean.tolist() == [2.0, 2.0]
    assert scale.tolist() == [1.0, 2.0]


def test_weights_by_hand():
    mean, scale = weighted_mean_and_scale(np.array([[0.0], [4.0]]), np.array([3.0, 1.0]))
    # (3 * 0 + 1 * 4) / 4 = 1; (3 * 1 + 1 * 9) / 4 = 3.
    assert mean.tolist() == [1.0]
    np.testing.assert_allclose(scale, [np.sqrt(3.0)], rtol=1e-15)


columns = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.integers(1, 3)),
    elements=st.one_of(st.floats(-1e6, 1e6), st.just(NAN)),
)


@given(columns)
def test_missing_values_are_left_out(values):
    mean, scale = weighted_mean_and_scale(values, None)
    for column, m, s in zip(values.T, mean, scale, strict=True):
        observed = column[~np.isnan(column)]
        if observed.size == 0:
            assert (m, s) == (0.0, 1.0)
            continue
        np.testing.assert_allclose(m, observed.mean(), rtol=1e-9, atol=1e-9)
        if observed.std() > 1e-6 * (1 + abs(observed.mean())):
            np.testing.assert_allclose(s, observed.std(), rtol=1e-6)


@given(columns, st.randoms(use_true_random=False))
def test_integer_weights_equal_repeated_rows(values, random):
    weight = np.array([random.randrange(4) for _ in range(len(values))])
    weight[0] += not weight.any()
    weighted = weighted_mean_and_scale(values, weight.astype(np.float64))
    repeated = weighted_mean_and_scale(np.repeat(values, weight, axis=0), None)
    for left, right in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)


def test_a_constant_column_has_scale_one():
    # 0.1 is no binary fraction: its rounded mean differs from it in the last bit.
    values = np.column_stack([np.full(1000, 0.1), np.full(1000, -7.0), np.zeros(1000)])
    mean, scale = weighted_mean_and_scale(values, None)
    np.testing.assert_allclose(mean, [0.1, -7.0, 0.0], rtol=1e-12)
    assert scale.tolist() == [1.0, 1.0, 1.0]


def test_numbers_near_the_end_of_the_range_raise_no_warning():
    mean, scale = weighted_mean_and_scale(np.array([[1e308, 1e200], [-1e308, -1e200]]), None)
    assert np.isfinite(mean).all()
    assert scale.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("offset", [1e6, -1e8, 1e10])
def test_a_large_offset_does_not_cancel_the_spread(offset):
    deviations = np.random.default_rng(0).normal(size=(5000, 1))
    mean, scale = weighted_mean_and_scale(deviations + offset, None)
    np.testing.assert_allclose(scale, deviations.std(axis=0), rtol=1e-5)
    np.testing.assert_allclose(mean - offset, deviations.mean(axis=0), atol=1e-4)


def test_float32_input_is_summed_in_float64():
    values = (1e4 + np.random.default_rng(0).normal(size=(20_000, 1))).astype(np.float32)
    mean, scale = weighted_mean_and_scale(values, None)
    exact = values.astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scale, exact.std(axis=0), rtol=1e-9)


def test_chunks_change_no_result(monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1000, 2))
    values[rng.random(values.shape) < 0.1] = NAN
    weight = rng.random(1000)
    whole = weighted_mean_and_scale(values, weight)
    monkeypatch.setattr(_statistics, "_CHUNK", 64)
    for left, right in zip(weighted_mean_and_scale(values, weight), whole, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12)


# --------------------------------------------------------------------------------------
# missing values
# --------------------------------------------------------------------------------------


def test_the_last_observed_value_is_carried_forward_within_a_sample():
    values = np.array([[NAN, 1.0], [2.0, NAN], [NAN, NAN], [NAN, 5.0], [7.0, NAN]])
    filled = fill_missing(JaggedSequences(values, np.array([3, 2])))
    # nothing crosses from sample 0 (three rows) into sample 1; before the first value stands 0.
    np.testing.assert_array_equal(
        filled, [[0.0, 1.0], [2.0, 1.0], [2.0, 1.0], [0.0, 5.0], [7.0, 5.0]]
    )


def test_a_filled_array_keeps_its_type_and_the_given_one_its_gaps():
    values = np.array([[1.0], [NAN]], dtype=np.float32)
    filled = fill_missing(JaggedSequences(values, np.array([2])))
    assert filled.dtype == np.float32
    assert np.isnan(values[1, 0])


# --------------------------------------------------------------------------------------
# what the network is fed
# --------------------------------------------------------------------------------------


def test_prepared_inputs_have_mean_zero_and_standard_deviation_one_over_all_timesteps():
    rng = np.random.default_rng(0)
    statistics, sequences = learned(5 + 3 * rng.normal(size=(60, 2)), [10, 30, 20])
    prepared = statistics.prepare(sequences)
    np.testing.assert_allclose(prepared.values.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(prepared.values.std(axis=0), 1, rtol=1e-12)
    np.testing.assert_array_equal(prepared.lengths, sequences.lengths)
    assert statistics.n_inputs == 2


def test_a_samples_weight_counts_for_each_of_its_timesteps():
    values = np.arange(6.0)[:, None]
    weighted, _ = learned(values, [2, 4], np.array([3.0, 1.0]))
    repeated, _ = learned(np.concatenate([values[:2]] * 3 + [values[2:]]), [2, 2, 2, 4])
    np.testing.assert_allclose(weighted.mean, repeated.mean)
    np.testing.assert_allclose(weighted.scale, repeated.scale)


def test_missing_values_in_training_add_an_input_that_tells_what_was_observed():
    statistics, sequences = learned([[1.0, 4.0], [NAN, 6.0], [3.0, 8.0]], [3])
    assert statistics.has_missing
    assert statistics.n_inputs == 4
    prepared = statistics.prepare(sequences).values
    assert not np.isnan(prepared).any()
    np.testing.assert_array_equal(prepared[:, 2:], [[1, 1], [0, 1], [1, 1]])
    assert prepared[1, 0] == prepared[0, 0]


def test_missing_values_after_complete_training_data_are_filled_without_another_input():
    statistics, _ = learned([[1.0], [2.0], [3.0]], [3])
    assert statistics.n_inputs == 1
    late = JaggedSequences(np.array([[NAN], [3.0], [NAN]]), np.array([3]))
    prepared = statistics.prepare(late).values
    assert prepared.shape == (3, 1)
    # 0 is the training mean; the 3 is carried on.
    assert prepared[0, 0] == 0.0
    assert prepared[2, 0] == prepared[1, 0] > 0


def test_without_standardisation_values_pass_unchanged():
    statistics, sequences = learned([[5.0], [100.0]], [2], standardize=False)
    np.testing.assert_array_equal(statistics.prepare(sequences).values, sequences.values)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_prepared_inputs_have_the_type_of_the_network(dtype):
    statistics, sequences = learned([[1.0, NAN], [2.0, 3.0]], [2], dtype=dtype)
    assert statistics.prepare(sequences).values.dtype == np.dtype(dtype)


def test_a_value_far_outside_the_training_data_stays_a_finite_float32():
    statistics, _ = learned([[1.0], [1.0 + 1e-12]], [2], dtype="float32")
    wild = JaggedSequences(np.array([[1e300], [-1e300]]), np.array([2]))
    assert np.isfinite(statistics.prepare(wild).values).all()


def test_integers_are_standardised_like_floats():
    whole = JaggedSequences(np.array([[1], [2], [6]]), np.array([3]))
    statistics = FeatureStatistics.from_sequences(whole, None, standardize=True, dtype="float64")
    as_floats, sequences = learned([[1.0], [2.0], [6.0]], [3])
    np.testing.assert_array_equal(
        statistics.prepare(whole).values, as_floats.prepare(sequences).values
    )


def test_preparing_changes_no_input():
    statistics, sequences = learned([[1.0, NAN], [2.0, 3.0], [4.0, NAN]], [1, 2])
    before = sequences.values.copy()
    sequences.values.setflags(write=False)
    statistics.prepare(sequences)
    np.testing.assert_array_equal(sequences.values, before)
