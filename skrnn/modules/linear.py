"""A linear layer whose rows do not depend on one another, down to their bits."""

from __future__ import annotations

from torch import Tensor, nn

from skrnn import _kernels

__all__ = ["RowwiseLinear"]


class RowwiseLinear(nn.Linear):
    """``torch.nn.Linear`` computed by the compiled kernels, where they can.

    torch's own product gives a row other bits beside other rows, and uses one thread here.

    Examples
    --------
    >>> import torch
    >>> layer = RowwiseLinear(2, 3)
    >>> layer(torch.ones(4, 2)).shape
    torch.Size([4, 3])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input @ weight.T + bias``, shape (..., out_features)."""
        bias = self.weight.new_zeros(self.out_features) if self.bias is None else self.bias
        return _kernels.linear(input, self.weight, bias)
