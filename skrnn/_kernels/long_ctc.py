"""The loss of transcripts of very long sequences, whose table of alignments is not held."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrnn._kernels.product import compiled
from skrnn._kernels.threads import for_each

__all__ = ["long_ctc_losses"]

# Multiplications that take as long as one cell of the table.
_PRODUCTS_PER_CELL = 100
# Logarithms of what is nothing beside 1, and of the share of alignments that is not followed back.
_NOTHING, _IMPROBABLE = -40.0, -60.0


def long_ctc_losses(log_probs: Tensor, target: Tensor, n_tokens: Tensor) -> Tensor:
    """Return what ``torch.nn.functional.ctc_loss`` does, without reduction, for a blank of 0.

    The table has a row for each step and a column for each token and each blank between them. Of
    the forward recursion, rows some hundred steps apart are kept, and the backward recursion
    computes those between them again. All of it is in double precision.

    Parameters
    ----------
    log_probs : Tensor of shape (n_samples, n_steps, n_outputs)
        On the CPU.
    target : Tensor of int64, shape (n_samples, at least n_tokens)
    n_tokens : Tensor of int64, shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples,)

    References
    ----------
    Graves et al. (2006), "Connectionist Temporal Classification: Labelling Unsegmented Sequence
    Data with Recurrent Neural Networks", ICML.
    """
    losses: Tensor = _LongCTC.apply(log_probs, target, n_tokens)
    return losses


def _with_blanks(target: Tensor, n_tokens: Tensor) -> list[np.ndarray]:
    """Return the tokens of each transcript, with a blank before, between and after them."""
    columns = []
    for tokens, number in zip(target.numpy(), n_tokens.tolist(), strict=True):
        labels = np.zeros(2 * number + 1, np.int64)
        labels[1::2] = tokens[:number]
        columns.append(labels)
    return columns


class _LongCTC(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, log_probs: Tensor, target: Tensor, n_tokens: Tensor) -> Tensor:
        values = log_probs.detach().contiguous().numpy()
        n_samples, n_steps, _ = values.shape
        ctx.columns = _with_blanks(target, n_tokens)
        n_apart = math.isqrt(n_steps - 1) + 1
        n_kept = -(-n_steps // n_apart)
        ctx.kept = [np.empty((n_kept, len(labels))) for labels in ctx.columns]
        ctx.totals = np.empty(n_samples)
        ctx.n_cells = n_steps * sum(map(len, ctx.columns))

        def run(sample: int) -> None:
            labels, kept = ctx.columns[sample], ctx.kept[sample]
            ctx.totals[sample] = run_forward(values[sample], labels, n_apart, kept)

        for_each(run, range(n_samples), ctx.n_cells * _PRODUCTS_PER_CELL)
        ctx.n_apart = n_apart
        ctx.save_for_backward(log_probs)
        return torch.from_numpy(-ctx.totals).to(log_probs.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *d_losses: Any) -> Any:
        values = ctx.saved_tensors[0].detach().contiguous().numpy()
        gradient = np.zeros_like(values)

        def run(sample: int) -> None:
            labels, kept, total = ctx.columns[sample], ctx.kept[sample], ctx.totals[sample]
            run_back(values[sample], labels, ctx.n_apart, kept, total, gradient[sample])

        for_each(run, range(len(values)), 3 * ctx.n_cells * _PRODUCTS_PER_CELL)
        gradient *= d_losses[0].numpy()[:, None, None]
        return torch.from_numpy(gradient), None, None


@compiled
def log_sum(a: float, b: float, c: float) -> float:
    """Return log(exp(a) + exp(b) + exp(c))."""
    if a < b:
        a, b = b, a
    if a < c:
        a, c = c, a
    if max(b, c) - a > _NOTHING:
        total = 1 + math.exp(b - a)
        return a + math.log(total + math.exp(c - a) if c > -np.inf else total)
    return a


@compiled
def step_forward(
    log_probs: np.ndarray, labels: np.ndarray, before: np.ndarray, after: np.ndarray
) -> None:
    r"""Fill in a row: :math:`\alpha_t(s)`, the probability of the steps so far that end in s.

    Parameters
    ----------
    log_probs : ndarray of shape (n_outputs,)
        Of step t.
    labels : ndarray of int64, shape (n_columns,)
        Token of each column; 0 is the blank.
    before, after : ndarray of float64, shape (n_columns,)
        Logarithms of the rows of steps t - 1 and t.
    """
    for s in range(len(labels)):
        # a blank may be left out between two tokens, unless they are the same.
        can_skip = s > 1 and labels[s] != 0 and labels[s] != labels[s - 2]
        one = before[s - 1] if s > 0 else -np.inf
        two = before[s - 2] if can_skip else -np.inf
        after[s] = log_sum(before[s], one, two) + log_probs[labels[s]]


@compiled
def run_forward(log_probs: np.ndarray, labels: np.ndarray, n_apart: int, kept: np.ndarray) -> float:
    """Run over all steps; return the log-probability of the transcript.

    Parameters
    ----------
    log_probs : ndarray of shape (n_steps, n_outputs)
    labels : ndarray of int64, shape (n_columns,)
    n_apart : int
        Steps between the rows that are kept.
    kept : ndarray of float64, shape (n_kept, n_columns)
        Filled in: the row before every ``n_apart``-th step.
    """
    n_columns = len(labels)
    before, after = np.full(n_columns, -np.inf), np.empty(n_columns)
    # as if a blank stood before the first step.
    before[0] = 0
    for t in range(len(log_probs)):
        if t % n_apart == 0:
            kept[t // n_apart] = before
        step_forward(log_probs[t], labels, before, after)
        before, after = after, before
    one = before[n_columns - 2] if n_columns > 1 else -np.inf
    return log_sum(before[n_columns - 1], one, -np.inf)


@compiled
def run_back(
    log_probs: np.ndarray,
    labels: np.ndarray,
    n_apart: int,
    kept: np.ndarray,
    total: float,
    gradient: np.ndarray,
) -> None:
    """Run back over all steps; fill in the gradient of the loss, which is 0 before.

    The probability of a token at a step, given the transcript, is that of all alignments with it.
    ``total`` is what :func:`run_forward` returns; other parameters are those of it.
    """
    n_steps, n_columns = len(log_probs), len(labels)
    if total == -np.inf:
        gradient[:] = np.nan
        return
    rows = np.empty((n_apart + 1, n_columns))
    # log-probabilities of what follows on a column, and the same with the step itself.
    after, emitted = np.full(n_columns, -np.inf), np.empty(n_columns)
    low, high = max(0, n_columns - 2), n_columns
    after[low:] = 0
    for number in range(len(kept) - 1, -1, -1):
        first = number * n_apart
        stop = min(first + n_apart, n_steps)
        rows[0] = kept[number]
        for t in range(first, stop):
            step_forward(log_probs[t], labels, rows[t - first], rows[t - first + 1])
        for t in range(stop - 1, first - 1, -1):
            low, high = share_back(
                rows[t - first + 1], labels, after, total, low, high, gradient[t]
            )
            step_back(log_probs[t], labels, low, high, emitted, after)
            low = max(0, low - 2)


@compiled
def share_back(
    row: np.ndarray,
    labels: np.ndarray,
    after: np.ndarray,
    total: float,
    low: int,
    high: int,
    gradient: np.ndarray,
) -> tuple[int, int]:
    """Subtract the probabilities of a step's tokens; return the range of columns that have any.

    Alignments through the other columns are so improbable that they need not be followed.
    """
    first, last = high, low
    for s in range(low, high):
        exponent = row[s] + after[s] - total
        if exponent > _IMPROBABLE:
            gradient[labels[s]] -= math.exp(exponent)
            first, last = min(first, s), s
    return first, last + 1


@compiled
def step_back(
    log_probs: np.ndarray,
    labels: np.ndarray,
    low: int,
    high: int,
    emitted: np.ndarray,
    after: np.ndarray,
) -> None:
    """Replace what follows on the columns of a step by what follows on those of the step before.

    Columns from ``low`` to ``high`` are read, and two more written; ``emitted`` is scratch space.
    """
    emitted[:] = -np.inf
    for s in range(low, high):
        emitted[s] = after[s] + log_probs[labels[s]]
    after[:] = -np.inf
    for s in range(max(0, low - 2), high):
        can_skip = s + 2 < high and labels[s + 2] not in (0, labels[s])
        one = emitted[s + 1] if s + 1 < high else -np.inf
        two = emitted[s + 2] if can_skip else -np.inf
        after[s] = log_sum(emitted[s], one, two)
