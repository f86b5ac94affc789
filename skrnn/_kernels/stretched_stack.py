"""Layers over long sequences that hold neither inputs nor states, as a function of torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.stretch_inputs import HeldMask
from skrnn._kernels.stretch_windows import Window, joined, window_of
from skrnn._kernels.stretched_layer import Back, LayerBack, StretchedLayer, StretchInputs
from skrnn._kernels.torch_recurrence import run_in_torch

__all__ = ["SourceInputs", "StretchOutputs", "run_stretched"]

# Stretches that are computed at once, those of all samples together.
_ROWS = 8
# Timesteps of the shortest stretch.
_FEWEST = 64


class SourceInputs(StretchInputs, Protocol):
    """What the first layer reads."""

    tensors: list[Tensor]  # what it is computed from, and may have gradients

    def add_gradient(self, window: Window, d_inputs: np.ndarray, sums: list[np.ndarray]) -> None:
        """Add the gradients of a window's inputs to those of the tensors."""

    def whole(self, *tensors: Tensor) -> Tensor:
        """Return all inputs, by operations that can be differentiated."""


class StretchOutputs(Protocol):
    """What becomes of the last layer's states, a window at a time."""

    tensors: list[Tensor]
    is_joint: bool  # whether windows are of the states of both directions, in the order of time
    keeps_results: bool  # whether the backward pass needs the results
    reads_states: bool  # whether the backward pass needs the states

    def begin(self, n_samples: int, n_timesteps: int, dtype: np.dtype) -> Any:
        """Return results to be filled in."""

    def take(self, window: Window, states: np.ndarray, results: Any, *, in_order: bool) -> None:
        """Take the states of a window.

        With ``in_order`` windows are taken in the order of time, otherwise in that of reading.
        """

    def finish(self, results: Any, last: np.ndarray, lengths: np.ndarray) -> Tensor:
        """Return what the results, and the last states, are in the end."""

    def begin_back(self, results: Any, d_output: Tensor, lengths: np.ndarray) -> tuple[Any, Any]:
        """Return the gradients of the results, and those of the last states or None."""

    def back(
        self, window: Window, states: np.ndarray, d_results: Any, sums: list[np.ndarray]
    ) -> np.ndarray:
        """Return the gradients of a window's states; add those of the tensors to ``sums``."""

    def whole(self, states: Tensor, lengths: Tensor | None, *tensors: Tensor) -> Tensor:
        """Return the output for all states, by operations that can be differentiated."""


def run_stretched(
    cell: str,
    inputs: SourceInputs,
    lengths: Tensor | None,
    layers: list[list[list[Tensor]]],
    stretches: list[Stretch],
    outputs: StretchOutputs,
    masks: Sequence[HeldMask | None] = (),
) -> Tensor:
    """Run layers over stretches of time, and give what ``outputs`` makes of the last one's states.

    Of all timesteps no more is held than what is returned. Each layer keeps its states between
    stretches, and computes a stretch again from there for the layer above, and for the backward
    pass of its own and of those below (Chen et al., 2016, "Training Deep Nets with Sublinear Memory
    Cost").

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    inputs : SourceInputs
    lengths : Tensor of int64, shape (n_samples,), or None
        Valid timesteps of each sample; None when all are ``n_timesteps`` long.
    layers : list of list of list of Tensor
        Of each layer weight_ih, weight_hh, bias_ih and bias_hh of one direction or of two.
    stretches : list of Stretch
    outputs : StretchOutputs
    masks : sequence of HeldMask or None
        What the states of each layer but the last are multiplied by.

    Returns
    -------
    Tensor
        Without gradients, its bits are those of the same made of all states.
    """
    n_samples, n_timesteps, _ = inputs.shape
    given = np.full(n_samples, n_timesteps) if lengths is None else lengths.contiguous().numpy()
    reached = [stretch for stretch in stretches if stretch.first < given.max()]
    blocks = _blocks(reached, n_samples)
    stack = _Stack(cell, inputs, given, layers, masks or [None] * (len(layers) - 1), blocks)
    weights = [weight for directions in layers for part in directions for weight in part]
    tensors = [*weights, *inputs.tensors, *outputs.tensors]
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        result: Tensor = _Stretched.apply(stack, lengths, outputs, *tensors)
        return result
    return outputs.finish(*stack.forward(outputs, in_order=True), given)


