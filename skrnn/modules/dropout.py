"""Dropout that draws from a generator of its own, at every timestep or once for all of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["SeededDropout", "VariationalDropout"]


class SeededDropout(nn.Module):
    """Dropout whose masks come from ``generator``, so that global random state is untouched.

    Parameters
    ----------
    p : float, default=0.0
        Probability that an element is set to 0 in training. The others are scaled by
        ``1 / (1 - p)``, so that the expected value stays.

    Attributes
    ----------
    generator : torch.Generator or None
        Source of the masks, set by the training loop. None draws from torch's global generator,
        as ``torch.nn.Dropout`` does.

    References
    ----------
    Srivastava et al. (2014), "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
    Journal of Machine Learning Research 15.

    Examples
    --------
    >>> import torch
    >>> dropout = SeededDropout(0.5).eval()
    >>> dropout(torch.ones(3))
    tensor([1., 1., 1.])
    """

    generator: torch.Generator | None

    def __init__(self, p: float = 0.0) -> None:
        super().__init__()
        self.p = p
        self.generator = None

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of ``x`` of any shape; the identity outside training."""
        if not self.training or self.p == 0:
            return x
        keep = 1.0 - self.p
        # bernoulli_ would take twice as long.
        mask = torch.empty_like(x).uniform_(generator=self.generator).ge_(self.p)
        return x * mask.div_(keep)


class VariationalDropout(SeededDropout):
    """Dropout with one mask for all timesteps of a sequence.

    A state that is disturbed in another way at every timestep loses what it should remember; here
    the same elements are left out from the first timestep to the last.

    Parameters
    ----------
    p : float, default=0.0
        As in :class:`SeededDropout`.

    References
    ----------
    Gal and Ghahramani (2016), "A Theoretically Grounded Application of Dropout in Recurrent Neural
    Networks", NeurIPS 29.

    Examples
    --------
    >>> import torch
    >>> dropped = VariationalDropout(0.5)(torch.ones(2, 3, 4))
    >>> bool((dropped == dropped[:, :1]).all())
    True
    """

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of ``x``, shape (n_samples, n_timesteps, width)."""
        if not self.training or self.p == 0:
            return x
        return x * super().forward(torch.ones_like(x[:, :1]))
