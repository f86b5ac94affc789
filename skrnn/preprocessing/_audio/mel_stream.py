"""The spectrogram of a recording while it arrives."""

from __future__ import annotations

import numpy as np

from skrnn.preprocessing._audio.mel_frames import MelFrames
from skrnn.preprocessing._audio.pcm import as_full_scale

__all__ = ["MelStream"]


class MelStream:
    """Turns the samples of one recording into spectra, piece by piece.

    Parameters
    ----------
    frames : MelFrames
        How a recording is cut into windows.
    """

    def __init__(self, frames: MelFrames) -> None:
        self._frames = frames
        # samples from that of the window ``_n_dropped`` on
        self._audio = np.empty(0)
        self._n_dropped = 0
        self._n_done = 0

    def read(self, audio: np.ndarray) -> np.ndarray:
        """Return the spectra, shape (n_frames, n_mels), of windows that are whole by now."""
        self._audio = np.concatenate([self._audio, as_full_scale(audio, np.float64)])
        # counted from what is kept, as the samples are
        n_whole = self._frames.n_whole(len(self._audio))
        return self._up_to(max(n_whole, self._n_done - self._n_dropped))

    def end(self) -> np.ndarray:
        """Return the spectra of the windows that reach beyond the end, where there are zeros."""
        return self._up_to(self._frames.n_frames(len(self._audio)))

    def _up_to(self, stop: int) -> np.ndarray:
        hop = self._frames.hop
        spectra = self._frames.log_mel(self._audio, self._n_done - self._n_dropped, stop)
        self._n_done = self._n_dropped + stop
        # a window reaches back half a transform at most.
        n_kept = -(-self._frames.n_fft // (2 * hop))
        n_dropped = max(0, self._n_done - n_kept)
        self._audio = self._audio[(n_dropped - self._n_dropped) * hop :]
        self._n_dropped = n_dropped
        return spectra
