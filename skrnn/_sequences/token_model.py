"""A linear model of single tokens and pairs of neighbours, which answers beside the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skrnn._input.jagged import JaggedSequences
from skrnn._input.token_ids import look_up
from skrnn._input.tokens import PADDING_TOKEN
from skrnn._sequences.outcomes import Outcomes
from skrnn._sequences.samples import Samples

__all__ = ["TokenFit", "TokenModel"]

# Inverse strength of the penalty. On held-out parts of the training data of three sets of texts, 30
# is better than 3 and 10, and 100 as good.
_C = 30.0

# Weights of a model; of more tokens and pairs the most frequent ones are read.
_MOST_WEIGHTS = 1 << 24

# The score of a class that no sample has.
_IMPOSSIBLE = -30.0


@dataclass(frozen=True, eq=False)
class TokenModel:
    """The fitted model.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_terms,)
        Tokens and pairs that have weights, ascending, as :func:`_terms` numbers them.
    n_ids : int
        Number of different tokens.
    frequencies : TfidfTransformer
        How counts are weighed.
    weights : ndarray of float64, shape (n_classes, n_terms)
    intercepts : ndarray of float64, shape (n_classes,)
    """

    codes: np.ndarray
    n_ids: int
    frequencies: TfidfTransformer
    weights: np.ndarray
    intercepts: np.ndarray

    def outputs(
        self, sequences: JaggedSequences, prepare: Callable[[JaggedSequences], JaggedSequences]
    ) -> np.ndarray:
        """Return scores like a network's, shape (n_samples, n_classes).

        Parameters
        ----------
        sequences : JaggedSequences
            As they were read.
        prepare : callable
            Numbers their tokens.
        """
        counts = _counts(prepare(sequences), self.codes, self.n_ids)
        return self.frequencies.transform(counts) @ self.weights.T + self.intercepts


class TokenFit:
    """What a fit learns from tokens and pairs, and what it would predict for its own samples.

    Parameters
    ----------
    samples : Samples
        The training samples.
    targets : ndarray of int64, shape (n_samples,)
        Class positions.
    weight : ndarray of float64, shape (n_samples,), or None
        What each sample weighs in the loss.
    outcomes : Outcomes
        What is predicted.
    n_classes : int
    prepare : callable
        Numbers the tokens of sequences.
    n_ids : int
        Number of different tokens.
    left_out : list of ndarray of int64
        Samples that are left out together to learn how sure the scores may be.

    Attributes
    ----------
    model : TokenModel
        The model of all samples.

    References
    ----------
    Wang and Manning (2012), "Baselines and Bigrams: Simple, Good Sentiment and Topic
    Classification", ACL.
    """

    def __init__(
        self,
        samples: Samples,
        targets: np.ndarray,
        weight: np.ndarray | None,
        outcomes: Outcomes,
        prepare: Callable[[JaggedSequences], JaggedSequences],
        *,
        n_classes: int,
        n_ids: int,
        left_out: list[np.ndarray],
    ) -> None:
        self._n_classes = n_classes
        self._regression: LogisticRegression | None = None
        ids = prepare(samples.sequences)
        codes = _most_frequent(_terms(ids, n_ids)[1], _MOST_WEIGHTS // n_classes)
        counts = _counts(ids, codes, n_ids)
        frequencies = TfidfTransformer(sublinear_tf=True).fit(counts)
        terms = frequencies.transform(counts)
        self._outputs: dict[bytes, np.ndarray] = {}
        for part in left_out:
            rest = np.setdiff1d(np.arange(len(samples)), part)
            weights, intercepts = self._fit(terms, targets, weight, rest)
            self._outputs[part.tobytes()] = terms[part] @ weights.T + intercepts
        factor = 1.0
        if left_out:
            judged = np.concatenate(left_out)
            factor = outcomes.factor(
                np.concatenate(list(self._outputs.values())),
                targets[judged],
                None if weight is None else weight[judged],
            )
        self._factor = factor
        weights, intercepts = self._fit(terms, targets, weight, np.arange(len(samples)))
        self.model = TokenModel(codes, n_ids, frequencies, factor * weights, factor * intercepts)

    def outputs_of_left_out(self, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the model of all others gives for samples that are left out together.

        Parameters
        ----------
        part : ndarray of int64
            One of those that were passed as ``left_out``.

        Returns
        -------
        is_read : ndarray of bool, shape (len(part),)
            All of them are.
        outputs : ndarray of float64, shape (len(part), n_classes)
        """
        return np.ones(len(part), dtype=bool), self._factor * self._outputs[part.tobytes()]

    def _fit(
        self,
        terms: sparse.csr_array,
        targets: np.ndarray,
        weight: np.ndarray | None,
        part: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and intercepts of a logistic regression on some samples.

        A fit starts from the one before: most of their samples are the same.
        """
        weights = np.zeros((self._n_classes, terms.shape[1]))
        intercepts = np.full(self._n_classes, _IMPOSSIBLE)
        present = np.unique(targets[part])
        if len(present) == 1 or 2 * len(present) > len(part):
            # Nothing to tell apart, or hardly two samples of a class: no class is more likely.
            intercepts[present] = 0.0
            return weights, intercepts
        if self._regression is None or not np.array_equal(self._regression.classes_, present):
            self._regression = LogisticRegression(C=_C, max_iter=1000, warm_start=True)
        own = None if weight is None else weight[part]
        # How BLAS rounds depends on its threads.
        with threadpool_limits(1, user_api="blas"):
            fitted = self._regression.fit(terms[part], targets[part], own)
        if len(present) == 2:
            weights[present[1]], intercepts[present] = fitted.coef_[0], (0.0, fitted.intercept_[0])
        else:
            weights[present], intercepts[present] = fitted.coef_, fitted.intercept_
        return weights, intercepts


def _terms(ids: JaggedSequences, n_ids: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples and the numbers of all tokens, and of all pairs of neighbours.

    Of several ids at a timestep the first one is the token itself, which has neighbours. A token
    has its own number, a pair ``n_ids`` and more.
    """
    columns = ids.values.reshape(len(ids.values), -1).astype(np.int64)
    sample_of_step, first = ids.sample_of_step, columns[:, 0]
    is_token = columns != PADDING_TOKEN
    is_pair = (sample_of_step[1:] == sample_of_step[:-1]) & is_token[1:, 0] & is_token[:-1, 0]
    pairs = n_ids + first[:-1] * n_ids + first[1:]
    samples = np.repeat(sample_of_step[:, None], columns.shape[1], axis=1)
    return (
        np.concatenate([samples[is_token], sample_of_step[1:][is_pair]]),
        np.concatenate([columns[is_token], pairs[is_pair]]),
    )


def _most_frequent(numbers: np.ndarray, most: int) -> np.ndarray:
    """Return different numbers in ascending order, of many those that occur most often."""
    found, counts = np.unique(numbers, return_counts=True)
    if len(found) > most:
        found = np.sort(found[np.argsort(-counts, kind="stable")[:most]])
    return found


def _counts(ids: JaggedSequences, codes: np.ndarray, n_ids: int) -> sparse.csr_array:
    """Return how often each sample has each term."""
    samples, numbers = _terms(ids, n_ids)
    places, is_known = look_up(numbers, codes)
    ones = np.ones(int(is_known.sum()))
    entries = (ones, (samples[is_known], places[is_known]))
    return sparse.coo_array(entries, shape=(len(ids), len(codes))).tocsr()
