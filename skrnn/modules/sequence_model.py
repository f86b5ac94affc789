"""The network of the sequence estimators: embed, recur, pool, drop, map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skrnn import _kernels
from skrnn._input.tokens import PADDING_TOKEN
from skrnn.modules.dropout import SeededDropout
from skrnn.modules.embedding import SegmentEmbedding, TokenEmbedding
from skrnn.modules.folded_inputs import FoldedInputs
from skrnn.modules.noise import SeededNoise, UnknownTokens
from skrnn.modules.pooling import SequencePooling
from skrnn.modules.recurrent import RecurrentEncoder

__all__ = ["SequenceModel"]


class SequenceModel(nn.Module):
    """A recurrent network with one output vector per sequence.

    Parameters
    ----------
    n_inputs : int
        Inputs at each timestep, or the number of token ids when ``embedding_dim`` is set.
    n_outputs : int
        Width of the output.
    cell, hidden_size, num_layers, bidirectional, dropout
        As in :class:`RecurrentEncoder`; ``dropout`` also acts on token vectors and before the head.
    pooling : tuple of str, default=("last",)
        As in :class:`SequencePooling`.
    segment_length : int, default=1
        Timesteps folded into one recurrent step.
    embedding_dim : int or None, default=None
        Width of a token's vector; None reads measurements.
    n_ids : int, default=1
        Token ids of a timestep.
    input_noise : float, default=0.0
        As in :class:`SeededNoise`; of token ids the share in :class:`UnknownTokens`.
    n_exact_inputs : int, default=0
        Inputs, at the end, without noise.

    Examples
    --------
    >>> import torch
    >>> model = SequenceModel(3, 2, hidden_size=4, pooling=("last", "mean"))
    >>> model(torch.zeros(5, 6, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        *,
        cell: str = "lstm",
        hidden_size: int = 64,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        pooling: tuple[str, ...] = ("last",),
        segment_length: int = 1,
        embedding_dim: int | None = None,
        n_ids: int = 1,
        input_noise: float = 0.0,
        n_exact_inputs: int = 0,
    ) -> None:
        super().__init__()
        self.noise = (
            SeededNoise(input_noise, n_exact_inputs)
            if embedding_dim is None
            else UnknownTokens(input_noise)
        )
        self.after_tokens = SeededDropout(dropout)
        self.tokens = (
            None if embedding_dim is None else TokenEmbedding(n_inputs, embedding_dim, n_ids)
        )
        width = n_inputs if embedding_dim is None else embedding_dim
        self.segments = None
        if segment_length > 1:
            self.segments = SegmentEmbedding(width, hidden_size, segment_length)
            width = hidden_size
        self.encoder = RecurrentEncoder(
            width,
            hidden_size,
            num_layers=num_layers,
            cell=cell,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self.pooling = SequencePooling(
            pooling, self.encoder.output_size, bidirectional=bidirectional
        )
        self.before_head = SeededDropout(dropout)
        self.head = nn.Linear(self.pooling.output_size, n_outputs)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters again from ``generator``, in a fixed order."""
        if self.tokens is not None:
            self.tokens.reset_parameters(generator)
        if self.segments is not None:
            self.segments.reset_parameters(generator)
        self.encoder.reset_parameters(generator)
        self.pooling.reset_parameters(generator)
        nn.init.xavier_uniform_(self.head.weight, generator=generator)
        nn.init.zeros_(self.head.bias)

    def set_generator(self, generator: torch.Generator | None) -> None:
        """Let all noise and dropout of the network draw from ``generator``."""
        for module in self.modules():
            if isinstance(module, (SeededDropout, SeededNoise, UnknownTokens)):
                module.generator = generator

    def encode(
        self, x: Tensor, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the hidden states.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_timesteps, n_inputs); of ids (n_samples, n_timesteps), \
                or (n_samples, n_timesteps, n_ids)
            Zero behind each length.
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid timesteps; None when all samples are ``n_timesteps`` long.

        Returns
        -------
        states : Tensor of shape (n_samples, n_steps, encoder.output_size)
            After each recurrent step, that is, each segment of timesteps.
        last : Tensor of shape (n_samples, encoder.output_size)
            After each direction has read the whole sequence.
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid recurrent steps.
        """
        return self.encode_vectors(self.vectors(x, lengths), lengths)

    def encode_vectors(
        self, vectors: Tensor, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return what ``encode`` does, from what ``vectors`` returns."""
        steps, lengths = self.fold(vectors, lengths)
        return *self.encoder.encode(steps, lengths), lengths

    def vectors(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return a vector for each timestep: the measurements, or those of the tokens.

        Arguments as for ``encode``; the result has shape (n_samples, n_timesteps, width).
        """
        if self.tokens is None:
            return self.noise(x, lengths)
        return self.after_tokens(self.tokens(self.noise(x)))

    def fold(self, vectors: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Return the inputs of the recurrent steps, and how many of them are valid.

        Parameters
        ----------
        vectors : Tensor of shape (n_samples, n_timesteps, width)
            As ``vectors`` returns them.
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid timesteps.
        """
        return (vectors, lengths) if self.segments is None else self.segments(vectors, lengths)

    def pooled(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the pooled hidden state, shape (n_samples, pooling.output_size).

        Arguments as for ``encode``.
        """
        # a single layer of measurements is trained on without its states by the encoder itself.
        is_simple = self.tokens is self.segments is None and self.encoder.num_layers == 1
        is_predicted = self.pooling.reads_states and not torch.is_grad_enabled()
        pooled: Tensor | None = None
        if not self.pooling.is_in_one_pass:
            # a prediction holds the states: a sum over all of them has the same bits in any batch.
            if torch.is_grad_enabled():
                pooled = self._in_stretches(x, lengths, self._attended_states)
        elif is_predicted or not is_simple:
            pooled = self._in_stretches(x, lengths, self._pooled_states)
        if pooled is not None:
            return self.pooling(None, lengths, pooled=pooled)
        steps, lengths = self.fold(self.vectors(x, lengths), lengths)
        if not self.pooling.reads_states:
            return self.pooling(None, lengths, self.encoder.last_states(steps, lengths))
        if (
            self.pooling.is_in_one_pass
            and (pooled := self.encoder.pooled(steps, lengths)) is not None
        ):
            return self.pooling(None, lengths, pooled=pooled)
        states, last = self.encoder.encode(steps, lengths)
        return self.pooling(states, lengths, last)

    def mapped(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the outputs of every step, shape (n_samples, n_steps, n_outputs).

        Arguments as for ``encode``; what stands behind each length is arbitrary.
        """

        def outputs() -> _kernels.MappedStates:
            shape = (len(x), self._n_steps(x), self.encoder.output_size)
            mask = self.before_head.held(shape, self.head.weight.dtype)
            return _kernels.MappedStates(self.head.weight, self.head.bias, mask)

        mapped = self._in_stretches(x, lengths, outputs)
        if mapped is not None:
            return mapped
        states, _, _ = self.encode(x, lengths)
        return self.map_to_outputs(states)

    def _pooled_states(self) -> _kernels.PooledStates:
        return _kernels.PooledStates(
            self.encoder.output_size, bidirectional=self.encoder.bidirectional
        )

    def _attended_states(self) -> _kernels.AttendedStates:
        return _kernels.AttendedStates(
            *self.pooling.attention_parameters(), bidirectional=self.encoder.bidirectional
        )

    def _n_steps(self, x: Tensor) -> int:
        """Return how many recurrent steps the timesteps of x are folded into."""
        return -(-x.shape[1] // (1 if self.segments is None else self.segments.segment_length))

    def step_lengths(self, lengths: Tensor | None) -> Tensor | None:
        """Return how many recurrent steps of each sample are valid."""
        if lengths is None or self.segments is None:
            return lengths
        return -(-lengths // self.segments.segment_length)

    def _in_stretches(
        self, x: Tensor, lengths: Tensor | None, outputs: Callable[[], Any]
    ) -> Tensor | None:
        """Return what ``outputs`` makes of the states of very long sequences, else None."""
        shape = (len(x), self._n_steps(x), self.encoder.input_size)
        return self.encoder.in_stretches(
            shape, self.step_lengths(lengths), lambda: self._inputs(x, lengths), outputs
        )

    def _inputs(
        self, x: Tensor, lengths: Tensor | None
    ) -> Tensor | _kernels.TokenInputs | FoldedInputs:
        """Return what the encoder reads, in a form that can be read window by window."""
        if self.tokens is self.segments is None or x.requires_grad:
            return self.fold(self.vectors(x, lengths), lengths)[0]
        weights: list[Tensor] = []
        mask = None
        if self.tokens is None:
            x = self.noise(x, lengths)
        else:
            x, weights = self.noise(x), [self.tokens.weight]
            shape = (x.shape[0], x.shape[1], self.tokens.output_size)
            mask = self.after_tokens.held(shape, weights[0].dtype)
        if self.segments is None:
            return _kernels.TokenInputs(x, weights[0], PADDING_TOKEN, mask)

        def vectors(where: tuple[slice, slice], weights: list[Tensor]) -> Tensor:
            if self.tokens is None:
                return x[where]
            found = self.tokens.look_up(x[where], weights[0])
            return found if mask is None else found * mask.part(where)

        n_timesteps = np.full(len(x), x.shape[1]) if lengths is None else lengths.numpy()
        return FoldedInputs(self.segments, vectors, weights, n_timesteps)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the outputs, shape (n_samples, n_outputs); arguments as for ``encode``."""
        return self.map_to_outputs(self.pooled(x, lengths))

    def map_to_outputs(self, pooled: Tensor) -> Tensor:
        """Drop some of what was read, in training, and map it to the outputs."""
        pooled = self.before_head(pooled)
        if self.training:
            return self.head(pooled)
        # the same bits for a sample alone as for one among many
        return _kernels.linear(pooled, self.head.weight, self.head.bias)
