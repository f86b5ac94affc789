"""The one number of an estimator's answer that is explained, as a function of the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._input.integers import is_integer
from skrnn._sequences.regressor import RNNRegressor
from skrnn._sequences.tagger import RNNTagger
from skrnn._transcription.transcriber import RNNTranscriber
from skrnn.modules.linear_chain import label_scores

__all__ = ["OUTPUTS", "ExplainedOutput", "choose_output", "read_output"]

OUTPUTS = ("log_odds", "probability")

# What rules a label out: an infinity would turn gradients into NaN.
_IMPOSSIBLE = -1e30


@dataclass(frozen=True)
class ExplainedOutput:
    """One number of an answer.

    Attributes
    ----------
    of : callable
        From token vectors or measurements of one sample, copied n_points times and changed, of
        shape (n_points, n_timesteps, width), to the number of each, shape (n_points,).
    target : label or int
        The class, label or target that is explained.
    name : str
        Says what the number is.
    unit : float
        A distance that counts as 1: for a regressor the standard deviation of the target.
    """

    of: Callable[[Tensor], Tensor]
    target: Any
    name: str
    unit: float = 1.0


def choose_output(
    estimator: Any,
    network: Any,
    vectors: Tensor,
    *,
    target: Any,
    output: Any,
    timestep: Any,
) -> ExplainedOutput:
    """Say which number is explained.

    Parameters
    ----------
    estimator : RNNClassifier, RNNRegressor, RNNTagger or RNNTranscriber
        Fitted.
    network : SequenceModel, TaggingModel or TranscriptionModel
        A copy of its network.
    vectors : Tensor of shape (1, n_timesteps, width)
        What it reads of the sample: where no target is given, the answer for it decides.
    target, output, timestep
        What the user passed.

    Raises
    ------
    ValueError
        If one of them cannot be used; the message names it.
    """
    has_steps = isinstance(estimator, (RNNTagger, RNNTranscriber))
    if has_steps:
        timestep = _read_timestep(estimator, timestep, vectors.shape[1])
    elif timestep is not None:
        raise ValueError(
            f"timestep: got {timestep!r} for an {type(estimator).__name__}, which has one answer "
            "for the whole sample. Expected None. Leave it out; RNNTagger and RNNTranscriber "
            "have an answer for each timestep."
        )
    if isinstance(estimator, RNNRegressor):
        return _regression(estimator, network, target)
    if has_steps:
        folded = 1 if network.segments is None else network.segments.segment_length
        odds = _label_log_odds(network, timestep // folded)
        place = f" at timestep {timestep}"
    else:
        odds = _class_log_odds(network, is_multilabel=estimator._targets.is_multilabel)
        place = ""
    with torch.no_grad():
        classes = estimator.tokens_ if isinstance(estimator, RNNTranscriber) else estimator.classes_
        column = _class_column(classes.tolist(), target, odds(vectors)[0])
    target = classes[column]
    if output == "log_odds":
        return ExplainedOutput(
            lambda points: odds(points)[:, column], target, f"log-odds of {target}{place}"
        )
    return ExplainedOutput(
        lambda points: odds(points)[:, column].sigmoid(), target, f"probability of {target}{place}"
    )


def read_output(output: Any) -> None:
    """Raise a ValueError unless ``output`` is one of ``OUTPUTS``."""
    if output not in OUTPUTS:
        raise ValueError(
            f"output: got {output!r}. Expected one of {OUTPUTS}. Leave it out for log-odds."
        )


def _read_timestep(estimator: Any, timestep: Any, n_timesteps: int) -> int:
    if not is_integer(timestep) or not -n_timesteps <= timestep < n_timesteps:
        raise ValueError(
            f"timestep: got {timestep!r} for an {type(estimator).__name__} and a sample of "
            f"{n_timesteps} timesteps. Expected an integer from 0 to {n_timesteps - 1}. Pass the "
            "timestep whose answer is to be explained; -1 is the last one."
        )
    return int(timestep) % n_timesteps


def _regression(estimator: RNNRegressor, network: Any, target: Any) -> ExplainedOutput:
    n_outputs = estimator.n_outputs_
    if target is None and n_outputs == 1:
        target = 0
    if not is_integer(target) or not 0 <= target < n_outputs:
        raise ValueError(
            f"target: got {target!r}, while the regressor has {n_outputs} target(s). Expected the "
            f"position of one, from 0 to {n_outputs - 1}. Pass target=0 for the first."
        )
    scale, mean = (
        float(part[target]) for part in (estimator._targets.scale, estimator._targets.mean)
    )
    name = "prediction" if n_outputs == 1 else f"prediction of target {target}"

    def predict(vectors: Tensor) -> Tensor:
        return _outputs(network, vectors)[:, target] * scale + mean

    return ExplainedOutput(predict, int(target), name, scale)


def _outputs(network: Any, vectors: Tensor) -> Tensor:
    states, last, lengths = network.encode_vectors(vectors)
    return network.map_to_outputs(network.pooling(states, lengths, last))


def _class_log_odds(network: Any, *, is_multilabel: bool) -> Callable[[Tensor], Tensor]:
    def log_odds(vectors: Tensor) -> Tensor:
        scores = _outputs(network, vectors)
        return scores if is_multilabel else _against_the_others(scores)

    return log_odds


def _label_log_odds(network: Any, step: int) -> Callable[[Tensor], Tensor]:
    chain = getattr(network, "chain", None)

    def log_odds(vectors: Tensor) -> Tensor:
        states, _, _ = network.encode_vectors(vectors)
        scores = network.map_to_outputs(states)
        if chain is not None:
            lengths = torch.full((len(scores),), scores.shape[1])
            scores = label_scores(chain(scores), lengths)
        return _against_the_others(scores[:, step])

    return log_odds


def _against_the_others(scores: Tensor) -> Tensor:
    """Return the log-odds of each column of scores against all others together."""
    n_classes = scores.shape[1]
    others = scores[:, None].expand(-1, n_classes, -1)
    itself = torch.eye(n_classes, dtype=torch.bool, device=scores.device)
    return scores - others.masked_fill(itself, _IMPOSSIBLE).logsumexp(dim=2)


def _class_column(known: list[Any], target: Any, log_odds: Tensor) -> int:
    if target is None:
        return int(log_odds.argmax())
    label = target.item() if isinstance(target, np.generic) else target
    if isinstance(label, bool) != isinstance(known[-1], bool) or label not in known:
        raise ValueError(
            f"target: got {target!r}. Expected one of the classes {known}. Leave it out to explain "
            "the most probable one."
        )
    return known.index(label)
