"""What a network answers, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from skrnn._training.batching import NetData
from skrnn._training.timestep_data import StepwiseData
from skrnn.modules.linear_chain import ChainScores

if TYPE_CHECKING:
    from skrnn._training.net import RecurrentNet

__all__ = ["all_outputs", "each_output", "outputs_of_batch"]


def all_outputs(net: RecurrentNet, data: NetData, method: str = "forward") -> np.ndarray:
    """Compute outputs in the order of the samples.

    Parameters are those of :func:`each_output`.

    Returns
    -------
    ndarray of shape (n_samples, width), or (sum of steps, width) for StepwiseData
    """
    batches = list(data.prediction_batches())
    n_rows = sum(n_valid for _, n_valid in batches)
    if isinstance(data, StepwiseData):
        n_rows = int(data.n_steps.sum())
    outputs = np.empty(0)
    for number, (rows, places, _) in enumerate(each_output(net, data, method, batches)):
        if number == 0:
            outputs = np.empty((n_rows, *rows.shape[1:]), dtype=rows.dtype)
        outputs[places] = rows
    return outputs


def each_output(
    net: RecurrentNet,
    data: NetData,
    method: str = "forward",
    batches: Iterable[tuple[np.ndarray, int]] | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Compute outputs batch by batch.

    Parameters
    ----------
    net : RecurrentNet
    data : NetData
        What to predict.
    method : str, default="forward"
        The method of the module that computes them.
    batches : iterable of (ndarray, int), or None
        What ``data.prediction_batches`` gives, if it was asked before.

    Yields
    ------
    rows : ndarray of shape (n_samples, width), or (sum of steps, width) for StepwiseData
    places : ndarray of int64
        Where each row stands among the outputs for all of the data.
    samples : ndarray of int64
        Which samples they are of, in their order.
    """
    if net.module_.training:
        net.set_training(False)
    # A call of the module itself also runs its hooks.
    compute = net.module_ if method == "forward" else getattr(net.module_, method)
    for samples, n_valid in data.prediction_batches() if batches is None else batches:
        with torch.inference_mode(), net.precision():
            batch = data.batch(samples)
            output, places = compute(*batch.inputs)[:n_valid], samples[:n_valid]
            if isinstance(data, StepwiseData):
                output, places = data.unpad(output, places)
            rows = output.to("cpu", net.dtype).numpy()
        # not inside: what is done with them must not meet these modes.
        yield rows, places, samples[:n_valid]


def outputs_of_batch(net: RecurrentNet, inputs: tuple[torch.Tensor | None, ...]) -> torch.Tensor:
    """Compute the outputs for the inputs of one batch; of a chain of labels, their scores."""
    net.set_training(False)
    with torch.no_grad(), net.precision():
        output = net.module_(*inputs)
    return (output.scores if isinstance(output, ChainScores) else output).to(net.dtype)
