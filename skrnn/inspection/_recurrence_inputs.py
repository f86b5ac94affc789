"""What the recurrence of an estimator reads of one sample, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._forecasting.fitted import fitted_forecaster
from skrnn._forecasting.forecaster import RNNForecaster
from skrnn._language.language_model import RNNLanguageModel
from skrnn._language.texts import TokenTexts
from skrnn._sequences.base import BaseSequenceEstimator
from skrnn.inspection._one_history import read_one_history
from skrnn.inspection._one_sample import as_one_sample, network_copy, read_one_sample
from skrnn.modules import RecurrentEncoder

__all__ = ["EXPECTED", "KINDS", "RecurrenceInputs", "read_recurrence_inputs"]

# Estimators that have a recurrence, and how they are called.
KINDS = (BaseSequenceEstimator, RNNLanguageModel, RNNForecaster)
EXPECTED = (
    "a fitted RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber, RNNLanguageModel or "
    "RNNForecaster"
)


@dataclass(frozen=True)
class RecurrenceInputs:
    """The inputs of each recurrent step.

    Attributes
    ----------
    encoder : RecurrentEncoder
        A copy of its recurrence.
    steps : Tensor of shape (1, n_steps, width)
        What its first layer reads.
    first, last : ndarray of int, shape (n_steps,)
        The timesteps of the sample that each step stands for, both included.
    labels : list of str, or None
        What is read at each step, if it has a name: a token or a time.
    """

    encoder: RecurrentEncoder
    steps: Tensor
    first: np.ndarray
    last: np.ndarray
    labels: list[str] | None


def read_recurrence_inputs(inner: Any, steps: list[Any], x: Any) -> RecurrenceInputs:
    """Read one sample with a copy of the network; call it in inference mode.

    Parameters
    ----------
    inner : estimator
        Fitted, of one of ``KINDS``.
    steps : list of transformer
        What stands before it.
    x : array, DataFrame, Series, list or str
        One sample.

    Raises
    ------
    TypeError, ValueError
        If ``x`` cannot be used; the message says why.
    """
    if isinstance(inner, RNNForecaster):
        return _read_history(inner, x)
    if isinstance(inner, RNNLanguageModel):
        X = as_one_sample(x, is_row=False)
        for step in steps:
            X = step.transform(X)
        return _read_text(inner, X)
    return _read_sequence(inner, steps, x)


def _read_sequence(inner: BaseSequenceEstimator, steps: list[Any], x: Any) -> RecurrenceInputs:
    sample = read_one_sample(inner, steps, x)
    net = inner.net_
    network = network_copy(inner)
    vectors = network.vectors(sample.prepared(net.dtype, torch.device(net.device)))
    folded, _ = network.fold(vectors)
    length = 1 if network.segments is None else network.segments.segment_length
    n_timesteps = int(sample.sequences.lengths[0])
    first = np.arange(folded.shape[1]) * length
    last = np.minimum(first + length, n_timesteps) - 1
    labels = sample.tokens
    if labels is not None and length > 1:
        labels = [" ".join(labels[i : j + 1]) for i, j in zip(first, last, strict=True)]
    return RecurrenceInputs(network.encoder, folded, first, last, labels)


def _read_text(model: RNNLanguageModel, X: Any) -> RecurrenceInputs:
    texts = model._texts.read(X, "x")
    ids = TokenTexts.joined(texts)[:-1]
    network: Any = network_copy(model)
    vectors = network.vectors(torch.from_numpy(ids[None]).to(model.net_.device))
    # before the first token, the network reads the mark that stands between texts.
    timesteps = np.arange(len(ids)) - 1
    labels = [str(name) for name in model._texts.names()[ids]]
    return RecurrenceInputs(network.encoder, vectors, timesteps, timesteps, labels)


def _read_history(forecaster: RNNForecaster, x: Any) -> RecurrenceInputs:
    window = read_one_history(fitted_forecaster(forecaster), x)
    history, future, static, *_ = window.inputs
    network: Any = network_copy(forecaster)
    steps = network.steps(history, future, static)
    length = network.segment_length
    first = window.first + np.arange(steps.shape[1]) * length
    labels = list(window.times(first).astype(str))
    return RecurrenceInputs(network.encoder, steps, first, first + length - 1, labels)
