"""The network of the forecaster: read the history, decode the future, correct the anchors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skrnn.modules.dropout import SeededDropout
from skrnn.modules.forecast_decoders import DirectDecoder, SegmentDecoder
from skrnn.modules.forecast_outputs import (
    LOG_MEAN,
    drawn_towards,
    n_parameters,
    to_parameters,
    typical_column,
    with_log_unit,
)
from skrnn.modules.linear import RowwiseLinear
from skrnn.modules.recurrent import RecurrentEncoder, State

__all__ = ["ForecastModel"]


class ForecastModel(nn.Module):
    """A recurrent network from the history of a window to its future.

    It forecasts a mixture of *anchors*, simple forecasts such as the last season, and learns both
    the mixture and what to add to it. Untrained it forecasts the mean of the anchors. Outside
    training the result is drawn towards the simple forecast that is passed last, as far as
    ``network_weight`` says.

    Parameters
    ----------
    n_inputs : int
        Inputs at each timestep of the history.
    n_future : int
        Features known in advance, at each future timestep.
    n_static : int
        Features of the whole series.
    n_anchors : int
        Simple forecasts to mix, at least 1.
    horizon : int
        Future timesteps.
    decoder : {"segment", "direct", "recursive"}, default="segment"
        How the future is computed from the state after the last observation: all segments at
        once, one recurrent step each; one map to all timesteps; or one step for each timestep,
        which reads the forecast of the one before and what is known about its own timestep.
    segment_length : int, default=1
        Timesteps of the history in one recurrent step, and of the future in one segment. 1 for
        "recursive".
    loss : str, default="mae"
        Says what is computed for each timestep, see :func:`n_parameters`.
    cell, hidden_size, num_layers, dropout
        As in :class:`RecurrentEncoder`; ``dropout`` also acts before the head.

    Attributes
    ----------
    network_weight : Tensor of shape ()
        Buffer in [0, 1]; 1 leaves the forecast as it is, 0 is the simple one.

    Examples
    --------
    >>> import torch
    >>> model = ForecastModel(2, 0, 0, 1, horizon=4, segment_length=3, hidden_size=5)
    >>> model.reset_parameters()
    >>> history, future, static = torch.zeros(7, 12, 2), torch.zeros(7, 4, 0), torch.zeros(7, 0)
    >>> anchors, scale = torch.ones(7, 1, 4), torch.ones(7, 2)
    >>> model(history, future, static, anchors, scale).shape
    torch.Size([7, 4, 1])
    """

    def __init__(
        self,
        n_inputs: int,
        n_future: int,
        n_static: int,
        n_anchors: int,
        *,
        horizon: int,
        decoder: str = "segment",
        segment_length: int = 1,
        loss: str = "mae",
        cell: str = "lstm",
        hidden_size: int = 64,
        num_layers: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.loss = loss
        self.n_anchors = n_anchors
        self.n_future = n_future
        self.horizon = horizon
        self.decoder = decoder
        self.segment_length = segment_length
        self.embed = RowwiseLinear(segment_length * n_inputs, hidden_size)
        self.context = RowwiseLinear(n_static, hidden_size) if n_static else None
        self.encoder = RecurrentEncoder(
            hidden_size, hidden_size, num_layers=num_layers, cell=cell, dropout=dropout
        )
        self.network_weight: Tensor
        self.register_buffer("network_weight", torch.ones(()))
        n_outputs = n_anchors + n_parameters(loss)
        if decoder == "segment":
            self.decode: SegmentDecoder | DirectDecoder = SegmentDecoder(
                hidden_size,
                horizon,
                segment_length=segment_length,
                n_future=n_future,
                n_outputs=n_outputs,
                dropout=dropout,
            )
        elif decoder == "direct":
            self.decode = DirectDecoder(
                hidden_size, horizon, n_future=n_future, n_outputs=n_outputs, dropout=dropout
            )
        else:
            self.drop = SeededDropout(dropout)
            self.head = RowwiseLinear(hidden_size, n_outputs)
        # One step for each timestep: every step also reads the known features of the next one.
        reads_ahead = decoder == "recursive" and n_future > 0
        self.ahead = RowwiseLinear(n_future, hidden_size) if reads_ahead else None

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters again from ``generator``, in a fixed order."""
        for linear in (self.embed, self.context):
            if linear is not None:
                nn.init.xavier_uniform_(linear.weight, generator=generator)
                nn.init.zeros_(linear.bias)
        self.encoder.reset_parameters(generator)
        self.network_weight.fill_(1.0)
        if self.decoder == "recursive":
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)
        else:
            self.decode.reset_parameters(generator)
        if self.ahead is not None:
            nn.init.xavier_uniform_(self.ahead.weight, generator=generator)
            nn.init.zeros_(self.ahead.bias)

    def set_generator(self, generator: torch.Generator | None) -> None:
        """Let all dropout of the network draw from ``generator``."""
        for module in self.modules():
            if isinstance(module, SeededDropout):
                module.generator = generator

    def forward(
        self, history: Tensor, future: Tensor, static: Tensor, anchors: Tensor, scale: Tensor
    ) -> Tensor:
        """Return the parameters of each future timestep.

        Parameters
        ----------
        history : Tensor of shape (n_samples, context_length, n_inputs)
            The normalised value first, then whether it was observed, then features, those known
            in advance last. ``context_length`` is a multiple of ``segment_length``.
        future : Tensor of shape (n_samples, horizon, n_future)
            Features known in advance.
        static : Tensor of shape (n_samples, n_static)
            Features of the series.
        anchors : Tensor of shape (n_samples, n_anchors or more, horizon)
            Simple forecasts, on the scale of the window. The first ``n_anchors`` are mixed; outside
            training the result is drawn towards the last one.
        scale : Tensor of shape (n_samples, 2)
            Level and scale of the window.

        Returns
        -------
        Tensor of shape (n_samples, horizon, n_parameters)
            See :func:`to_parameters`.
        """
        return self._forecast(history, future, static, anchors, scale)[0]

    def mixture(
        self, history: Tensor, future: Tensor, static: Tensor, anchors: Tensor, scale: Tensor
    ) -> Tensor:
        """Return the share of each mixed anchor in the centre of each future timestep.

        Arguments as for ``forward``; the result has shape (n_samples, horizon, n_anchors), and its
        last axis adds up to 1.
        """
        numbers = self._forecast(history, future, static, anchors, scale)[1]
        return numbers[..., : self.n_anchors].softmax(-1)

    def _forecast(
        self, history: Tensor, future: Tensor, static: Tensor, anchors: Tensor, scale: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the parameters of each future timestep, and the numbers they were made from."""
        if self.loss == LOG_MEAN:
            scale = with_log_unit(scale, history)
        context = None if self.context is None else self.context(static)
        state = self.encoder.run_on(self._steps(history, future, context))[1]
        if self.decoder == "recursive":
            return self._decode_recursively(state, history, future, anchors, scale, context)
        numbers = self.decode(self.encoder, state, future, context)
        return self._combine(numbers, anchors, scale), numbers

    def steps(self, history: Tensor, future: Tensor, static: Tensor) -> Tensor:
        """Return the inputs of the recurrent steps that read the history, one for each segment.

        Arguments as for ``forward``; the result has shape (n_samples, n_segments, hidden_size).
        """
        context = None if self.context is None else self.context(static)
        return self._steps(history, future, context)

    def _steps(self, history: Tensor, future: Tensor, context: Tensor | None) -> Tensor:
        n_samples, context_length, n_inputs = history.shape
        n_segments = context_length // self.segment_length
        # The known features of each timestep's successor; that of the last one is in the future.
        known = history[:, 1:, n_inputs - self.n_future :]
        return self._embed(
            history.reshape(n_samples, n_segments, -1),
            torch.cat([known, future[:, :1]], dim=1),
            context,
        )

    def _embed(self, segments: Tensor, successors: Tensor, context: Tensor | None) -> Tensor:
        steps = self.embed(segments)
        if self.ahead is not None:
            steps = steps + self.ahead(successors)
        return torch.relu(steps if context is None else steps + context[:, None])

    def _combine(self, numbers: Tensor, anchors: Tensor, scale: Tensor) -> Tensor:
        mixture = numbers[..., : self.n_anchors].softmax(-1)
        center = (mixture * anchors[:, : self.n_anchors].transpose(1, 2)).sum(-1)
        parameters = to_parameters(self.loss, center, numbers[..., self.n_anchors :], scale)
        if self.training:
            return parameters
        return drawn_towards(anchors[:, -1], self.loss, parameters, scale, self.network_weight)

    def _decode_recursively(
        self,
        state: State,
        history: Tensor,
        future: Tensor,
        anchors: Tensor,
        scale: Tensor,
        context: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        # past features are unknown from here on: they stay as they were last.
        step_input = history[:, -1].clone()
        parameters: list[Tensor] = []
        numbers_of_steps: list[Tensor] = []
        hidden = state[-1][0]
        for step in range(self.horizon):
            numbers = self.head(self.drop(hidden))[:, None]
            numbers_of_steps.append(numbers)
            parameters.append(self._combine(numbers, anchors[:, :, step : step + 1], scale))
            if step + 1 == self.horizon:
                break
            value = self._center_of(parameters[-1], scale)
            known = step_input[:, 2 : step_input.shape[1] - self.n_future]
            step_input = torch.cat([value, torch.ones_like(value), known, future[:, step]], dim=1)
            following = future[:, step + 1 : step + 2]
            inputs = self._embed(step_input[:, None], following, context)
            outputs, state = self.encoder.run_on(inputs, state)
            hidden = outputs[:, 0]
        return torch.cat(parameters, dim=1), torch.cat(numbers_of_steps, dim=1)

    def _center_of(self, parameters: Tensor, scale: Tensor) -> Tensor:
        """Return the number to read on from, on the scale of the window, shape (n_samples, 1)."""
        center = parameters[:, :, typical_column(self.loss)]
        if self.loss == "negative_binomial":
            return (center - scale[:, :1]) / scale[:, 1:]
        return center
