"""The forecasting network computes what torch's own layers compute."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from skrnn.modules.forecast_model import ForecastModel
from skrnn.modules.forecast_outputs import (
    FORECAST_LOSSES,
    ForecastLoss,
    n_parameters,
)
from tests.forecasting.references import NAN

SIZES = {"n_inputs": 5, "n_future": 2, "n_static": 3, "n_anchors": 2}


def network_and_inputs(decoder, cell, loss="mae", *, num_layers=1, segment_length=3, sizes=SIZES):
    model = ForecastModel(
        **sizes,
        horizon=7,
        decoder=decoder,
        segment_length=segment_length,
        loss=loss,
        cell=cell,
        hidden_size=4,
        num_layers=num_layers,
    ).double()
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    shapes = [
        (6, 12, sizes["n_inputs"]),
        (6, 7, sizes["n_future"]),
        (6, sizes["n_static"]),
        (6, sizes["n_anchors"], 7),
    ]
    inputs = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    scale = torch.rand((6, 2), generator=generator, dtype=torch.float64) + 3
    return model.eval(), (*inputs, scale)


def torch_core(model, cell, num_layers) -> nn.Module:
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
    core = kind(4, 4, num_layers=num_layers, batch_first=True).double()
    core.load_state_dict(model.encoder.state_dict())
    return core


def by_hand(model, core, inputs, decoder, segment_length):
    """The point forecasts of the network, a window at a time, from torch's own layers."""
    weights = dict(model.named_parameters())
    forecasts = []
    for history, future, static, anchors, _ in zip(*inputs, strict=True):
        context = weights["context.weight"] @ static + weights["context.bias"]

        def embedded(part, told_ahead, context=context):
            step = weights["embed.weight"] @ part + weights["embed.bias"] + context
            if decoder == "recursive":
                step = step + weights["ahead.weight"] @ told_ahead + weights["ahead.bias"]
            return torch.relu(step)

        segments = history.reshape(-1, segment_length * history.shape[1])
        # with one timestep a segment: what is known in advance about the timestep after it.
        told = [*history[1:, -future.shape[1] :], future[0]]
        steps = [embedded(part, after) for part, after in zip(segments, told, strict=False)]
        _, state = core(torch.stack(steps)[None])
        numbers = []
        if decoder == "segment":
            for segment in range(-(-7 // segment_length)):
                part = torch.zeros(segment_length, future.shape[1]).double()
                known = future[segment * segment_length : (segment + 1) * segment_length]
                part[: len(known)] = known
                step = weights["decode.position"][segment] + context
                step = step + weights["decode.future.weight"] @ part.flatten()
                step = step + weights["decode.future.bias"]
                output, _ = core(step[None, None], state)
                out = weights["decode.head.weight"] @ output[0, 0] + weights["decode.head.bias"]
                numbers += list(out.reshape(segment_length, -1))
        elif decoder == "direct":
            hidden = (state[0] if isinstance(state, tuple) else state)[-1, 0]
            told = weights["decode.future.weight"] @ future.flatten()
            hidden = hidden + torch.relu(told + weights["decode.future.bias"]) + context
            out = weights["decode.head.weight"] @ hidden + weights["decode.head.bias"]
            numbers = list(out.reshape(7, -1))
        values = []
        last = history[-1]
        for step in range(7):
            if decoder == "recursive":
                hidden = (state[0] if isinstance(state, tuple) else state)[-1, 0]
                numbers.append(weights["head.weight"] @ hidden + weights["head.bias"])
            mixture, added = numbers[step][:-1].softmax(0), numbers[step][-1]
            values.append(mixture @ anchors[:, step] + added)
            if decoder == "recursive":
                # value, observed, the past feature as it was last, and the features of the step.
                read = torch.cat([values[-1][None], torch.ones(1), last[2:3], future[step]])
                after = future[min(step + 1, 6)]
                _, state = core(embedded(read, after)[None, None], state)
        forecasts.append(torch.stack(values))
    return torch.stack(forecasts)[..., None]


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_the_network_computes_what_torch_s_own_layers_compute(decoder, cell, num_layers):
    segment_length = 1 if decoder == "recursive" else 3
    model, inputs = network_and_inputs(
        decoder, cell, num_layers=num_layers, segment_length=segment_length
    )
    core = torch_core(model, cell, num_layers)
    with torch.no_grad():
        expected = by_hand(model, core, inputs, decoder, segment_length)
        torch.testing.assert_close(model(*inputs), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_untrained_the_network_forecasts_the_mean_of_the_anchors(decoder):
    sizes = SIZES | {"n_static": 0}
    model, inputs = network_and_inputs(decoder, "lstm", segment_length=1, sizes=sizes)
    model.reset_parameters(torch.Generator().manual_seed(1))
    torch.testing.assert_close(model(*inputs)[..., 0], inputs[3].mean(1))


@pytest.mark.parametrize("loss", FORECAST_LOSSES)
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_every_loss_trains_every_weight_of_every_decoder(decoder, loss):
    model, inputs = network_and_inputs(decoder, "gru", loss, segment_length=1)
    model.train()
    output = model(*inputs)
    assert output.shape[:2] == (6, 7)
    assert output.shape[2] == n_parameters(loss) + 2 * (loss == "negative_binomial")
    target = torch.linspace(0, 3, 42, dtype=torch.float64).reshape(6, 7).clone()
    target[:, 2] = NAN
    losses = ForecastLoss(loss)(output, target)
    assert losses.shape == (6,)
    losses.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
        assert (parameter.grad != 0).any(), name


def test_the_decoder_starts_from_the_state_after_the_last_observation():
    for decoder in ("segment", "direct", "recursive"):
        model, inputs = network_and_inputs(decoder, "gru", segment_length=1)
        history = inputs[0].clone()
        history[:, -1, 0] += 10.0
        moved = model(history, *inputs[1:])
        assert ((moved - model(*inputs)).abs() > 1e-6).all()
