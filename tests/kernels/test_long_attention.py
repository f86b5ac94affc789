"""Attention that holds no states, against torch's own layers and operations."""

import pytest
import torch

from skrnn._kernels import AttendedStates, HeldInputs, run_stretched, stretched_stack
from skrnn._kernels.chunk import Stretch
from tests.kernels.layers import TORCH, loss_of

N_STEPS = 30
STRETCHES = [Stretch(0, 8), Stretch(8, 16), Stretch(16, 24), Stretch(24, N_STEPS)]


@pytest.mark.parametrize("scale", [1, 3000])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_attention_in_stretches_is_that_of_all_states(cell, scale, monkeypatch):
    monkeypatch.setattr(stretched_stack, "_ROWS", 3 * 6)
    monkeypatch.setattr(stretched_stack, "_FEWEST", 8)
    torch.manual_seed(0)
    layer = TORCH[cell](4, 5, bidirectional=True, batch_first=True, dtype=torch.float64)
    weights = list(layer.parameters())
    x = torch.randn(6, N_STEPS, 4, dtype=torch.float64, requires_grad=True)
    parameters = [
        torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((10, 10), 10)
    ]
    # scores of which exp is too large for a number.
    parameters.append((scale * torch.randn(1, 10, dtype=torch.float64)).requires_grad_())
    outputs = AttendedStates(*parameters, bidirectional=True)
    found = run_stretched(
        cell, HeldInputs(x), None, [[weights[:4], weights[4:]]], STRETCHES, outputs
    )
    states, _ = layer(x)
    weight, bias, vector = parameters
    scores = torch.tanh(states @ weight.T + bias) @ vector.T
    attended = (scores.softmax(dim=1) * states).sum(dim=1)
    last = torch.cat([states[:, -1, :5], states[:, 0, 5:]], dim=1)
    expected = torch.stack([last, states.mean(dim=1), states.amax(dim=1), attended], dim=1)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    leaves = [x, *weights, *parameters]
    for gradient, other in zip(
        torch.autograd.grad(loss_of(found, []), leaves),
        torch.autograd.grad(loss_of(expected, []), leaves),
        strict=True,
    ):
        torch.testing.assert_close(gradient, other, rtol=1e-9, atol=1e-9 * scale)
