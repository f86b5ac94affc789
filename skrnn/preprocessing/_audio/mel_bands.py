"""Triangular filters that are evenly spaced on the mel scale."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import sparse

MelScale = Literal["slaney", "htk"]

# Slaney's scale is linear up to 1 kHz, which is 15 mel, and logarithmic above: 27 mel are a factor
# of 6.4.
_LINEAR_HZ_PER_MEL = 200 / 3
_CORNER_HZ = 1000.0
_CORNER_MEL = _CORNER_HZ / _LINEAR_HZ_PER_MEL
_MEL_PER_LOG = 27 / np.log(6.4)


def hz_to_mel(hz: np.ndarray, scale: MelScale) -> np.ndarray:
    """Return the pitch in mel of frequencies in Hz, 0 or more."""
    if scale == "htk":
        return 2595 * np.log10(1 + hz / 700)
    logarithmic = _CORNER_MEL + _MEL_PER_LOG * np.log(np.maximum(hz, _CORNER_HZ) / _CORNER_HZ)
    return np.where(hz < _CORNER_HZ, hz / _LINEAR_HZ_PER_MEL, logarithmic)


def mel_to_hz(mel: np.ndarray, scale: MelScale) -> np.ndarray:
    """Return the frequency in Hz of a pitch in mel, 0 or more."""
    if scale == "htk":
        return 700 * (10 ** (mel / 2595) - 1)
    logarithmic = _CORNER_HZ * np.exp((np.maximum(mel, _CORNER_MEL) - _CORNER_MEL) / _MEL_PER_LOG)
    return np.where(mel < _CORNER_MEL, mel * _LINEAR_HZ_PER_MEL, logarithmic)


def band_edges(n_mels: int, f_min: float, f_max: float, scale: MelScale) -> np.ndarray:
    """Return n_mels + 2 frequencies in Hz: band i lies between i and i + 2, its peak at i + 1."""
    low, high = hz_to_mel(np.array([f_min, f_max]), scale)
    return mel_to_hz(np.linspace(low, high, n_mels + 2), scale)


def mel_filters(edges: np.ndarray, n_fft: int, sampling_rate: float) -> sparse.csr_array:
    """Return what each band takes of each frequency of a Fourier transform.

    Parameters
    ----------
    edges : ndarray of shape (n_mels + 2,)
        Frequencies in Hz, as :func:`band_edges` returns them.
    n_fft : int
        Samples of the transform.
    sampling_rate : float
        Samples a second.

    Returns
    -------
    sparse array of float64, shape (n_mels, n_fft // 2 + 1)
        Triangles of area 1 over the frequency in Hz (Slaney's norm). A band that lies between two
        frequencies of the transform has a row of zeros.
    """
    frequencies = np.fft.rfftfreq(n_fft, 1 / sampling_rate)
    low, peak, high = edges[:-2, np.newaxis], edges[1:-1, np.newaxis], edges[2:, np.newaxis]
    rising = (frequencies - low) / (peak - low)
    falling = (high - frequencies) / (high - peak)
    triangles = np.clip(np.minimum(rising, falling), 0, None)
    # Most of a row is zeros. A product with a sparse array is faster than a dense one, and gives
    # the same bits whatever the number of threads.
    return sparse.csr_array(2 / (high - low) * triangles)
