"""Sequences with a target for every timestep, and outputs likewise."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from skrnn._batching import Batch, TrainingData
from skrnn._sequences import JaggedSequences, rows_of

__all__ = ["NO_LABEL", "TimestepData"]

# What stands behind a sequence's labels: torch's losses leave it out.
NO_LABEL = -100


class TimestepData(TrainingData):
    """Sequences whose targets and outputs belong to their timesteps, laid end to end.

    Parameters
    ----------
    inputs : JaggedSequences
        What the network reads: prepared measurements or token ids.
    device : torch.device
        Where the tensors live.
    y : ndarray of int64, shape (sum of lengths,), or None
        Class indices of the timesteps of sample 0, then those of sample 1, and so on.
    weight : ndarray of shape (n_samples,) or None
        Sample weights.
    """

    def __init__(
        self,
        inputs: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> None:
        super().__init__(inputs, device, y, weight)
        self.numpy_starts = inputs.starts
        if self.y is not None:
            if self.is_ragged:
                # The last one is what padding is gathered from, as in the values.
                self._labels = torch.cat([self.y, self.y.new_full((1,), NO_LABEL)])
            else:
                self._labels = self.y.reshape(len(self), -1)

    def batch(self, samples: Tensor) -> Batch:
        """Gather the given samples; ``y`` has shape (n_samples, n_timesteps)."""
        lengths = None
        rows = samples
        if self.is_ragged:
            rows, lengths = self._padded_rows(samples)
        y = None if self.y is None else self._labels[rows]
        weight = None if self.weight is None else self.weight[samples]
        return Batch((self.values[rows], lengths), y, weight)

    def unpad(self, output: Tensor, samples: np.ndarray) -> tuple[Tensor, np.ndarray]:
        """Return the outputs of valid timesteps, and where they stand when laid end to end.

        Parameters
        ----------
        output : Tensor of shape (n_samples, n_timesteps, ...)
        samples : ndarray of int64, shape (n_samples,)
            Which samples they are of.

        Returns
        -------
        rows : Tensor of shape (sum of the samples' lengths, ...)
        positions : ndarray of int64, shape (sum of the samples' lengths,)
        """
        positions = rows_of(samples, self.numpy_starts, self.numpy_lengths)
        if not self.is_ragged:
            return output.flatten(0, 1), positions
        valid = np.arange(output.shape[1]) < self.numpy_lengths[samples][:, None]
        return output[torch.from_numpy(valid).to(output.device)], positions
