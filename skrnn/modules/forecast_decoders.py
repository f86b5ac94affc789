"""From the state after the last observation to numbers for each future timestep."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skrnn.modules.dropout import SeededDropout
from skrnn.modules.linear import RowwiseLinear
from skrnn.modules.recurrent import RecurrentEncoder, State

__all__ = ["DECODERS", "DirectDecoder", "SegmentDecoder"]

DECODERS = ("segment", "direct", "recursive")


def _top_hidden(state: State) -> Tensor:
    return state[-1][0]


class SegmentDecoder(nn.Module):
    """Decodes all future segments at once, each with one recurrent step from the same state.

    What tells the segments apart is a learned vector for each position, and what is known about
    their timesteps in advance.

    Parameters
    ----------
    hidden_size : int
        Width of the state and of a step's input.
    horizon : int
        Future timesteps.
    segment_length : int
        Timesteps in a segment.
    n_future : int
        Features known in advance, at each timestep.
    n_outputs : int
        Numbers for each timestep.
    dropout : float
        Before the last map.

    References
    ----------
    Lin et al. (2023), "SegRNN: Segment Recurrent Neural Network for Long-Term Time Series
    Forecasting".
    """

    def __init__(
        self,
        hidden_size: int,
        horizon: int,
        *,
        segment_length: int,
        n_future: int,
        n_outputs: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.horizon = horizon
        self.segment_length = segment_length
        self.n_segments = -(-horizon // segment_length)
        self.position = nn.Parameter(torch.empty(self.n_segments, hidden_size))
        self.future = RowwiseLinear(segment_length * n_future, hidden_size) if n_future else None
        self.drop = SeededDropout(dropout)
        self.head = RowwiseLinear(hidden_size, segment_length * n_outputs)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights; the last map starts at zero, so that training starts at the anchors."""
        nn.init.normal_(self.position, std=0.1, generator=generator)
        if self.future is not None:
            nn.init.xavier_uniform_(self.future.weight, generator=generator)
            nn.init.zeros_(self.future.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(
        self, encoder: RecurrentEncoder, state: State, future: Tensor, context: Tensor | None
    ) -> Tensor:
        """Return the numbers of each timestep, shape (n_samples, horizon, n_outputs).

        Parameters
        ----------
        encoder : RecurrentEncoder
            Makes the steps.
        state : list of tuple of Tensor of shape (n_samples, hidden_size)
            After the last observation.
        future : Tensor of shape (n_samples, horizon, n_future)
            What is known in advance.
        context : Tensor of shape (n_samples, hidden_size), or None
            What is known about the series.
        """
        n_samples, n_segments = len(future), self.n_segments
        steps = self.position.expand(n_samples, -1, -1)
        if self.future is not None:
            missing = n_segments * self.segment_length - self.horizon
            padded = nn.functional.pad(future, (0, 0, 0, missing))
            steps = steps + self.future(padded.reshape(n_samples, n_segments, -1))
        if context is not None:
            steps = steps + context[:, None]
        repeated = [
            tuple(part.repeat_interleave(n_segments, dim=0) for part in layer) for layer in state
        ]
        outputs, _ = encoder.run_on(steps.reshape(n_samples * n_segments, 1, -1), repeated)
        numbers = self.head(self.drop(outputs[:, 0]))
        return numbers.reshape(n_samples, n_segments * self.segment_length, -1)[:, : self.horizon]


class DirectDecoder(nn.Module):
    """Maps the state to all future timesteps at once, without further recurrent steps.

    Parameters
    ----------
    hidden_size, horizon, n_future, n_outputs, dropout
        As for :class:`SegmentDecoder`.
    """

    def __init__(
        self, hidden_size: int, horizon: int, *, n_future: int, n_outputs: int, dropout: float
    ) -> None:
        super().__init__()
        self.horizon = horizon
        self.future = RowwiseLinear(horizon * n_future, hidden_size) if n_future else None
        self.drop = SeededDropout(dropout)
        self.head = RowwiseLinear(hidden_size, horizon * n_outputs)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights; the last map starts at zero, so that training starts at the anchors."""
        if self.future is not None:
            nn.init.xavier_uniform_(self.future.weight, generator=generator)
            nn.init.zeros_(self.future.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(
        self, encoder: RecurrentEncoder, state: State, future: Tensor, context: Tensor | None
    ) -> Tensor:
        """Return the numbers of each timestep; arguments as for :class:`SegmentDecoder`."""
        hidden = _top_hidden(state)
        if self.future is not None:
            hidden = hidden + torch.relu(self.future(future.flatten(1)))
        if context is not None:
            hidden = hidden + context
        return self.head(self.drop(hidden)).reshape(len(hidden), self.horizon, -1)
