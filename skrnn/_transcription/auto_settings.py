"""What "auto" stands for in the transcriber, from its samples and transcripts."""

from __future__ import annotations

import math

import numpy as np

from skrnn._training.auto_settings import auto_batch_size, auto_segment_length

__all__ = ["auto_transcript_batch_size", "auto_transcript_epochs", "auto_transcript_segment_length"]

# Updates, largest batch, fewest and most epochs of a transcriber.
_TRANSCRIPT_UPDATES, _TRANSCRIPT_BATCH, _TRANSCRIPT_EPOCHS = 2500, 16, (10, 150)


def auto_transcript_batch_size(n_samples: int) -> int:
    """Return a power of two near a twelfth of the samples, 8 or 16."""
    return min(auto_batch_size(n_samples), _TRANSCRIPT_BATCH)


def auto_transcript_epochs(n_samples: int, batch_size: int) -> int:
    """Return the passes that make about 2500 updates, at least 10 and at most 150.

    An alignment is found only after many updates.
    """
    epochs = round(_TRANSCRIPT_UPDATES / math.ceil(n_samples / batch_size))
    return int(np.clip(epochs, *_TRANSCRIPT_EPOCHS))


def auto_transcript_segment_length(lengths: np.ndarray, n_needed: np.ndarray) -> int:
    """Fold as :func:`auto_segment_length`, but leave transcripts the steps that they need.

    Every one of them as many as it needs, and 95% twice as many.
    """
    per_step = lengths / np.maximum(n_needed, 1)
    fits = min(per_step.min(), np.quantile(per_step, 0.05) / 2)
    return max(1, min(int(fits), auto_segment_length(lengths)))
