"""A layer over long sequences that holds neither inputs nor states, as a function of torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.layer import LayerRun
from skrnn._kernels.pooled_layer import layer_stretches
from skrnn._kernels.stretch_windows import Window, window_of
from skrnn._kernels.threads import for_each
from skrnn._kernels.torch_recurrence import N_GATES, run_in_torch

__all__ = ["StretchInputs", "StretchOutputs", "long_stretches", "run_stretched"]

# Sequences of fewer timesteps are computed as a whole: their states take little memory.
_VERY_MANY_STEPS = 1 << 13


def long_stretches(
    cell: str, shape: tuple[int, int, int], n_units: int, n_directions: int, dtype: torch.dtype
) -> list[Stretch] | None:
    """Return the stretches in which a layer is run; None if it is not worth its time.

    Arguments are those of :func:`skrnn._kernels.pooled_layer.layer_stretches`.
    """
    if shape[1] <= _VERY_MANY_STEPS:
        return None
    stretches = layer_stretches(cell, shape, n_units, n_directions, dtype)
    return stretches if len(stretches) > 1 else None


class StretchInputs(Protocol):
    """What a layer reads, a window at a time."""

    shape: tuple[int, int, int]
    tensors: list[Tensor]  # what it is computed from, and may have gradients

    def read(self, window: Window) -> np.ndarray:
        """Return the inputs of a window, shape (n_rows, n_steps, n_features)."""

    def add_gradient(self, window: Window, d_inputs: np.ndarray, sums: list[np.ndarray]) -> None:
        """Add the gradients of a window's inputs to those of the tensors."""

    def whole(self, *tensors: Tensor) -> Tensor:
        """Return all inputs, by operations that can be differentiated."""


