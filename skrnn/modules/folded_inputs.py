"""Segments of very long sequences, folded again whenever they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from skrnn.modules.embedding import SegmentEmbedding

if TYPE_CHECKING:
    from skrnn._kernels.stretch_windows import Window

__all__ = ["FoldedInputs"]

# How many segments before and after those that are read have a share in them.
_NEIGHBOURS = 2


class FoldedInputs:
    """What a layer reads of sequences whose timesteps are folded, a window at a time.

    A window is folded from its own timesteps and those next to it, so that neither the segments of
    all timesteps nor what they are computed from is held.

    Parameters
    ----------
    segments : SegmentEmbedding
    vectors : callable
        Returns the vectors of timesteps, shape (n_samples, n, width), differentiable: it is called
        with an index of samples and timesteps, and with ``weights``.
    weights : list of Tensor
        What the vectors are computed from, besides the data.
    lengths : ndarray of int64, shape (n_samples,)
        Timesteps of each sample.
    """

    def __init__(
        self,
        segments: SegmentEmbedding,
        vectors: Callable[[tuple[slice, slice], list[Tensor]], Tensor],
        weights: list[Tensor],
        lengths: np.ndarray,
    ) -> None:
        n_steps = -(-int(lengths.max()) // segments.segment_length)
        self.shape = (len(lengths), n_steps, segments.output_size)
        self.tensors = [*segments.parameters(), *weights]
        self._segments, self._vectors, self._lengths = segments, vectors, lengths
        self._n_own = len(self.tensors) - len(weights)

    def _fold(self, sample: int, first: int, stop: int, tensors: list[Tensor]) -> Tensor:
        """Return some segments of a sample, shape (stop - first, width)."""
        size = self._segments.segment_length
        begin = max(0, first - _NEIGHBOURS)
        end = min(int(self._lengths[sample]), (stop + _NEIGHBOURS) * size)
        where = slice(sample, sample + 1), slice(begin * size, end)
        vectors = self._vectors(where, tensors[self._n_own :])
        folded, _ = self._segments.fold(vectors, None, tensors[: self._n_own])
        return folded[0, first - begin : stop - begin]

    def read(self, window: Window) -> np.ndarray:
        """Return the segments of a window."""
        dtype = self.tensors[0].detach().numpy().dtype
        read = np.empty((*window.steps.shape, self.shape[2]), dtype)
        with torch.no_grad():
            for sample in np.unique(window.samples).tolist():
                rows = window.samples == sample
                steps = window.steps[rows]
                first, stop = int(steps.min()), int(steps.max()) + 1
                folded = self._fold(sample, first, stop, self.tensors)
                read[rows] = folded.numpy()[steps - first]
        return read

    def add_gradient(self, window: Window, d_inputs: np.ndarray, sums: list[np.ndarray]) -> None:
        """Add the gradients of a window's segments to those of the weights."""
        for row, sample in enumerate(window.samples.tolist()):
            steps = window.steps[row, : window.lengths[row]]
            first, stop = int(steps.min()), int(steps.max()) + 1
            d_folded = np.empty((stop - first, d_inputs.shape[2]), d_inputs.dtype)
            d_folded[steps - first] = d_inputs[row, : len(steps)]
            with torch.enable_grad():
                tensors = [tensor.detach().requires_grad_() for tensor in self.tensors]
                folded = self._fold(sample, first, stop, tensors)
                # of a sum, as torch imports sympy, 30 MB, to look at the shape of a gradient.
                total = (folded * torch.from_numpy(d_folded)).sum()
                gradients = torch.autograd.grad(total, tensors)
            for so_far, gradient in zip(sums, gradients, strict=True):
                so_far += gradient.numpy()

    def whole(self, *tensors: Tensor) -> Tensor:
        """Return all segments."""
        own, weights = list(tensors[: self._n_own]), list(tensors[self._n_own :])
        vectors = self._vectors((slice(None), slice(None)), weights)
        return self._segments.fold(vectors, torch.from_numpy(self._lengths), own)[0]
