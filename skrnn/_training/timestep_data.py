"""Sequences with an output for every step, and those with a target for every timestep."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._input.jagged import JaggedSequences, rows_of
from skrnn._training.batching import Batch, TrainingData
from skrnn.modules.losses import NO_LABEL, UNLABELLED

__all__ = ["StepwiseData", "TimestepData"]


class StepwiseData(TrainingData):
    """Sequences whose outputs belong to their steps, laid end to end.

    Parameters
    ----------
    inputs : JaggedSequences
        What the network reads: prepared measurements or token ids.
    device : torch.device
        Where the tensors live.
    y : ndarray or None
        Targets.
    weight : ndarray of shape (n_samples,) or None
        Sample weights.
    segment_length : int, default=1
        Timesteps of a step.
    **settings
        As for :class:`TrainingData`.

    Attributes
    ----------
    n_steps : ndarray of int64, shape (n_samples,)
        Steps of each sample.
    is_labelled : ndarray of bool, shape (sum of steps,), or None
        Which steps have a target to score outputs with; None if all.
    """

    is_labelled: np.ndarray | None = None

    def __init__(
        self,
        inputs: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
        *,
        segment_length: int = 1,
        **settings: Any,
    ) -> None:
        super().__init__(inputs, device, y, weight, **settings)
        self.n_steps = -(-inputs.lengths // segment_length)
        self._starts = np.cumsum(self.n_steps) - self.n_steps

    def unpad(self, output: Tensor, samples: np.ndarray) -> tuple[Tensor, np.ndarray]:
        """Return the outputs of valid steps, and where they stand when laid end to end.

        Parameters
        ----------
        output : Tensor of shape (n_samples, n_steps, ...)
        samples : ndarray of int64, shape (n_samples,)
            Which samples they are of.

        Returns
        -------
        rows : Tensor of shape (sum of the samples' steps, ...)
        positions : ndarray of int64, shape (sum of the samples' steps,)
        """
        positions = rows_of(samples, self._starts, self.n_steps)
        if not self.is_ragged:
            return output.flatten(0, 1), positions
        valid = np.arange(output.shape[1]) < self.n_steps[samples][:, None]
        return output[torch.from_numpy(valid).to(output.device)], positions


class TimestepData(StepwiseData):
    """Sequences with a target for every timestep, laid end to end.

    Parameters
    ----------
    inputs : JaggedSequences
        What the network reads: prepared measurements or token ids.
    device : torch.device
        Where the tensors live.
    y : ndarray of int64, shape (sum of lengths,), or None
        Class indices of the timesteps of sample 0, then those of sample 1, and so on; UNLABELLED
        where there is none.
    weight : ndarray of shape (n_samples,) or (sum of lengths,), or None
        Weights of samples, or of timesteps. Those of timesteps sum to 1 in a sample, on average.
    **settings
        As for :class:`TrainingData`.
    """

    def __init__(
        self,
        inputs: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(inputs, device, y, weight, **settings)
        if y is not None and (y == UNLABELLED).any():
            self.is_labelled = y != UNLABELLED
        # a row of each sample, or one of each timestep with what padding reads at the end.
        self._labels = None if self.y is None else self._by_timestep(self.y, NO_LABEL)
        self._step_weight = None
        if self.weight is not None and len(self.weight) != len(self):
            self._step_weight = self._by_timestep(self.weight, 0)

    def _by_timestep(self, steps: Tensor, padding: float) -> Tensor:
        if self.is_ragged:
            return torch.cat([steps, steps.new_full((1,), padding)])
        return steps.reshape(len(self), -1)

    def batch(self, numbers: np.ndarray, samples: Tensor | None = None) -> Batch:
        """Gather the given samples; ``y`` has shape (n_samples, n_timesteps).

        So have weights of timesteps, those of samples (n_samples,).
        """
        samples = self._on_device(numbers) if samples is None else samples
        lengths = None
        rows = samples
        if self.is_ragged:
            rows, lengths = self._padded_rows(numbers, samples)
        y = None if self._labels is None else self._labels[rows]
        weight = None if self.weight is None else self.weight[samples]
        if self._step_weight is not None:
            weight = self._step_weight[rows]
        values, _ = self._rows_of(numbers, samples)
        return Batch((values, lengths), y, weight)
