"""Which samples are computed together, and the padded tensors a network is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from skrnn import _kernels
from skrnn._input.jagged import JaggedSequences

__all__ = [
    *("Batch", "NetData", "TrainingData"),
    *("is_mapped", "parts_of_batch", "prediction_batches", "training_batches"),
]

# Samples are shuffled, then sorted by length within blocks of this many batches: batches hold
# samples of similar length, yet which samples meet in a batch still changes every epoch.
_BATCHES_PER_BLOCK = 4

# Rows of a prediction batch are a multiple of this where torch multiplies. Below four rows its
# products take another code path, whose last bits differ: a sample would depend on how many others
# came with it. The compiled kernels have no such path.
_ROW_MULTIPLE = 8

# A prediction batch holds at most this many samples and padded timesteps.
_MAX_PREDICTION_ROWS = 512
_MAX_PREDICTION_STEPS = 1 << 17

# One long sequence must not make a batch of short ones as large as itself many times over. What is
# computed together has at most twice as many padded timesteps as the sequences have, unless it is
# small anyway, and so many timesteps that their hidden states fit into memory.
_MAX_PADDING = 2
_FEW_STEPS = 1 << 13
_MAX_TRAINING_STEPS = 1 << 19

# Numbers that the outputs for the timesteps of a batch may take.
_MAX_OUTPUTS = 1 << 25

# Sequences of more numbers than these are prepared batch by batch to predict them.
_MANY_NUMBERS = 1 << 20


@dataclass
class Batch:
    """Samples that are computed together.

    Parameters
    ----------
    inputs : tuple of Tensor or None
        What the network is called with. Sequences: values of shape (n_samples, n_timesteps,
        n_inputs), or ids of shape (n_samples, n_timesteps) or (n_samples, n_timesteps, n_ids), 0
        behind each length; and lengths of shape (n_samples,), None when all samples are
        ``n_timesteps`` long.
    y : Tensor or None
        Targets, one row for each sample.
    weight : Tensor of shape (n_samples,) or None
        Sample weights of mean 1 over the training data.
    """

    inputs: tuple[Tensor | None, ...]
    y: Tensor | None = None
    weight: Tensor | None = None

    def __len__(self) -> int:
        assert self.inputs[0] is not None
        return len(self.inputs[0])


class NetData(Protocol):
    """What a net trains on and predicts from: it knows its samples and makes batches of them."""

    device: torch.device
    y: Tensor | None

    def __len__(self) -> int: ...

    def batch(self, numbers: np.ndarray, samples: Tensor | None = None) -> Batch:
        """Gather the samples of the given numbers.

        ``samples`` are the same numbers on ``device``, if they are already there: reading them back
        waits for the GPU.
        """

    def training_batches(self, batch_size: int, rng: np.random.Generator, /) -> list[np.ndarray]:
        """Return the samples of each batch of one epoch, about ``batch_size`` in each."""

    def parts(self, numbers: np.ndarray) -> list[np.ndarray]:
        """Return the positions in a training batch of what is computed together."""

    def prediction_batches(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield samples in full rows, and how many of them are distinct."""


