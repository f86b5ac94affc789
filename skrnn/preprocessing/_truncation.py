"""Cutting sequences to a maximal length at one of their ends."""

from __future__ import annotations

import numpy as np

from skrnn._input.jagged import JaggedSequences


def truncate(sequences: JaggedSequences, max_length: int, truncation: str) -> JaggedSequences:
    """Cut timesteps off the end, or the start, of the sequences that are too long.

    Parameters
    ----------
    sequences : JaggedSequences
        Measurements or token ids.
    max_length : int
        Number of timesteps that may remain, at least 1.
    truncation : {"end", "start"}
        Where timesteps are cut off.

    Returns
    -------
    JaggedSequences
    """
    lengths = sequences.lengths
    if (lengths <= max_length).all():
        return sequences
    sample = sequences.sample_of_step
    step = np.arange(len(sequences.values)) - sequences.starts[sample]
    if truncation == "end":
        is_kept = step < max_length
    else:
        is_kept = step >= (lengths - max_length)[sample]
    return JaggedSequences(sequences.values[is_kept], np.minimum(lengths, max_length))
