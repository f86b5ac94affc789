"""From the hidden states of all timesteps to one vector per sample."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skrnn import _kernels

__all__ = ["POOLINGS", "SequencePooling"]

POOLINGS = ("last", "mean", "max", "attention")
# in the order of pool_fused
_IN_ONE_PASS = ("last", "mean", "max")

# Of longer sequences attention is computed a part of the timesteps at a time.
_VERY_MANY_STEPS = 1 << 13


class SequencePooling(nn.Module):
    r"""Summarise the hidden states of each sample's valid timesteps.

    Parameters
    ----------
    methods : tuple of {"last", "mean", "max", "attention"}
        The summaries, concatenated in this order. "last" is the state after each direction has
        read the whole sequence: the last valid timestep of the forward direction, the first
        timestep of the backward one. "attention" is a weighted mean with weights
        :math:`\mathrm{softmax}_t(v^\top \tanh(W h_t + b))`.
    input_size : int
        Width of a hidden state, both directions together.
    bidirectional : bool
        Whether the second half of a hidden state belongs to the backward direction.

    References
    ----------
    Yang et al. (2016), "Hierarchical Attention Networks for Document Classification".

    Examples
    --------
    >>> import torch
    >>> pooling = SequencePooling(("mean", "max"), 2, bidirectional=False)
    >>> pooling(torch.tensor([[[1.0, 4.0], [3.0, 0.0]]]))
    tensor([[2., 2., 3., 4.]])
    """

    def __init__(self, methods: tuple[str, ...], input_size: int, *, bidirectional: bool) -> None:
        super().__init__()
        self.methods = methods
        self.input_size = input_size
        self.bidirectional = bidirectional
        self.output_size = input_size * len(methods)
        if "attention" in methods:
            self.attention_hidden = nn.Linear(input_size, input_size)
            self.attention_score = nn.Linear(input_size, 1, bias=False)

    @property
    def reads_states(self) -> bool:
        """Whether other states are read than the last ones."""
        return set(self.methods) != {"last"}

    @property
    def is_in_one_pass(self) -> bool:
        """Whether last states, means and maxima are all that is asked for."""
        return set(self.methods) <= set(_IN_ONE_PASS)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new attention weights (Glorot); without attention there is nothing to draw."""
        if "attention" not in self.methods:
            return
        nn.init.xavier_uniform_(self.attention_hidden.weight, generator=generator)
        nn.init.zeros_(self.attention_hidden.bias)
        nn.init.xavier_uniform_(self.attention_score.weight, generator=generator)

    def forward(
        self,
        states: Tensor | None,
        lengths: Tensor | None = None,
        last: Tensor | None = None,
        pooled: Tensor | None = None,
    ) -> Tensor:
        """Pool over time.

        Parameters
        ----------
        states : Tensor of shape (n_samples, n_timesteps, input_size), or None
            None when ``last`` is all that is read (``reads_states`` says so), or with ``pooled``.
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid timesteps of each sample; None when all are ``n_timesteps`` long.
        last : Tensor of shape (n_samples, input_size), or None
            The last states, if they are known already.
        pooled : Tensor of shape (n_samples, 3 or 4, input_size), or None
            Last states, means, maxima and, with "attention", weighted means, if they are known
            already.

        Returns
        -------
        Tensor of shape (n_samples, input_size * len(methods))
        """
        if last is not None and not self.reads_states:
            return torch.cat([last] * len(self.methods), dim=1) if len(self.methods) > 1 else last
        if pooled is not None:
            names = (*_IN_ONE_PASS, "attention")[: pooled.shape[1]]
            return self._concatenated(dict(zip(names, pooled.unbind(1), strict=True)))
        if states is None:
            raise ValueError(
                f"states: got None. Expected those of all timesteps, which {self.methods} read."
            )
        valid = None
        if lengths is not None:
            steps = torch.arange(states.shape[1], device=states.device)
            valid = (steps < lengths[:, None])[..., None]
        if not _kernels.can_run_fused(states, []):
            return torch.cat(
                [getattr(self, "_" + method)(states, lengths, valid) for method in self.methods],
                dim=1,
            )

        # sums over time are taken step after step: padding does not change their bits.
        def in_one_pass(states: Tensor) -> Tensor:
            return _kernels.pool_fused(states, lengths, bidirectional=self.bidirectional)

        if self.methods == _IN_ONE_PASS:
            return in_one_pass(states).flatten(1)
        parts: dict[str, Tensor] = {}
        if "attention" in self.methods and states.shape[1] > _VERY_MANY_STEPS:
            parts["attention"] = _kernels.attend_in_parts(
                states, lengths, *self.attention_parameters()
            )
        elif "attention" in self.methods:
            n_valid = states.shape[1] if lengths is None else lengths[:, None]
            weighted = self.attention_weights(states, valid) * states
            parts["attention"] = in_one_pass(weighted)[:, _IN_ONE_PASS.index("mean")] * n_valid
        if set(self.methods) - {"attention"}:
            parts |= zip(_IN_ONE_PASS, in_one_pass(states).unbind(1), strict=True)
        return self._concatenated(parts)

    def attention_parameters(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return W, b and v."""
        return self.attention_hidden.weight, self.attention_hidden.bias, self.attention_score.weight

    def _concatenated(self, parts: dict[str, Tensor]) -> Tensor:
        return torch.cat([parts[method] for method in self.methods], dim=1)

    def _last(self, states: Tensor, lengths: Tensor | None, valid: Tensor | None) -> Tensor:
        if lengths is None:
            last = states[:, -1]
        else:
            last = states[torch.arange(len(states), device=states.device), lengths - 1]
        if not self.bidirectional:
            return last
        half = self.input_size // 2
        return torch.cat([last[:, :half], states[:, 0, half:]], dim=1)

    def _mean(self, states: Tensor, lengths: Tensor | None, valid: Tensor | None) -> Tensor:
        if lengths is None or valid is None:
            return states.mean(dim=1)
        return torch.where(valid, states, 0.0).sum(dim=1) / lengths[:, None]

    def _max(self, states: Tensor, lengths: Tensor | None, valid: Tensor | None) -> Tensor:
        if valid is not None:
            states = torch.where(valid, states, -torch.inf)
        return states.amax(dim=1)

    def _attention(self, states: Tensor, lengths: Tensor | None, valid: Tensor | None) -> Tensor:
        return (self.attention_weights(states, valid) * states).sum(dim=1)

    def attention_weights(self, states: Tensor, valid: Tensor | None) -> Tensor:
        """Return weights of shape (n_samples, n_timesteps, 1) that sum to 1 over valid steps."""
        hidden = _kernels.linear(states, self.attention_hidden.weight, self.attention_hidden.bias)
        # a product and a sum, as a row of a matrix product has other bits in another place.
        scores = (torch.tanh(hidden) * self.attention_score.weight).sum(dim=2, keepdim=True)
        if valid is not None:
            scores = torch.where(valid, scores, -torch.inf)
        return scores.softmax(dim=1)
