"""Spans of labels, and how many of them are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skrnn._input.label_schemes import take_apart
from skrnn.metrics._label_pairs import read_label_pairs

__all__ = ["SpanCounts", "count_spans"]

_SCHEMES = ("conll", "iob2", "bio", "iobes", "bioes", "bilou", "bmes")
# Strict schemes that mark the last timestep of a span.
_WITH_ENDS = ("iobes", "bioes", "bilou", "bmes")

_REMEDY = "For labels without spans use token_accuracy_score."

# Sample, first timestep, timestep after the last, type.
Span = tuple[int, int, int, str]


class Found(NamedTuple):
    """How many spans there are, and how many of them are found."""

    n_true: int
    n_predicted: int
    n_right: int

    @property
    def precision(self) -> float:
        """Share of the predicted spans that are right."""
        return self.n_right / self.n_predicted if self.n_predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the true spans that are found."""
        return self.n_right / self.n_true if self.n_true else 0.0

    @property
    def f1(self) -> float:
        """2 P R / (P + R), which is twice the right spans over the true and the found ones."""
        n_spans = self.n_true + self.n_predicted
        return 2 * self.n_right / n_spans if n_spans else 0.0


@dataclass(frozen=True)
class SpanCounts:
    """The number of spans of each type."""

    n_true: Counter[str]
    n_predicted: Counter[str]
    n_right: Counter[str]

    @property
    def types(self) -> list[str]:
        """Types of true or predicted spans, sorted."""
        return sorted(self.n_true | self.n_predicted)

    def of_type(self, kind: str) -> Found:
        """Return the counts of one type."""
        return Found(self.n_true[kind], self.n_predicted[kind], self.n_right[kind])

    def total(self) -> Found:
        """Return the counts of all types together."""
        return Found(self.n_true.total(), self.n_predicted.total(), self.n_right.total())


def count_spans(y_true: Any, y_pred: Any, scheme: str) -> SpanCounts:
    """Count true, predicted and rightly predicted spans by type.

    Parameters
    ----------
    y_true, y_pred : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
    scheme : {"conll", "iob2", "iobes", "bilou", "bmes"}
    """
    if scheme not in _SCHEMES:
        raise ValueError(f"scheme: got {scheme!r}. Expected one of {sorted(_SCHEMES)}.")
    pairs = read_label_pairs(y_true, y_pred)
    true, predicted = pairs.true.tolist(), pairs.predicted.tolist()
    if pairs.is_labelled is not None:
        # outside of all spans on both sides, so that nothing is found or missed there.
        for step in np.flatnonzero(~pairs.is_labelled):
            true[step] = predicted[step] = "O"
    true_spans = _find_spans(true, pairs.lengths, scheme, "y_true")
    predicted_spans = _find_spans(predicted, pairs.lengths, scheme, "y_pred")
    counts = (
        Counter(kind for *_, kind in spans)
        for spans in (true_spans, predicted_spans, true_spans & predicted_spans)
    )
    return SpanCounts(*counts)


def _find_spans(labels: Sequence[Any], lengths: np.ndarray, scheme: str, name: str) -> set[Span]:
    parts = {label: take_apart(label, scheme, name, _REMEDY) for label in set(labels)}
    find = _closed_spans if scheme in _WITH_ENDS else _open_ended_spans
    spans = set()
    first = 0
    for sample, length in enumerate(lengths.tolist()):
        steps = [parts[label] for label in labels[first : first + length]]
        found = find(steps, starts_anywhere=scheme == "conll")
        spans |= {(sample, *span) for span in found}
        first += length
    return spans


def _open_ended_spans(
    steps: list[tuple[str, str]], *, starts_anywhere: bool
) -> list[tuple[int, int, str]]:
    """Return spans that go on as long as their labels do."""
    spans = []
    begin, open_type = 0, None
    for step, (prefix, kind) in enumerate(steps):
        goes_on = prefix in ("I", "E") and kind == open_type
        if open_type is not None and not goes_on:
            spans.append((begin, step, open_type))
            open_type = None
        if prefix == "B" or (starts_anywhere and prefix != "O" and not goes_on):
            begin, open_type = step, kind
        if prefix in ("E", "S"):
            spans.append((begin, step + 1, kind))
            open_type = None
    if open_type is not None:
        spans.append((begin, len(steps), open_type))
    return spans


def _closed_spans(
    steps: list[tuple[str, str]], *, starts_anywhere: bool
) -> list[tuple[int, int, str]]:
    """Return spans with a marked end; those without one are none."""
    spans = []
    begin, open_type = 0, None
    for step, (prefix, kind) in enumerate(steps):
        if prefix == "S":
            begin, open_type = step, kind
        if prefix in ("E", "S") and kind == open_type:
            spans.append((begin, step + 1, kind))
        if prefix == "B":
            begin, open_type = step, kind
        elif prefix != "I" or kind != open_type:
            open_type = None
    return spans
