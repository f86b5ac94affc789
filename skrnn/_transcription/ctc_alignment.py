"""Where a transcript stands in the steps of a network, and how probable it is as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skrnn.modules.transcription_model import BLANK

__all__ = ["best_spans", "log_prob_of", "path_spans"]

# Steps whose moves are kept at a time, so that an hour of steps needs little memory.
_BLOCK = 512


def path_spans(log_probs: np.ndarray) -> np.ndarray:
    """Return where each token of the most probable alignment stands.

    Parameters
    ----------
    log_probs : ndarray of shape (n_steps, n_tokens)

    Returns
    -------
    ndarray of int64, shape (length, 2)
        The first step of each token, and the step after its last.
    """
    best = np.concatenate([[BLANK], log_probs.argmax(axis=1), [BLANK]])
    begins = np.flatnonzero((best[1:] != best[:-1]) & (best[1:] != BLANK))
    ends = np.flatnonzero((best[1:] != best[:-1]) & (best[:-1] != BLANK))
    return np.column_stack([begins, ends])


def log_prob_of(log_probs: np.ndarray, tokens: Sequence[int]) -> float:
    """Return the log-probability of a transcript, summed over all its alignments.

    Parameters
    ----------
    log_probs : ndarray of shape (n_steps, n_tokens)
    tokens : sequence of int
        Without blanks.

    References
    ----------
    Graves et al. (2006), "Connectionist Temporal Classification", ICML, equations 6 to 8.
    """
    states = _States(tokens)
    scores = states.start()
    for step in log_probs.astype(np.float64):
        scores = np.logaddexp.reduce(states.moved(scores), axis=0) + step[states.tokens]
    return float(np.logaddexp.reduce(scores[-2:]))


def best_spans(log_probs: np.ndarray, tokens: Sequence[int]) -> np.ndarray:
    """Return where each token stands in the most probable alignment of a transcript.

    Parameters
    ----------
    log_probs : ndarray of shape (n_steps, n_tokens)
    tokens : sequence of int
        Without blanks; with a step for each, and one between two that are the same.

    Returns
    -------
    ndarray of int64, shape (length, 2)
        The first step of each token, and the step after its last.

    Notes
    -----
    Viterbi's algorithm, in time proportional to the number of steps times the number of tokens.
    Only the scores before each block of steps are kept; the moves within a block are computed
    again when the path is followed back through it.
    """
    states = _States(tokens)
    steps = log_probs.astype(np.float64)
    before = []
    scores = states.start()
    for start in range(0, len(steps), _BLOCK):
        before.append(scores)
        for step in steps[start : start + _BLOCK]:
            scores = states.moved(scores).max(axis=0) + step[states.tokens]
    state = len(scores) - len(scores[-2:]) + int(scores[-2:].argmax())
    path = np.empty(len(steps), dtype=np.int64)
    for start, scores in zip(reversed(range(0, len(steps), _BLOCK)), reversed(before), strict=True):
        moves = []
        for step in steps[start : start + _BLOCK]:
            moved = states.moved(scores)
            moves.append(moved.argmax(axis=0).astype(np.int8))
            scores = moved.max(axis=0) + step[states.tokens]
        for place in reversed(range(len(moves))):
            path[start + place] = state
            state -= int(moves[place][state])
    # tokens are the odd states, each of them visited once.
    places = 2 * np.arange(len(tokens)) + 1
    return np.column_stack([np.searchsorted(path, places), np.searchsorted(path, places, "right")])


class _States:
    """The tokens of a transcript with a blank before, between and after them, in their order."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self.tokens = np.full(2 * len(tokens) + 1, BLANK)
        self.tokens[1::2] = tokens
        # a blank may be passed over between two tokens that differ.
        self._can_skip = np.zeros(len(self.tokens), dtype=bool)
        self._can_skip[2:] = (self.tokens[2:] != BLANK) & (self.tokens[2:] != self.tokens[:-2])

    def start(self) -> np.ndarray:
        """Return the log-probability of each state before the first step."""
        scores = np.full(len(self.tokens), -np.inf)
        scores[0] = 0.0
        return scores

    def moved(self, scores: np.ndarray) -> np.ndarray:
        """Return the scores that each state is reached with by 0, 1 or 2 states onward."""
        moved = np.full((3, len(scores)), -np.inf)
        moved[0] = scores
        moved[1, 1:] = scores[:-1]
        moved[2, 2:] = np.where(self._can_skip[2:], scores[:-2], -np.inf)
        return moved
