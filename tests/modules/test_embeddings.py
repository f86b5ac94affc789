"""Embeddings of token ids, and segments of timesteps."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from skrnn.modules import (
    SegmentEmbedding,
    TokenEmbedding,
    UnknownTokens,
)
from tests.modules.layers import LENGTHS, N_FEATURES, generator, inputs, seeded


def test_token_vectors_are_looked_up_by_id():
    embedding = TokenEmbedding(4, 2)
    with torch.no_grad():
        embedding.weight.copy_(torch.tensor([[0.0, 0], [1, 2], [3, 4], [5, 6]]))
    found = embedding(torch.tensor([[3, 1, 0]]))
    assert found.tolist() == [[[5.0, 6.0], [1.0, 2.0], [0.0, 0.0]]]


def test_vectors_of_several_ids_at_a_timestep_are_summed():
    embedding = TokenEmbedding(4, 2)
    with torch.no_grad():
        embedding.weight.copy_(torch.tensor([[0.0, 0], [1, 2], [3, 4], [5, 6]]))
    found = embedding(torch.tensor([[[3, 1, 0], [0, 2, 0], [0, 0, 0]]]))
    assert found.tolist() == [[[6.0, 8.0], [3.0, 4.0], [0.0, 0.0]]]
    found.sum().backward()
    assert embedding.weight.grad.tolist() == [[0.0, 0], [1, 1], [1, 1], [1, 1]]


@pytest.mark.parametrize("n_ids", [1, 4, 9])
def test_the_sum_of_several_vectors_starts_at_the_scale_of_a_single_one(n_ids):
    embedding = TokenEmbedding(1000, 50, n_ids)
    embedding.reset_parameters(generator())
    found = embedding(torch.arange(2, 2 + 100 * n_ids).reshape(1, 100, n_ids))
    assert found.std().item() == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize("n_ids", [1, 4])
def test_the_sum_of_a_timesteps_vectors_starts_at_one_scale(n_ids):
    embedding = TokenEmbedding(2000, 16, n_ids)
    embedding.reset_parameters(generator())
    ids = torch.randint(2, 2000, (50, 20, n_ids), generator=generator())
    assert abs(embedding(ids).std().item() - 0.1) < 0.01


def test_the_share_of_tokens_asked_for_is_read_as_unknown_in_training_only():
    noise = UnknownTokens(0.3)
    noise.generator = generator()
    ids = torch.randint(2, 9, (200, 50), generator=generator())
    ids[:, 40:] = 0
    disturbed = noise(ids)
    changed = disturbed != ids
    assert (disturbed[changed] == 1).all()
    assert abs(float(changed[:, :40].float().mean()) - 0.3) < 0.02
    assert not changed[:, 40:].any()
    assert (noise.eval()(ids) == ids).all()


def test_of_several_ids_only_the_tokens_own_is_read_as_unknown():
    noise = UnknownTokens(0.5)
    noise.generator = generator()
    ids = torch.randint(2, 9, (20, 30, 3), generator=generator())
    ids[:, :5, 0] = 0
    disturbed = noise(ids)
    assert (disturbed[:, :, 1:] == ids[:, :, 1:]).all()
    assert (disturbed[:, :5] == ids[:, :5]).all()
    assert (disturbed[:, 5:, 0] == 1).any() and (disturbed[:, 5:, 0] != 1).any()


def test_padding_and_unknown_start_at_zero_and_only_the_unknown_token_is_trained():
    embedding = TokenEmbedding(4, 3)
    embedding.reset_parameters(generator())
    assert (embedding.weight[:2] == 0).all()
    assert (embedding.weight[2:] != 0).all()
    embedding(torch.tensor([[2, 1, 0, 0]])).sum().backward()
    assert (embedding.weight.grad[0] == 0).all()
    assert (embedding.weight.grad[1:3] == 1).all()


@pytest.mark.parametrize("segment_length", [2, 3, 5])
def test_segments_are_as_many_as_it_takes_to_hold_every_timestep(segment_length):
    embedding = seeded(SegmentEmbedding(N_FEATURES, 4, segment_length))
    x = inputs(torch.float32)
    segments, lengths = embedding(x, LENGTHS)
    n_segments = math.ceil(x.shape[1] / segment_length)
    assert segments.shape == (len(x), n_segments, embedding.output_size)
    assert lengths.tolist() == [math.ceil(n / segment_length) for n in LENGTHS.tolist()]
    assert embedding(x, None)[1] is None


@pytest.mark.parametrize("segment_length", [2, 3, 5])
def test_a_wider_batch_changes_no_valid_segment(segment_length):
    embedding = seeded(SegmentEmbedding(N_FEATURES, 4, segment_length)).double()
    valid = (torch.arange(7) < LENGTHS[:, None])[..., None]
    x = torch.where(valid, inputs(), 0.0)
    segments, lengths = embedding(x, LENGTHS)
    wider, _ = embedding(F.pad(x, (0, 0, 0, 6)), LENGTHS)
    for i, n in enumerate(lengths):
        torch.testing.assert_close(wider[i, :n], segments[i, :n], rtol=0, atol=1e-12)
        alone, _ = embedding(x[i : i + 1, : LENGTHS[i]], LENGTHS[i : i + 1])
        torch.testing.assert_close(alone[0, :n], segments[i, :n], rtol=0, atol=1e-12)


def test_every_valid_timestep_reaches_a_segment():
    embedding = seeded(SegmentEmbedding(N_FEATURES, 16, 3)).double()
    x = inputs().requires_grad_()
    embedding(x, None)[0].square().sum().backward()
    assert (x.grad.abs().sum(dim=2) > 0).all()
