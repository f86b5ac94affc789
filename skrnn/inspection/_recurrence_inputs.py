"""What the recurrence of an estimator reads of one sample, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._base import BaseSequenceEstimator
from skrnn._containers import describe
from skrnn._forecast_windows import Windows
from skrnn._forecaster import RNNForecaster
from skrnn._language_model import RNNLanguageModel
from skrnn._token_texts import TokenTexts
from skrnn._window_networks import transformed
from skrnn.inspection._one_sample import as_one_sample, network_copy, read_one_sample
from skrnn.modules import RecurrentEncoder

__all__ = ["EXPECTED", "KINDS", "RecurrenceInputs", "read_recurrence_inputs"]

# Estimators that have a recurrence, and how they are called.
KINDS = (BaseSequenceEstimator, RNNLanguageModel, RNNForecaster)
EXPECTED = "RNNClassifier, RNNRegressor, RNNTagger, RNNLanguageModel or RNNForecaster"


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
    vectors = network.vectors(torch.from_numpy(ids[None]).to(model._device()))
    # before the first token, the network reads the mark that stands between texts.
    timesteps = np.arange(len(ids)) - 1
    labels = [str(name) for name in model._texts.names()[ids]]
    return RecurrenceInputs(network.encoder, vectors, timesteps, timesteps, labels)


def _read_history(forecaster: RNNForecaster, x: Any) -> RecurrenceInputs:
    columns = forecaster._features.columns
    if columns:
        raise ValueError(
            f"estimator: got an RNNForecaster fitted with the features {list(columns[:5])}, which "
            "its network reads beside the series and x does not bring. Expected one fitted on y "
            "alone. Fit it without X to look inside."
        )
    request, data = forecaster._request(None, 1, x, None)
    if data.panel.n_series != 1 or len(request.cutoffs) != 1:
        raise ValueError(
            f"x: got {describe(x)}, which holds {data.panel.n_series} series. Expected the history "
            "of one series with an observed value. Pass one column, or one series of the panel."
        )
    panel = transformed(data.panel, forecaster._target_transform)
    networks, features = forecaster._networks, forecaster._lay_out(data, 0)
    device = torch.device(forecaster.net_.device)
    windows = Windows(panel, features, request.cutoffs, networks.shape, device)
    history, _, static, *_ = windows.batch(torch.zeros(1, dtype=torch.int64)).inputs
    network: Any = network_copy(forecaster)
    steps = network.steps(history, static)
    end = int(request.cutoffs[0] - panel.starts[0]) + 1
    length = network.segment_length
    first = end - networks.shape.context_length + np.arange(steps.shape[1]) * length
    times = panel.clock.index(panel.first[0] + first)
    labels = list(times.astype(str))
    return RecurrenceInputs(network.encoder, steps, first, first + length - 1, labels)