class TrainingData:
    """Sequences, targets and weights as resident tensors; a batch is one gather.

    Parameters
    ----------
    inputs : JaggedSequences
        What the network reads: prepared measurements or token ids.
    device : torch.device
        Where the tensors live.
    y : ndarray or None
        Targets, one row for each sample.
    weight : ndarray of shape (n_samples,) or None
        Sample weights.
    prepare : callable or None, default=None
        Makes what the network reads of ``inputs``, if that is still to be done. Large data to
        predict, and memory-mapped data, are prepared batch by batch.
    n_outputs : int, default=1
        Numbers that the network gives for a timestep, where it gives any.
    """

    def __init__(
        self,
        inputs: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
        *,
        prepare: Callable[[JaggedSequences], JaggedSequences] | None = None,
        n_outputs: int = 1,
    ) -> None:
        self.device = device
        self.numpy_lengths = inputs.lengths
        self.is_ragged = inputs.is_ragged
        self._most_steps = max(1, _MAX_OUTPUTS // n_outputs)
        self._unprepared = None
        if prepare is not None:
            is_large = y is None and inputs.values.size > _MANY_NUMBERS
            if is_large or is_mapped(inputs.values):
                self._unprepared, self._prepare = inputs, prepare
            else:
                inputs = prepare(inputs)
        if self.is_ragged:
            self.starts = torch.from_numpy(inputs.starts).to(device)
            self.lengths = torch.from_numpy(inputs.lengths).to(device)
        if self._unprepared is None:
            self._keep(inputs.values)
        self.y = None if y is None else torch.from_numpy(np.ascontiguousarray(y)).to(device)
        self.weight = None
        if weight is not None:
            # copied: torch refuses to share memory that is not writable.
            self.weight = torch.tensor(weight, dtype=self._float_dtype(), device=device)

    def _keep(self, values: np.ndarray) -> None:
        """Put the values of all samples on the device."""
        if self.is_ragged:
            # One row of zeros at the end: what padding is gathered from.
            padding = np.zeros((1, *values.shape[1:]), dtype=values.dtype)
            values = np.concatenate([values, padding])
        else:
            values = values.reshape(len(self), -1, *values.shape[1:])
        self.values = torch.from_numpy(values).to(self.device)

    def _float_dtype(self) -> torch.dtype:
        if self.y is not None and self.y.is_floating_point():
            return self.y.dtype
        values = self.values if self._unprepared is None else self._prepared(np.array([0]))
        return values.dtype if values.is_floating_point() else torch.float32

    def _prepared(self, numbers: np.ndarray) -> Tensor:
        """Prepare the given samples, padded with 0 to the longest of them."""
        assert self._unprepared is not None
        prepared = self._prepare(self._unprepared.take(numbers))
        return torch.from_numpy(prepared.pad(fill=0)).to(self.device)

    def __len__(self) -> int:
        return len(self.numpy_lengths)

    def batch(self, numbers: np.ndarray, samples: Tensor | None = None) -> Batch:
        """Gather the given samples, padded to the longest of them."""
        samples = self._on_device(numbers) if samples is None else samples
        x, lengths = self._rows_of(numbers, samples)
        # index_select is faster than an index in brackets
        y = None if self.y is None else self.y.index_select(0, samples)
        weight = None if self.weight is None else self.weight.index_select(0, samples)
        return Batch((x, lengths), y, weight)

    def _on_device(self, numbers: np.ndarray) -> Tensor:
        return torch.from_numpy(numbers).to(self.device)

    def _rows_of(self, numbers: np.ndarray, samples: Tensor) -> tuple[Tensor, Tensor | None]:
        if self._unprepared is not None:
            values = self._prepared(numbers)
            return values, self.lengths[samples] if self.is_ragged else None
        if not self.is_ragged:
            return self.values.index_select(0, samples), None
        rows, lengths = self._padded_rows(numbers, samples)
        return self.values[rows], lengths

    def _padded_rows(self, numbers: np.ndarray, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Positions of the samples' timesteps, that of the padding behind each; and lengths."""
        lengths = self.lengths[samples]
        steps = torch.arange(int(self.numpy_lengths[numbers].max()), device=self.device)
        rows = self.starts[samples][:, None] + steps
        n_rows = int(self.numpy_lengths.sum())
        return torch.where(steps < lengths[:, None], rows, n_rows), lengths

    def training_batches(self, batch_size: int, rng: np.random.Generator, /) -> list[np.ndarray]:
        """Cut a shuffled epoch into batches of samples of similar length."""
        return training_batches(self.numpy_lengths, batch_size, rng)

    def parts(self, numbers: np.ndarray) -> list[np.ndarray]:
        """Cut a batch into parts of similar length, if its padding or its size asks for it."""
        return parts_of_batch(self.numpy_lengths[numbers], self._most_steps)

    def prediction_batches(self) -> Iterator[tuple[np.ndarray, int]]:
        """Cut samples, sorted by length, into large batches, of full rows where that matters."""
        in_kernels = _kernels.can_run_fused(torch.empty(1, device=self.device), [])
        row_multiple = 1 if in_kernels else _ROW_MULTIPLE
        return prediction_batches(self.numpy_lengths, row_multiple, self._most_steps)


def training_batches(
    lengths: np.ndarray, batch_size: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Cut a shuffled epoch into batches of samples of similar length.

    Parameters
    ----------
    lengths : ndarray of shape (n_samples,)
        Timesteps of each sample.
    batch_size : int
        Most samples in a batch. All batches are of nearly equal size.
    rng : numpy.random.Generator
        Source of the order.

    Returns
    -------
    list of ndarray of int64
        Each sample stands in exactly one batch.
    """
    order = rng.permutation(len(lengths))
    if (lengths != lengths[0]).any():
        block = batch_size * _BATCHES_PER_BLOCK
        for start in range(0, len(order), block):
            part = order[start : start + block]
            order[start : start + block] = part[np.argsort(lengths[part], kind="stable")]
    # Equal batches: a last one of two or three samples would be an update as large as the others.
    n_batches = -(-len(order) // batch_size)
    size, n_larger = divmod(len(order), n_batches)
    starts = [number * size + min(number, n_larger) for number in range(n_batches + 1)]
    return [order[starts[i] : starts[i + 1]] for i in rng.permutation(n_batches).tolist()]


def is_mapped(array: np.ndarray) -> bool:
    """Whether an array lies in a file that is mapped into memory."""
    part: object = array
    while isinstance(part, np.ndarray):
        if isinstance(part, np.memmap):
            return True
        part = part.base
    return isinstance(part, mmap)


def parts_of_batch(lengths: np.ndarray, most_steps: int = _MAX_TRAINING_STEPS) -> list[np.ndarray]:
    """Cut a batch into parts that are computed one after the other.

    A batch stays whole if padding at most doubles its timesteps, or it has few timesteps.

    Parameters
    ----------
    lengths : ndarray of shape (n_samples,)
        Timesteps of each sample of the batch.
    most_steps : int
        Padded timesteps of a part; at most 2^19.

    Returns
    -------
    list of ndarray of int64
        Positions in the batch; each stands in exactly one part.
    """
    most_steps = min(most_steps, _MAX_TRAINING_STEPS)
    if not _is_too_large(lengths, most_steps):
        return [np.arange(len(lengths))]
    order = np.argsort(lengths, kind="stable")
    parts, stop = [], len(order)
    while stop:
        # What is at least half as long as the longest is at most doubled by padding.
        longest = int(lengths[order[stop - 1]])
        start = int(np.searchsorted(lengths[order[:stop]], longest / _MAX_PADDING))
        start = max(start, stop - max(1, most_steps // longest))
        if longest * stop <= min(_FEW_STEPS, most_steps):
            start = 0
        parts.append(order[start:stop])
        stop = start
    return parts[::-1]


def _is_too_large(lengths: np.ndarray, most_steps: int) -> bool:
    """Whether samples cannot be computed together."""
    n_padded = len(lengths) * int(lengths.max())
    is_wasteful = n_padded > max(_FEW_STEPS, _MAX_PADDING * int(lengths.sum()))
    return len(lengths) > 1 and (is_wasteful or n_padded > most_steps)


def prediction_batches(
    lengths: np.ndarray,
    row_multiple: int = _ROW_MULTIPLE,
    most_steps: int = _MAX_PREDICTION_STEPS,
) -> Iterator[tuple[np.ndarray, int]]:
    """Cut samples, sorted by length, into large batches of full rows.

    Parameters
    ----------
    lengths : ndarray of shape (n_samples,)
        Timesteps of each sample.
    row_multiple : int, default=8
        What the number of samples in a batch is a multiple of.
    most_steps : int
        Padded timesteps of a batch of several; at most 2^17.

    Yields
    ------
    samples : ndarray of int64
        Filled up with repeats of the last sample.
    n_valid : int
        How many of them are not repeats.
    """
    order = np.argsort(lengths, kind="stable")
    most_steps = min(most_steps, _MAX_PREDICTION_STEPS)
    start = 0
    while start < len(order):
        # The longest sample of a batch is its last: shrink until the padded batch fits.
        stop = min(start + _MAX_PREDICTION_ROWS, len(order))
        while _is_too_large(lengths[order[start:stop]], most_steps):
            stop = start + (stop - start) // 2
        samples = order[start:stop]
        n_valid = len(samples)
        repeats = -n_valid % row_multiple
        if repeats:
            samples = np.concatenate([samples, np.repeat(samples[-1], repeats)])
        yield samples, n_valid
        start = stop
