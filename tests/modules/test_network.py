"""The whole network: weights, generators and padding."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from skrnn.modules import SequenceModel
from skrnn.modules.pooling import POOLINGS
from tests.modules.layers import LENGTHS, generator


def model(**params) -> SequenceModel:
    defaults = {
        "hidden_size": 4,
        "num_layers": 2,
        "bidirectional": True,
        "dropout": 0.4,
        "input_noise": 0.1,
        "pooling": POOLINGS,
    }
    return SequenceModel(3, 2, **(defaults | params))


VARIANTS = {
    "measurements": {},
    "segments": {"segment_length": 3},
    "tokens": {"embedding_dim": 6},
    "segmented tokens": {"embedding_dim": 6, "segment_length": 2},
}
every_variant = pytest.mark.parametrize("params", VARIANTS.values(), ids=VARIANTS.keys())


def model_inputs(params, width: int = 7):
    valid = torch.arange(width) < LENGTHS[:, None]
    if "embedding_dim" in params:
        ids = torch.randint(1, 3, (len(LENGTHS), width), generator=generator(3))
        return torch.where(valid, ids, 0)
    x = torch.randn(len(LENGTHS), width, 3, generator=generator(3))
    return torch.where(valid[..., None], x, 0.0)


@every_variant
def test_reset_parameters_is_fixed_by_the_generator_and_leaves_global_state_alone(params):
    network = model(**params)
    before = torch.get_rng_state()
    network.reset_parameters(generator(1))
    first = {name: value.clone() for name, value in network.state_dict().items()}
    network.reset_parameters(generator(2))
    other = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(float("nan"))
    network.reset_parameters(generator(1))
    for name, value in network.state_dict().items():
        # no parameter is left out, and none keeps what it had.
        assert torch.equal(value, first[name]), name
        # biases start from constants.
        if name.rpartition(".")[2].startswith("weight"):
            assert not torch.equal(value, other[name]), name
    assert torch.equal(torch.get_rng_state(), before)


@every_variant
def test_training_draws_from_the_given_generator_alone(params):
    network = model(**params).train()
    network.reset_parameters(generator())
    x = model_inputs(params)
    before = torch.get_rng_state()
    outputs = []
    for seed in (1, 1, 2):
        network.set_generator(generator(seed))
        outputs.append(network(x, LENGTHS).detach())
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])
    assert torch.equal(torch.get_rng_state(), before)


@every_variant
def test_padding_and_batch_mates_never_move_an_output(params):
    network = model(**params).eval()
    network.reset_parameters(generator())
    x = model_inputs(params)
    outputs = network(x, LENGTHS)
    padding = (0, 5) if x.ndim == 2 else (0, 0, 0, 5)
    torch.testing.assert_close(network(F.pad(x, padding), LENGTHS), outputs, rtol=0, atol=1e-6)
    for i, length in enumerate(LENGTHS):
        alone = network(x[i : i + 1, :length])
        torch.testing.assert_close(alone[0], outputs[i], rtol=0, atol=1e-6)


@every_variant
def test_every_parameter_gets_a_gradient(params):
    network = model(**params).eval()
    network.reset_parameters(generator())
    network(model_inputs(params), LENGTHS).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert (parameter.grad != 0).any(), name


def test_the_output_is_the_head_of_the_pooled_state():
    network = model().eval()
    x = model_inputs({})
    pooled = network.pooled(x, LENGTHS)
    assert pooled.shape == (len(x), network.pooling.output_size)
    torch.testing.assert_close(network.head(pooled), network(x, LENGTHS))
