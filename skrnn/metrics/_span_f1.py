"""Whether whole spans of labels are found: names, say, in a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from skrnn.metrics._label_pairs import read_label_pairs
from skrnn.typing import LabelSequences

__all__ = ["span_f1_score"]

_PREFIXES = {"conll": "BIES", "iob2": "BI"}
_AVERAGES = ("micro", "macro", None)

# Sample, first timestep, timestep behind the last, type.
Span = tuple[int, int, int, str]


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
        True labels. A padded 2-D array is cut to the lengths of ``y_pred``.
    y_pred : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        Predicted labels, as `RNNTagger.predict` returns them.
    scheme : {"conll", "iob2"}, default="conll"
        How labels that do not fit together are read. "conll", as the evaluation of the CoNLL shared
        tasks: an "I-PER" that does not follow its own type begins a span; "E-" (the end) and "S-"
        (a single timestep) are known, too, so IOB1, IOB2 and IOBES can be read. "iob2" is strict: a
        span begins with "B-", and any other "I-" is outside.
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
    if scheme not in tuple(_PREFIXES):
        raise ValueError(f"scheme: got {scheme!r}. Expected one of {sorted(_PREFIXES)}.")
    if average not in _AVERAGES:
        raise ValueError(f"average: got {average!r}. Expected one of {_AVERAGES}.")
    true, predicted, lengths = read_label_pairs(y_true, y_pred)
    true_spans = _find_spans(true.tolist(), lengths, scheme, "y_true")
    predicted_spans = _find_spans(predicted.tolist(), lengths, scheme, "y_pred")
    n_true, n_predicted, n_right = (
        Counter(kind for *_, kind in spans)
        for spans in (true_spans, predicted_spans, true_spans & predicted_spans)
    )
    if average == "micro":
        return _f1(n_right.total(), n_true.total() + n_predicted.total())
    by_type = {
        kind: _f1(n_right[kind], n_true[kind] + n_predicted[kind])
        for kind in sorted(n_true | n_predicted)
    }
    if average is None:
        return by_type
    return float(np.mean([*by_type.values()])) if by_type else 0.0


def _f1(n_right: int, n_spans: int) -> float:
    """F1 is 2 P R / (P + R), which is twice the right ones over the true and the found ones."""
    return 2 * n_right / n_spans if n_spans else 0.0


def _find_spans(labels: Sequence[Any], lengths: np.ndarray, scheme: str, name: str) -> set[Span]:
    parts = {label: _take_apart(label, scheme, name) for label in set(labels)}
    spans = set()
    first = 0
    for sample, length in enumerate(lengths.tolist()):
        begin, open_type = 0, None
        for step in range(length):
            prefix, kind = parts[labels[first + step]]
            goes_on = prefix in ("I", "E") and kind == open_type
            if open_type is not None and not goes_on:
                spans.add((sample, begin, step, open_type))
                open_type = None
            if prefix == "B" or (scheme == "conll" and prefix != "O" and not goes_on):
                begin, open_type = step, kind
            if prefix in ("E", "S"):
                spans.add((sample, begin, step + 1, kind))
                open_type = None
        if open_type is not None:
            spans.add((sample, begin, length, open_type))
        first += length
    return spans


def _take_apart(label: Any, scheme: str, name: str) -> tuple[str, str]:
    """Return prefix and type; a prefix alone has the type "_"."""
    prefix, dash, kind = label.partition("-") if isinstance(label, str) else ("", "", "")
    if label == "O" or (prefix in tuple(_PREFIXES[scheme]) and bool(dash) == bool(kind)):
        return prefix, kind or "_"
    raise ValueError(
        f"{name}: got the label {label!r}. Expected 'O', or a type behind one of the prefixes "
        f"{', '.join(one + '-' for one in _PREFIXES[scheme])}, such as 'B-PER'. For labels without "
        "spans use token_accuracy_score."
    )
