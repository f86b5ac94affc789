"""Losses that return one value per sample, so that samples can be weighted."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["LOSSES", "NO_LABEL", "UNLABELLED", "PerSampleLoss"]

# Label of padding, which torch's losses ignore.
NO_LABEL = -100

# Label of a timestep whose label is not known, or does not count.
UNLABELLED = -1


def _cross_entropy(output: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(output, target, reduction="none")


def _binary_cross_entropy(output: Tensor, target: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(output, target, reduction="none").mean(dim=1)


def _mse(output: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(output, target, reduction="none").mean(dim=1)


def _mae(output: Tensor, target: Tensor) -> Tensor:
    return F.l1_loss(output, target, reduction="none").mean(dim=1)


def _huber(output: Tensor, target: Tensor) -> Tensor:
    return F.huber_loss(output, target, reduction="none").mean(dim=1)


def _given(output: Tensor, target: Tensor) -> Tensor:
    # a network that is called with its targets returns the losses itself.
    return output


LOSSES = {
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": _binary_cross_entropy,
    "mse": _mse,
    "mae": _mae,
    "huber": _huber,
    "given": _given,
}


class PerSampleLoss(nn.Module):
    """The loss of each sample, averaged over its outputs.

    Parameters
    ----------
    name : {"cross_entropy", "binary_cross_entropy", "mse", "mae", "huber", "given"}
        "cross_entropy" takes class scores and class indices; "binary_cross_entropy" label scores
        and 0/1 indicators, averaged over labels; the others targets on the standardised scale.
        "huber" turns from squared to absolute error at one standard deviation. "given" returns the
        outputs: a network whose outputs would not fit in memory returns losses.

    References
    ----------
    Huber (1964), "Robust Estimation of a Location Parameter".

    Examples
    --------
    >>> import torch
    >>> PerSampleLoss("mae")(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 0.0]]))
    tensor([1.5000])
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the losses, shape (n_samples,)."""
        return LOSSES[self.name](output, target)

    def mean(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the mean of the losses; with the same gradient, in one step if torch has one."""
        if self.name == "cross_entropy":
            return F.cross_entropy(output, target)
        return self(output, target).mean()
