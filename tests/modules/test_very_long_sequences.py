"""Networks over very long sequences, whose states are not held, against those that hold them."""

import pytest
import torch

from skrnn._kernels import layer, long_attention, stretched_layer, stretched_stack
from skrnn.modules import SequenceModel, TaggingModel, TranscriptionModel, pooling
from skrnn.modules.dropout import SeededDropout

N_STEPS = 47


@pytest.fixture
def cut(monkeypatch):
    """Lets every sequence of more than 8 steps be run in stretches of 8, or none."""

    def switch(*, on):
        most = 8 if on else 1 << 40
        monkeypatch.setattr(stretched_layer, "_VERY_MANY_STEPS", most)
        # blocks of three stretches, of the five samples.
        monkeypatch.setattr(stretched_stack, "_ROWS", 3 * 5)
        monkeypatch.setattr(stretched_stack, "_FEWEST", 8)
        monkeypatch.setattr(pooling, "_VERY_MANY_STEPS", most)
        monkeypatch.setattr(long_attention, "_FEWEST", 1)
        monkeypatch.setattr(long_attention, "_STEPS", 5 * 7)
        monkeypatch.setattr(layer, "_MANY_STEPS", most)
        monkeypatch.setattr(layer, "_MANY_BYTES", 0)
        monkeypatch.setattr(layer, "_STRETCH_BYTES", 1)
        monkeypatch.setattr(layer, "_MIN_STRETCH", 8)

    return switch


def network(kind, dtype, **params):
    torch.manual_seed(0)
    params = {"cell": "gru", "hidden_size": 4, "bidirectional": True, "dropout": 0.3, **params}
    if kind == "attention":
        return SequenceModel(6, 2, pooling=("attention", "max"), **params).to(dtype)
    if kind == "pooled":
        return SequenceModel(6, 2, pooling=("max", "mean", "last"), **params).to(dtype)
    return {"tags": TaggingModel, "texts": TranscriptionModel}[kind](6, 2, **params).to(dtype)


def data(dtype, *, is_ragged=True, are_tokens=False):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, N_STEPS, 6, generator=generator, dtype=dtype)
    if are_tokens:
        x = torch.randint(0, 6, (5, N_STEPS), generator=generator)
    lengths = torch.tensor([N_STEPS, 30, 31, 7, 1]) if is_ragged else None
    if is_ragged:
        x[torch.arange(N_STEPS) >= lengths[:, None]] = 0
    return x, lengths


def valid(outputs, lengths):
    if lengths is None or outputs.shape[1] != N_STEPS:
        return outputs
    return outputs * (torch.arange(N_STEPS) < lengths[:, None])[..., None]


CASES = [
    ("pooled", {"segment_length": 2}, {}),
    ("pooled", {"segment_length": 3, "embedding_dim": 3}, {"are_tokens": True}),
    ("pooled", {"segment_length": 5, "bidirectional": False}, {"is_ragged": False}),
    ("pooled", {"num_layers": 2}, {}),
    ("pooled", {"num_layers": 3, "embedding_dim": 3}, {"are_tokens": True}),
    ("attention", {}, {}),
    ("attention", {"bidirectional": False, "num_layers": 2}, {"is_ragged": False}),
    ("attention", {"num_layers": 2, "embedding_dim": 3}, {"are_tokens": True}),
    ("attention", {"cell": "lstm", "segment_length": 2}, {}),
    ("tags", {"num_layers": 2}, {}),
    ("tags", {"embedding_dim": 3, "bidirectional": False}, {"are_tokens": True}),
    ("texts", {"segment_length": 2}, {}),
    ("texts", {}, {"is_ragged": False}),
]


@pytest.mark.parametrize(("kind", "params", "form"), CASES, ids=str)
def test_a_network_trains_alike_whether_its_states_are_held_or_not(kind, params, form, cut):
    x, lengths = data(torch.float64, **form)
    model = network(kind, torch.float64, **params)
    results = []
    for on in (True, False):
        cut(on=on)
        # dropout draws the same masks.
        model.set_generator(torch.Generator().manual_seed(3))
        outputs = valid(model(x, lengths), lengths)
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        results.append([outputs, *torch.autograd.grad((outputs**2).sum(), weights)])
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
        assert found.shape == expected.shape


@pytest.mark.parametrize(("kind", "params", "form"), CASES, ids=str)
def test_predictions_have_the_same_bits_whether_states_are_held_or_not(kind, params, form, cut):
    x, lengths = data(torch.float32, **form)
    model = network(kind, torch.float32, **params).eval()
    with torch.no_grad():
        cut(on=True)
        found = valid(model(x, lengths), lengths)
        cut(on=False)
        assert torch.equal(found, valid(model(x, lengths), lengths))


@pytest.mark.parametrize("kind", ["pooled", "attention"])
def test_gradients_of_gradients_are_there_too(kind, cut):
    x, lengths = data(torch.float64)
    params = {"segment_length": 2} if kind == "pooled" else {}
    model = network(kind, torch.float64, dropout=0.0, **params)
    weights = list((model.segments if kind == "pooled" else model.pooling).parameters())
    results = []
    for on in (True, False):
        cut(on=on)
        outputs = (model(x, lengths) ** 2).sum()
        first = torch.autograd.grad(outputs, weights, create_graph=True)
        penalty = sum((part**2).sum() for part in first)
        results.append(torch.autograd.grad(penalty, weights))
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_mask_that_is_held_as_bits_is_that_of_dropout(dtype):
    dropout, shape = SeededDropout(0.3), (3, 500, 37)
    dropout.generator = torch.Generator().manual_seed(0)
    expected = dropout(torch.ones(shape, dtype=dtype))
    dropout.generator.manual_seed(0)
    held = dropout.held(shape, dtype)
    torch.testing.assert_close(held.whole().to(dtype), expected)
    assert torch.equal(held.part((slice(1, 2), slice(4, 9))), held.whole()[1:2, 4:9])
    assert dropout.eval().held(shape, dtype) is SeededDropout(0.0).held(shape, dtype) is None
