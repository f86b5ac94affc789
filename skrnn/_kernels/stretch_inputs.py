"""What a layer reads in stretches of time: an array, or vectors of tokens that are not held."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.stretch_windows import Window, add_rows, add_token_rows

__all__ = ["HeldInputs", "HeldMask", "TokenInputs"]


class HeldMask(Protocol):
    """Factors of all timesteps, such as those of dropout, that take little memory."""

    def read(self, places: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Return the factors at places in (n_samples, n_timesteps), shape (*places, width)."""

    def whole(self) -> Tensor:
        """Return all factors, shape (n_samples, n_timesteps, width)."""


class HeldInputs:
    """Inputs that are there already.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_timesteps, n_features)
    """

    def __init__(self, x: Tensor) -> None:
        n_samples, n_timesteps, n_features = x.shape
        self.shape = (n_samples, n_timesteps, n_features)
        self.tensors = [x]
        self._values = x.detach().contiguous().numpy()

    def read(self, window: Window) -> np.ndarray:
        """Return the inputs of a window."""
        values: np.ndarray = self._values[window.places]
        return values

    def add_gradient(self, window: Window, d_inputs: np.ndarray, sums: list[np.ndarray]) -> None:
        """Add the gradients of a window's inputs."""
        add_rows(d_inputs, window.samples, window.steps, window.lengths, True, sums[0])

    def whole(self, *tensors: Tensor) -> Tensor:
        """Return all inputs."""
        return tensors[0]


class TokenInputs:
    """The vectors of tokens, summed over the ids of a timestep.

    Parameters
    ----------
    ids : Tensor of int64, shape (n_samples, n_timesteps) or (n_samples, n_timesteps, n_ids)
    weight : Tensor of shape (n_tokens, width)
        The vector of each token. That of ``padding`` is 0 and stays so.
    padding : int
    mask : HeldMask or None
        What the vectors of timesteps are multiplied by.
    """

    def __init__(self, ids: Tensor, weight: Tensor, padding: int, mask: HeldMask | None) -> None:
        self.shape = (ids.shape[0], ids.shape[1], weight.shape[1])
        self.tensors = [weight]
        self._ids = ids.reshape(*ids.shape[:2], -1).numpy()
        self._weight, self._padding, self._mask = weight.detach().numpy(), padding, mask

    def read(self, window: Window) -> np.ndarray:
        """Return the vectors of a window."""
        ids = self._ids[window.places]
        vectors: np.ndarray = self._weight[ids[..., 0]]
        for number in range(1, ids.shape[2]):
            vectors += self._weight[ids[..., number]]
        return vectors if self._mask is None else vectors * self._mask.read(window.places)

    def add_gradient(self, window: Window, d_inputs: np.ndarray, sums: list[np.ndarray]) -> None:
        """Add the gradients of a window's vectors to those of the tokens."""
        if self._mask is not None:
            d_inputs = d_inputs * self._mask.read(window.places)
        add_token_rows(d_inputs, self._ids[window.places], window.lengths, sums[0])
        sums[0][self._padding] = 0

    def whole(self, *tensors: Tensor) -> Tensor:
        """Return the vectors of all timesteps."""
        ids = torch.from_numpy(self._ids)
        vectors = torch.nn.functional.embedding(ids, tensors[0], padding_idx=self._padding).sum(2)
        return vectors if self._mask is None else vectors * self._mask.whole()
