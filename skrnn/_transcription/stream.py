"""Steps of one sequence, computed while its timesteps arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from skrnn._input.columns import column_labels
from skrnn._input.containers import fill_masked
from skrnn._input.named_axes import SAMPLE, with_axes
from skrnn._input.plain import as_array, to_plain
from skrnn._sequences.inputs import SequenceInputs
from skrnn._training.arithmetic import fixed_arithmetic
from skrnn._training.net import RecurrentNet
from skrnn.modules.recurrent import State

__all__ = ["StepStream", "prepared_chunks", "stream_log_probs"]

# Segments at the end of what was received that a later timestep can still change; as many after
# the start of the kept part lack their predecessors.
_BORDER = 2


def stream_log_probs(
    steps: StepStream, inputs: SequenceInputs, chunks: Iterable[Any]
) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield log-probabilities of steps that became certain, and whether they are the last."""
    for rows in prepared_chunks(inputs, chunks):
        yield steps.read(rows), False
    yield steps.end(), True


def prepared_chunks(inputs: SequenceInputs, chunks: Iterable[Any]) -> Iterator[np.ndarray]:
    """Yield what the network reads of each chunk, shape (n_timesteps, n_inputs).

    Missing values are filled as in the sequence as a whole: by the last value before them, which
    may stand in an earlier chunk; all-NaN timesteps are padding unless more follows, as are ids
    of 0.
    """
    if inputs.statistics is None:
        yield from _prepared_tokens(inputs, chunks)
        return
    # the last timestep, missing values filled; and all-NaN timesteps that wait for another
    carried = waiting = np.empty((0, inputs.statistics.mean.size))
    for chunk, labels in _with_labels(inputs, chunks):
        rows = _as_rows(chunk, carried.shape[1])
        block = np.concatenate([carried, waiting, rows])
        observed = np.flatnonzero(~pd.isna(block).all(axis=1))
        n_valid = observed[-1] + 1 if len(observed) else 0
        block, waiting = block[:n_valid], block[n_valid:]
        if n_valid <= len(carried):
            continue
        yield _prepared(inputs, block, labels)[len(carried) :]
        carried = pd.DataFrame(block).ffill().to_numpy()[-1:]


def _prepared_tokens(inputs: SequenceInputs, chunks: Iterable[Any]) -> Iterator[np.ndarray]:
    waiting = np.empty(0, dtype=np.int64)
    for chunk, labels in _with_labels(inputs, chunks):
        rows = as_array(to_plain(chunk, "chunks", SAMPLE), "chunks")
        if rows.ndim == 0:
            raise ValueError(
                f"chunks: got a chunk {chunk!r:.60}. Expected token ids of one sequence, shape "
                "(n_timesteps,). Pass a list of arrays; if chunks is the sequence itself, pass "
                "np.array_split(chunks, 10)."
            )
        block = np.concatenate([waiting, rows]) if len(waiting) else rows
        filled = np.flatnonzero(block.any(axis=tuple(range(1, block.ndim))))
        n_valid = filled[-1] + 1 if len(filled) else 0
        block, waiting = block[:n_valid], block[n_valid:]
        if n_valid:
            yield _prepared(inputs, block, labels)


def _with_labels(
    inputs: SequenceInputs, chunks: Iterable[Any]
) -> Iterator[tuple[Any, list[Any] | None]]:
    """Yield each chunk and the labels of its columns, if it has any.

    Names that only the first chunk, or only ``fit``, has are warned of once.
    """
    learned = inputs.form.feature_names
    is_first = True
    for chunk in chunks:
        labels = column_labels(with_axes(chunk, "chunks", SAMPLE))
        if not is_first and (labels is None or learned is None):
            labels = None if learned is None else list(learned)
        is_first = False
        yield chunk, labels


def _prepared(inputs: SequenceInputs, block: np.ndarray, labels: list[Any] | None) -> np.ndarray:
    named = block if labels is None else pd.DataFrame(block, columns=labels)
    return inputs.prepare(inputs.read([named], "chunks")).values


def _as_rows(chunk: Any, n_features: int) -> np.ndarray:
    rows = as_array(fill_masked(to_plain(chunk, "chunks", SAMPLE)), "chunks")
    if rows.ndim == 1 and n_features == 1:
        rows = rows[:, None]
    if rows.ndim != 2 or rows.shape[1] != n_features:
        raise ValueError(
            f"chunks: got a chunk of shape {rows.shape}. Expected (n_timesteps, {n_features}), "
            "timesteps of one sequence. Pass a list of arrays; if chunks is the sequence itself, "
            "pass np.array_split(chunks, 10)."
        )
    return rows


class StepStream:
    """Log-probabilities at the steps of one sequence, in pieces.

    Parameters
    ----------
    net : RecurrentNet
        Of a :class:`TranscriptionModel` that reads forwards only.
    """

    def __init__(self, net: RecurrentNet) -> None:
        self._net = net
        self._module = net.module_
        self._state: State | None = None
        # inputs of segments that are not yet certain, and of those that they are folded with
        self._inputs: Tensor | None = None
        self._n_dropped = 0
        self._n_done = 0

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return log-probabilities, shape (n_steps, n_tokens), of steps that became certain."""
        return self._read(rows, is_end=False)

    def end(self) -> np.ndarray:
        """Return log-probabilities of the steps that are left."""
        return self._read(None, is_end=True)

    def _read(self, rows: np.ndarray | None, *, is_end: bool) -> np.ndarray:
        with fixed_arithmetic(), torch.inference_mode(), self._net.precision():
            new = self._new_steps(rows, is_end)
            if new is None or not new.shape[1]:
                return np.empty((0, self._module.head.out_features))
            states, self._state = self._module.encoder.run_on(new, self._state)
            log_probs = self._module.map_to_outputs(states).log_softmax(dim=2)
            return log_probs[0].to("cpu", self._net.dtype).numpy()

    def _new_steps(self, rows: np.ndarray | None, is_end: bool) -> Tensor | None:
        """Return the inputs of the recurrence at steps that became certain."""
        if rows is not None:
            x = torch.from_numpy(rows)[None].to(self._net.device)
            if self._module.tokens is not None:
                x = self._module.tokens(x)
            if self._module.segments is None:
                return x
            self._inputs = x if self._inputs is None else torch.cat([self._inputs, x], dim=1)
        if self._inputs is None:
            return None
        length = self._module.segments.segment_length
        n_arrived = self._n_dropped * length + self._inputs.shape[1]
        n_certain = -(-n_arrived // length) if is_end else n_arrived // length - _BORDER
        if n_certain <= self._n_done:
            return None
        folded, _ = self._module.segments(self._inputs, None)
        new = folded[:, self._n_done - self._n_dropped : n_certain - self._n_dropped]
        self._n_done = n_certain
        n_dropped = max(0, self._n_done - _BORDER)
        self._inputs = self._inputs[:, (n_dropped - self._n_dropped) * length :]
        self._n_dropped = n_dropped
        return new
