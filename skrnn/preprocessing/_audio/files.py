"""Audio files to arrays."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.integers import check_integer
from skrnn.preprocessing._audio.pcm import as_full_scale
from skrnn.preprocessing._audio.recording_forms import read_from_memory
from skrnn.preprocessing._audio.resampling import resampled
from skrnn.preprocessing._audio.wav import is_wav, read_wav_header, read_wav_samples

__all__ = ["read_audio"]

_INSTALL = 'python -m pip install "skrnn[audio]"'
# Rates above are lengths, or a slip: ultrasound of bats is recorded at half of it.
_HIGHEST_RATE = 1_000_000


def read_audio(
    path: str | os.PathLike[str], *, sampling_rate: int | None = None, mono: bool = False
) -> tuple[np.ndarray, int]:
    """Read an audio file.

    WAV files of integers (up to 32 bit) and floats need no other library. FLAC, OGG, MP3 and WAV
    files with compressed samples (mu-law, ADPCM) are read by the library soundfile, which the extra
    ``audio`` installs: ``python -m pip install "skrnn[audio]"``.

    Parameters
    ----------
    path : str or path-like
        The file. Its first bytes tell what it is, its name does not matter.
    sampling_rate : int or None, default=None
        Rate to bring the audio to, in Hz, 1 to 1,000,000. Lowering it removes the frequencies above
        its half; raising it adds none. None keeps the file's own rate.
    mono : bool, default=False
        Whether to average the channels of a stereo file.

    Returns
    -------
    audio : ndarray of float32, shape (n_timesteps,) or (n_timesteps, n_channels)
        The samples, 1-D if there is one channel or ``mono``. Integers are divided by their full
        scale, 32768 for 16 bit, and are in [-1, 1) then; floats are as in the file.
    sampling_rate : int
        Samples a second of ``audio``, in Hz.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is not an audio file, or damaged; or if ``sampling_rate`` is out of range.
    TypeError
        If an argument is of the wrong type.
    ImportError
        If the file needs soundfile, which is not installed.

    Warns
    -----
    UserWarning
        If a WAV file is cut off, or its header was never completed: the samples that are there are
        returned.

    See Also
    --------
    LogMelSpectrogram : Spectrograms, also straight from paths of files.

    Notes
    -----
    Resampling is :func:`scipy.signal.resample_poly`, a polyphase filter of linear phase, so that
    nothing moves in time; ``n`` samples become ``ceil(n * sampling_rate / rate)``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from scipy.io import wavfile
    >>> from skrnn.preprocessing import read_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "short.wav"
    ...     wavfile.write(path, 8000, np.array([0, 16384, -32768], dtype=np.int16))
    ...     audio, sampling_rate = read_audio(path)
    >>> audio
    array([ 0. ,  0.5, -1. ], dtype=float32)
    >>> sampling_rate
    8000
    """
    _check_settings(sampling_rate, mono)
    if not isinstance(path, (str, os.PathLike)):
        remedy = "Call read_audio once for each file."
        if isinstance(path, (bytes, bytearray)):
            remedy = "The bytes of a file are read by {1}: {0}.".format(
                *read_from_memory("path", path)
            )
        elif isinstance(path, io.IOBase):
            remedy = "Open files are read by the library soundfile: soundfile.read(path)."
        raise TypeError(
            f"path: got a {type(path).__name__}. Expected the path of one audio file, a str or a "
            f"pathlib.Path. {remedy}"
        )
    if not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else "does not exist"
        raise FileNotFoundError(
            f"path: got {os.fspath(path)!r}, which {what}. Expected an audio file. Check the path; "
            f"a relative one starts at the working directory, {os.getcwd()!r}."
        )
    audio, rate = _read_file(path)
    if mono and audio.ndim == 2:
        audio = audio.mean(axis=1)
    if sampling_rate is None:
        return audio, rate
    return resampled(audio, rate, sampling_rate), int(sampling_rate)


def _check_settings(sampling_rate: Any, mono: Any) -> None:
    if sampling_rate is not None:
        remedy = "Pass sampling_rate=16000, for example, or None for the file's own rate."
        check_integer(
            sampling_rate, "sampling_rate", at_least=1, meaning="samples a second", remedy=remedy
        )
        if sampling_rate > _HIGHEST_RATE:
            raise ValueError(
                f"sampling_rate: got {sampling_rate}. Expected at most {_HIGHEST_RATE} Hz. {remedy}"
            )
    if not isinstance(mono, (bool, np.bool_)):
        raise TypeError(f"mono: got {mono!r:.60}. Expected True or False. Pass mono=True.")


def _read_file(path: str | os.PathLike[str]) -> tuple[np.ndarray, int]:
    """Return the samples as the file has them, and their rate."""
    with open(path, "rb") as file:
        start = file.read(4)
        if not is_wav(start):
            return _read_by_soundfile(path)
        file.seek(0)
        header = read_wav_header(file, path)
        if header.encoding == "compressed":
            audio, rate = _read_by_soundfile(path)
        else:
            samples, rate = read_wav_samples(file, header), header.sampling_rate
            audio = as_full_scale(samples, np.float32)
    if header.is_cut:
        warn_caller(
            f"{os.fspath(path)!r} is cut off: it has {header.n_present} of {header.n_declared} "
            f"bytes of samples. The {len(audio)} samples that are there were read. Replace it by a "
            "fresh copy.",
            UserWarning,
        )
    elif header.is_unfinished:
        warn_caller(
            f"{os.fspath(path)!r} has a header of 0 samples, which was never completed. The "
            f"{len(audio)} samples that follow it were read. Replace it by a complete copy if "
            "there is one.",
            UserWarning,
        )
    return audio, rate


def _read_by_soundfile(path: str | os.PathLike[str]) -> tuple[np.ndarray, int]:
    try:
        import soundfile
    except ImportError as error:
        raise ImportError(
            f"path: got {os.fspath(path)!r}, which is not a WAV file of plain samples. Expected "
            "one, or the library soundfile, which reads FLAC, OGG and MP3, to be installed. "
            f"Install it: {_INSTALL}"
        ) from error
    try:
        return soundfile.read(os.fspath(path), dtype="float32")
    except soundfile.LibsndfileError as error:
        raise ValueError(
            f"path: got {os.fspath(path)!r}, which cannot be read as audio ({error}). Expected a "
            "WAV, FLAC, OGG or MP3 file. Check the file, or convert it to one of these."
        ) from error
