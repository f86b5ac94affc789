r"""A linear chain of labels: how probable is a whole label sequence.

A sequence of labels :math:`y` has probability :math:`e^{s(y)} / Z` (Lafferty et al., 2001,
"Conditional Random Fields"), where its score is

.. math:: s(y) = a_{y_1} + \sum_t s_{t, y_t} + \sum_{t > 1} A_{y_{t-1}, y_t} + b_{y_T},

with :math:`s_t` the scores of timestep :math:`t`, :math:`A` the transitions, and :math:`a, b` the
scores of the first and the last label. Sums over all sequences are computed from messages, which
have a number for each label at each timestep: the pairs of labels at all timesteps are never held.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from skrnn import _kernels

__all__ = [
    *("IMPOSSIBLE", "ChainScores", "LabelChain"),
    *("label_log_likelihoods", "label_scores", "log_partition", "path_score"),
]

# The score of what cannot be. Minus infinity would make the gradients of its sums NaN.
IMPOSSIBLE = -1e30

_PARTS = ("transition", "start", "end")

_LOG2_E = 1 / math.log(2)

# Longer sequences with few pairs of labels at a timestep are computed in compiled code: torch takes
# longer to begin such a step than to compute it.
_VERY_MANY_STEPS, _FEW_PAIRS = 1 << 11, 1 << 12

# Pairs of labels that are computed at once: samples of a timestep are taken together, as far as
# this allows. A CPU holds so many in its cache, a GPU is kept busy by more.
_MOST_PAIRS = {"cpu": 1 << 18}
_MOST_PAIRS_ELSEWHERE = 1 << 24


class ChainScores(NamedTuple):
    """What a chain of labels scores sequences by.

    Attributes
    ----------
    scores : Tensor of shape (n_samples, n_timesteps, n_labels)
        Of each label at each timestep.
    transition : Tensor of shape (n_labels, n_labels)
        Of the column's label directly after the row's.
    start, end : Tensor of shape (n_labels,)
        Of the first and of the last label.
    """

    scores: Tensor
    transition: Tensor
    start: Tensor
    end: Tensor

    def to(self, dtype: torch.dtype) -> ChainScores:
        """Return the same scores as another type of number."""
        return ChainScores(*(part.to(dtype) for part in self))

    @property
    def shape(self) -> torch.Size:
        """Shape of ``scores``."""
        return self.scores.shape


class LabelChain(nn.Module):
    """The scores of labels that follow one another; all start at 0.

    Parameters
    ----------
    n_labels : int
        Number of labels.
    allowed : tuple of three ndarrays of bool, or None, default=None
        Which label, in the column, may follow that of the row, shape (n_labels, n_labels); which
        may be the first, and the last, shape (n_labels,). The others are impossible.

    Examples
    --------
    >>> import torch
    >>> chain = LabelChain(3)
    >>> _ = chain.reset_parameters()
    >>> chain(torch.zeros(2, 5, 3)).transition.shape
    torch.Size([3, 3])
    """

    def __init__(
        self, n_labels: int, allowed: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    ) -> None:
        super().__init__()
        self._allowed = allowed
        for name, table in zip(_PARTS, allowed or (), strict=False):
            self.register_buffer(f"{name}_penalty", torch.empty(table.shape), persistent=False)
        self.transition = nn.Parameter(torch.empty(n_labels, n_labels))
        self.start = nn.Parameter(torch.empty(n_labels))
        self.end = nn.Parameter(torch.empty(n_labels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Let every label follow every other, unless that is not allowed."""
        for parameter in self.parameters():
            nn.init.zeros_(parameter)
        for name, table in zip(_PARTS, self._allowed or (), strict=False):
            penalty = np.where(table, 0.0, IMPOSSIBLE)
            self.get_buffer(f"{name}_penalty").copy_(torch.from_numpy(penalty))

    def parts(self) -> tuple[Tensor, ...]:
        """Return transitions, start and end, with IMPOSSIBLE for what is not allowed."""
        parts = tuple(self.get_parameter(name) for name in _PARTS)
        if self._allowed is None:
            return parts
        penalties = (self.get_buffer(f"{name}_penalty") for name in _PARTS)
        return tuple(part + penalty for part, penalty in zip(parts, penalties, strict=True))

    def to_numpy(self) -> tuple[np.ndarray, ...]:
        """Return transitions, start and end as arrays."""
        return tuple(part.detach().cpu().numpy() for part in self.parts())

    def forward(self, scores: Tensor) -> ChainScores:
        """Put the scores of timesteps and those of the chain together.

        Parameters
        ----------
        scores : Tensor of shape (n_samples, n_timesteps, n_labels)
            Anything finite past the end of each sequence.
        """
        return ChainScores(scores, *self.parts())


