"""Dropout that draws from a generator of its own, at every timestep or once for all of them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["HeldDropout", "SeededDropout", "VariationalDropout"]

# Numbers that are drawn at once for a mask that is held as bits.
_MOST_DRAWS = 1 << 14


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

    def held(self, shape: tuple[int, int, int], dtype: torch.dtype) -> HeldDropout | None:
        """Draw the mask of ``forward`` for an x of this shape; None for the identity."""
        if not self.training or self.p == 0:
            return None
        n_samples, n_timesteps, width = shape
        bits = np.empty((n_samples * n_timesteps, -(-width // 8)), np.uint8)
        size = max(1, _MOST_DRAWS // width)
        for first in range(0, len(bits), size):
            rows = bits[first : first + size]
            draws = torch.empty(len(rows), width, dtype=dtype).uniform_(generator=self.generator)
            rows[:] = np.packbits(draws.ge_(self.p).numpy().astype(bool), axis=1)
        return HeldDropout(bits.reshape(n_samples, n_timesteps, -1), width, 1.0 - self.p)


class HeldDropout:
    """A mask of dropout that takes a bit for each element.

    Parameters
    ----------
    bits : ndarray of uint8, shape (n_samples, n_timesteps, ceil(width / 8))
        Which elements are kept, as ``numpy.packbits`` packs them.
    width : int
        Elements of a timestep.
    keep : float
        Share of the elements that are kept.

    Examples
    --------
    >>> import numpy as np
    >>> HeldDropout(np.array([[[0b10100000]]], np.uint8), 3, 0.5).whole()
    tensor([[[2., 0., 2.]]])
    """

    def __init__(self, bits: np.ndarray, width: int, keep: float) -> None:
        self._bits, self._width, self._keep = bits, width, keep

    def read(self, places: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Return the factors at places in (n_samples, n_timesteps), shape (*places, width)."""
        return self._factors(self._bits[places])

    def part(self, where: tuple[slice, slice]) -> Tensor:
        """Return the factors of a range of samples and timesteps."""
        return torch.from_numpy(self._factors(self._bits[where]))

    def whole(self) -> Tensor:
        """Return all factors, shape (n_samples, n_timesteps, width)."""
        return self.part((slice(None), slice(None)))

    def _factors(self, bits: np.ndarray) -> np.ndarray:
        kept = np.unpackbits(bits, axis=-1, count=self._width)
        factors: np.ndarray = kept.astype(np.float32) / np.float32(self._keep)
        return factors


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
