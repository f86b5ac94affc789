"""Which samples are computed together, and the tensors that a network is given."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skrnn._input.jagged import JaggedSequences
from skrnn._training import batching
from skrnn._training.batching import TrainingData, prediction_batches, training_batches

CPU = torch.device("cpu")
lengths_of_samples = st.lists(st.integers(1, 40), min_size=1, max_size=200).map(np.array)


def jagged(lengths, n_features: int | None = 2) -> JaggedSequences:
    """Values from 1 on, so that a 0 is padding."""
    lengths = np.array(lengths, dtype=np.int64)
    total = int(lengths.sum())
    if n_features is None:
        return JaggedSequences(np.arange(1, total + 1), lengths)
    values = np.arange(1, total * n_features + 1, dtype=np.float32)
    return JaggedSequences(values.reshape(total, n_features), lengths)


# --------------------------------------------------------------------------------------
# batches of an epoch
# --------------------------------------------------------------------------------------


@given(lengths_of_samples, st.integers(1, 50), st.integers(0, 5))
def test_every_sample_is_trained_on_once_in_an_epoch(lengths, batch_size, seed):
    batches = training_batches(lengths, batch_size, np.random.default_rng(seed))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    sizes = [len(batch) for batch in batches]
    assert len(sizes) == -(-len(lengths) // batch_size)
    # nearly equal: a small last batch would be an update as large as the others.
    assert max(sizes) - min(sizes) <= 1


@given(lengths_of_samples, st.integers(1, 50), st.integers(0, 5))
def test_the_order_of_an_epoch_is_fixed_by_its_generator(lengths, batch_size, seed):
    first, second = (
        training_batches(lengths, batch_size, np.random.default_rng(seed)) for _ in range(2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_samples_of_similar_length_are_trained_together():
    lengths = np.random.default_rng(0).integers(1, 1001, size=640)
    grouped = training_batches(lengths, 16, np.random.default_rng(1))
    # padded timesteps that a batch computes beyond its samples' own, over all batches.
    waste = sum(len(b) * lengths[b].max() - lengths[b].sum() for b in grouped) / lengths.sum()
    shuffled = np.random.default_rng(2).permutation(640).reshape(-1, 16)
    random_waste = sum(16 * lengths[b].max() - lengths[b].sum() for b in shuffled) / lengths.sum()
    assert 2 * waste < random_waste


def test_which_samples_meet_changes_from_epoch_to_epoch():
    lengths = np.repeat([5, 9], 50)
    mates = []
    for epoch in range(2):
        batches = training_batches(lengths, 8, np.random.default_rng(epoch))
        mates.append(next(set(b.tolist()) for b in batches if 0 in b))
    assert mates[0] != mates[1]


def test_long_and_short_batches_alternate_in_random_order():
    lengths = np.arange(1, 161)
    batches = training_batches(lengths, 10, np.random.default_rng(0))
    longest = [int(lengths[b].max()) for b in batches]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)


# --------------------------------------------------------------------------------------
# batches of a prediction
# --------------------------------------------------------------------------------------


@given(lengths_of_samples, st.sampled_from([1, 8]))
def test_every_sample_is_predicted_once_in_batches_of_full_rows(lengths, multiple):
    predicted = []
    for samples, n_valid in prediction_batches(lengths, multiple):
        assert len(samples) % multiple == 0
        assert len(samples) - n_valid < multiple
        # what fills up a batch repeats a sample of it, and so adds no length.
        assert set(samples[n_valid:].tolist()) <= set(samples[:n_valid].tolist())
        predicted.extend(samples[:n_valid].tolist())
    assert sorted(predicted) == list(range(len(lengths)))


def test_prediction_batches_stay_within_their_limits(monkeypatch):
    monkeypatch.setattr(batching, "_MAX_PREDICTION_ROWS", 16)
    monkeypatch.setattr(batching, "_MAX_PREDICTION_STEPS", 400)
    lengths = np.random.default_rng(0).integers(1, 100, size=100)
    lengths[3] = 1000
    batches = list(prediction_batches(lengths))
    for samples, n_valid in batches:
        assert n_valid <= 16
        # a single sample is computed however long it is.
        assert n_valid == 1 or n_valid * lengths[samples].max() <= 400
    assert sorted(np.concatenate([s[:n] for s, n in batches]).tolist()) == list(range(100))
    assert max(n for _, n in batches) > 1


# --------------------------------------------------------------------------------------
# the resident data
# --------------------------------------------------------------------------------------


def test_a_batch_holds_the_samples_and_zeros_behind_them():
    inputs = jagged([3, 1, 2, 7])
    data = TrainingData(inputs, CPU)
    samples = np.array([2, 0, 1])
    batch = data.batch(samples)
    assert batch.inputs[0].shape == (3, 3, 2)
    assert batch.inputs[1].tolist() == [2, 3, 1]
    for row, sample in zip(batch.inputs[0].numpy(), samples.tolist(), strict=True):
        own = inputs.split()[sample]
        np.testing.assert_array_equal(row[: len(own)], own)
        assert (row[len(own) :] == 0).all()


def test_token_ids_are_padded_with_the_padding_token():
    batch = TrainingData(jagged([1, 3], n_features=None), CPU).batch(np.array([0, 1]))
    assert batch.inputs[0].tolist() == [[1, 0, 0], [2, 3, 4]]
    assert batch.inputs[0].dtype == torch.int64


def test_equally_long_samples_come_without_lengths():
    data = TrainingData(jagged([4, 4, 4]), CPU)
    batch = data.batch(np.array([2, 1]))
    assert batch.inputs[1] is None
    assert batch.inputs[0].shape == (2, 4, 2)
    assert len(batch) == 2
    np.testing.assert_array_equal(batch.inputs[0][0], data.values[2])


def test_targets_and_weights_travel_with_their_samples():
    y = np.array([10.0, 11.0, 12.0], dtype=np.float32)
    weight = np.array([0.5, 1.0, 1.5])
    data = TrainingData(jagged([1, 2, 3]), CPU, y, weight)
    batch = data.batch(np.array([2, 0]))
    assert batch.y.tolist() == [12.0, 10.0]
    assert batch.weight.tolist() == [1.5, 0.5]
    # a float64 weight would turn a float32 loss to float64.
    assert batch.weight.dtype == torch.float32
    bare = TrainingData(jagged([1, 2, 3]), CPU).batch(np.array([1]))
    assert bare.y is None
    assert bare.weight is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_take_the_type_of_the_network(dtype):
    inputs = jagged([2, 2])
    inputs = JaggedSequences(inputs.values.astype(dtype), inputs.lengths)
    data = TrainingData(inputs, CPU, np.array([0, 1]), np.array([1.0, 1.0]))
    assert data.weight.dtype == data.values.dtype


def test_read_only_targets_and_weights_are_taken_without_a_warning():
    y, weight = np.array([0.0, 1.0]), np.array([1.0, 1.0])
    y = np.frombuffer(y.tobytes())
    weight.setflags(write=False)
    data = TrainingData(jagged([1, 1]), CPU, y.copy(), weight)
    assert data.batch(np.array([1])).y.tolist() == [1.0]


@given(lengths_of_samples, st.integers(1, 30), st.integers(0, 3))
def test_an_epoch_of_batches_holds_every_timestep_once(lengths, batch_size, seed):
    inputs = jagged(lengths, n_features=1)
    data = TrainingData(inputs, CPU)
    seen = []
    for samples in training_batches(data.numpy_lengths, batch_size, np.random.default_rng(seed)):
        x = data.batch(samples).inputs[0].ravel()
        seen.append(x[x != 0])
    assert sorted(torch.cat(seen).tolist()) == inputs.values.ravel().tolist()
