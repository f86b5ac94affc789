"""Audio files to arrays."""

from __future__ import annotations

import io
import os
import struct
import warnings
from typing import Any

import numpy as np
from scipy.io import wavfile

from skrnn._input.caller_warnings import warn_caller
from skrnn.preprocessing._audio.pcm import as_full_scale, is_pcm

__all__ = ["read_audio"]

# How a WAV file begins: little-endian, big-endian, and with 64-bit sizes.
_WAV_STARTS = {b"RIFF": "<", b"RIFX": ">", b"RF64": "<"}
# A size that a program has written which did not know yet how much would follow.
_UNKNOWN_SIZE = 2**31 - 1
# What scipy raises over damaged files, its own slips among them.
_DAMAGED = (ValueError, TypeError, struct.error, UnboundLocalError, ZeroDivisionError)
# What it says of compressed samples, and its older versions of 64-bit sizes.
_UNKNOWN_TO_SCIPY = ("Unknown wave file format", "not understood")
_INSTALL = 'python -m pip install "skrnn[audio]"'


def read_audio(path: str | os.PathLike[str]) -> tuple[np.ndarray, int]:
    """Read an audio file.

    WAV files of integers (8 to 32 bit) and floats need nothing but scipy. FLAC, OGG, MP3 and WAV
    files with compressed samples are read by the library soundfile, which the extra ``audio``
    installs: ``python -m pip install "skrnn[audio]"``.

    Parameters
    ----------
    path : str or path-like
        The file. Its first bytes tell what it is, its name does not matter.

    Returns
    -------
    audio : ndarray of float32, shape (n_timesteps,) or (n_timesteps, n_channels)
        The samples, 1-D if there is one channel. Integers are divided by their full scale, 32768
        for 16 bit, and are in [-1, 1) then; floats are as in the file.
    sampling_rate : int
        Samples a second, in Hz.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is no audio file, or damaged.
    ImportError
        If the file needs soundfile, which is not installed.

    Warns
    -----
    UserWarning
        If a WAV file is cut off: the samples that are there are returned.

    See Also
    --------
    LogMelSpectrogram : Spectrograms, also straight from paths of files.

    Notes
    -----
    To mix the channels of a stereo file, ``audio.mean(axis=1)``. To bring it to another rate,
    ``scipy.signal.resample_poly(audio, new_rate, sampling_rate)``.

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
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(
            f"path: got a {type(path).__name__}. Expected the path of one audio file, a str or a "
            "pathlib.Path. Call read_audio once for each file."
        )
    if not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else "does not exist"
        raise FileNotFoundError(
            f"path: got {os.fspath(path)!r}, which {what}. Expected an audio file. Check the path; "
            f"a relative one starts at the working directory, {os.getcwd()!r}."
        )
    with open(path, "rb") as file:
        start = file.read(8)
    if start[:4] in _WAV_STARTS:
        content = _read_wav(path, start)
        if content is not None:
            return content
    return _read_by_soundfile(path)


def _read_wav(path: str | os.PathLike[str], start: bytes) -> tuple[np.ndarray, int] | None:
    """Return what scipy reads, or None if it does not know the encoding."""
    n_bytes = os.path.getsize(path)
    n_declared = _declared_size(start)
    source: Any = path
    if n_declared > n_bytes:
        # scipy would reserve memory for all that a file announces; what is in memory ends itself.
        with open(path, "rb") as file:
            source = io.BytesIO(file.read())
    try:
        with warnings.catch_warnings():
            # Titles, cue points and other chunks beside the samples, which are skipped.
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate, samples = wavfile.read(source)
    except _DAMAGED as error:
        if any(words in str(error) for words in _UNKNOWN_TO_SCIPY):
            return None
        raise ValueError(
            f"path: got {os.fspath(path)!r}, a WAV file that cannot be read ({error}). Expected a "
            "complete file of integer or float samples. Replace it by a fresh copy."
        ) from error
    if _UNKNOWN_SIZE > n_declared > n_bytes:
        warn_caller(
            f"{os.fspath(path)!r} is cut off: it has {n_bytes} of {n_declared} bytes. The "
            f"{len(samples)} samples that are there were read. Replace it by a fresh copy.",
            UserWarning,
        )
    if samples.dtype.kind != "f" and not is_pcm(samples.dtype):
        raise ValueError(
            f"path: got {os.fspath(path)!r}, a WAV file of {samples.dtype} samples. Expected "
            "integers of up to 32 bit, or floats. Convert the file to one of these."
        )
    return as_full_scale(samples, np.float32), int(rate)


def _declared_size(start: bytes) -> int:
    """Bytes of the whole file by its header; 0 if it does not say, as with 64-bit sizes."""
    if len(start) < 8 or start[:4] == b"RF64":
        return 0
    return struct.unpack(f"{_WAV_STARTS[start[:4]]}I", start[4:])[0] + 8


def _read_by_soundfile(path: str | os.PathLike[str]) -> tuple[np.ndarray, int]:
    try:
        import soundfile
    except ImportError as error:
        raise ImportError(
            f"path: got {os.fspath(path)!r}, which is no WAV file of plain samples. Expected one, "
            "or the library soundfile, which reads FLAC, OGG and MP3, to be installed. Install it: "
            f"{_INSTALL}"
        ) from error
    try:
        return soundfile.read(os.fspath(path), dtype="float32")
    except soundfile.LibsndfileError as error:
        raise ValueError(
            f"path: got {os.fspath(path)!r}, which cannot be read as audio ({error}). Expected a "
            "WAV, FLAC, OGG or MP3 file. Check the file, or convert it to one of these."
        ) from error
