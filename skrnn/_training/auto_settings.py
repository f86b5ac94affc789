"""The settings that "auto" stands for, from the number and the lengths of the samples alone."""

from __future__ import annotations

import math

import numpy as np

__all__ = [
    "EPOCH_LIMITS",
    "N_UPDATES",
    "auto_batch_size",
    "auto_max_epochs",
    "auto_segment_length",
]

# Recurrent steps of a typical sequence, and how many times as many a long one may have.
_STEPS = 32
_LONGEST = 4

# Updates that small data needs, and fewest and most passes over the data.
N_UPDATES = 1000
EPOCH_LIMITS = (5, 150)


def auto_segment_length(lengths: np.ndarray) -> int:
    """Fold until half of the sequences have at most 32 recurrent steps, and 95% of them 128.

    A recurrent network forgets over hundreds of steps, and its time is linear in them.
    """
    # not the longest: one odd recording would fold all others to a single step.
    typical, longest = np.quantile(lengths, [0.5, 0.95])
    return math.ceil(max(typical / _STEPS, longest / (_LONGEST * _STEPS)))


def auto_batch_size(n_samples: int) -> int:
    """Return a power of two near a twelfth of the samples, from 8 to 64.

    Small data needs small batches to get many updates out of few passes.
    """
    return int(np.clip(2 ** round(math.log2(max(1.0, n_samples / 12))), 8, 64))


def auto_max_epochs(n_samples: int, batch_size: int, n_updates: int = N_UPDATES) -> int:
    """Return the passes that make about so many updates, at least 5 and at most 150."""
    return int(np.clip(round(n_updates / math.ceil(n_samples / batch_size)), *EPOCH_LIMITS))