class _Messages(torch.autograd.Function):
    """The scores of all labels before a timestep, summed for each label of that timestep.

    As a function of its own, as the gradient is computed from the messages: autograd by itself
    would hold the pairs of labels of all timesteps.
    """

    @staticmethod
    def forward(ctx: Any, first: Tensor, scores: Tensor, transition: Tensor) -> Tensor:
        n_timesteps = len(scores)
        messages = torch.empty_like(scores)
        ctx.is_compiled = _is_very_long(scores)
        if ctx.is_compiled:
            arrays = (first, scores, transition, messages)
            _kernels.pass_messages(*(part.detach().contiguous().numpy() for part in arrays))
            ctx.save_for_backward(scores, transition, messages)
            return messages
        messages[0] = first
        for step in range(1, n_timesteps):
            reached = messages[step - 1] + scores[step - 1]
            for rows in _blocks(scores):
                pairs = reached[rows, :, None] + transition
                largest = pairs.amax(dim=1, keepdim=True)
                total = _exp_(pairs.sub_(largest)).sum(dim=1)
                messages[step, rows] = total.log_().add_(largest[:, 0])
        ctx.save_for_backward(scores, transition, messages)
        return messages

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_messages: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scores, transition, messages = ctx.saved_tensors
        d_scores = torch.zeros_like(scores)
        d_transition = torch.zeros_like(transition)
        if ctx.is_compiled:
            sums = np.zeros(transition.shape)
            given = (scores, transition, messages, d_messages.contiguous(), d_scores)
            _kernels.pass_messages_back(*(part.detach().numpy() for part in given), sums)
            d_transition += torch.from_numpy(sums)
            return (d_messages[0] + d_scores[0]).sum(dim=0), d_scores, d_transition
        for step in range(len(scores) - 1, 0, -1):
            # a message is passed on together with the scores of its timestep.
            d_message = d_messages[step] + d_scores[step]
            reached = messages[step - 1] + scores[step - 1]
            for rows in _blocks(scores):
                pairs = reached[rows, :, None] + transition
                _exp_(pairs.sub_(messages[step, rows, None])).mul_(d_message[rows, None])
                torch.sum(pairs, dim=2, out=d_scores[step - 1, rows])
                d_transition += pairs.sum(dim=0)
        return (d_messages[0] + d_scores[0]).sum(dim=0), d_scores, d_transition


def _is_very_long(scores: Tensor) -> bool:
    """Whether messages are computed in compiled code."""
    n_timesteps, n_samples, n_labels = scores.shape
    has_few_pairs = n_samples * n_labels**2 <= _FEW_PAIRS
    return n_timesteps > _VERY_MANY_STEPS and has_few_pairs and _kernels.can_run_fused(scores, [])


def _exp_(values: Tensor) -> Tensor:
    """Put the exponential function in the place of its arguments.

    On a CPU, torch's ``exp`` takes a hundred times as long for all that is rounded to 0, such as
    the share of a label that is ruled out; ``exp2`` does not.
    """
    return values.mul_(_LOG2_E).exp2_()


