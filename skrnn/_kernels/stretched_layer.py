"""A layer over long sequences that holds neither its inputs nor its states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.layer import LayerRun
from skrnn._kernels.pooled_layer import layer_stretches
from skrnn._kernels.stretch_windows import Window, joined, window_of
from skrnn._kernels.threads import for_each
from skrnn._kernels.torch_recurrence import N_GATES

__all__ = ["Back", "LayerBack", "StretchInputs", "StretchedLayer", "long_stretches"]

# Gives the gradients of a window's states, from the window, these states, and whether that is for
# the first time.
Back = Callable[[Window, np.ndarray, bool], np.ndarray]

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

    def read(self, window: Window) -> np.ndarray:
        """Return the inputs of a window, shape (n_rows, n_steps, n_features)."""


class StretchedLayer:
    """A layer that is run over one stretch after the other.

    Each direction is in a state wherever a stretch begins or ends. These states are kept, and what
    lies between them is computed again when it is needed: the stretches of a block at once, as
    rows of a batch, because a single row keeps a processor less busy.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    inputs : StretchInputs
    lengths : ndarray of int64, shape (n_samples,)
        Valid timesteps of each sample.
    directions : list of list of Tensor
        weight_ih, weight_hh, bias_ih and bias_hh of one direction or of two.
    blocks : list of list of Stretch
        All stretches.
    """

    def __init__(
        self,
        cell: str,
        inputs: StretchInputs,
        lengths: np.ndarray,
        directions: list[list[Tensor]],
        blocks: list[list[Stretch]],
    ) -> None:
        self.cell, self.inputs, self.blocks, self.lengths = cell, inputs, blocks, lengths
        self.stretches = [stretch for block in blocks for stretch in block]
        # not the parameters: an object that they can be reached from would outlive the graph.
        self.directions = [[weight.detach() for weight in weights] for weights in directions]
        self.n_directions = len(directions)
        self.n_units = directions[0][1].shape[1]
        self.dtype = self.directions[0][1].numpy().dtype
        n_inputs = self.n_units + inputs.shape[2]
        self.n_products = N_GATES[cell] * self.n_units * n_inputs
        # of each direction, its states at the ends of stretches, by their timestep: hidden states
        # and, for an LSTM, cells.
        self.states = [{0: self.zeros()}, {self.stretches[-1].stop: self.zeros()}]

    def zeros(self) -> list[np.ndarray]:
        """Return states of zeros, of one direction."""
        shape = (len(self.lengths), self.n_units)
        return [np.zeros(shape, self.dtype) for _ in range(2 if self.cell == "lstm" else 1)]

    def window(self, stretch: Stretch, direction: int) -> Window:
        """Return what a direction reads in a stretch."""
        return window_of(self.lengths, stretch, direction, self.n_units)

    def windows(self, block: list[Stretch]) -> list[list[Window]]:
        """Return the windows of a block, of each direction."""
        return [
            [self.window(stretch, direction) for stretch in block]
            for direction in range(self.n_directions)
        ]

    def in_reading_order(self) -> Iterator[list[list[Window]]]:
        """Yield a window of each direction until all have read all stretches."""
        for stretches in zip(self.stretches, reversed(self.stretches), strict=True):
            yield [[self.window(stretches[d], d)] for d in range(self.n_directions)]

    def each_direction(self, work: Callable[[int], None], windows: list[Window]) -> None:
        """Do the work of each window, at the same time if threads are free."""
        n_steps = sum(window.steps.size for window in windows)
        for_each(work, range(len(windows)), self.n_products * n_steps)

    def forward(
        self, directions: list[list[Window]], *, keep: bool = False
    ) -> list[tuple[Window, LayerRun, np.ndarray]]:
        """Run over windows of each direction, at once, whose states before are known.

        Returns
        -------
        list of tuple
            Of each direction the window of all of them, the run and its outputs.
        """
        windows = [joined(parts) for parts in directions]
        # not in several threads: torch's threads are set for one.
        x = [torch.from_numpy(self.inputs.read(window)) for window in windows]
        found: list[Any] = [None] * len(windows)

        def run(number: int) -> None:
            window, parts = windows[number], directions[number]
            found[number] = window, *self._run(window, parts, x[number], keep=keep)

        self.each_direction(run, windows)
        return found

    def _run(
        self, window: Window, parts: list[Window], x: Tensor, *, keep: bool
    ) -> tuple[LayerRun, np.ndarray]:
        direction = int(window.mirrored)
        is_full = (window.lengths == x.shape[1]).all()
        lengths = None if is_full else torch.from_numpy(window.lengths)
        states = self.states[direction]
        state = rows_of(states, [(part.entry, part.samples) for part in parts])
        run = LayerRun(self.cell, x, lengths, [self.directions[direction]], state)
        outputs, *last = run.forward(keep=keep)
        if len(parts) == 1 and window.exit not in states:
            states[window.exit] = replaced(states[window.entry], window.samples, last)
        return run, outputs

    def forward_all(self, take: Callable[[Window, np.ndarray], None] | None = None) -> None:
        """Run over all stretches, so that the states at their ends are known."""
        for directions in self.in_reading_order():
            for window, _, outputs in self.forward(directions):
                if take is not None:
                    take(window, outputs)

    def forward_in_time(self, take: Callable[[Window, np.ndarray], None]) -> None:
        """Run over all stretches; take the states of both directions in the order of time."""
        if self.n_directions == 2:
            # Only then are the states known from which the mirrored direction begins anywhere.
            for stretch in reversed(self.stretches):
                self.forward([[self.window(stretch, 1)]])
        for stretch in self.stretches:
            for window, _, outputs in self.forward(self.windows([stretch])):
                take(window, outputs)

    def last(self) -> np.ndarray:
        """Return the hidden states of each direction after it has read all."""
        ends = (self.stretches[-1].stop, 0)[: self.n_directions]
        parts = [states[end][0] for states, end in zip(self.states, ends, strict=False)]
        return np.concatenate(parts, axis=1)


class LayerBack:
    """One backward pass over a layer that is run in stretches.

    Parameters
    ----------
    layer : StretchedLayer
    d_last : ndarray of shape (n_samples, n_units * n_directions), or None
        Gradient of the last hidden states.
    back : Back

    Attributes
    ----------
    sums : list of list of Tensor
        The gradients of the weights of each direction, in the end.
    """

    def __init__(
        self,
        layer: StretchedLayer,
        d_last: np.ndarray | None,
        back: Back,
    ) -> None:
        self.layer, self._back = layer, back
        # gradients of the states at the ends of stretches, as of StretchedLayer.states.
        self._d_states = [{layer.stretches[-1].stop: layer.zeros()}, {0: layer.zeros()}]
        if d_last is not None:
            n_units = layer.n_units
            self._d_states[0][layer.stretches[-1].stop][0][:] = d_last[:, :n_units]
            self._d_states[1][0][0][:] = d_last[:, -n_units:]
        self.sums = [[torch.zeros_like(weight) for weight in part] for part in layer.directions]

    def run(
        self, directions: list[list[Window]], *, is_first: bool, needs_x: bool
    ) -> list[tuple[Window, Any]]:
        """Run back over windows of each direction; return the gradients of their inputs."""
        runs = self.layer.forward(directions, keep=True)
        d_outputs = [self._back(window, outputs, is_first) for window, _, outputs in runs]
        windows = [window for window, _, _ in runs]
        d_inputs: list[Any] = [None] * len(windows)

        def run(number: int) -> None:
            parts, window, d_states = directions[number], windows[number], self._d_states[number]
            after = [(part.exit, part.samples) for part in parts]
            d_hidden, *d_cells = rows_of(d_states, after)
            d_cell = d_cells[0] if d_cells else None
            back = runs[number][1].backward
            found: list[Any] = back(
                torch.from_numpy(d_outputs[number]), d_hidden, d_cell, needs_x=needs_x
            )
            d_x, *gradients = found
            d_inputs[number] = d_x
            if is_first:
                rows = [gradient.numpy() for gradient in gradients[4:]]
                d_states[window.entry] = replaced(d_states[window.exit], window.samples, rows)
                for total, gradient in zip(self.sums[number], gradients[:4], strict=True):
                    total += gradient

        self.layer.each_direction(run, windows)
        return list(zip(windows, d_inputs, strict=True))

    def run_all(self, add_inputs: Callable[[Window, np.ndarray], None] | None = None) -> None:
        """Run back over all stretches."""
        needs_x = add_inputs is not None
        for directions in reversed(list(self.layer.in_reading_order())):
            for window, d_x in self.run(directions, is_first=True, needs_x=needs_x):
                if add_inputs is not None:
                    add_inputs(window, d_x.numpy())

    def d_inputs(self, block: list[Stretch]) -> np.ndarray:
        """Return the gradients of a block's inputs, shape (n_samples, n_steps, n_features)."""
        layer = self.layer
        first, n_steps = block[0].first, block[-1].stop - block[0].first
        total = np.zeros((len(layer.lengths), n_steps, layer.inputs.shape[2]), layer.dtype)
        for window, d_x in self.run(layer.windows(block), is_first=False, needs_x=True):
            window.add_valid(d_x.numpy(), first, total)
        return total


def rows_of(
    states: dict[int, list[np.ndarray]], places: list[tuple[int, np.ndarray]]
) -> tuple[Tensor, ...]:
    """Return the states of some samples at some ends of stretches."""
    found = [[part[samples] for part in states[end]] for end, samples in places]
    return tuple(torch.from_numpy(np.concatenate(parts)) for parts in zip(*found, strict=True))


def replaced(
    states: list[np.ndarray], samples: np.ndarray, rows: Iterable[np.ndarray]
) -> list[np.ndarray]:
    """Return a copy of states in which those of some samples are others."""
    states = [part.copy() for part in states]
    for part, new in zip(states, rows, strict=False):
        part[samples] = new
    return states
