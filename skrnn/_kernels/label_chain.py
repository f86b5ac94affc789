"""The most probable labels of a linear chain, and the probability of each label.

Sequences are processed one by one, in float64: the result for a sequence has the same bits in any
batch.
"""

from __future__ import annotations

import numpy as np

from skrnn._kernels.product import compiled

__all__ = ["best_labels", "label_log_probabilities", "label_probabilities"]


def best_labels(
    scores: np.ndarray,
    lengths: np.ndarray,
    transition: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
) -> np.ndarray:
    """Return the label sequences with the highest score (Viterbi, 1967).

    If several have equal scores, the one with the lower label at the last difference is returned.

    Parameters
    ----------
    scores : ndarray of shape (sum of lengths, n_labels)
        Timesteps of sample 0, then those of sample 1, and so on.
    lengths : ndarray of int64, shape (n_samples,)
    transition : ndarray of shape (n_labels, n_labels)
        Score of the column's label directly after the row's.
    start, end : ndarray of shape (n_labels,)
        Scores of the first and of the last label.

    Returns
    -------
    ndarray of int64, shape (sum of lengths,)
    """
    labels = np.empty(len(scores), np.int64)
    predecessors = np.empty((lengths.max(), scores.shape[1]), np.int64)
    _viterbi(*_in_float64(scores, transition, start, end), lengths, predecessors, labels)
    return labels


def label_probabilities(
    scores: np.ndarray,
    lengths: np.ndarray,
    transition: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
) -> np.ndarray:
    """Return the marginal probability of each label at each timestep.

    Computed by the forward-backward recurrences of Baum et al. (1970). Parameters are those of
    :func:`best_labels`.

    Returns
    -------
    ndarray of float64, shape (sum of lengths, n_labels)
    """
    forward, backward = np.empty((2, *scores.shape))
    chain = _in_float64(scores, transition, start, end)
    _forward_backward(*chain, lengths, forward, backward, False)
    return forward


def label_log_probabilities(
    scores: np.ndarray,
    lengths: np.ndarray,
    transition: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
) -> np.ndarray:
    """Return the logarithms of :func:`label_probabilities`, finite where those are rounded to 0.

    Parameters are those of :func:`best_labels`.

    Returns
    -------
    ndarray of float64, shape (sum of lengths, n_labels)
    """
    forward, backward = np.empty((2, *scores.shape))
    chain = _in_float64(scores, transition, start, end)
    _forward_backward(*chain, lengths, forward, backward, True)
    return forward


def _in_float64(*arrays: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(array, dtype=np.float64) for array in arrays]


@compiled
def _viterbi(
    scores: np.ndarray,
    transition: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    lengths: np.ndarray,
    predecessors: np.ndarray,
    labels: np.ndarray,
) -> None:
    n_labels = len(start)
    best, reached = np.empty(n_labels), np.empty(n_labels)
    first = 0
    for length in lengths:
        for j in range(n_labels):
            best[j] = start[j] + scores[first, j]
        for t in range(1, length):
            # row by row of the transitions, as they lie in memory
            for j in range(n_labels):
                predecessors[t, j] = 0
                reached[j] = best[0] + transition[0, j]
            for i in range(1, n_labels):
                for j in range(n_labels):
                    score = best[i] + transition[i, j]
                    if score > reached[j]:
                        reached[j] = score
                        predecessors[t, j] = i
            for j in range(n_labels):
                best[j] = reached[j] + scores[first + t, j]
        label = 0
        for j in range(1, n_labels):
            if best[j] + end[j] > best[label] + end[label]:
                label = j
        for t in range(length - 1, -1, -1):
            labels[first + t] = label
            if t:
                label = predecessors[t, label]
        first += length


@compiled
def _log_sum_exp(values: np.ndarray) -> float:
    largest = values[0]
    for value in values:
        largest = max(largest, value)
    total = 0.0
    for value in values:
        total += np.exp(value - largest)
    return largest + np.log(total)


@compiled
def _forward_backward(
    scores: np.ndarray,
    transition: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    lengths: np.ndarray,
    forward: np.ndarray,
    backward: np.ndarray,
    as_logarithms: bool,
) -> None:
    n_labels = len(start)
    terms = np.empty(n_labels)
    first = 0
    for length in lengths:
        last = first + length - 1
        for j in range(n_labels):
            forward[first, j] = start[j] + scores[first, j]
            backward[last, j] = end[j]
        for t in range(first + 1, last + 1):
            for j in range(n_labels):
                for i in range(n_labels):
                    terms[i] = forward[t - 1, i] + transition[i, j]
                forward[t, j] = _log_sum_exp(terms) + scores[t, j]
        for t in range(last - 1, first - 1, -1):
            for i in range(n_labels):
                for j in range(n_labels):
                    terms[j] = transition[i, j] + scores[t + 1, j] + backward[t + 1, j]
                backward[t, i] = _log_sum_exp(terms)
        for t in range(first, last + 1):
            for j in range(n_labels):
                forward[t, j] += backward[t, j]
            total = _log_sum_exp(forward[t])
            for j in range(n_labels):
                log_probability = forward[t, j] - total
                forward[t, j] = log_probability if as_logarithms else np.exp(log_probability)
        first = last + 1
