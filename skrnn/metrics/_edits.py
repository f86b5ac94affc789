"""The fewest edits that turn one sequence into another (Levenshtein, 1966)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skrnn.metrics._transcript_pairs import Units

__all__ = ["count_edits", "n_edits"]


def n_edits(true: Units, predicted: Units) -> int:
    """Return the Levenshtein distance."""
    *_, last = _rows_of_distances(*_as_numbers(true, predicted))
    return int(last[-1])


def count_edits(true: Units, predicted: Units) -> tuple[int, int, int, int]:
    """Return hits, substitutions, deletions and insertions of one shortest list of edits.

    Several lists may be equally short. Equal beginnings and ends are hits; between them, going back
    from the end, a deletion comes first where one is possible, then an insertion if the sequences
    before it are nearer to each other than without the true unit as well.
    """
    one, other = _as_numbers(true, predicted)
    n_same = _n_equal(one, other)
    one, other = one[n_same:], other[n_same:]
    n_same_at_end = _n_equal(one[::-1], other[::-1])
    one, other = one[: len(one) - n_same_at_end], other[: len(other) - n_same_at_end]
    distances = np.array([*_rows_of_distances(one, other)])
    row, column = len(one), len(other)
    n_hits, n_substitutions = n_same + n_same_at_end, 0
    while row and column:
        if distances[row, column] == distances[row - 1, column] + 1:
            row -= 1
        elif distances[row, column - 1] == distances[row - 1, column - 1] - 1:
            column -= 1
        else:
            row, column = row - 1, column - 1
            is_hit = one[row] == other[column]
            n_hits, n_substitutions = n_hits + is_hit, n_substitutions + (not is_hit)
    n_both = int(n_hits + n_substitutions)
    return int(n_hits), int(n_substitutions), len(true) - n_both, len(predicted) - n_both


def _as_numbers(true: Units, predicted: Units) -> tuple[np.ndarray, np.ndarray]:
    numbers: dict[object, int] = {}
    for unit in (*true, *predicted):
        numbers.setdefault(unit, len(numbers))
    one, other = (
        np.array([numbers[unit] for unit in units], dtype=np.int64) for units in (true, predicted)
    )
    return one, other


def _n_equal(one: np.ndarray, other: np.ndarray) -> int:
    """Return how many leading units are equal."""
    shortest = min(len(one), len(other))
    differs = one[:shortest] != other[:shortest]
    return int(differs.argmax()) if differs.any() else shortest


def _rows_of_distances(one: np.ndarray, other: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the table of distances between all beginnings, row by row."""
    steps = np.arange(len(other) + 1, dtype=np.int32)
    distances = steps
    yield distances
    for row, unit in enumerate(one.tolist(), start=1):
        replaced = distances[:-1] + (other != unit)
        reached = np.concatenate([[row], np.minimum(distances[1:] + 1, replaced)])
        # insertions follow one another along the row.
        distances = (np.minimum.accumulate(reached - steps) + steps).astype(np.int32)
        yield distances