class StretchOutputs(Protocol):
    """What becomes of a layer's states, a window at a time."""

    tensors: list[Tensor]

    def begin(self, n_samples: int, n_timesteps: int, dtype: np.dtype) -> Any:
        """Return results to be filled in."""

    def take(self, window: Window, states: np.ndarray, results: Any, *, in_order: bool) -> None:
        """Take the states of a window.

        With ``in_order`` windows are taken in the order of time: those of the mirrored direction
        from the last that is read to the first.
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
    inputs: StretchInputs,
    lengths: Tensor | None,
    directions: list[list[Tensor]],
    stretches: list[Stretch],
    outputs: StretchOutputs,
) -> Tensor:
    """Run one layer over stretches of time, and give what ``outputs`` makes of its states.

    Of all timesteps no more is held than what is returned. The backward pass computes a stretch
    again from the states before it.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    inputs : StretchInputs
    lengths : Tensor of int64, shape (n_samples,), or None
        Valid timesteps of each sample; None when all are ``n_timesteps`` long.
    directions : list of list of Tensor
        weight_ih, weight_hh, bias_ih and bias_hh of one direction or of two.
    stretches : list of Stretch
    outputs : StretchOutputs

    Returns
    -------
    Tensor
        Without gradients, its bits are those of the same made of all states.
    """
    weights = [weight for direction in directions for weight in direction]
    tensors = [*weights, *inputs.tensors, *outputs.tensors]
    layer = _StretchedLayer(cell, inputs, lengths, directions, stretches)
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        result: Tensor = _Stretched.apply(layer, inputs, lengths, outputs, *tensors)
        return result
    return layer.answer(outputs)


class _StretchedLayer:
    """Runs a layer over one stretch after the other."""

    def __init__(
        self,
        cell: str,
        inputs: StretchInputs,
        lengths: Tensor | None,
        directions: list[list[Tensor]],
        stretches: list[Stretch],
    ) -> None:
        self.cell, self.inputs, self.stretches = cell, inputs, stretches
        n_samples, n_timesteps, n_features = inputs.shape
        self.lengths = np.full(n_samples, n_timesteps)
        if lengths is not None:
            self.lengths = lengths.contiguous().numpy()
        # not the parameters: an object that they can be reached from would outlive the graph.
        self.directions = [[weight.detach() for weight in weights] for weights in directions]
        self.n_directions = len(directions)
        self.n_units = directions[0][1].shape[1]
        self.dtype = directions[0][1].detach().numpy().dtype
        self.n_products = n_samples * N_GATES[cell] * self.n_units * (self.n_units + n_features)
        self.n_parts = 2 if cell == "lstm" else 1

    def zeros(self) -> list[list[np.ndarray]]:
        """Return states of zeros: of each direction hidden states and, for an LSTM, cells."""
        shape = (len(self.lengths), self.n_units)
        return [
            [np.zeros(shape, self.dtype) for _ in range(self.n_parts)]
            for _ in range(self.n_directions)
        ]

    def windows(self, stretch: Stretch) -> list[Window]:
        """Return the window of each direction."""
        return [
            window_of(self.lengths, stretch, direction, self.n_units)
            for direction in range(self.n_directions)
        ]

    def read(self, windows: list[Window]) -> list[Tensor]:
        """Return the inputs of windows. Not in several threads: torch's threads are set for one."""
        return [torch.from_numpy(self.inputs.read(window)) for window in windows]

    def run(
        self, window: Window, x: Tensor, before: list[np.ndarray], *, keep: bool = False
    ) -> tuple[LayerRun, np.ndarray, list[np.ndarray]]:
        """Run one direction over a window; return also outputs, and the states after it."""
        direction = int(window.mirrored)
        n_steps = window.steps.shape[1]
        lengths = None if (window.lengths == n_steps).all() else torch.from_numpy(window.lengths)
        state = tuple(torch.from_numpy(part[window.samples]) for part in before)
        run = LayerRun(self.cell, x, lengths, [self.directions[direction]], state)
        outputs, *last = run.forward(keep=keep)
        after = [part.copy() for part in before]
        for part, rows in zip(after, last, strict=False):
            part[window.samples] = rows
        return run, outputs, after

    def slots(self) -> list[Any]:
        """Return a place for what is computed for each direction."""
        return [None] * self.n_directions

    def each_direction(self, work: Callable[[int], None], stretch: Stretch) -> None:
        """Do the work of each direction, at the same time if threads are free."""
        n_products = self.n_products * self.n_directions * (stretch.stop - stretch.first)
        for_each(work, range(self.n_directions), n_products)

    def forward(
        self, take: Callable[[Window, np.ndarray], None]
    ) -> tuple[list[list[list[np.ndarray]]], np.ndarray]:
        """Run over all stretches; return the states before each, and the last hidden states."""
        states = [self.zeros()]
        for stretch in self.stretches:
            windows = self.windows(stretch)
            x, found = self.read(windows), self.slots()

            def run(
                direction: int,
                windows: list[Window] = windows,
                x: list[Tensor] = x,
                found: list[Any] = found,
            ) -> None:
                before = states[-1][direction]
                found[direction] = self.run(windows[direction], x[direction], before)[1:]

            self.each_direction(run, stretch)
            for window, (outputs, _) in zip(windows, found, strict=True):
                take(window, outputs)
            states.append([after for _, after in found])
        last = np.concatenate([hidden for hidden, *_ in states[-1]], axis=1)
        return states[:-1], last

    def answer(self, outputs: StretchOutputs) -> Tensor:
        """Return the output, taken from the states in the order of time."""
        results = outputs.begin(len(self.lengths), self.inputs.shape[1], self.dtype)

        def take_forward(window: Window, states: np.ndarray) -> None:
            if not window.mirrored:
                outputs.take(window, states, results, in_order=True)

        states_before, last = self.forward(take_forward)
        if self.n_directions == 2:
            # Only now are the states known from which the mirrored direction begins anywhere.
            for number in reversed(range(len(self.stretches))):
                window = self.windows(self.stretches[number])[1]
                (x,) = self.read([window])
                states = self.run(window, x, states_before[number][1])[1]
                outputs.take(window, states, results, in_order=True)
        return outputs.finish(results, last, self.lengths)

    def backward(
        self,
        states_before: list[list[list[np.ndarray]]],
        d_last: np.ndarray | None,
        back: Callable[[Window, np.ndarray], np.ndarray],
        add_inputs: Callable[[Window, np.ndarray], None] | None,
    ) -> list[Tensor]:
        """Run back over all stretches; return the gradients of the weights."""
        d_states = self.zeros()
        if d_last is not None:
            for number, (hidden, *_) in enumerate(d_states):
                hidden[:] = d_last[:, number * self.n_units : (number + 1) * self.n_units]
        sums = [[torch.zeros_like(weight) for weight in weights] for weights in self.directions]
        for number in reversed(range(len(self.stretches))):
            windows = self.windows(self.stretches[number])
            x, d_inputs = self.read(windows), self.slots()

            def run(
                direction: int,
                windows: list[Window] = windows,
                x: list[Tensor] = x,
                before: list[list[np.ndarray]] = states_before[number],
                d_inputs: list[Any] = d_inputs,
            ) -> None:
                window = windows[direction]
                layer, states, _ = self.run(window, x[direction], before[direction], keep=True)
                d_outputs, needs_x = back(window, states), add_inputs is not None
                d_inputs[direction], *gradients = self.run_back(
                    layer, window, d_outputs, d_states[direction], needs_x=needs_x
                )
                for total, gradient in zip(sums[direction], gradients, strict=True):
                    total += gradient

            self.each_direction(run, self.stretches[number])
            if add_inputs is not None:
                for window, d_x in zip(windows, d_inputs, strict=True):
                    add_inputs(window, d_x.numpy())
        return [gradient for gradients in sums for gradient in gradients]

    @staticmethod
    def run_back(
        run: LayerRun,
        window: Window,
        d_outputs: np.ndarray,
        d_states: list[np.ndarray],
        *,
        needs_x: bool,
    ) -> list[Any]:
        """Return the gradients of a window's inputs and of the weights.

        ``d_states``, the gradients of the states after the window, become those of the states
        before it.
        """
        d_hidden, *d_cells = (torch.from_numpy(part[window.samples]) for part in d_states)
        d_cell = d_cells[0] if d_cells else None
        d_x, *gradients = run.backward(
            torch.from_numpy(d_outputs), d_hidden, d_cell, needs_x=needs_x
        )
        for part, rows in zip(d_states, gradients[4:], strict=True):
            part[window.samples] = rows
        return [d_x, *gradients[:4]]


