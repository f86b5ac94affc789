"""The best weights so far, in memory."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["KeptWeights"]


class KeptWeights:
    """A copy, in memory, of the weights of the best epoch so far."""

    def __init__(self, module: torch.nn.Module) -> None:
        self._module = module
        self._copies: list[Tensor] | None = None
        self.epoch: int | None = None

    def keep(self, epoch: int) -> None:
        """Copy the live weights. An interruption leaves the earlier copy whole."""
        copies = [tensor.clone() for tensor in self._live()]
        self._copies, self.epoch = copies, epoch

    def restore(self) -> None:
        """Write the copy back into the live weights, if there is one."""
        if self._copies is not None:
            with torch.no_grad():
                for copied, live in zip(self._copies, self._live(), strict=True):
                    live.copy_(copied)

    def _live(self) -> list[Tensor]:
        # asked for every time: on a GPU weights may move to another place when they are first used.
        return list(self._module.state_dict().values())
