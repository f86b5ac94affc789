"""Sequences that Hypothesis draws."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


@st.composite
def ragged_sequences(draw, max_samples=5, max_timesteps=6, max_features=3):
    """Sequences with missing values inside, their first and last timestep observed."""
    n_features = draw(st.integers(1, max_features))
    # Eighths: exact in float32, and far from the rounding level at which a spread is none.
    values = st.integers(-400, 400).map(lambda i: i / 8)
    sequences = []
    for length in draw(st.lists(st.integers(1, max_timesteps), min_size=1, max_size=max_samples)):
        x = draw(hnp.arrays(np.float64, (length, n_features), elements=values))
        is_missing = draw(hnp.arrays(bool, (length, n_features)))
        is_missing[[0, -1]] = False
        sequences.append(np.where(is_missing, np.nan, x))
    return sequences
