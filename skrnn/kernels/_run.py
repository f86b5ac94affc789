"""One layer's run over a batch: arrays laid out for the kernels, chunk by chunk, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._threads import for_each_chunk
from skrnn.kernels._gru import gru_backward, gru_forward
from skrnn.kernels._lstm import lstm_backward, lstm_forward
from skrnn.kernels._product import COLUMN_MULTIPLE, N_ROWS, project
from skrnn.kernels._rnn import rnn_backward, rnn_forward

__all__ = ["RUNS", "Run"]


def _up_to(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


class Run(ABC):
    """What a recurrence computed on the way forward, and needs on the way back.

    Samples are filled up to a multiple of four and units to one of eight, with zeros that stay
    zeros. Inputs are projected and gradients of the weights are summed by matrix products over all
    timesteps of a chunk of samples; the kernels do what is left, timestep after timestep.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_timesteps, n_features)
    weights : sequence of Tensor
        weight_ih, weight_hh, bias_ih and bias_hh.
    state : sequence of Tensor of shape (n_samples, n_units)
        Hidden state and, for an LSTM, cell state.
    """

    n_gates: int
    # gradients that the kernel writes for each unit and timestep
    n_gradients: int

    def __init__(self, x: Tensor, weights: tuple[Tensor, ...], state: tuple[Tensor, ...]) -> None:
        self.n_samples, self.n_timesteps, self.n_features = x.shape
        self.n_units = weights[1].shape[1]
        self.rows = _up_to(self.n_samples, N_ROWS)
        self.units = _up_to(self.n_units, COLUMN_MULTIPLE)
        self.x = x.detach().contiguous().numpy()
        if self.rows > self.n_samples:
            self.x = np.pad(self.x, ((0, self.rows - self.n_samples), (0, 0), (0, 0)))
        self.dtype = self.x.dtype
        weight_ih, weight_hh, bias_ih, bias_hh = (one.detach().numpy() for one in weights)
        self.weight_ih = self._padded_gates(weight_ih)
        padded = self._padded_gates(weight_hh)
        if self.units > self.n_units:
            padded = np.pad(padded, ((0, 0), (0, self.units - self.n_units)))
        self.weight_hh = np.ascontiguousarray(padded)
        self.biases = self._padded_gates(bias_ih), self._padded_gates(bias_hh)
        self.states = self._with_initial(state[0])

    # -- layout --------------------------------------------------------------------------

    def _padded_gates(self, weight: np.ndarray) -> np.ndarray:
        """Fill each gate's units up, shape (n_gates * units, ...)."""
        if self.units == self.n_units:
            return weight
        padded = np.zeros((self.n_gates, self.units, *weight.shape[1:]), weight.dtype)
        padded[:, : self.n_units] = weight.reshape(self.n_gates, self.n_units, *weight.shape[1:])
        return padded.reshape(-1, *weight.shape[1:])

    def _without_padding(self, weight: np.ndarray) -> Tensor:
        """Return the units there are; undoes what ``_padded_gates`` did."""
        by_gate = weight.reshape(self.n_gates, self.units, *weight.shape[1:])
        rows = by_gate[:, : self.n_units].reshape(-1, *weight.shape[1:])
        # copied: two biases may have one gradient, and torch changes gradients in place.
        return torch.from_numpy(np.array(rows, order="C"))

    def _with_initial(self, initial: Tensor) -> np.ndarray:
        """Return room for the states of all timesteps, with the initial ones filled in."""
        states = np.empty((self.rows, self.n_timesteps + 1, self.units), self.dtype)
        states[:, 0] = 0
        states[: self.n_samples, 0, : self.n_units] = initial.detach().numpy()
        return states

    def _filled_up(self, gradient: Tensor | None, shape: tuple[int, ...]) -> np.ndarray:
        """Return an incoming gradient in the kernels' shape; zeros for None."""
        if gradient is not None and tuple(gradient.shape) == shape:
            return gradient.detach().contiguous().numpy()
        filled = np.zeros(shape, self.dtype)
        if gradient is not None:
            filled[: self.n_samples, ..., : self.n_units] = gradient.detach().numpy()
        return filled

    def _of_samples(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array[: self.n_samples, ..., : self.n_units])

    @property
    def outputs(self) -> Tensor:
        """Hidden states after each timestep, shape (n_samples, n_timesteps, n_units)."""
        return self._of_samples(self.states[:, 1:])

    def _n_products(self) -> int:
        per_step = self.n_gates * self.units * (self.units + self.n_features)
        return self.rows * self.n_timesteps * per_step

    # -- forward -------------------------------------------------------------------------

    def forward(self) -> None:
        """Fill in the states."""
        shape = (self.rows, self.n_timesteps, self.n_gates * self.units)
        self.gates = np.empty(shape, self.dtype)
        self._transposed_ih = np.ascontiguousarray(self.weight_ih.T)
        self._transposed_hh = np.ascontiguousarray(self.weight_hh.T)
        self._begin()
        for_each_chunk(self._forward_chunk, self.rows, self._n_products())

    def _forward_chunk(self, chunk: slice) -> None:
        self._project(chunk)
        self._step_forward(chunk)

    def _project(self, chunk: slice) -> None:
        x, gates = self.x[chunk], self.gates[chunk]
        project(
            *(x.reshape(-1, self.n_features), self._transposed_ih),
            *(self._summed_bias, gates.reshape(-1, gates.shape[2])),
        )

    def _begin(self) -> None:
        """Make room for what the kernel fills in."""
        self._summed_bias = self.biases[0] + self.biases[1]

    @abstractmethod
    def _step_forward(self, chunk: slice) -> None:
        """Run the kernel over a chunk of samples."""

    # -- backward ------------------------------------------------------------------------

    def backward(
        self, d_outputs: Tensor | None, d_cells: Tensor | None, *, needs_x: bool
    ) -> list[Tensor | None]:
        """Return the gradients of x, the weights and the initial states.

        Parameters
        ----------
        d_outputs : Tensor of shape (n_samples, n_timesteps, n_units) or None
            Gradient of the outputs.
        d_cells : Tensor of shape (n_samples, n_units) or None
            That of an LSTM's last cell state.
        needs_x : bool
            Whether the gradient of x is wanted, else it is None.
        """
        self.d_outputs = self._filled_up(d_outputs, (self.rows, self.n_timesteps, self.units))
        self.d_state = np.zeros((self.rows, self.units), self.dtype)
        self.d_cell = self._filled_up(d_cells, self.d_state.shape).copy()
        shape = (self.rows, self.n_timesteps, self.n_gradients * self.units)
        self.d_gates = np.empty(shape, self.dtype)
        self.d_x = np.empty_like(self.x[: self.n_samples]) if needs_x else None
        self._sums: dict[int, list[Tensor]] = {}
        for_each_chunk(self._backward_chunk, self.rows, 2 * self._n_products())
        # in the order of the chunks, whichever was ready first.
        totals = [self._sums[start] for start in sorted(self._sums)]
        d_input_weight, d_recurrent_weight, d_bias = (
            torch.stack(parts).sum(0) for parts in zip(*totals, strict=True)
        )
        d_weight_ih, d_weight_hh = d_input_weight.T, d_recurrent_weight.T
        gradients = [
            *(self._to_input_gates(d_weight_ih), d_weight_hh[:, : self.n_units]),
            *(self._to_input_gates(self._input_part(d_bias)), self._recurrent_part(d_bias)),
        ]
        states = [self.d_state, self.d_cell][: 2 if self.n_gates == 4 else 1]
        return [
            None if self.d_x is None else torch.from_numpy(self.d_x),
            *(self._without_padding(one.numpy()) for one in gradients),
            *(self._of_samples(one) for one in states),
        ]

    def _backward_chunk(self, chunk: slice) -> None:
        self._step_backward(chunk)
        stop = min(chunk.stop, self.n_samples)
        here = slice(chunk.start, stop)
        d_gates = torch.from_numpy(self.d_gates[here]).flatten(0, 1)
        d_input, d_recurrent = self._input_part(d_gates.T).T, self._recurrent_part(d_gates.T).T
        x = torch.from_numpy(self.x[here]).flatten(0, 1)
        before = torch.from_numpy(self.states[here, :-1]).flatten(0, 1)
        with torch.no_grad():
            # the narrow factor first: the other way round took eight times as long.
            self._sums[chunk.start] = [x.T @ d_input, before.T @ d_recurrent, d_gates.sum(0)]
            if self.d_x is not None:
                d_x = torch.from_numpy(self.d_x[here]).flatten(0, 1)
                torch.mm(d_input, self._weight_of_input(), out=d_x)

    def _weight_of_input(self) -> Tensor:
        return torch.from_numpy(self.weight_ih)

    def _input_part(self, of_gates: Tensor) -> Tensor:
        """Return the rows that are about what the inputs give."""
        return of_gates

    def _recurrent_part(self, of_gates: Tensor) -> Tensor:
        """Return the rows that are about what the states before give, in torch's order."""
        return of_gates

    def _to_input_gates(self, of_gates: Tensor) -> Tensor:
        """Bring rows of ``_input_part`` into torch's order."""
        return of_gates

    @abstractmethod
    def _step_backward(self, chunk: slice) -> None:
        """Run the kernel back over a chunk of samples."""


