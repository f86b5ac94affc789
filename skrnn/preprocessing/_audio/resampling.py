"""Audio at another sampling rate."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

__all__ = ["resampled"]


def resampled(audio: np.ndarray, rate: float, new_rate: float) -> np.ndarray:
    """Return audio of ``rate`` at ``new_rate``, both in Hz; time is the first axis.

    Frequencies above half of the lower rate are removed. What has no samples stays as it is.
    """
    if rate == new_rate or not len(audio):
        return audio
    ratio = Fraction(new_rate).limit_denominator(1000) / Fraction(rate).limit_denominator(1000)
    return resample_poly(audio, ratio.numerator, ratio.denominator)
