"""From a hidden state to the probability of the next token."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skrnn import _kernels
from skrnn.modules.linear import RowwiseLinear

__all__ = ["AdaptiveTokenOutput", "TokenOutput"]


class TokenOutput(nn.Module):
    """One score for each token: a softmax over the whole vocabulary.

    Parameters
    ----------
    input_size : int
        Width of what is read.
    n_tokens : int
        Number of tokens.
    is_tied : bool, default=False
        Whether the weights are those of the token embedding, which then are passed in every call
        (Press and Wolf, 2017).

    Examples
    --------
    >>> import torch
    >>> output = TokenOutput(3, 5)
    >>> output.losses(torch.zeros(2, 3), torch.tensor([0, 4])).shape
    torch.Size([2])
    """

    def __init__(self, input_size: int, n_tokens: int, *, is_tied: bool = False) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_tokens))
        self.weight = None if is_tied else nn.Parameter(torch.empty(n_tokens, input_size))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot); biases are 0."""
        nn.init.zeros_(self.bias)
        if self.weight is not None:
            nn.init.xavier_uniform_(self.weight, generator=generator)

    def _scores(self, x: Tensor, tied: Tensor | None) -> Tensor:
        weight = self.weight if tied is None else tied
        assert weight is not None
        return _kernels.linear(x, weight, self.bias)

    def losses(self, x: Tensor, targets: Tensor, tied: Tensor | None = None) -> Tensor:
        """Return the negative log-probability of each target.

        Parameters
        ----------
        x : Tensor of shape (n_rows, input_size)
        targets : Tensor of int64, shape (n_rows,)
        tied : Tensor of shape (n_tokens, input_size), or None
            The embedding, if its weights are used.

        Returns
        -------
        Tensor of shape (n_rows,)
        """
        return nn.functional.cross_entropy(self._scores(x, tied), targets, reduction="none")

    def log_probs(self, x: Tensor, tied: Tensor | None = None) -> Tensor:
        """Return the log-probability of every token, shape (n_rows, n_tokens)."""
        return self._scores(x, tied).log_softmax(dim=1)


def _rowwise(layer: nn.Module) -> RowwiseLinear:
    assert isinstance(layer, nn.Linear)
    return RowwiseLinear(layer.in_features, layer.out_features, bias=layer.bias is not None)


class AdaptiveTokenOutput(nn.Module):
    """A softmax in which rare tokens cost less: they share a place in a first, short softmax.

    The most frequent tokens have a place of their own there. The others are told apart by smaller
    softmaxes, which are only computed where one of their tokens comes next, and from fewer
    dimensions, the fewer the rarer.

    Parameters
    ----------
    input_size : int
        Width of what is read.
    n_tokens : int
        Number of tokens; they must be numbered by falling frequency.
    cutoffs : tuple of int
        Where each group of rarer tokens begins, rising, below ``n_tokens``.

    References
    ----------
    Grave et al. (2017), "Efficient softmax approximation for GPUs".

    Examples
    --------
    >>> import torch
    >>> output = AdaptiveTokenOutput(16, 50, cutoffs=(10, 20))
    >>> bool(torch.allclose(output.log_probs(torch.ones(2, 16)).exp().sum(1), torch.ones(2)))
    True
    """

    def __init__(self, input_size: int, n_tokens: int, *, cutoffs: tuple[int, ...]) -> None:
        super().__init__()
        # a quarter of the dimensions for each group, while any is left for the last.
        divisor = 4.0 if input_size >= 4 ** len(cutoffs) else 1.0
        self.groups = nn.AdaptiveLogSoftmaxWithLoss(
            input_size, n_tokens, list(cutoffs), div_value=divisor, head_bias=True
        )
        self.groups.head = _rowwise(self.groups.head)
        for tail in self.groups.tail:
            assert isinstance(tail, nn.Sequential)
            tail[0], tail[1] = _rowwise(tail[0]), _rowwise(tail[1])

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot); biases are 0."""
        for parameter in self.groups.parameters():
            if parameter.ndim == 2:
                nn.init.xavier_uniform_(parameter, generator=generator)
            else:
                nn.init.zeros_(parameter)

    def losses(self, x: Tensor, targets: Tensor, tied: Tensor | None = None) -> Tensor:
        """Return the negative log-probability of each target, as :class:`TokenOutput` does."""
        losses: Tensor = -self.groups(x, targets).output
        return losses

    def log_probs(self, x: Tensor, tied: Tensor | None = None) -> Tensor:
        """Return the log-probability of every token, shape (n_rows, n_tokens)."""
        log_probs: Tensor = self.groups.log_prob(x)
        return log_probs