def _blocks(stretches: list[Stretch], n_samples: int) -> list[list[Stretch]]:
    """Join shorter stretches of few samples to blocks, which are computed as rows of a batch."""
    size = max(1, _ROWS // n_samples)
    if size > 1:
        # a block is as long as two of the stretches were.
        length, end = max(_FEWEST, 2 * stretches[0].stop // size // 8 * 8), stretches[-1].stop
        stretches = [Stretch(s, min(s + length, end)) for s in range(0, end, length)]
    return [stretches[first : first + size] for first in range(0, len(stretches), size)]


class _BlockValues:
    """Values of timesteps that are computed a block at a time; the two latest blocks are held.

    These are the blocks that the two directions read from at the same time.
    """

    def __init__(
        self, blocks: list[list[Stretch]], compute: Callable[[list[Stretch]], np.ndarray]
    ) -> None:
        self._blocks = {stretch.first: block for block in blocks for stretch in block}
        self._compute = compute
        self._held: dict[int, np.ndarray] = {}

    def read(self, window: Window) -> np.ndarray:
        """Return the values of a window."""
        block = self._blocks[window.stretch.first]
        first, held = block[0].first, self._held
        values = held[first] if first in held else self._compute(block)
        # the one that was read last comes last.
        others = [item for item in held.items() if item[0] != first]
        self._held = {**dict(others[-1:]), first: values}
        read: np.ndarray = values[window.samples[:, None], window.steps - first]
        return read


class _LayerStates:
    """The states of a layer, as the next one reads them."""

    def __init__(self, layer: StretchedLayer, mask: HeldMask | None) -> None:
        n_samples, n_timesteps, _ = layer.inputs.shape
        self.shape = (n_samples, n_timesteps, layer.n_units * layer.n_directions)
        self._layer, self._mask = layer, mask
        self._values = _BlockValues(layer.blocks, self._states)

    def _states(self, block: list[Stretch]) -> np.ndarray:
        """Return the states of a block, shape (n_samples, n_steps, width)."""
        first, n_samples = block[0].first, self.shape[0]
        states = np.zeros((n_samples, block[-1].stop - first, self.shape[2]), self._layer.dtype)
        layer = self._layer
        directions = [layer.windows(block, number) for number in range(layer.n_directions)]
        for window, _, outputs in layer.run_rows(directions):
            window.add_valid(outputs, first, states[..., window.units])
        return states

    def read(self, window: Window) -> np.ndarray:
        """Return the states of a window."""
        return self._masked(window, self._values.read(window))

    def _masked(self, window: Window, values: np.ndarray) -> np.ndarray:
        return values if self._mask is None else values * self._mask.read(window.places)

    def gradient(self, window: Window, d_read: np.ndarray) -> np.ndarray:
        """Return the gradients of a window's states from those of what was read of it."""
        return np.ascontiguousarray(self._masked(window, d_read)[..., window.units])


class _Stack:
    """Layers of which each reads the states of the one before."""

    def __init__(
        self,
        cell: str,
        inputs: SourceInputs,
        lengths: np.ndarray,
        layers: list[list[list[Tensor]]],
        masks: Sequence[HeldMask | None],
        blocks: list[list[Stretch]],
    ) -> None:
        self.cell, self.inputs, self.lengths, self.masks = cell, inputs, lengths, masks
        self.layers: list[StretchedLayer] = []
        self.states: list[_LayerStates] = []
        read: StretchInputs = inputs
        for directions, mask in zip(layers, [*masks, None], strict=True):
            self.layers.append(StretchedLayer(cell, read, lengths, directions, blocks))
            self.states.append(_LayerStates(self.layers[-1], mask))
            read = self.states[-1]
        self.top = self.layers[-1]

    def forward(self, outputs: StretchOutputs, *, in_order: bool) -> tuple[Any, np.ndarray]:
        """Run over all timesteps; return results, and the last states."""
        results = outputs.begin(len(self.lengths), self.inputs.shape[1], self.top.dtype)

        def take(window: Window, states: np.ndarray) -> None:
            outputs.take(window, states, results, in_order=in_order)

        for layer in self.layers[:-1]:
            layer.forward_all()
        if outputs.is_joint:
            self.top.forward_all()
            for block in self.top.blocks:
                window = self.joint_window(block)
                take(window, self.states[-1].read(window))
        elif in_order:
            self.top.forward_in_time(take)
        else:
            self.top.forward_all(take)
        return results, self.top.last()

    def joint_window(self, block: list[Stretch]) -> Window:
        """Return the window of the states of both directions in a block, in the order of time."""
        width = self.states[-1].shape[2]
        return joined([window_of(self.lengths, stretch, 0, width) for stretch in block])

    def joint_back(self, back: Back) -> Back:
        """Return how gradients of one direction's states follow from those of both together."""
        top, states, seen = self.top, self.states[-1], set()

        def of_block(block: list[Stretch]) -> np.ndarray:
            first, window = block[0].first, self.joint_window(block)
            d_states = back(window, states.read(window), first not in seen)
            seen.add(first)
            shape = (len(self.lengths), block[-1].stop - first, states.shape[2])
            total = np.zeros(shape, top.dtype)
            window.add_valid(d_states, first, total)
            return total

        values = _BlockValues(top.blocks, of_block)
        return lambda window, _states, _is_first: states.gradient(window, values.read(window))

    def backward(
        self,
        d_last: np.ndarray | None,
        back: Back,
        add_inputs: Callable[[Window, np.ndarray], None] | None,
        *,
        reads_states: bool,
    ) -> list[Tensor]:
        """Run back over all timesteps; return the gradients of the weights."""
        passes = [LayerBack(self.top, d_last, back, reads_states=reads_states)]
        for layer, states in zip(self.layers[-2::-1], self.states[-2::-1], strict=True):
            passes[-1].run_all()
            above = _BlockValues(layer.blocks, passes[-1].d_inputs)

            def back_below(
                window: Window,
                _states: np.ndarray,
                _is_first: bool,
                above: _BlockValues = above,
                states: _LayerStates = states,
            ) -> np.ndarray:
                return states.gradient(window, above.read(window))

            passes.append(LayerBack(layer, None, back_below, reads_states=False))
        passes[-1].run_all(add_inputs)
        return [total for one in reversed(passes) for part in one.sums for total in part]

    def whole(self, lengths: Tensor | None, tensors: list[Tensor]) -> Tensor:
        """Return the states of all timesteps, by operations that can be differentiated."""
        n_weights = 4 * self.top.n_directions
        x = self.inputs.whole(*tensors[n_weights * len(self.layers) :])
        for number, mask in enumerate([*self.masks, None]):
            weights = tensors[number * n_weights : (number + 1) * n_weights]
            directions = [weights[first : first + 4] for first in range(0, n_weights, 4)]
            x, _ = run_in_torch(self.cell, x, lengths, directions)
            x = x if mask is None else x * mask.whole()
        return x


class _Stretched(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        stack: _Stack,
        lengths: Tensor | None,
        outputs: StretchOutputs,
        *tensors: Tensor,
    ) -> Tensor:
        results, last = stack.forward(outputs, in_order=False)
        ctx.results = results if outputs.keeps_results else None
        ctx.stack, ctx.lengths, ctx.outputs = stack, lengths, outputs
        ctx.save_for_backward(*tensors)
        return outputs.finish(results, last, stack.lengths)

    @staticmethod
    def backward(ctx: Any, *d_output: Any) -> Any:
        if torch.is_grad_enabled():
            return None, None, None, *_differentiable_gradients(ctx, d_output[0])
        stack, outputs = ctx.stack, ctx.outputs
        inputs = stack.inputs
        d_results, d_last = outputs.begin_back(ctx.results, d_output[0], stack.lengths)
        d_inputs, d_outputs = (
            [np.zeros(tensor.shape, stack.top.dtype) for tensor in part.tensors]
            for part in (inputs, outputs)
        )

        def back(window: Window, states: np.ndarray, is_first: bool) -> np.ndarray:
            # a window that is run back again counts once.
            sums = d_outputs if is_first else [np.zeros_like(total) for total in d_outputs]
            gradient: np.ndarray = outputs.back(window, states, d_results, sums)
            return gradient

        def add_inputs(window: Window, d_x: np.ndarray) -> None:
            inputs.add_gradient(window, d_x, d_inputs)

        first = 3 + 4 * stack.top.n_directions * len(stack.layers)
        needs_inputs = any(ctx.needs_input_grad[first : first + len(d_inputs)])
        # joint states are read by ``joint_back`` itself.
        of_states = stack.joint_back(back) if outputs.is_joint else back
        reads_states = outputs.reads_states and not outputs.is_joint
        weights = stack.backward(
            d_last, of_states, add_inputs if needs_inputs else None, reads_states=reads_states
        )
        return None, None, None, *weights, *map(torch.from_numpy, [*d_inputs, *d_outputs])


def _differentiable_gradients(ctx: Any, d_output: Tensor) -> list[Tensor | None]:
    """Return gradients that can be differentiated again, computed from all states by torch."""
    # views, so that gradients stop here: the inputs may depend on the same weights.
    tensors = [tensor.view_as(tensor) for tensor in ctx.saved_tensors]
    n_states = len(tensors) - len(ctx.outputs.tensors)
    states = ctx.stack.whole(ctx.lengths, tensors[:n_states])
    output = ctx.outputs.whole(states, ctx.lengths, *tensors[n_states:])
    wanted = [tensor for tensor in tensors if tensor.requires_grad]
    gradients = iter(torch.autograd.grad(output, wanted, d_output, create_graph=True))
    return [next(gradients) if tensor.requires_grad else None for tensor in tensors]
