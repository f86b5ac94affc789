"""Simple RNN, LSTM and GRU over ragged batches, without PackedSequence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from skrnn import _kernels
from skrnn._kernels.torch_recurrence import N_GATES, run_in_torch
from skrnn.modules.dropout import SeededDropout

__all__ = ["CELLS", "RecurrentEncoder", "State"]

# Of each layer: hidden state and, for an LSTM, cell state, each of shape (n_samples, hidden_size).
State = list[tuple[Tensor, ...]]

CELLS = N_GATES


class RecurrentEncoder(nn.Module):
    r"""A stack of simple RNN, LSTM or GRU layers over ragged batches.

    Its parameters have the names, shapes and order of ``torch.nn.RNN``, ``torch.nn.LSTM`` and
    ``torch.nn.GRU``, so a ``state_dict`` moves between them in both directions, and for the same
    weights the outputs on valid timesteps are the same. In the notation of the papers, with
    :math:`x_t` the input and :math:`h_t` the hidden state,

    * simple RNN: :math:`h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})`
    * LSTM: :math:`i, f, g, o` from the same affine map, cut in four;
      :math:`c_t = \sigma(f) c_{t-1} + \sigma(i) \tanh(g)`, :math:`h_t = \sigma(o) \tanh(c_t)`
    * GRU: :math:`r, z` likewise, :math:`n = \tanh(W_{in} x_t + b_{in} + r (W_{hn} h_{t-1} +
      b_{hn}))`, :math:`h_t = (1 - z) n + z h_{t-1}`.

    Parameters
    ----------
    input_size : int
        Features at each timestep.
    hidden_size : int
        Units in each direction of each layer.
    num_layers : int, default=1
        Layers; each reads the outputs of the one below.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrence.
    bidirectional : bool, default=False
        Whether a second recurrence reads each sequence from its own last timestep to its first.
    dropout : float, default=0.0
        Dropout between layers.

    Notes
    -----
    The backward direction reverses each sequence within its length, so padding always comes after
    the valid timesteps and never changes them. The cost is linear in ``n_timesteps`` and, per
    timestep, in ``input_size * hidden_size + hidden_size ** 2`` times the number of gates.

    References
    ----------
    Elman (1990), "Finding Structure in Time"; Hochreiter and Schmidhuber (1997), "Long Short-Term
    Memory"; Gers et al. (2000), "Learning to Forget"; Cho et al. (2014), "Learning Phrase
    Representations using RNN Encoder-Decoder"; Schuster and Paliwal (1997), "Bidirectional
    Recurrent Neural Networks".

    Examples
    --------
    >>> import torch
    >>> encoder = RecurrentEncoder(3, 5, cell="gru", bidirectional=True)
    >>> reference = torch.nn.GRU(3, 5, bidirectional=True, batch_first=True)
    >>> encoder.load_state_dict(reference.state_dict())
    <All keys matched successfully>
    >>> encoder(torch.zeros(2, 4, 3)).shape
    torch.Size([2, 4, 10])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        num_layers: int = 1,
        cell: str = "lstm",
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.cell = cell
        self.bidirectional = bidirectional
        self.n_directions = 2 if bidirectional else 1
        self.output_size = hidden_size * self.n_directions
        self.between_layers = SeededDropout(dropout)
        n_rows = CELLS[cell] * hidden_size
        for layer in range(num_layers):
            n_inputs = input_size if layer == 0 else self.output_size
            for direction in range(self.n_directions):
                suffix = self._suffix(layer, direction)
                for name, shape in (
                    ("weight_ih", (n_rows, n_inputs)),
                    ("weight_hh", (n_rows, hidden_size)),
                    ("bias_ih", (n_rows,)),
                    ("bias_hh", (n_rows,)),
                ):
                    self.register_parameter(name + suffix, nn.Parameter(torch.empty(shape)))
        self.reset_parameters()

    @staticmethod
    def _suffix(layer: int, direction: int) -> str:
        return f"_l{layer}" + ("_reverse" if direction else "")

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights: orthogonal recurrences, Glorot inputs, zero biases, open forget gates.

        An orthogonal recurrence (Saxe et al., 2014) keeps the length of a state over many steps; a
        forget gate that starts open (bias 1; Gers et al., 2000) lets an LSTM remember from the
        first update on.
        """
        for name, parameter in self.named_parameters():
            if name.startswith("weight_ih"):
                nn.init.xavier_uniform_(parameter, generator=generator)
            elif name.startswith("weight_hh"):
                for gate in parameter.split(self.hidden_size):
                    nn.init.orthogonal_(gate, generator=generator)
            else:
                nn.init.zeros_(parameter)
                if self.cell == "lstm" and name.startswith("bias_ih"):
                    with torch.no_grad():
                        parameter[self.hidden_size : 2 * self.hidden_size] = 1.0

    def weights(self, layer: int, direction: int) -> list[Tensor]:
        """Return weight_ih, weight_hh, bias_ih and bias_hh of one layer and direction."""
        suffix = self._suffix(layer, direction)
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return [getattr(self, name + suffix) for name in names]

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Run the recurrence.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_timesteps, input_size)
            What stands behind a sequence's length has no effect on its valid outputs.
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid timesteps of each sample; None when all are ``n_timesteps`` long.

        Returns
        -------
        Tensor of shape (n_samples, n_timesteps, hidden_size * n_directions)
            The hidden state of the last layer after every timestep, forward direction first.
        """
        return self.encode(x, lengths)[0]

    def encode(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the recurrence; return also the last states.

        Parameters
        ----------
        x, lengths
            As for ``forward``.

        Returns
        -------
        states : Tensor of shape (n_samples, n_timesteps, hidden_size * n_directions)
            As of ``forward``.
        last : Tensor of shape (n_samples, hidden_size * n_directions)
            The hidden state after each direction has read the whole sequence.
        """
        for states, last in self.run_layers(x, lengths):  # noqa: B007 - the last layer's are kept
            pass
        return states, last

    def last_states(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the last states alone, in less time and memory than ``encode``.

        Parameters are those of ``forward``.
        """
        for _, last in self.run_layers(x, lengths, last_only=True):  # noqa: B007 - as above
            pass
        return last

    def run_layers(
        self, x: Tensor, lengths: Tensor | None = None, *, last_only: bool = False
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield of every layer, from the first on, what ``encode`` returns of the last one.

        With ``last_only`` the states of the last layer must not be read: they may be None.
        """
        for layer in range(self.num_layers):
            is_unread = last_only and layer == self.num_layers - 1
            x, (last, *_) = self._run(
                self._inputs(layer, x), lengths, self._directions(layer), last_only=is_unread
            )
            yield x, last

    def _inputs(self, layer: int, x: Tensor) -> Tensor:
        """Return what a layer reads of the outputs of the one below, or of the inputs."""
        return self.between_layers(x) if layer else x

    def _directions(self, layer: int) -> list[list[Tensor]]:
        return [self.weights(layer, number) for number in range(self.n_directions)]

    def pooled(self, x: Tensor, lengths: Tensor | None = None) -> Tensor | None:
        """Return last, mean and largest state of each unit, if that is to save memory.

        Parameters are those of ``forward``.

        Returns
        -------
        Tensor of shape (n_samples, 3, hidden_size * n_directions), or None
            None unless the gradients of long sequences are wanted, on a CPU.
        """
        directions = self._directions(self.num_layers - 1)
        weights = [weight for direction in directions for weight in direction]
        n_samples, n_timesteps, n_inputs = x.shape
        if self.num_layers > 1:
            n_inputs = self.output_size
        if (
            not torch.is_grad_enabled()
            or not any(weight.requires_grad for weight in weights)
            or not _kernels.can_run_fused(x, weights)
            or not _kernels.saves_memory_pooled(
                self.cell,
                (n_samples, n_timesteps, n_inputs),
                self.hidden_size,
                self.n_directions,
                x.dtype,
            )
        ):
            return None
        for layer in range(self.num_layers - 1):
            x, _ = self._run(self._inputs(layer, x), lengths, self._directions(layer))
        x = self._inputs(self.num_layers - 1, x)
        return _kernels.run_pooled(self.cell, x, lengths, directions)

    def in_stretches(
        self, shape: tuple[int, int, int], lengths: Tensor | None, inputs: Any, outputs: Any
    ) -> Tensor | None:
        """Return what ``outputs`` makes of the states, if holding these would take much memory.

        Parameters
        ----------
        shape : tuple of int
            Of the inputs: n_samples, n_timesteps, input_size.
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid timesteps of each sample; None when all are ``n_timesteps`` long.
        inputs : callable
            Returns the inputs of the encoder: a tensor, or ``SourceInputs``.
        outputs : callable
            Returns the ``StretchOutputs``.

        Returns
        -------
        Tensor, or None
            None unless sequences are very long, on a CPU.
        """
        layers = [self._directions(layer) for layer in range(self.num_layers)]
        weights = [weight for layer in layers for direction in layer for weight in direction]
        if not _kernels.can_run_fused(weights[0], weights):
            return None
        n_samples, n_timesteps, n_inputs = shape
        if self.num_layers > 1:
            n_inputs = max(n_inputs, self.output_size)
        dtype, sizes = weights[0].dtype, (self.hidden_size, self.n_directions)
        stretches = _kernels.long_stretches(
            self.cell, (n_samples, n_timesteps, n_inputs), *sizes, dtype
        )
        if stretches is None:
            return None
        x = inputs()
        if isinstance(x, Tensor):
            x = _kernels.HeldInputs(x)
        states = (n_samples, n_timesteps, self.output_size)
        masks = [self.between_layers.held(states, dtype) for _ in layers[1:]]
        return _kernels.run_stretched(self.cell, x, lengths, layers, stretches, outputs(), masks)

    def run_on(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Run the recurrence onward from a state, in the forward direction only.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_timesteps, input_size)
            Sequences of one length.
        state : list of tuple of Tensor of shape (n_samples, hidden_size), or None
            State of each layer, as returned by an earlier call: hidden state and, for an LSTM,
            cell state. None starts from zeros.

        Returns
        -------
        outputs : Tensor of shape (n_samples, n_timesteps, hidden_size)
            The hidden state of the last layer after every timestep.
        state : list of tuple of Tensor of shape (n_samples, hidden_size)
            State of each layer after the last timestep.
        """
        if self.bidirectional:
            raise ValueError("run_on: the backward direction has no state to run on from.")
        after: State = []
        for layer in range(self.num_layers):
            before = None if state is None else state[layer]
            x, last = self._run(self._inputs(layer, x), None, [self.weights(layer, 0)], before)
            after.append(last)
        return x, after

    def _run(
        self,
        x: Tensor,
        lengths: Tensor | None,
        directions: list[list[Tensor]],
        state: tuple[Tensor, ...] | None = None,
        *,
        last_only: bool = False,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run one layer, from a zero state if none is given."""
        weights = [weight for direction in directions for weight in direction]
        if _kernels.can_run_fused(x, weights):
            return _kernels.run_fused(self.cell, x, lengths, directions, state, last_only=last_only)
        return run_in_torch(self.cell, x, lengths, directions, state, training=self.training)