def _blocks(scores: Tensor) -> list[slice]:
    """Return the samples of a timestep whose pairs of labels are computed at once."""
    n_samples, n_labels = scores.shape[1:]
    most = _MOST_PAIRS.get(scores.device.type, _MOST_PAIRS_ELSEWHERE)
    size = max(1, most // n_labels**2)
    return [slice(first, first + size) for first in range(0, n_samples, size)]


def _messages(first: Tensor, scores: Tensor, transition: Tensor) -> Tensor:
    r"""Return the messages that pass along the timesteps, of the shape of ``scores``.

    .. math:: m_1 = first, \quad m_{t+1}(j) = \log \sum_i \exp(m_t(i) + s_{t, i} + A_{ij})
    """
    by_step = scores.transpose(0, 1).contiguous()
    return _Messages.apply(first, by_step, transition.contiguous()).transpose(0, 1)


def _backward_messages(chain: ChainScores, lengths: Tensor) -> Tensor:
    """Return the messages from the last label of each sequence back to its first."""
    steps = torch.arange(chain.shape[1], device=lengths.device)
    ahead = lengths[:, None] - 1 - steps
    mirrored = torch.where(ahead >= 0, ahead, steps)[..., None].expand(chain.shape)
    scores = chain.scores.gather(1, mirrored)
    return _messages(chain.end, scores, chain.transition.T).gather(1, mirrored)


def label_scores(chain: ChainScores, lengths: Tensor) -> Tensor:
    r"""Return the log of the sum over all label sequences with a label at a timestep.

    Less :math:`\log Z`, that is the log-probability of the label there.

    Parameters
    ----------
    chain : ChainScores
    lengths : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples, n_timesteps, n_labels)
    """
    forward = _messages(chain.start, chain.scores, chain.transition)
    return forward + chain.scores + _backward_messages(chain, lengths)


def log_partition(chain: ChainScores, lengths: Tensor) -> Tensor:
    r"""Return :math:`\log Z`, the log of the sum over all label sequences.

    Parameters
    ----------
    chain : ChainScores
    lengths : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples,)
    """
    forward = _messages(chain.start, chain.scores, chain.transition)
    last = (lengths - 1)[:, None, None].expand(-1, 1, chain.shape[2])
    reached = forward.gather(1, last) + chain.scores.gather(1, last)
    return torch.logsumexp(reached[:, 0] + chain.end, dim=1)


def path_score(chain: ChainScores, labels: Tensor, lengths: Tensor) -> Tensor:
    """Return the scores of given label sequences.

    Parameters
    ----------
    chain : ChainScores
    labels : Tensor of int64, shape (n_samples, n_timesteps)
        Anything after the lengths.
    lengths : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples,)
    """
    labels = labels.clamp(min=0)
    last = labels.gather(1, (lengths - 1)[:, None])[:, 0]
    steps = chain.scores.gather(2, labels[..., None])[..., 0]
    pairs = chain.transition[labels[:, :-1], labels[:, 1:]]
    along = steps + nn.functional.pad(pairs, (1, 0))
    is_valid = torch.arange(labels.shape[1], device=labels.device) < lengths[:, None]
    inner = torch.where(is_valid, along, 0.0).sum(dim=1)
    return chain.start[labels[:, 0]] + inner + chain.end[last]


def label_log_likelihoods(chain: ChainScores, labels: Tensor, lengths: Tensor) -> Tensor:
    r"""Return :math:`\log p(y_t \mid y_{<t}, x)` for each timestep; 0 where there is no label.

    The sum over the timesteps of a sample is the log-likelihood of its labels, summed over
    everything that the labels of the other timesteps may be. Messages forward are restricted to the
    labels up to a timestep, and those backward are free, so that both together give
    :math:`\log p(y_{\le t} \mid x) + \log Z`.

    Parameters
    ----------
    chain : ChainScores
    labels : Tensor of int64, shape (n_samples, n_timesteps)
        Negative where there is no label; anything after the lengths.
    lengths : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples, n_timesteps)
    """
    steps = torch.arange(labels.shape[1], device=labels.device)
    is_labelled = (labels >= 0) & (steps < lengths[:, None])
    every_label = torch.arange(chain.shape[2], device=labels.device)
    is_possible = ~is_labelled[..., None] | (labels[..., None] == every_label)
    scores = torch.where(is_possible, chain.scores, IMPOSSIBLE)
    forward = _messages(chain.start, scores, chain.transition)
    backward = _backward_messages(chain, lengths)
    log_z = torch.logsumexp(chain.start + chain.scores[:, 0] + backward[:, 0], dim=1)
    so_far = torch.logsumexp(forward + scores + backward, dim=2)
    before = torch.cat([log_z[:, None], so_far[:, :-1]], dim=1)
    return torch.where(is_labelled, so_far - before, 0.0)