class RNNRun(Run):
    """A simple recurrent network."""

    n_gates, n_gradients = 1, 1

    def _step_forward(self, chunk: slice) -> None:
        rnn_forward(self.gates[chunk], self._transposed_hh, self.states[chunk])

    def _step_backward(self, chunk: slice) -> None:
        rnn_backward(
            *(self.d_outputs[chunk], self.d_state[chunk], self.states[chunk]),
            *(self.weight_hh, self.d_gates[chunk]),
        )


class LSTMRun(Run):
    """Long short-term memory."""

    n_gates, n_gradients = 4, 4

    def __init__(self, x: Tensor, weights: tuple[Tensor, ...], state: tuple[Tensor, ...]) -> None:
        super().__init__(x, weights, state)
        self.cells = self._with_initial(state[1])

    @property
    def last_cells(self) -> Tensor:
        """Cell states after the last timestep, shape (n_samples, n_units)."""
        return self._of_samples(self.cells[:, -1])

    def _step_forward(self, chunk: slice) -> None:
        lstm_forward(self.gates[chunk], self._transposed_hh, self.states[chunk], self.cells[chunk])

    def _step_backward(self, chunk: slice) -> None:
        lstm_backward(
            *(self.d_outputs[chunk], self.d_state[chunk], self.d_cell[chunk]),
            *(self.gates[chunk], self.cells[chunk], self.weight_hh, self.d_gates[chunk]),
        )


