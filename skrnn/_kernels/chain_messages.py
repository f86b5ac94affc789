"""The messages of a linear chain over very long sequences, and their gradients."""

from __future__ import annotations

import numpy as np

from skrnn._kernels.product import compiled

__all__ = ["pass_messages", "pass_messages_back"]


@compiled
def pass_messages(
    first: np.ndarray, scores: np.ndarray, transition: np.ndarray, messages: np.ndarray
) -> None:
    """Fill in the scores of all labels before a timestep, summed for each label of it.

    Parameters
    ----------
    first : ndarray of shape (n_labels,)
        Messages to the first timestep.
    scores : ndarray of shape (n_timesteps, n_samples, n_labels)
    transition : ndarray of shape (n_labels, n_labels)
        Score of the column's label directly after the row's.
    messages : ndarray of the shape of ``scores``
    """
    n_timesteps, n_samples, n_labels = scores.shape
    terms = np.empty(n_labels, scores.dtype)
    for sample in range(n_samples):
        for label in range(n_labels):
            messages[0, sample, label] = first[label]
        for step in range(1, n_timesteps):
            before, score = messages[step - 1, sample], scores[step - 1, sample]
            for label in range(n_labels):
                largest = before[0] + score[0] + transition[0, label]
                for other in range(n_labels):
                    terms[other] = before[other] + score[other] + transition[other, label]
                    largest = max(largest, terms[other])
                total = 0.0
                for other in range(n_labels):
                    total += np.exp(terms[other] - largest)
                messages[step, sample, label] = largest + np.log(total)


@compiled
def pass_messages_back(
    scores: np.ndarray,
    transition: np.ndarray,
    messages: np.ndarray,
    d_messages: np.ndarray,
    d_scores: np.ndarray,
    d_transition: np.ndarray,
) -> None:
    """Add the gradients of messages to those of what they were computed from.

    Parameters
    ----------
    scores, transition, messages
        As :func:`pass_messages` left them.
    d_messages : ndarray of the shape of ``messages``
    d_scores : ndarray of the shape of ``scores``
    d_transition : ndarray of float64, shape (n_labels, n_labels)
    """
    n_timesteps, n_samples, n_labels = scores.shape
    for sample in range(n_samples):
        for step in range(n_timesteps - 1, 0, -1):
            before, score = messages[step - 1, sample], scores[step - 1, sample]
            for label in range(n_labels):
                # a message is passed on together with the score of its timestep.
                d_message = d_messages[step, sample, label] + d_scores[step, sample, label]
                for other in range(n_labels):
                    reached = before[other] + score[other] + transition[other, label]
                    share = d_message * np.exp(reached - messages[step, sample, label])
                    d_scores[step - 1, sample, other] += share
                    d_transition[other, label] += share
