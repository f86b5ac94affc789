"""Precision, recall and F1 of the spans of each type, as a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.integers import is_integer
from skrnn.metrics._span_counts import Found, SpanCounts, count_spans
from skrnn.typing import LabelSequences

__all__ = ["span_report"]

_COLUMNS = ("precision", "recall", "f1-score", "support")


def span_report(
    y_true: LabelSequences,
    y_pred: LabelSequences,
    *,
    scheme: str = "conll",
    digits: int = 2,
    output_dict: bool = False,
) -> str | dict[str, dict[str, float]]:
    """Report precision, recall and F1 of the spans of each type.

    Labels mark spans as for `span_f1_score`. Precision is the share of the predicted spans that are
    right, recall the share of the true ones that are found.

    Parameters
    ----------
    y_true : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        True labels. A padded 2-D array is cut to the lengths of ``y_pred``. Timesteps without a
        true label (None, NaN or NA) are outside of all spans, and predictions there do not count.
    y_pred : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
        Predicted labels, as `RNNTagger.predict` returns them.
    scheme : {"conll", "iob2", "bio", "iobes", "bioes", "bilou", "bmes"}, default="conll"
        How labels mark spans, and what becomes of those that do not fit, as for `span_f1_score`.
    digits : int, default=2
        Decimals in the text, 0 or more.
    output_dict : bool, default=False
        Whether to return numbers instead of a text. A type of spans must not have the name of an
        average then.

    Returns
    -------
    str, or dict of dict
        A row for each type, sorted, and the averages: ``"micro avg"`` counts the spans of all types
        together, ``"macro avg"`` is the mean over the types, ``"weighted avg"`` the mean weighted
        by their true spans. With ``output_dict`` each row is a dict of ``"precision"``,
        ``"recall"``, ``"f1-score"`` and ``"support"``, the number of true spans. A share of no
        spans is 0.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    span_f1_score : A single number, for scorers.

    Examples
    --------
    >>> from skrnn.metrics import span_report
    >>> y_true = [["B-PER", "L-PER", "O", "U-LOC"]]
    >>> y_pred = [["B-PER", "L-PER", "U-LOC", "U-LOC"]]
    >>> print(span_report(y_true, y_pred, scheme="bilou"))
                  precision    recall  f1-score   support
    <BLANKLINE>
             LOC       0.50      1.00      0.67         1
             PER       1.00      1.00      1.00         1
    <BLANKLINE>
       micro avg       0.67      1.00      0.80         2
       macro avg       0.75      1.00      0.83         2
    weighted avg       0.75      1.00      0.83         2
    <BLANKLINE>
    """
    if not is_integer(digits, at_least=0):
        raise ValueError(f"digits: got {digits!r}. Expected a number of decimals, 0 or more.")
    counts = count_spans(y_true, y_pred, scheme)
    by_type = {kind: _row(counts.of_type(kind)) for kind in counts.types}
    averages = _averages(counts, by_type)
    if output_dict:
        both = sorted(by_type.keys() & averages.keys())
        if both:
            raise ValueError(
                f"y_true and y_pred: got spans of the type {both[0]!r}, which is the name of a row "
                "of averages too. Expected other types in a dict, which has each name once. Rename "
                f"the type, such as 'I-{both[0]}' to 'I-{both[0].replace(' ', '_')}', or leave "
                "output_dict out: the text has the types above the averages."
            )
        return by_type | averages
    return _as_text(by_type, averages, digits)


def _row(found: Found) -> dict[str, Any]:
    values = (found.precision, found.recall, found.f1, found.n_true)
    return dict(zip(_COLUMNS, values, strict=True))


def _averages(counts: SpanCounts, by_type: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    n_true = counts.total().n_true
    support = np.array([row["support"] for row in by_type.values()], dtype=float)
    averages = {"micro avg": _row(counts.total())}
    for name, weight in (("macro avg", np.ones(len(support))), ("weighted avg", support)):
        averages[name] = {"support": n_true} | {
            column: float(np.average([row[column] for row in by_type.values()], weights=weight))
            if weight.any()
            else 0.0
            for column in _COLUMNS[:3]
        }
        averages[name] = {column: averages[name][column] for column in _COLUMNS}
    return averages


def _as_text(
    by_type: dict[str, dict[str, Any]], averages: dict[str, dict[str, Any]], digits: int
) -> str:
    width = max(len(name) for name in (by_type | averages))
    blank = ""
    lines = [f"{blank:>{width}} " + "".join(f" {column:>9}" for column in _COLUMNS), blank]
    for rows in (by_type, averages):
        for name, row in rows.items():
            shares = "".join(f" {row[column]:9.{digits}f}" for column in _COLUMNS[:3])
            lines.append(f"{name:>{width}} {shares} {row['support']:9}")
        lines.append(blank)
    return "\n".join(lines)
