"""Whether whole spans of labels are found, for example names in a text."""

from __future__ import annotations

import numpy as np

from skrnn.metrics._span_counts import count_spans
from skrnn.typing import LabelSequences

__all__ = ["span_f1_score"]

_AVERAGES = ("micro", "macro", None)


def span_f1_score(
    y_true: LabelSequences,
    y_pred: LabelSequences,
    *,
    scheme: str = "conll",
    average: str | None = "micro",
) -> float | dict[str, float]:
    """F1 of spans: the harmonic mean of how many found ones are right, and right ones found.

    Labels mark spans: "B-PER" begins one of the type PER, "I-PER" goes on inside it, "O" is outside
    of all. A span is right if its first and its last timestep and its type are.

    Parameters
    ----------
    y_true : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        True labels. A padded 2-D array is cut to the lengths of ``y_pred``. Timesteps without a
        true label (None, NaN or NA) are outside of all spans, and predictions there do not count.
    y_pred : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        Predicted labels, as `RNNTagger.predict` returns them.
    scheme : {"conll", "iob2", "bio", "iobes", "bioes", "bilou", "bmes"}, default="conll"
        How labels mark spans. "conll" reads IOB1, IOB2, IOE and IOBES, and labels that do not fit
        together as the evaluation of the CoNLL shared tasks does: an "I-PER" that does not follow
        its own type begins a span. The others are strict, and what does not fit is outside.
        "iob2", or "bio": a span begins with "B-" and goes on with "I-". "iobes", or "bioes": it
        also ends with "E-", or is a single "S-". "bilou" writes "L-" (last) and "U-" (unit) for
        these, "bmes" writes "M-" (middle) for "I-".
    average : {"micro", "macro"} or None, default="micro"
        "micro" counts the spans of all types together; "macro" is the mean over the types, rare
        ones as important as frequent ones; None returns the F1 of each type.

    Returns
    -------
    float, or dict of float
        From 0 to 1; with ``average=None`` by type, sorted. 0 where there is neither a true nor a
        predicted span.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    span_report : Precision, recall and F1 of each type.
    token_accuracy_score : Rates timesteps.

    References
    ----------
    Tjong Kim Sang and De Meulder (2003), "Introduction to the CoNLL-2003 Shared Task:
    Language-Independent Named Entity Recognition".
    Ramshaw and Marcus (1995), "Text Chunking using Transformation-Based Learning".

    Examples
    --------
    Of two names one is found whole, and a place is found that is none:

    >>> from skrnn.metrics import span_f1_score
    >>> y_true = [["B-PER", "I-PER", "O", "B-PER", "I-PER"]]
    >>> y_pred = [["B-PER", "I-PER", "B-LOC", "B-PER", "O"]]
    >>> span_f1_score(y_true, y_pred)
    0.4
    >>> span_f1_score(y_true, y_pred, average=None)
    {'LOC': 0.0, 'PER': 0.5}
    """
    if average not in _AVERAGES:
        raise ValueError(f"average: got {average!r}. Expected one of {_AVERAGES}.")
    counts = count_spans(y_true, y_pred, scheme)
    if average == "micro":
        return counts.total().f1
    by_type = {kind: counts.of_type(kind).f1 for kind in counts.types}
    if average is None:
        return by_type
    return float(np.mean([*by_type.values()])) if by_type else 0.0
