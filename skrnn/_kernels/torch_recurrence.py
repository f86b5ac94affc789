"""One recurrent layer over a ragged batch, computed by torch's own recurrences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

__all__ = ["N_GATES", "flip_within_length", "run_in_torch"]

# Gates of each cell: a weight matrix has n_gates * n_units rows.
N_GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def flip_within_length(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Reverse the valid timesteps of every sample; padding stays at the end.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_timesteps, n_features)
    lengths : Tensor of int64, shape (n_samples,), or None
        Valid timesteps of each sample; None when all are ``n_timesteps`` long.

    Returns
    -------
    Tensor of shape (n_samples, n_timesteps, n_features)
    """
    if lengths is None:
        return x.flip(1)
    steps = torch.arange(x.shape[1], device=x.device)
    mirrored = lengths[:, None] - 1 - steps
    index = torch.where(mirrored >= 0, mirrored, steps)
    return x.gather(1, index[:, :, None].expand_as(x))


def run_in_torch(
    cell: str,
    x: Tensor,
    lengths: Tensor | None,
    directions: list[list[Tensor]],
    state: tuple[Tensor, ...] | None = None,
    *,
    training: bool = True,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    x : Tensor of shape (n_samples, n_timesteps, n_features)
        Inputs.
    lengths : Tensor of int64, shape (n_samples,), or None
        Valid timesteps of each sample; None when all are ``n_timesteps`` long.
    directions : list of list of Tensor
        weight_ih, weight_hh, bias_ih and bias_hh in torch's layout, of one direction or of two.
    state : tuple of Tensor of shape (n_samples, n_units), or None
        Initial hidden state and, for an LSTM, cell state of the forward direction; None for zeros.
        The backward direction always starts from zeros.
    training : bool, default=True
        Passed to torch, which uses it for dropout between layers and to choose cuDNN's mode.

    Returns
    -------
    outputs : Tensor of shape (n_samples, n_timesteps, n_units * n_directions)
        Hidden states after each timestep, forward direction first. Finite past each length.
    state : tuple of Tensor
        Hidden states of each direction after its last valid timestep, of shape (n_samples, n_units
        * n_directions); for an LSTM, if all samples are equally long, also the cell state of the
        forward direction, shape (n_samples, n_units).
    """
    outputs, last = _run(cell, x, directions[0], state, training)
    if lengths is not None:
        samples = torch.arange(len(outputs), device=outputs.device)
        last = (outputs[samples, lengths - 1],)
    if len(directions) == 2:
        flipped = flip_within_length(x, lengths)
        mirrored, _ = _run(cell, flipped, directions[1], None, training)
        mirrored = flip_within_length(mirrored, lengths)
        outputs = torch.cat([outputs, mirrored], dim=2)
        last = (torch.cat([last[0], mirrored[:, 0]], dim=1), *last[1:])
    return outputs, last


def _run(
    cell: str,
    x: Tensor,
    weights: list[Tensor],
    state: tuple[Tensor, ...] | None,
    training: bool,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    if state is None:
        zeros = weights[1].new_zeros(x.shape[0], weights[1].shape[1])
        state = (zeros, zeros) if cell == "lstm" else (zeros,)
    if x.is_cuda:
        _lay_end_to_end(cell, weights)
    # torch expects an axis of layers and directions in front.
    initial = tuple(part[None] for part in state)
    # has_biases, num_layers, dropout, train, bidirectional, batch_first
    options = (True, 1, 0.0, training, False, True)
    with _without_autocast(x.device.type) as is_autocast:
        x = x.to(weights[0].dtype) if is_autocast else x
        if cell == "lstm":
            outputs, *last = torch.lstm(x, initial, weights, *options)
        else:
            run = torch.gru if cell == "gru" else torch.rnn_tanh
            outputs, *last = run(x, initial[0], weights, *options)
    return outputs, tuple(part[0] for part in last)


@contextmanager
def _without_autocast(device_type: str) -> Iterator[bool]:
    """Switch autocast off; yield whether it was on.

    Even with bfloat16, autocast runs the recurrences of cuDNN in float16, in which gradients
    underflow unless the loss is scaled.
    """
    if device_type not in ("cpu", "cuda") or not torch.is_autocast_enabled(device_type):
        yield False
        return
    with torch.autocast(device_type, enabled=False):
        yield True


def _lay_end_to_end(cell: str, weights: list[Tensor]) -> None:
    """Move weights into one piece of memory, as cuDNN otherwise copies them in every call.

    The parameters stay the same objects; only their memory changes.
    """
    storages = {weight.untyped_storage().data_ptr() for weight in weights}
    if len(storages) == 1 or not all(isinstance(weight, nn.Parameter) for weight in weights):
        return
    kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
    weight_ih, weight_hh = weights[:2]
    layer = kind(weight_ih.shape[1], weight_hh.shape[1], batch_first=True, device="meta")
    for (name, _), weight in zip(list(layer.named_parameters()), weights, strict=True):
        setattr(layer, name, weight)
    # the first run on the GPU may be a prediction; weights must not become inference tensors.
    with torch.inference_mode(False):
        layer.flatten_parameters()
