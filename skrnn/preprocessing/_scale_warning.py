"""What a ScaleWarning says: which samples, which features, and what they look like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.jagged import JaggedSequences
from skrnn.exceptions import ScaleWarning
from skrnn.preprocessing._sample_scale import sample_mean_and_std

__all__ = ["REMEDY", "warn_of_other_scale"]

REMEDY = "Convert these samples, set wrong values to NaN, or leave the samples out."

# Samples or features that are named, and groups of both.
_N_LISTED = 20
_N_GROUPS = 5


def warn_of_other_scale(
    name: str,
    sequences: JaggedSequences,
    unusual: np.ndarray,
    usual_magnitude: np.ndarray,
    *,
    numbers: np.ndarray | None = None,
    noun: str = "feature",
    labels: Sequence[str] | None = None,
    remedy: str,
) -> None:
    """Warn of samples of another unit or scale, if there are any.

    Parameters
    ----------
    name : str
        The argument that holds them.
    sequences : JaggedSequences
        All samples of it.
    unusual : ndarray of bool, shape (n_samples, n_features)
        Which are of another scale, in which features.
    usual_magnitude : ndarray of shape (n_features,)
        What root mean square the samples usually have.
    numbers : ndarray of int, shape (n_samples,), or None
        The samples' places in the argument; None if they are in its order.
    noun : str
        What a column is.
    labels : sequence of str, or None
        What the columns are called; None if there is nothing to tell apart.
    remedy : str
        What to do, and what becomes of these samples.
    """
    if not unusual.any():
        return
    mean, std = sample_mean_and_std(sequences)
    magnitude = np.hypot(mean, std)
    numbers = np.arange(len(sequences)) if numbers is None else numbers
    found = [
        f"{_listed('sample', [str(number) for number in np.sort(numbers[members])])}"
        + _describe(np.flatnonzero(columns), magnitude[members], usual_magnitude, noun, labels)
        for columns, members in _features_by_samples(unusual)
    ]
    more = f"; {len(found) - _N_GROUPS} more groups" if len(found) > _N_GROUPS else ""
    warn_caller(
        f"{name}: got {'; '.join(found[:_N_GROUPS])}{more}. Expected one unit and one scale for "
        f"all samples. {remedy}",
        ScaleWarning,
    )


def _features_by_samples(unusual: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield features that have the same samples of another scale, and these samples, as masks."""
    patterns, pattern_of = np.unique(unusual, axis=1, return_inverse=True)
    for number, members in enumerate(patterns.T):
        if members.any():
            yield pattern_of.ravel() == number, members


def _describe(
    columns: np.ndarray,
    magnitude: np.ndarray,
    usual_magnitude: np.ndarray,
    noun: str,
    labels: Sequence[str] | None,
) -> str:
    """Say in which columns some samples are of another scale, and what they look like."""
    first = columns[0]
    values = f"of about {np.median(magnitude[:, first]):.3g} where {usual_magnitude[first]:.3g} is"
    if labels is None:
        return f", values {values} usual"
    named = _listed(noun, [labels[j] for j in columns])
    of_first = f"of {noun} {labels[first]} " if len(columns) > 1 else ""
    return f" in {named}, values {of_first}{values} usual"


def _listed(noun: str, items: list[str]) -> str:
    if len(items) == 1:
        return f"{noun} {items[0]}"
    if len(items) > _N_LISTED:
        return f"{len(items)} {noun}s ({', '.join(items[:_N_LISTED])}, ...)"
    return f"{noun}s {', '.join(items[:-1])} and {items[-1]}"
