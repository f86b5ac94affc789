"""Which samples are told apart as being of another unit or scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrnn._input.jagged import JaggedSequences
from skrnn.preprocessing._usual_scale import UsualScale, largest_usual

NAN = np.nan


def jagged(samples):
    samples = [np.asarray(x, dtype=np.float64).reshape(len(x), -1) for x in samples]
    return JaggedSequences(np.concatenate(samples), np.array([len(x) for x in samples]))


def found(samples):
    sequences = jagged(samples)
    return UsualScale.learn(sequences).unusual(sequences, is_fit=True)


def recordings(n=40, level=20.0, spread=3.0, seed=0):
    """Ragged recordings of two features, whose second one is a hundred times as large."""
    rng = np.random.default_rng(seed)
    levels = level + spread * rng.normal(size=(n, 2))
    noise = [spread * rng.normal(size=(rng.integers(6, 12), 2)) for _ in range(n)]
    return [(mean + x) * [1.0, 100.0] for mean, x in zip(levels, noise, strict=True)]


def test_the_limit_by_hand():
    # Median 2, largest of the rest 3: with 20 sizes a gap has to be of (3 / 2) ** (0.8 + 20 / 20),
    # which is 2.07, but of 10 at least. Hence 30.
    sizes = np.array([1.0] * 8 + [2.0] * 4 + [3.0] * 7 + [100.0])[:, None]
    assert largest_usual(sizes).tolist() == [30.0]
    sizes[-1] = 29.9
    # Nothing is beyond the gap: the limit goes on from the largest of all.
    np.testing.assert_allclose(largest_usual(sizes), 29.9 * (29.9 / 2) ** 1.8)


def test_there_is_no_usual_size_where_the_median_is_zero():
    sizes = np.array([0.0] * 30 + [1.0] * 3)[:, None]
    assert largest_usual(sizes).tolist() == [np.inf]
    assert largest_usual(np.full((5, 1), NAN)).tolist() == [np.inf]


CHANGES = {
    "in thousandths": lambda x: x * 1000,
    "in thousands": lambda x: x / 1000,
    "in tenths": lambda x: x * 10,
    "in degrees Fahrenheit among 20 degrees Celsius": lambda x: x * 1.8 + 32 * np.array([1, 100]),
    "in kelvin": lambda x: x + 273.15 * np.array([1, 100]),
    "of the other sign and in thousandths": lambda x: x * -1000,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("chosen", [[3], [3, 17, 30]])
def test_recordings_in_another_unit_are_found(change, chosen):
    samples = recordings(spread=1.0)
    for i in chosen:
        samples[i] = CHANGES[change](samples[i])
    assert np.flatnonzero(found(samples).all(axis=1)).tolist() == chosen
    assert found(samples).sum() == 2 * len(chosen)


def test_the_feature_is_told():
    samples = recordings()
    samples[5][:, 1] *= 1000
    assert np.argwhere(found(samples)).tolist() == [[5, 1]]


def test_stray_values_are_found_in_the_sample_that_holds_them():
    samples = recordings()
    samples[8][2, 0] = 1e5
    samples[9][3, 1] = -999999
    assert np.argwhere(found(samples)).tolist() == [[8, 0], [9, 1]]


def test_marks_for_missing_values_are_found_in_many_samples():
    samples = recordings()
    for i in range(0, 40, 2):
        samples[i][1, 0] = -9999
    assert np.argwhere(found(samples)).tolist() == [[i, 0] for i in range(0, 40, 2)]


def test_marks_in_every_sample_leave_the_other_values_to_learn_from():
    samples = [np.tile(x, (2, 1)) for x in recordings()]
    for x in samples:
        x[1, 0] = -9999
    sequences = jagged(samples)
    large = UsualScale.learn(sequences).large_values(sequences)
    np.testing.assert_array_equal(large, sequences.values == -9999)
    # A sample of another size counts as a whole, wherever its values lie.
    samples = recordings()
    samples[4][:, 1] *= 1000
    sequences = jagged(samples)
    large = UsualScale.learn(sequences).large_values(sequences)
    expected = np.outer(sequences.sample_of_step == 4, [False, True])
    np.testing.assert_array_equal(large, expected)
    sequences = jagged(recordings())
    assert UsualScale.learn(sequences).large_values(sequences) is None


def test_a_few_long_recordings_have_no_usual_size_but_usual_values():
    long = [np.random.default_rng(i).normal(size=(400, 1)) for i in range(3)]
    assert not found(long).any()
    long[1][70] = 1e4
    assert found(long).ravel().tolist() == [False, True, False]


NOISE = [np.random.default_rng(i).normal(size=(9, 1)) for i in range(40)]

QUIET = {
    "a narrow distribution": recordings(),
    "a wide one": [np.exp(2 * x / 300) for x in recordings(seed=1)],
    "five orders of magnitude": [
        scale * np.sin(np.arange(9.0)) for scale in np.logspace(-2, 3, 50)
    ],
    "two groups, the smaller one a fifth": recordings() + recordings(10, level=2000),
    "a rare flag": [np.full(8, float(i in (3, 9))) for i in range(40)],
    "a rare peak in silence": [np.eye(8)[i] if i < 3 else np.zeros(8) for i in range(40)],
    "constant samples": [np.full(6, 7.0)] * 30,
    "constants of two levels": [np.full(6, 0.1)] * 38 + [np.full(6, 0.3)] * 2,
    "rounding": [np.full(6, 0.1 + 1e-16 * i) for i in range(30)],
    "standardised samples": [np.arange(n) / n for n in range(5, 40)],
    "one sample": [np.arange(9.0)],
    "two samples of few values": [[1.0, 1.1, 0.9, 1.0, 1.1, 50.0]] * 2,
    "an action of a few": [(6.0 if i < 4 else 1.0) * x for i, x in enumerate(NOISE)],
    "recordings at rest": [20 + (1e-3 if i < 3 else 1.0) * x for i, x in enumerate(NOISE)],
    "missing everywhere": [[NAN, 1.0, NAN], [2.0, NAN, NAN]] * 12,
}


@pytest.mark.parametrize("case", QUIET)
def test_what_is_not_of_another_unit_is_not_found(case):
    assert not found(QUIET[case]).any()


def test_a_feature_that_a_sample_never_observed_is_not_found():
    samples = recordings(level=1e6)
    samples[4][:, 0] = NAN
    assert not found(samples).any()
    samples[4][:, 1] *= 1000
    assert np.argwhere(found(samples)).tolist() == [[4, 1]]


@given(st.integers(0, 1000), st.sampled_from([1e-30, 1e-3, 7.0, 1e12]), st.floats(-1e6, 1e6))
def test_unit_and_level_do_not_matter(seed, unit, level):
    samples = recordings(seed=seed)
    samples[1] = samples[1] * 1000
    moved = [(x + level) * unit for x in samples]
    np.testing.assert_array_equal(found(moved), found(samples))


def test_more_than_a_tenth_are_a_part_of_the_distribution():
    samples = recordings(40)
    for i in range(4):
        samples[i] = samples[i] * 1000
    assert np.flatnonzero(found(samples).any(axis=1)).tolist() == [0, 1, 2, 3]
    for i in range(5, 10):
        samples[i] = samples[i] * 1000
    assert not found(samples).any()


def test_others_may_be_somewhat_larger_than_the_training_data():
    usual = UsualScale.learn(jagged(NOISE))
    larger = [4 * x for x in NOISE]
    assert not usual.unusual(jagged(larger), is_fit=False).any()
    assert usual.unusual(jagged([1000 * x for x in NOISE]), is_fit=False).all()


def test_others_are_judged_by_the_training_data():
    usual = UsualScale.learn(jagged(recordings()))
    others = recordings(seed=1)
    assert not usual.unusual(jagged(others), is_fit=False).any()
    others[2] = others[2] * 1000
    others[6] = others[6] / 1000
    assert np.flatnonzero(usual.unusual(jagged(others), is_fit=False).any(axis=1)).tolist() == [
        2,
        6,
    ]
    assert usual.unusual(jagged([others[2]]), is_fit=False).all()
    assert not UsualScale.learn(jagged(recordings(10))).knows_others


@pytest.mark.parametrize("far", [1.0, 5.0, 30.0, 1e4])
def test_the_largest_value_of_each_sample_tells_what_all_values_do(far):
    values = np.random.default_rng(0).normal(size=(60, 20, 2))
    values[7, 3, 1] *= far
    sequences = JaggedSequences(values.reshape(-1, 2), np.full(60, 20))
    quick = UsualScale.learn(sequences)
    # an unobserved value more makes it look at all of them.
    more = np.concatenate([values.reshape(-1, 2), [[np.nan, np.nan]]])
    lengths = np.append(np.full(59, 20), 21)
    whole = UsualScale.learn(JaggedSequences(more, lengths))
    np.testing.assert_allclose(quick.largest_distance, whole.largest_distance, rtol=1e-12)