class GRURun(Run):
    """A gated recurrent unit; its kernel writes gradients about n, r, z, and V_n h + c."""

    n_gates, n_gradients = 3, 4

    def _begin(self) -> None:
        of_inputs, of_states = self.biases
        summed = of_inputs + of_states
        summed[2 * self.units :] = of_inputs[2 * self.units :]
        self._summed_bias = summed
        self._inner_bias = np.ascontiguousarray(of_states[2 * self.units :])
        shape = (self.rows, self.n_timesteps, self.units)
        self.candidates = np.empty(shape, self.dtype)

    def _step_forward(self, chunk: slice) -> None:
        gru_forward(
            *(self.gates[chunk], self._transposed_hh, self._inner_bias),
            *(self.states[chunk], self.candidates[chunk]),
        )

    def _step_backward(self, chunk: slice) -> None:
        gru_backward(
            *(self.d_outputs[chunk], self.d_state[chunk], self.gates[chunk]),
            *(self.candidates[chunk], self.states[chunk], self.weight_hh, self.d_gates[chunk]),
        )

    def _weight_of_input(self) -> Tensor:
        r_and_z, n = np.split(self.weight_ih, [2 * self.units])
        return torch.from_numpy(np.concatenate([n, r_and_z]))

    def _input_part(self, of_gates: Tensor) -> Tensor:
        return of_gates[: 3 * self.units]

    def _recurrent_part(self, of_gates: Tensor) -> Tensor:
        return of_gates[self.units :]

    def _to_input_gates(self, of_gates: Tensor) -> Tensor:
        return torch.cat([of_gates[self.units :], of_gates[: self.units]])


RUNS: dict[str, Any] = {"rnn": RNNRun, "lstm": LSTMRun, "gru": GRURun}
