"""Input noise that draws from a generator of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["SeededNoise"]


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
        """Disturb ``x`` of shape (n_samples, n_timesteps, n_inputs), but not behind the lengths."""
        if not self.training or self.scale == 0:
            return x
        noise = torch.empty_like(x).normal_(0.0, self.scale, generator=self.generator)
        if self.n_exact:
            noise[:, :, -self.n_exact :] = 0.0
        if lengths is not None:
            steps = torch.arange(x.shape[1], device=x.device)
            noise *= (steps < lengths[:, None])[:, :, None]
        return x + noise
