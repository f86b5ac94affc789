"""The log-mel spectrum of each window of a recording."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import sparse
from scipy.fft import rfft

from skrnn.preprocessing._audio.pcm import as_full_scale

# Numbers that the Fourier transforms of one block take: small enough for a processor's cache.
_BLOCK = 2**17


class MelFrames(NamedTuple):
    """How a recording is cut into windows, and what becomes of each.

    Attributes
    ----------
    window : ndarray of float64, shape (n_window,)
        What the samples are multiplied by.
    hop : int
        Samples from one window to the next.
    n_fft : int
        Samples of the Fourier transform, n_window or more.
    filters : sparse array of shape (n_mels, n_fft // 2 + 1)
        What each band takes of each frequency.
    floor : float
        Smallest power whose logarithm is taken.
    """

    window: np.ndarray
    hop: int
    n_fft: int
    filters: sparse.csr_array
    floor: float

    def n_frames(self, n_samples: int) -> int:
        """Return how many windows a recording has."""
        return 1 + n_samples // self.hop

    def n_whole(self, n_samples: int) -> int:
        """Return how many windows, from the first on, end within so many samples."""
        behind_centre = len(self.window) - self.n_fft // 2 + (self.n_fft - len(self.window)) // 2
        return max(0, self.n_frames(n_samples - behind_centre))

    def log_mel(self, audio: np.ndarray, first: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the float32 spectrogram of windows ``first`` to ``stop``, (n_frames, n_mels).

        None stands for all windows that audio of shape (n_samples,) has.
        """
        stop = self.n_frames(len(audio)) if stop is None else stop
        spectrogram = np.empty((stop - first, self.filters.shape[0]), dtype=np.float32)
        n_at_once = max(1, _BLOCK // self.n_fft)
        for start in range(0, len(spectrogram), n_at_once):
            block = spectrogram[start : start + n_at_once]
            frames = self._frames(audio, first + start, len(block))
            spectrum = rfft(frames * self.window, self.n_fft)
            power = spectrum.real**2 + spectrum.imag**2
            mel = self.filters @ power.T
            np.log(np.maximum(mel, self.floor, out=mel), out=mel)
            block[:] = mel.T
        return spectrogram

    def _frames(self, audio: np.ndarray, first: int, n_frames: int) -> np.ndarray:
        """Return the samples in windows ``first`` and following, (n_frames, n_window), as float64.

        The transform's middle lies on sample ``frame * hop``, and the window in its middle, as
        librosa has it for lengths that are odd, too. Around the recording there are zeros.
        """
        n_window = len(self.window)
        start = first * self.hop - self.n_fft // 2 + (self.n_fft - n_window) // 2
        stop = start + (n_frames - 1) * self.hop + n_window
        samples = np.zeros(stop - start)
        inside = audio[max(start, 0) : max(stop, 0)]
        offset = max(-start, 0)
        samples[offset : offset + len(inside)] = as_full_scale(inside, np.float64)
        return sliding_window_view(samples, n_window)[:: self.hop]
