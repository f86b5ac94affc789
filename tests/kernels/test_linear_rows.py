"""Linear layers whose rows do not depend on each other, against torch's."""

import pytest
import torch
from torch import nn

from skrnn._kernels import linear


@pytest.mark.parametrize(("n_samples", "n_timesteps"), [(1, 1), (3, 5), (8, 4)])
def test_a_linear_layer_is_that_of_torch_with_its_gradients(n_samples, n_timesteps):
    torch.manual_seed(0)
    layer = nn.Linear(3, 5, dtype=torch.float64)
    x = torch.randn(n_samples, n_timesteps, 3, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(linear(x, layer.weight, layer.bias), layer(x))
    assert torch.autograd.gradcheck(linear, (x, layer.weight, layer.bias))
    assert torch.autograd.gradgradcheck(linear, (x, layer.weight, layer.bias))


def test_a_row_of_a_linear_layer_has_the_same_bits_in_any_place():
    torch.manual_seed(0)
    layer = nn.Linear(28, 5)
    x = torch.randn(40, 10, 28) * 5
    with torch.no_grad():
        whole = linear(x, layer.weight, layer.bias)
        for n_samples in (1, 7, 24):
            for start in (0, 3, 6):
                part = linear(x[:n_samples, start:].contiguous(), layer.weight, layer.bias)
                assert torch.equal(part, whole[:n_samples, start:])


def test_a_linear_layer_leaves_to_torch_what_no_kernel_can_do():
    layer = nn.Linear(3, 5).bfloat16()
    x = torch.randn(2, 4, 3).bfloat16()
    assert torch.equal(linear(x, layer.weight, layer.bias), layer(x))


@pytest.mark.parametrize(("weight", "bias"), [((4, 5), 4), ((4, 3), 1)])
def test_a_linear_layer_leaves_shapes_that_do_not_fit_to_torch(weight, bias):
    x, weights = torch.ones(2, 3), (torch.ones(weight), torch.zeros(bias))
    with torch.no_grad():
        if weight[1] == 3:
            # torch broadcasts a bias of one number.
            assert torch.equal(linear(x, *weights), nn.functional.linear(x, *weights))
        else:
            with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
                linear(x, *weights)