class _Stretched(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        layer: _StretchedLayer,
        inputs: StretchInputs,
        lengths: Tensor | None,
        outputs: StretchOutputs,
        *tensors: Tensor,
    ) -> Tensor:
        results = outputs.begin(len(layer.lengths), inputs.shape[1], layer.dtype)

        def take(window: Window, states: np.ndarray) -> None:
            outputs.take(window, states, results, in_order=False)

        ctx.states_before, last = layer.forward(take)
        ctx.layer, ctx.inputs, ctx.lengths, ctx.outputs = layer, inputs, lengths, outputs
        ctx.results = results
        ctx.save_for_backward(*tensors)
        return outputs.finish(results, last, layer.lengths)

    @staticmethod
    def backward(ctx: Any, *d_output: Any) -> Any:
        if torch.is_grad_enabled():
            return None, None, None, None, *_differentiable_gradients(ctx, d_output[0])
        layer, inputs, outputs = ctx.layer, ctx.inputs, ctx.outputs
        needs = ctx.needs_input_grad[4 + 4 * layer.n_directions :]
        d_results, d_last = outputs.begin_back(ctx.results, d_output[0], layer.lengths)
        d_inputs, d_outputs = (
            [np.zeros(tensor.shape, layer.dtype) for tensor in part.tensors]
            for part in (inputs, outputs)
        )

        def back(window: Window, states: np.ndarray) -> np.ndarray:
            gradient: np.ndarray = outputs.back(window, states, d_results, d_outputs)
            return gradient

        def add_inputs(window: Window, d_x: np.ndarray) -> None:
            inputs.add_gradient(window, d_x, d_inputs)

        needs_inputs = any(needs[: len(inputs.tensors)])
        weights = layer.backward(
            ctx.states_before, d_last, back, add_inputs if needs_inputs else None
        )
        return None, None, None, None, *weights, *map(torch.from_numpy, [*d_inputs, *d_outputs])


def _differentiable_gradients(ctx: Any, d_output: Tensor) -> list[Tensor | None]:
    """Return gradients that can be differentiated again, computed from all states by torch."""
    # views, so that gradients stop here: the inputs may depend on the same weights.
    tensors = [tensor.view_as(tensor) for tensor in ctx.saved_tensors]
    n_directions, n_inputs = ctx.layer.n_directions, len(ctx.inputs.tensors)
    weights, others = tensors[: 4 * n_directions], tensors[4 * n_directions :]
    directions = [weights[4 * number : 4 * number + 4] for number in range(n_directions)]
    x = ctx.inputs.whole(*others[:n_inputs])
    states, _ = run_in_torch(ctx.layer.cell, x, ctx.lengths, directions)
    output = ctx.outputs.whole(states, ctx.lengths, *others[n_inputs:])
    wanted = [tensor for tensor in tensors if tensor.requires_grad]
    gradients = iter(torch.autograd.grad(output, wanted, d_output, create_graph=True))
    return [next(gradients) if tensor.requires_grad else None for tensor in tensors]
