"""Reading recordings: arrays of samples, or paths of audio files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.containers import fill_masked
from skrnn._input.feature_columns import refuse_courses
from skrnn._input.named_axes import SAMPLE, SAMPLES
from skrnn._input.plain import to_plain
from skrnn._input.refusals import describe
from skrnn.preprocessing._audio.files import read_audio
from skrnn.preprocessing._audio.pcm import is_pcm
from skrnn.preprocessing._audio.recording_forms import (
    EXPECTED,
    is_pair,
    is_path,
    is_with_rate,
    rate_of,
    refuse_file_among_samples,
    refuse_other_forms,
    samples_key,
    to_pair,
)
from skrnn.preprocessing._audio.resampling import resampled

# A float of this magnitude is no sample in [-1, 1] that went somewhat beyond.
_LARGEST_FLOAT = 1000.0


class Recordings(NamedTuple):
    """What the user passed, taken apart into recordings that are not read yet.

    Attributes
    ----------
    samples : list
        An array, a nested list, a path, a pair of an array and its rate, or a dict of both, for
        each recording.
    layout : {"table", "sequences", "ragged"}
        How the container was read.
    n_columns : int
        Columns of a table, else 1: a timestep is one sample of one channel.
    """

    samples: list[Any]
    layout: str
    n_columns: int

    def refuse_arrays(self) -> None:
        """Raise a ValueError if there are samples, which do not tell their rate."""
        for i, sample in enumerate(self.samples):
            if not is_path(sample) and not is_pair(to_pair(sample)):
                raise ValueError(
                    f"sampling_rate: got None, and X[{i}] is {describe(sample)}, which does not "
                    "tell its rate. Expected the samples a second. Set sampling_rate=16000, for "
                    "example."
                )

    def first_rate(self) -> float:
        """Return the rate of the first recording, a file or a pair, in Hz."""
        first = self.samples[0]
        return read_audio(first)[1] if is_path(first) else rate_of(to_pair(first), "X[0]")

    def audio(
        self, sampling_rate: float, f_max: float, *, is_resampled: bool
    ) -> Iterator[tuple[np.ndarray, str]]:
        """Yield the (n_timesteps,) samples of each recording, and what errors call it.

        Files are read when it is their turn. What tells its rate, files and pairs, is brought to
        ``sampling_rate``, or refused if it has another one. Arrays are neither copied nor scaled.
        """
        for i, sample in enumerate(self.samples):
            where = f"X[{i}]"
            rate: float
            if is_path(sample):
                audio, rate = read_audio(sample)
                where = f"{where}, {os.fspath(sample)!r}"
            elif is_pair(pair := to_pair(sample)):
                audio, rate = _as_array(pair[0], where), rate_of(pair, where)
            else:
                yield _one_channel(_as_array(sample, where), where, sample), where
                continue
            if rate != sampling_rate and not is_resampled:
                raise ValueError(
                    f"{where}: got a sampling rate of {rate} Hz, while the first recording in fit "
                    f"had {sampling_rate:g} Hz. Expected one rate, for sampling_rate=None. Set "
                    f"sampling_rate={min(rate, sampling_rate):g}: recordings of a higher rate are "
                    "resampled to it."
                )
            audio = _one_channel(audio, where, sample)
            yield _resample(audio, rate, sampling_rate, f_max, where), where


def read_recordings(X: Any) -> Recordings:
    """Take a container apart into recordings, without reading files."""
    if is_path(X):
        raise ValueError(f"X: got one path, {os.fspath(X)!r}. {EXPECTED}. Pass [X].")
    if is_pair(X):
        raise ValueError(
            f"X: got one pair of samples and their rate, {X[1]} Hz. {EXPECTED}. Pass [X]."
        )
    if sparse.issparse(X):
        raise TypeError(
            f"X: got a sparse {type(X).__name__}. Sparse input is not supported. {EXPECTED}. "
            "Pass X.toarray()."
        )
    X = to_plain(X, "X", SAMPLES)
    if is_with_rate(X):
        raise ValueError(f"X: got one dict of samples and their rate. {EXPECTED}. Pass [X].")
    refuse_other_forms(X, "X")
    refuse_courses(X, "X", EXPECTED)
    if X is None or isinstance(X, (set, frozenset)):
        raise TypeError(
            f"X: got {'None' if X is None else f'a {type(X).__name__}'}. {EXPECTED}. Pass a list."
        )
    if isinstance(X, (list, tuple)):
        for i, sample in enumerate(X):
            refuse_other_forms(sample, f"X[{i}]")
    if _is_nested_table(X):
        try:
            return _read_array(np.asarray(X), X)
        except ValueError as error:
            raise ValueError(
                f"X: got lists that hold more than numbers ({error}). {EXPECTED}. Pass one list "
                "of numbers for each recording."
            ) from error
    if isinstance(X, (list, tuple)):
        samples = list(X)
    elif not hasattr(X, "__array__"):
        raise TypeError(
            f"X: got a {type(X).__name__}. {EXPECTED}. Pass list(X) if it yields recordings: they "
            "are read more than once."
        )
    else:
        array = X if isinstance(X, np.ndarray) else np.asarray(X)
        if array.ndim > 1 or array.ndim == 0:
            return _read_array(array, X)
        samples = list(array)
        for i, sample in enumerate(samples):
            refuse_other_forms(sample, f"X[{i}]")
    if not samples:
        _refuse_empty((0,), "sample(s)")
    if all(isinstance(sample, (int, float, np.number)) for sample in samples):
        raise ValueError(
            f"X: got {len(samples)} single numbers, which could be one recording, or many of one "
            f"sample. {EXPECTED}. Expected 2D array, got 1D array instead. Reshape your data: [X] "
            "is one recording."
        )
    return Recordings(samples, "ragged", 1)


def _is_nested_table(X: Any) -> bool:
    """Whether X is a table written as plain nested lists, as the package reads it elsewhere."""
    if not isinstance(X, (list, tuple)) or not all(isinstance(row, (list, tuple)) for row in X):
        return False
    return len({len(row) for row in X}) == 1 and not any(
        hasattr(row[0], "__len__") for row in X if row
    )


def _read_array(array: np.ndarray, X: Any) -> Recordings:
    if array.dtype.kind in "UST" or (array.dtype.kind == "O" and any(map(_is_one, array.flat))):
        column = f"X[{X.columns[0]!r}]" if isinstance(X, pd.DataFrame) else "X[:, 0]"
        kind = "paths" if array.dtype.kind != "O" or is_path(array.flat[0]) else "recordings"
        raise ValueError(
            f"X: got a {describe(X)} of {kind}. {EXPECTED}. Pass the column of {kind}, "
            f"{column}; in a ColumnTransformer name it 'path', not ['path']."
        )
    if array.ndim == 0 or array.ndim > 3:
        raise ValueError(f"X: got a {describe(X)}. {EXPECTED}. Reshape your data.")
    if array.shape[0] == 0:
        _refuse_empty(array.shape, "sample(s)")
    if array.shape[1] == 0:
        _refuse_empty(array.shape, "feature(s)")
    if array.dtype.kind == "O":
        array = _as_array(array, "X")
    array = fill_masked(array)
    return Recordings(
        list(array),
        "table" if array.ndim == 2 else "sequences",
        array.shape[1] if array.ndim == 2 else 1,
    )


def _refuse_empty(shape: tuple[int, ...], what: str) -> None:
    raise ValueError(
        f"X: Found array with 0 {what} (shape={shape}) while a minimum of 1 is required. "
        f"{EXPECTED}. Pass at least one recording."
    )


def _is_one(cell: Any) -> bool:
    """Whether a cell of a table is a recording."""
    return is_path(cell) or isinstance(cell, (bytes, Mapping))


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, bytes))


def _as_array(sample: Any, where: str) -> np.ndarray:
    """Return the samples of a recording in an array of numbers."""
    sample = to_plain(sample, where, SAMPLE)
    if sample is None or isinstance(sample, (bytes, Mapping, set, frozenset)):
        raise TypeError(
            f"{where}: got {'None' if sample is None else f'a {type(sample).__name__}'}. "
            f"{EXPECTED}. Pass the samples, or the path of a file as str."
        )
    try:
        array = np.asarray(fill_masked(sample))
    except ValueError as error:
        raise ValueError(
            f"{where}: got lists that hold more than numbers ({error}). {EXPECTED}. Pass one list "
            "of numbers for each recording."
        ) from error
    is_object = array.dtype.kind == "O"
    if array.dtype.kind in "UST" or (is_object and any(map(_is_text, array.flat))):
        raise ValueError(
            f"{where}: got text among the samples. {EXPECTED}. Convert numbers that are written "
            "as text, [np.asarray(x, dtype=float) for x in X]."
        )
    if is_object:
        try:
            array = np.where(pd.isna(array), np.nan, array).astype(np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            # TypeError is what scikit-learn raises for objects that are no numbers.
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(
                f"{where}: got objects that are not numbers ({error}). {EXPECTED}. Convert the "
                "samples to numbers."
            ) from error
    if array.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported\n{where}: got dtype {array.dtype}. {EXPECTED}. Pass "
            "the samples themselves, not their Fourier transform."
        )
    refuse_file_among_samples(array, where)
    if array.dtype.kind == "f" or is_pcm(array.dtype):
        return array
    raise ValueError(
        f"{where}: got {array.dtype} samples, whose full scale is not known. {EXPECTED}, as "
        "floats in [-1, 1] or as integers of type int8, uint8, int16 or int32. Convert them to the "
        "type that they were recorded in, [np.asarray(x, dtype=np.int16) for x in X] for 16 bit."
    )


def _each(result: str, sample: Any) -> str:
    """Return the code that makes recordings of such as ``sample``; ``result`` is that of x."""
    if is_path(sample):
        return f"[({result}, rate) for x, rate in map(read_audio, X)]"
    if is_pair(sample):
        return f"[({result}, rate) for x, rate in X]"
    if isinstance(sample, dict):
        key = samples_key(sample)
        return f"[{{**one, {key!r}: {result}}} for one in X for x in [one[{key!r}]]]"
    return f"[{result} for x in X]"


def _one_channel(audio: np.ndarray, where: str, sample: Any) -> np.ndarray:
    """Return samples of shape (n_timesteps,), all of them finite and not out of scale.

    What the caller passed, ``sample``, tells which code the error messages offer.
    """
    if audio.ndim == 2 and 1 not in audio.shape and audio.size:
        n_timesteps, n_channels = audio.shape
        axis = 1 if n_channels < n_timesteps else 0
        # Integers stay integers, whose type tells the full scale.
        kept = "" if audio.dtype.kind == "f" else f".astype(np.{audio.dtype})"
        mixed = _each(f"np.asarray(x).mean(axis={axis}){kept}", sample)
        if is_path(sample):
            mixed = "[read_audio(path, mono=True) for path in X]"
        one = _each(f"np.asarray(x){'[:, 0]' if axis else '[0]'}", sample)
        raise ValueError(
            f"{where}: got {min(audio.shape)} channels, an array of shape {audio.shape}. Expected "
            f"one channel, (n_timesteps,). Mix them, {mixed}, or take one, {one}."
        )
    if audio.ndim not in (1, 2):
        raise ValueError(
            f"{where}: got a {audio.ndim}-D array of shape {audio.shape}. Expected one channel, "
            "(n_timesteps,). Reshape your data."
        )
    if audio.size == 0:
        raise ValueError(
            f"{where}: got no samples. Expected at least one window of audio. Drop empty "
            "recordings from X and y."
        )
    audio = audio.reshape(audio.size)
    if audio.dtype.kind != "f":
        return audio
    # Both are NaN if any sample is, and need no memory.
    low, high = audio.min(), audio.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"{where}: Input contains NaN or infinity. Expected every sample to be a finite number."
            f" Cut padding off, {_each('x[~np.isnan(x)]', sample)}, and fill gaps with 0."
        )
    if max(-low, high) > _LARGEST_FLOAT:
        raise ValueError(
            f"{where}: got floats of magnitude {max(-low, high):.6g}. Expected floats in [-1, 1], "
            "or integers, which are divided by their full scale. These look like integers read as "
            "floats: divide 16-bit samples by 32768."
        )
    return audio


def _resample(
    audio: np.ndarray, rate: float, sampling_rate: float, f_max: float, where: str
) -> np.ndarray:
    if rate == sampling_rate:
        return audio
    if rate < 2 * f_max:
        raise ValueError(
            f"{where}: got a sampling rate of {rate} Hz, which has nothing above {rate / 2:g} Hz. "
            f"Expected {sampling_rate:g} Hz, or more than twice f_max={f_max:g}: bands up there "
            f"would be empty. Set sampling_rate={rate}, or f_max={rate / 2:g}."
        )
    return resampled(audio, rate, sampling_rate)
