"""Pooling in one pass over the states."""

import pytest
import torch

from skrnn._kernels import pool_fused


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", [None, torch.tensor([5, 1, 3])])
def test_pooling_in_one_pass_is_pooling_by_definition(lengths, bidirectional):
    torch.manual_seed(0)
    states = torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True)
    pooled = pool_fused(states, lengths, bidirectional=bidirectional)
    for sample, length in enumerate([5, 5, 5] if lengths is None else lengths.tolist()):
        valid = states[sample, :length]
        last = torch.cat([valid[-1, :2], valid[0, 2:]]) if bidirectional else valid[-1]
        torch.testing.assert_close(pooled[sample, 0], last)
        torch.testing.assert_close(pooled[sample, 1], valid.mean(0))
        torch.testing.assert_close(pooled[sample, 2], valid.amax(0))

    def pool(states):
        return pool_fused(states, lengths, bidirectional=bidirectional)

    assert torch.autograd.gradcheck(pool, states)
    assert torch.autograd.gradgradcheck(pool, states)


def test_pooling_keeps_what_is_not_a_number():
    states = torch.zeros(2, 4, 1)
    states[0, 2] = torch.nan
    pooled = pool_fused(states, None, bidirectional=False)
    assert pooled[0, 1:].isnan().all() and not pooled[1].isnan().any()


def test_pooling_refuses_lengths_that_do_not_fit():
    with pytest.raises(ValueError, match=r"lengths: .*from 5 to 6"):
        pool_fused(torch.ones(2, 5, 3), torch.tensor([5, 6]), bidirectional=False)
