"""A layer over long sequences that holds neither its inputs nor its states."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.chunk import States, Stretch
from skrnn._kernels.layer import LayerRun
from skrnn._kernels.pooled_layer import layer_stretches
from skrnn._kernels.stretch_windows import Span, Window, joined, spans_of, window_of
from skrnn._kernels.threads import for_each
from skrnn._kernels.torch_recurrence import N_GATES

__all__ = ["Back", "LayerBack", "StretchInputs", "StretchedLayer", "long_stretches"]

# Gives the gradients of a window's states, from the window, these states (without rows unless they
# are requested), and whether that is for the first time.
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


class Run(NamedTuple):
    """A window, and what a layer has made of it."""

    window: Window
    layer_run: LayerRun
    outputs: np.ndarray  # shape (n_rows, n_steps, n_units)


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

    def windows(self, block: list[Stretch], direction: int) -> list[Window]:
        """Return what a direction reads in each stretch of a block."""
        return [window_of(self.lengths, stretch, direction, self.n_units) for stretch in block]

    def in_reading_order(self) -> list[list[Span]]:
        """Return the spans of all directions, one of each, in the order of reading."""
        spans = []
        for direction in range(self.n_directions):
            blocks = self.blocks if direction == 0 else reversed(self.blocks)
            parts = [spans_of(self.lengths, block, direction, self.n_units) for block in blocks]
            spans.append([span for part in parts for span in part])
        # a block in which a sample ends has more spans.
        return [[one for one in ones if one is not None] for ones in zip_longest(*spans)]

    def each_direction(self, work: Callable[[int], None], windows: list[Window]) -> None:
        """Do the work of each window, at the same time if threads are free."""
        n_steps = sum(window.steps.size for window in windows)
        for_each(work, range(len(windows)), self.n_products * n_steps)

    def _runs(self, windows: list[Window], run: Callable[[int, Tensor], Run]) -> list[Run]:
        # not in several threads: torch's threads are set for one.
        x = [torch.from_numpy(self.inputs.read(window)) for window in windows]
        found: list[Any] = [None] * len(windows)

        def work(number: int) -> None:
            found[number] = run(number, x[number])

        self.each_direction(work, windows)
        return found

    def run_spans(self, spans: list[Span]) -> list[Run]:
        """Run over a span of each direction, whose states before are known; keep those at ends."""

        def run(number: int, x: Tensor) -> Run:
            window = spans[number].window
            states = self.states[int(window.mirrored)]
            entry = rows_of(states, [(window.entry, window.samples)])
            layer_run = self._layer_run(window, x, entry, spans[number].steps_read)
            outputs, *last = layer_run.forward(keep=True)
            reached = [*(part[0] for part in layer_run.states_before[1:]), last]
            for end, rows in zip(spans[number].ends, reached, strict=True):
                states[end] = replaced(states[window.entry], window.samples, rows)
            return Run(window, layer_run, outputs)

        return self._runs([span.window for span in spans], run)

    def resume_spans(self, spans: list[Span]) -> list[Run]:
        """Return runs over a span of each direction that can be run back; outputs have no rows."""

        def run(number: int, x: Tensor) -> Run:
            span, window = spans[number], spans[number].window
            states = self.states[int(window.mirrored)]
            before = [rows_of(states, [(end, window.samples)]) for end in span.entries]
            layer_run = self._layer_run(window, x, before[0], span.steps_read)
            no_rows = np.empty((0, 0), self.dtype)
            parts = [[*(part.numpy() for part in rows), no_rows][:2] for rows in before]
            layer_run.resume([[States(*part)] for part in parts])
            return Run(window, layer_run, np.empty((0, 0, 0), self.dtype))

        return self._runs([span.window for span in spans], run)

    def run_rows(self, directions: list[list[Window]], *, keep: bool = False) -> list[Run]:
        """Run over windows of each direction as rows of a batch; states before all are known."""
        windows = [joined(parts) for parts in directions]

        def run(number: int, x: Tensor) -> Run:
            window, parts = windows[number], directions[number]
            states = self.states[int(window.mirrored)]
            entry = rows_of(states, [(part.entry, part.samples) for part in parts])
            layer_run = self._layer_run(window, x, entry)
            outputs, _, _ = layer_run.forward(keep=keep)
            return Run(window, layer_run, outputs)

        return self._runs(windows, run)

    def _layer_run(
        self,
        window: Window,
        x: Tensor,
        state: tuple[Tensor, ...],
        stretches: list[Stretch] | None = None,
    ) -> LayerRun:
        is_full = (window.lengths == x.shape[1]).all()
        lengths = None if is_full else torch.from_numpy(window.lengths)
        weights = self.directions[int(window.mirrored)]
        return LayerRun(self.cell, x, lengths, [weights], state, stretches)

    def forward_all(self, take: Callable[[Window, np.ndarray], None] | None = None) -> None:
        """Run over all stretches, so that the states at their ends are known."""
        for spans in self.in_reading_order():
            for window, _, outputs in self.run_spans(spans):
                if take is not None:
                    take(window, outputs)

    def forward_in_time(self, take: Callable[[Window, np.ndarray], None]) -> None:
        """Run over all stretches; take the states of either direction in the order of time."""

        def take_forward(window: Window, outputs: np.ndarray) -> None:
            if not window.mirrored:
                take(window, outputs)

        self.forward_all(take_forward)
        if self.n_directions == 2:
            # only now are the states known from which the mirrored direction begins anywhere.
            for block in self.blocks:
                for window, _, outputs in self.run_rows([self.windows(block, 1)]):
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
    reads_states : bool
        Whether ``back`` requests the states.

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
        *,
        reads_states: bool,
    ) -> None:
        self.layer, self._back, self._reads_states = layer, back, reads_states
        # gradients of the states at the ends of stretches, as of StretchedLayer.states.
        self._d_states = [{layer.stretches[-1].stop: layer.zeros()}, {0: layer.zeros()}]
        if d_last is not None:
            n_units = layer.n_units
            self._d_states[0][layer.stretches[-1].stop][0][:] = d_last[:, :n_units]
            self._d_states[1][0][0][:] = d_last[:, -n_units:]
        self.sums = [[torch.zeros_like(weight) for weight in part] for part in layer.directions]

    def run_spans(self, spans: list[Span], *, needs_x: bool) -> list[tuple[Window, Any]]:
        """Run back over a span of each direction; return the gradients of their inputs."""

        def found(number: int, run: LayerRun, gradients: list[Any]) -> None:
            span, direction = spans[number], int(spans[number].window.mirrored)
            d_states = self._d_states[direction]
            before = [part[0] for part in run.d_states_before]
            for entry, rows in zip(span.entries, before, strict=True):
                d_states[entry] = replaced(d_states[span.ends[-1]], span.window.samples, rows)
            for total, gradient in zip(self.sums[direction], gradients[:4], strict=True):
                total += gradient

        after = [[(span.window.exit, span.window.samples)] for span in spans]
        are_cut = all(len(span.stretches) > 1 for span in spans)
        resumes = are_cut and not self._reads_states
        runs = self.layer.resume_spans(spans) if resumes else self.layer.run_spans(spans)
        return self._run_back(runs, after, found, is_first=True, needs_x=needs_x)

    def run_rows(self, block: list[Stretch]) -> list[tuple[Window, Any]]:
        """Run back over the stretches of a block again; return the gradients of their inputs."""
        layer = self.layer
        directions = [layer.windows(block, number) for number in range(layer.n_directions)]
        after = [[(part.exit, part.samples) for part in parts] for parts in directions]
        runs = layer.run_rows(directions, keep=True)
        return self._run_back(runs, after, None, is_first=False, needs_x=True)

    def _run_back(
        self,
        runs: list[Run],
        after: list[list[tuple[int, np.ndarray]]],
        found: Callable[[int, LayerRun, list[Any]], None] | None,
        *,
        is_first: bool,
        needs_x: bool,
    ) -> list[tuple[Window, Any]]:
        windows = [run.window for run in runs]
        d_outputs = [self._back(run.window, run.outputs, is_first) for run in runs]
        d_inputs: list[Any] = [None] * len(runs)

        def work(number: int) -> None:
            d_states = self._d_states[int(windows[number].mirrored)]
            d_hidden, *d_cells = rows_of(d_states, after[number])
            d_cell, d_output = d_cells[0] if d_cells else None, torch.from_numpy(d_outputs[number])
            run = runs[number].layer_run
            d_inputs[number], *gradients = run.backward(d_output, d_hidden, d_cell, needs_x=needs_x)
            if found is not None:
                found(number, run, gradients)

        self.layer.each_direction(work, windows)
        return list(zip(windows, d_inputs, strict=True))

    def run_all(self, add_inputs: Callable[[Window, np.ndarray], None] | None = None) -> None:
        """Run back over all stretches."""
        needs_x = add_inputs is not None
        for spans in reversed(self.layer.in_reading_order()):
            for window, d_x in self.run_spans(spans, needs_x=needs_x):
                if add_inputs is not None:
                    add_inputs(window, d_x.numpy())

    def d_inputs(self, block: list[Stretch]) -> np.ndarray:
        """Return the gradients of a block's inputs, shape (n_samples, n_steps, n_features)."""
        layer = self.layer
        first, n_steps = block[0].first, block[-1].stop - block[0].first
        total = np.zeros((len(layer.lengths), n_steps, layer.inputs.shape[2]), layer.dtype)
        for window, d_x in self.run_rows(block):
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
