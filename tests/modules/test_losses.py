"""Losses are torch's, of each sample."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from skrnn.modules import PerSampleLoss
from tests.modules.layers import generator


def test_cross_entropy_is_torchs_of_each_sample():
    scores = torch.randn(6, 3, generator=generator())
    target = torch.tensor([0, 2, 1, 1, 0, 2])
    losses = PerSampleLoss("cross_entropy")(scores, target)
    expected = -scores.log_softmax(dim=1)[torch.arange(6), target]
    torch.testing.assert_close(losses, expected)
    torch.testing.assert_close(losses.mean(), nn.CrossEntropyLoss()(scores, target))


@pytest.mark.parametrize("n_samples", [1, 7, 61, 64, 1000])
def test_the_mean_of_cross_entropies_has_the_bits_of_their_gradient(n_samples):
    values = 3 * torch.randn(n_samples, 5, generator=generator())
    target = values.argsort()[:, 0]
    loss, gradients = PerSampleLoss("cross_entropy"), []
    for mean in (loss.mean, lambda output, target: loss(output, target).mean()):
        output = values.clone().requires_grad_()
        result = mean(output, target)
        result.backward()
        gradients.append(output.grad)
        torch.testing.assert_close(result, loss(values, target).mean())
    assert torch.equal(*gradients)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("mse", nn.MSELoss),
        ("mae", nn.L1Loss),
        ("huber", nn.HuberLoss),
        ("binary_cross_entropy", nn.BCEWithLogitsLoss),
    ],
)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_other_losses_are_torchs_averaged_over_outputs(name, reference, n_outputs):
    output = 3 * torch.randn(6, n_outputs, generator=generator())
    target = (torch.randn(6, n_outputs, generator=generator(1)) > 0).float()
    losses = PerSampleLoss(name)(output, target)
    assert losses.shape == (6,)
    torch.testing.assert_close(losses, reference(reduction="none")(output, target).mean(dim=1))
