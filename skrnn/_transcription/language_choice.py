"""How much network and language model prefer each of the transcripts that are left in a beam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skrnn._transcription.prefix_beam import Hypothesis

__all__ = ["language_scores"]


def language_scores(
    model: Any,
    samples: list[list[Hypothesis]],
    join: Callable[[list[int]], str],
    language_weight: float,
    word_bonus: float,
) -> list[np.ndarray]:
    """Return the scores of the transcripts of each sample; the largest is the best.

    Parameters
    ----------
    model : estimator
        Fitted; ``log_prob(texts)`` gives the log-probability of each text.
    samples : list of list of Hypothesis
        Transcripts of each sample, and their log-probabilities.
    join : callable
        From a transcript to its text.
    language_weight : float
        What the language model's log-probabilities are multiplied with.
    word_bonus : float
        Added for each word.

    Raises
    ------
    ValueError
        If the model does not answer with a number for each text.
    """
    texts = [[join(ids) for ids, _ in hypotheses] for hypotheses in samples]
    distinct = sorted({text for row in texts for text in row})
    try:
        log_probs = np.asarray(model.log_prob(distinct), dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"language_model: got one whose log_prob cannot read a list of texts: {error} "
            "Expected a model that was fitted to strings. Fit it to texts like y."
        ) from error
    if log_probs.shape != (len(distinct),) or np.isnan(log_probs).any():
        raise ValueError(
            f"language_model: got {log_probs!r:.80} from log_prob for {len(distinct)} texts. "
            "Expected a log-probability of each. Mend log_prob of the model."
        )
    # what is impossible to the model stays possible with a weight of 0.
    if language_weight == 0:
        log_probs = np.zeros(len(distinct))
    spoken = dict(zip(distinct, language_weight * log_probs, strict=True))
    return [
        np.array(
            [
                log_prob + spoken[text] + word_bonus * len(text.split())
                for (_, log_prob), text in zip(hypotheses, row, strict=True)
            ]
        )
        for hypotheses, row in zip(samples, texts, strict=True)
    ]
