"""A linear model of random convolutions, which answers beside the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from skrnn import _kernels
from skrnn._input.jagged import JaggedSequences
from skrnn._sequences.outcomes import Outcomes
from skrnn._sequences.random_convolutions import draw_convolutions
from skrnn._sequences.ridge import RidgePath
from skrnn._sequences.samples import Samples

__all__ = ["ConvolutionFit", "ConvolutionModel"]

# Bounds for each choice of taps: 5040 in all for few samples, whose equations are solved in the
# number of samples, and 1680 for more.
_FEW_SAMPLES = 1500
_N_FOR_FEW, _N_FOR_MANY = 60, 20

# Samples from which the linear model learns; drawn from larger data.
_MOST_SAMPLES = 10_000

# Samples that convolutions are drawn for.
_N_TO_DRAW_FROM = 256

# Samples and values of sequences whose features are in memory at a time.
_MOST_ROWS = 32
_MOST_VALUES = 1 << 20


@dataclass(frozen=True, eq=False)
class ConvolutionModel:
    """The fitted model.

    Parameters
    ----------
    convolutions : FixedConvolutions
    n_inputs : int
        How many of the prepared inputs are read, the first ones; others say what was observed.
    weights : ndarray of float64, shape (n_shares, n_outputs)
    intercepts : ndarray of float64, shape (n_outputs,)
    """

    convolutions: _kernels.FixedConvolutions
    n_inputs: int
    weights: np.ndarray
    intercepts: np.ndarray

    def outputs(
        self, sequences: JaggedSequences, prepare: Callable[[JaggedSequences], JaggedSequences]
    ) -> np.ndarray:
        """Return outputs like a network's, shape (n_samples, n_outputs).

        Parameters
        ----------
        sequences : JaggedSequences
            As they were read.
        prepare : callable
            Standardises them.
        """
        outputs = np.empty((len(sequences), len(self.intercepts)))
        weights, intercepts = torch.from_numpy(self.weights.T), torch.from_numpy(self.intercepts)
        for rows, part in _parts(sequences, np.arange(len(sequences))):
            shares = _shares(prepare(part), self.convolutions, self.n_inputs)
            # torch's product of matrices rounds by how many samples there are.
            read = torch.from_numpy(shares.astype(np.float64))
            outputs[rows] = _kernels.linear(read, weights, intercepts).numpy()
        return outputs


class ConvolutionFit:
    """What a fit learns from random convolutions, and what it would predict for its own samples.

    Parameters
    ----------
    samples : Samples
        The training samples.
    targets : ndarray of shape (n_samples, ...)
        Encoded targets.
    weight : ndarray of float64, shape (n_samples,), or None
        What each sample weighs in the loss.
    outcomes : Outcomes
        What is predicted.
    prepare : callable
        Standardises sequences.
    n_inputs : int
        As for :class:`ConvolutionModel`.
    left_out : list of ndarray of int64
        Samples that are left out together where the strength of the penalty is chosen; where the
        list is empty, each sample is left out alone.
    rng : numpy.random.Generator
        Source of the convolutions, and of the samples that are read of larger data.

    Attributes
    ----------
    model : ConvolutionModel
        The model of all samples.
    """

    def __init__(
        self,
        samples: Samples,
        targets: np.ndarray,
        weight: np.ndarray | None,
        outcomes: Outcomes,
        prepare: Callable[[JaggedSequences], JaggedSequences],
        *,
        n_inputs: int,
        left_out: list[np.ndarray],
        rng: np.random.Generator,
    ) -> None:
        read = np.arange(len(samples)) if weight is None else np.flatnonzero(weight > 0)
        if len(read) > _MOST_SAMPLES:
            read = np.sort(rng.choice(read, _MOST_SAMPLES, replace=False))
        self._place = np.full(len(samples), -1)
        self._place[read] = np.arange(len(read))
        self._outcomes = outcomes
        self._targets = targets[read]
        self._weight = None if weight is None else weight[read]
        some = samples.sequences.take(np.sort(rng.permutation(read)[:_N_TO_DRAW_FROM]))
        drawn = draw_convolutions(
            JaggedSequences(prepare(some).values[:, :n_inputs], some.lengths),
            _N_FOR_FEW if len(read) <= _FEW_SAMPLES else _N_FOR_MANY,
            rng,
        )
        shares = np.empty((len(read), len(drawn.bounds)), dtype=np.float32)
        for rows, part in _parts(samples.sequences, read):
            shares[rows] = _shares(prepare(part), drawn, n_inputs)
        self._path = RidgePath(shares, outcomes.code(self._targets), self._weight)
        places = [self._places(part) for part in left_out]
        self._penalty, self._factor = self._choose([some for some in places if len(some)])
        weights, intercepts = self._path.coefficients(self._penalty)
        self.model = ConvolutionModel(
            drawn, n_inputs, self._factor * weights, self._factor * intercepts
        )

    def outputs_of_left_out(self, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the model of all others would give for samples that are left out together.

        Parameters
        ----------
        part : ndarray of int64

        Returns
        -------
        is_read : ndarray of bool, shape (len(part),)
            Which of them the model reads at all.
        outputs : ndarray of float64, shape (is_read.sum(), n_outputs)
        """
        is_read = self._place[part] >= 0
        return is_read, self._factor * self._path.leave_out(self._penalty, self._places(part))

    def _places(self, part: np.ndarray) -> np.ndarray:
        places = self._place[part]
        return places[places >= 0]

    def _choose(self, left_out: list[np.ndarray]) -> tuple[float, float]:
        """Return the penalty with the smallest error, and the factor of the outputs."""
        judged = np.concatenate(left_out) if left_out else np.arange(len(self._targets))
        targets = self._targets[judged]
        weight = None if self._weight is None else self._weight[judged]
        coded = self._outcomes.code(targets)

        def predictions(penalty: float) -> np.ndarray:
            if not left_out:
                return self._path.leave_one_out(penalty)
            return np.concatenate([self._path.leave_out(penalty, part) for part in left_out])

        def error(penalty: float) -> float:
            squares = ((predictions(penalty) - coded) ** 2).mean(axis=1)
            return float(np.average(squares, weights=weight))

        best = min(self._path.PENALTIES.tolist(), key=error)
        return best, self._outcomes.factor(predictions(best), targets, weight)


def _shares(
    prepared: JaggedSequences, convolutions: _kernels.FixedConvolutions, n_inputs: int
) -> np.ndarray:
    return _kernels.shares_above(prepared.values[:, :n_inputs], prepared.lengths, convolutions)


def _parts(
    sequences: JaggedSequences, samples: np.ndarray
) -> Iterator[tuple[slice, JaggedSequences]]:
    """Cut some samples into parts of few samples and few values, one after the other."""
    sizes = sequences.lengths[samples] * sequences.values.shape[1]
    first = 0
    while first < len(samples):
        ends = np.cumsum(sizes[first : first + _MOST_ROWS])
        stop = first + max(1, int(np.searchsorted(ends, _MOST_VALUES, side="right")))
        yield slice(first, stop), sequences.take(samples[first:stop])
        first = stop
