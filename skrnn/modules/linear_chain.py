r"""A linear chain of labels: how probable is a whole label sequence.

Everything here is a function of potentials, the scores of a step from one label to the next,

.. math:: \psi_t(i, j) = A_{ij} + s_{tj},

with :math:`A` the transitions and :math:`s_t` the scores of timestep :math:`t`. The first step has
the start's scores in place of transitions, and the last valid one the end's on top. A sequence of
labels :math:`y` has probability :math:`\exp(\sum_t \psi_t(y_{t-1}, y_t)) / Z` (Lafferty et al.,
2001, "Conditional Random Fields").
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["IMPOSSIBLE", "LabelChain", "label_log_likelihoods", "log_partition", "path_score"]

# The score of what cannot be. Minus infinity would make the gradients of its sums NaN.
IMPOSSIBLE = -1e30

_PARTS = ("transition", "start", "end")


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
    >>> chain.potentials(torch.zeros(2, 5, 3)).shape
    torch.Size([2, 5, 3, 3])
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

    def potentials(self, scores: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the potentials, shape (n_samples, n_timesteps, n_labels, n_labels).

        Parameters
        ----------
        scores : Tensor of shape (n_samples, n_timesteps, n_labels)
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid timesteps; None when all samples are ``n_timesteps`` long.
        """
        n_timesteps, n_labels = scores.shape[1:]
        transition, first, last = self.parts()
        start = first.expand(1, n_labels, n_labels)
        steps = transition.expand(n_timesteps - 1, n_labels, n_labels)
        from_label = torch.cat([start, steps])
        if lengths is None:
            is_last = torch.arange(n_timesteps, device=scores.device) == n_timesteps - 1
        else:
            is_last = torch.arange(n_timesteps, device=scores.device) == lengths[:, None] - 1
        scores = torch.where(is_last[..., None], scores + last, scores)
        return from_label + scores[:, :, None, :]


def log_partition(potentials: Tensor, lengths: Tensor) -> Tensor:
    r"""Return :math:`\log Z`, summed over all label sequences by the forward recurrence.

    .. math:: \alpha_t(j) = \log \sum_i \exp(\alpha_{t-1}(i) + \psi_t(i, j))

    Parameters
    ----------
    potentials : Tensor of shape (n_samples, n_timesteps, n_labels, n_labels)
    lengths : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples,)
    """
    first, *others = potentials.unbind(dim=1)
    alpha = first[:, 0]
    for step, psi in enumerate(others, start=1):
        reached = torch.logsumexp(alpha[:, :, None] + psi, dim=1)
        alpha = torch.where((step < lengths)[:, None], reached, alpha)
    return torch.logsumexp(alpha, dim=1)


def path_score(potentials: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
    """Return the sum of the potentials along given label sequences.

    Parameters
    ----------
    potentials : Tensor of shape (n_samples, n_timesteps, n_labels, n_labels)
    labels : Tensor of int64, shape (n_samples, n_timesteps)
        Anything after the lengths.
    lengths : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples,)
    """
    n_labels = potentials.shape[-1]
    labels = labels.clamp(min=0)
    before = nn.functional.pad(labels[:, :-1], (1, 0))
    along = potentials.flatten(2).gather(2, (before * n_labels + labels)[..., None])[..., 0]
    steps = torch.arange(labels.shape[1], device=labels.device)
    return torch.where(steps < lengths[:, None], along, 0.0).sum(dim=1)


def label_log_likelihoods(potentials: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
    r"""Return :math:`\log p(y_t \mid y_{<t}, x)` for each timestep; 0 where there is no label.

    The sum over the timesteps of a sample is the log-likelihood of its labels, summed over
    everything that the labels of the other timesteps may be. With :math:`\alpha` restricted to the
    labels up to a timestep and :math:`\beta` free,

    .. math:: \log p(y_{\le t} \mid x)
        = \log \sum_j \exp(\alpha_t(j) + \beta_t(j)) - \log Z.

    Parameters
    ----------
    potentials : Tensor of shape (n_samples, n_timesteps, n_labels, n_labels)
    labels : Tensor of int64, shape (n_samples, n_timesteps)
        Negative where there is no label; anything after the lengths.
    lengths : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples, n_timesteps)
    """
    steps = torch.arange(labels.shape[1], device=labels.device)
    is_labelled = (labels >= 0) & (steps < lengths[:, None])
    backward = _backward(potentials, lengths)
    every_label = torch.arange(potentials.shape[-1], device=labels.device)
    is_possible = ~is_labelled[..., None] | (labels[..., None] == every_label)
    first, *others = potentials.unbind(dim=1)
    alpha = first[:, 0]
    before = torch.logsumexp(alpha + backward[0], dim=1)
    found = []
    for step, beta in enumerate(backward):
        if step:
            alpha = torch.logsumexp(alpha[:, :, None] + others[step - 1], dim=1)
        alpha = torch.where(is_possible[:, step], alpha, IMPOSSIBLE)
        here = torch.logsumexp(alpha + beta, dim=1)
        found.append(torch.where(is_labelled[:, step], here - before, 0.0))
        before = torch.where(is_labelled[:, step], here, before)
    return torch.stack(found, dim=1)


def _backward(potentials: Tensor, lengths: Tensor) -> list[Tensor]:
    r"""Return :math:`\beta_t` of each step, 0 from the last valid timestep on.

    .. math:: \beta_t(i) = \log \sum_j \exp(\psi_{t+1}(i, j) + \beta_{t+1}(j))
    """
    beta = torch.zeros_like(potentials[:, 0, 0])
    backward = [beta]
    for step in range(potentials.shape[1] - 1, 0, -1):
        reached = torch.logsumexp(potentials[:, step] + beta[:, None, :], dim=2)
        beta = torch.where((step < lengths)[:, None], reached, beta)
        backward.append(beta)
    return backward[::-1]
