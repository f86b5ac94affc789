"""Noise of inputs, measurements or token ids, that draws from a generator of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skrnn._input.tokens import PADDING_TOKEN, UNKNOWN_TOKEN

__all__ = ["SeededNoise", "UnknownTokens"]


class SeededNoise(nn.Module):
    """Adds Gaussian noise in training, the same in expectation as a penalty on steep answers.

    Parameters
    ----------
    scale : float, default=0.0
        Standard deviation of the noise, in the unit of the inputs.
    n_exact : int, default=0
        How many inputs, at the end, are left exact: those that say what was observed.

    Attributes
    ----------
    generator : torch.Generator or None
        Source of the noise, set by the training loop. None draws from torch's global generator.

    References
    ----------
    Bishop (1995), "Training with Noise is Equivalent to Tikhonov Regularization", Neural
    Computation 7(1).

    Examples
    --------
    >>> import torch
    >>> noise = SeededNoise(0.5).eval()
    >>> noise(torch.ones(1, 2, 1))
    tensor([[[1.],
             [1.]]])
    """

    generator: torch.Generator | None

    def __init__(self, scale: float = 0.0, n_exact: int = 0) -> None:
        super().__init__()
        self.scale = scale
        self.n_exact = n_exact
        self.generator = None

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Disturb ``x`` of shape (n_samples, n_timesteps, n_inputs), but not after the lengths."""
        if not self.training or self.scale == 0:
            return x
        noise = torch.empty_like(x).normal_(0.0, self.scale, generator=self.generator)
        if self.n_exact:
            noise[:, :, -self.n_exact :] = 0.0
        if lengths is not None:
            steps = torch.arange(x.shape[1], device=x.device)
            noise *= (steps < lengths[:, None])[:, :, None]
        return x + noise


class UnknownTokens(nn.Module):
    """Reads some of the tokens as unknown in training.

    No single word can then decide an answer alone, and the vector of the unknown token learns what
    to make of a word that training did not show.

    Parameters
    ----------
    share : float, default=0.0
        Probability, in [0, 1), that the id of a token becomes 1.

    Attributes
    ----------
    generator : torch.Generator or None
        As of :class:`SeededNoise`.

    References
    ----------
    Iyyer et al. (2015), "Deep Unordered Composition Rivals Syntactic Methods for Text
    Classification", ACL.

    Examples
    --------
    >>> import torch
    >>> noise = UnknownTokens(0.5).eval()
    >>> noise(torch.tensor([[4, 2, 0]]))
    tensor([[4, 2, 0]])
    """

    generator: torch.Generator | None

    def __init__(self, share: float = 0.0) -> None:
        super().__init__()
        self.share = share
        self.generator = None

    def forward(self, ids: Tensor) -> Tensor:
        """Disturb ids of shape (n_samples, n_timesteps) or (n_samples, n_timesteps, n_ids).

        Of several ids at a timestep the first is the token's own. The others stay: of an unknown
        word, too, the beginning and the ending are seen. Where there is no token, none is put.
        """
        if not self.training or self.share == 0:
            return ids
        own = ids if ids.ndim == 2 else ids[:, :, 0]
        draws = torch.empty(own.shape, dtype=torch.float32, device=ids.device)
        draws.uniform_(generator=self.generator)
        own = torch.where((draws < self.share) & (own != PADDING_TOKEN), UNKNOWN_TOKEN, own)
        return own if ids.ndim == 2 else torch.cat([own[:, :, None], ids[:, :, 1:]], dim=2)
