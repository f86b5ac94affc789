"""Updates of a GPU that are recorded once and replayed.

A small network keeps a GPU busy for less time than it takes to start its operations one by one.
A CUDA graph starts all of them at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from skrnn._training.batching import Batch

__all__ = ["UpdateRecorder"]

# Runs before the recording, in which libraries choose their algorithms and get their memory.
_N_WARM_UPS = 3


class UpdateRecorder:
    """Records loss and gradients of a batch, and replays them for others of the same shape.

    Parameters
    ----------
    device : torch.device
    compute : callable
        From a batch to its mean loss and the network's outputs.
    parameters : list of Tensor
        What gradients are wanted of.

    Attributes
    ----------
    generator : torch.Generator
        What noise and dropout of the network have to draw from.
    """

    def __init__(
        self,
        device: torch.device,
        compute: Callable[[Batch], tuple[Tensor, Tensor]],
        parameters: list[Tensor],
    ) -> None:
        self.generator = torch.Generator(device)
        self._device = device
        self._compute = compute
        self._parameters = parameters
        self._recorded: dict[tuple[Any, ...], _Recording] = {}

    @staticmethod
    def is_wanted(device: torch.device) -> bool:
        """Whether updates are recorded: on a GPU, if ``SKRNN_CUDA_GRAPHS=1`` asks for it."""
        return device.type == "cuda" and os.environ.get("SKRNN_CUDA_GRAPHS", "0") == "1"

    def backward(self, batch: Batch) -> tuple[Tensor, Tensor] | None:
        """Compute loss, outputs and gradients; None for a batch that is not worth recording.

        Batches of sequences of different lengths come in too many shapes.
        """
        given = (*batch.inputs, batch.y, batch.weight)
        tensors = [tensor for tensor in given if tensor is not None]
        if len(batch.inputs) != 2 or batch.inputs[1] is not None:
            return None
        shapes = tuple((tuple(tensor.shape), tensor.dtype) for tensor in tensors)
        # streams and graphs belong to the current device.
        with torch.cuda.device(self._device):
            if shapes not in self._recorded:
                self._recorded[shapes] = _Recording(
                    batch, self._compute, self._parameters, self.generator
                )
            return self._recorded[shapes].replay(tensors)


class _Recording:
    def __init__(
        self,
        batch: Batch,
        compute: Callable[[Batch], tuple[Tensor, Tensor]],
        parameters: list[Tensor],
        generator: torch.Generator,
    ) -> None:
        self._parameters = parameters
        inputs = tuple(None if part is None else part.clone() for part in batch.inputs)
        y = None if batch.y is None else batch.y.clone()
        weight = None if batch.weight is None else batch.weight.clone()
        fixed = Batch(inputs, y, weight)
        self._places = [part for part in (*inputs, y, weight) if part is not None]
        state = generator.get_state()
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_N_WARM_UPS):
                self._forget_gradients()
                compute(fixed)[0].backward()
        torch.cuda.current_stream().wait_stream(stream)
        self._forget_gradients()
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(generator)
        try:
            with torch.cuda.graph(self._graph):
                loss, outputs = compute(fixed)
                loss.backward()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise RuntimeError(
                "SKRNN_CUDA_GRAPHS: got 1, while an update of this network cannot be recorded "
                f"({str(error).splitlines()[0]}). Expected one that never waits for the GPU. Take "
                "the variable out of the environment."
            ) from error
        # detached: what keeps autograd's nodes alive ties them to the stream of this recording.
        self._loss, self._outputs = loss.detach(), outputs.detach()
        self._gradients = [parameter.grad for parameter in self._parameters]
        # the warm-up has drawn noise that no update is made of.
        generator.set_state(state)

    def _forget_gradients(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None

    def replay(self, tensors: list[Tensor]) -> tuple[Tensor, Tensor]:
        for place, tensor in zip(self._places, tensors, strict=True):
            place.copy_(tensor)
        self._graph.replay()
        for parameter, gradient in zip(self._parameters, self._gradients, strict=True):
            parameter.grad = gradient
        # the next replay writes over what is kept.
        return self._loss.clone(), self._outputs.clone()
