"""Samples of audio as floats: full scale is 1."""

from __future__ import annotations

import numpy as np

# What is subtracted from samples of each type, and what they are divided by then. Unsigned 8-bit
# samples, as WAV files have them, are silent at 128.
FULL_SCALE = {
    np.dtype(np.uint8): (128.0, 2.0**7),
    np.dtype(np.int8): (0.0, 2.0**7),
    np.dtype(np.int16): (0.0, 2.0**15),
    np.dtype(np.int32): (0.0, 2.0**31),
}


def is_pcm(dtype: np.dtype) -> bool:
    """Whether integers of this type are samples whose full scale is known."""
    return dtype.newbyteorder("=") in FULL_SCALE


def as_full_scale(samples: np.ndarray, dtype: type[np.floating]) -> np.ndarray:
    """Return integer samples in [-1, 1), and floats as they are, as floats of ``dtype``."""
    if samples.dtype.kind == "f":
        return samples.astype(dtype)
    silence, full_scale = FULL_SCALE[samples.dtype.newbyteorder("=")]
    # Offset and division by a power of two are exact in float64.
    return ((samples - silence) / full_scale).astype(dtype, copy=False)
