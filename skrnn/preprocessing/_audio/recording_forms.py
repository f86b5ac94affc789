"""The forms of one recording: a path, or samples with their rate in a pair or a dict."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from numbers import Real
from typing import Any, NoReturn

import numpy as np

from skrnn.preprocessing._audio.wav import is_wav

EXPECTED = (
    "Expected recordings: a list of 1-D arrays of samples, of paths of audio files or of pairs "
    "(samples, sampling_rate) as read_audio returns them, or a 2-D array (n_samples, n_timesteps)"
)
# Dictionaries of one recording, as the libraries datasets, transformers and pyannote write them.
_SAMPLES_KEYS = ("array", "raw", "waveform")
_RATE_KEYS = ("sampling_rate", "sample_rate")


def is_path(sample: Any) -> bool:
    return isinstance(sample, (str, os.PathLike))


def is_pair(sample: Any) -> bool:
    """Whether a recording is a pair of samples and their rate, as `read_audio` returns it."""
    return _has_two(sample) and _is_number(sample[1]) and _is_samples(sample[0])


def is_with_rate(sample: Any) -> bool:
    """Whether a recording is a dict of samples and their rate."""
    return isinstance(sample, dict) and is_pair(to_pair(sample))


def samples_key(sample: dict[Any, Any]) -> str | None:
    """Return the key of the samples in the dict of a recording."""
    return next((key for key in _SAMPLES_KEYS if sample.get(key) is not None), None)


def to_pair(sample: Any) -> Any:
    """Return the pair of samples and rate that a dict of both holds; anything else as it is."""
    if not isinstance(sample, dict):
        return sample
    key = samples_key(sample)
    rates = [sample[name] for name in _RATE_KEYS if name in sample]
    return sample if key is None or len(rates) != 1 else (sample[key], rates[0])


def rate_of(pair: Any, where: str) -> float:
    rate = pair[1]
    if isinstance(rate, (bool, np.bool_)) or not 0 < rate < np.inf:
        raise ValueError(
            f"{where}: got a pair of samples and the rate {rate}. Expected samples a second, above "
            "0. Pass (samples, 16000), for example."
        )
    return int(rate) if rate == int(rate) else float(rate)


def refuse_other_forms(sample: Any, where: str) -> None:
    """Raise an error for a recording in a form that other libraries have, with the line for it.

    Parameters
    ----------
    sample : object
        One recording, or all of them.
    where : str
        What errors call it: "X" for all recordings, "X[0]" for one of them.
    """
    if isinstance(sample, (np.ndarray, str, float, int)):
        return
    if isinstance(sample, (bytes, bytearray)):
        _refuse_file_in_memory("{}", sample, f"a {type(sample).__name__}", where)
    if isinstance(sample, io.IOBase):
        raise TypeError(
            f"{where}: got an open file. {EXPECTED}. Pass its path, or what soundfile reads from "
            f"it: {_for_each('soundfile.read({})', where)}."
        )
    if hasattr(sample, "get_all_samples"):
        read = "({0}.get_all_samples().data, {0}.get_all_samples().sample_rate)"
        raise TypeError(
            f"{where}: got a {type(sample).__name__}, which reads a file. {EXPECTED}. Pass what it "
            f"reads, {_for_each(read, where)}."
        )
    if isinstance(sample, dict) and not is_with_rate(sample):
        if where == "X":
            _refuse_dict_of_recordings(sample)
        _refuse_dict(sample, where)
    if not isinstance(sample, (list, tuple)):
        return
    if _has_two(sample) and _is_number(sample[0]) and _is_samples(sample[1]):
        turned = _for_each("{}[::-1]", where)
        raise ValueError(
            f"{where}: got a pair that begins with the number {sample[0]}, as scipy's "
            f"wavfile.read returns it. {EXPECTED}. Turn the pair round, {turned}."
        )
    if _has_two(sample) and _is_samples(sample[0]) and isinstance(sample[1], str):
        is_rate = sample[1].replace(".", "", 1).isdecimal()
        one = "({0}[0], float({0}[1]))" if is_rate else "{0}[0]"
        raise ValueError(
            f"{where}: got samples and the text {sample[1]!r:.60}. {EXPECTED}. Pass "
            f"{_for_each(one, where)}{'' if is_rate else ', and labels as y'}."
        )
    if len(sample) > 2 and is_pair(sample[:2]) and not _is_samples(sample[2]):
        cut = _for_each("{}[:2]", where)
        raise ValueError(
            f"{where}: got samples, their rate {sample[1]} and {len(sample) - 2} more, as data "
            f"sets of torchaudio hold them. {EXPECTED}. Pass {cut}, and labels as y."
        )


def refuse_file_among_samples(array: np.ndarray, where: str) -> None:
    """Raise a TypeError if the bytes of a WAV file have been taken for samples of 8 bits."""
    if array.dtype == np.uint8 and array.ndim == 1:
        start = array[:12].tobytes()
        if is_wav(start) and start[8:] == b"WAVE":
            _refuse_file_in_memory("bytes({})", start, "an array of the bytes", where)


def _refuse_dict_of_recordings(X: dict[Any, Any]) -> NoReturn:
    """Raise a TypeError for recordings under names, or for a column of a table as a dict."""
    lists = [key for key, value in X.items() if isinstance(value, (list, tuple))]
    columns = [key for key in lists if len(X[key]) and isinstance(X[key][0], Mapping)]
    remedy = f"Pass X[{columns[0]!r}]" if columns else "Pass list(X.values())"
    raise TypeError(f"X: got a {type(X).__name__}. {EXPECTED}. {remedy}.")


def _refuse_dict(sample: dict[Any, Any], where: str) -> NoReturn:
    keys = list(sample)
    if isinstance(sample.get("bytes"), bytes):
        _refuse_file_in_memory("{}['bytes']", sample["bytes"], "a dict with the bytes", where)
    key = samples_key(sample)
    nested = next((one for one in keys if isinstance(sample[one], Mapping)), None)
    if isinstance(sample.get("path"), str) and key is None:
        remedy = "Pass the paths, [x['path'] for x in X]."
    elif nested is not None:
        remedy = f"Pass the part that is a recording, [x[{nested!r}] for x in X]."
    elif key is not None:
        remedy = f"Pass [(x[{key!r}], 16000) for x in X], with the rate that they were recorded in."
    else:
        remedy = "Name the samples 'array' and their rate 'sampling_rate', or pass the samples."
    raise TypeError(
        f"{where}: got a dict of {keys!r:.80}, which does not hold both samples and their rate. "
        f"{EXPECTED}. {remedy}"
    )


def _refuse_file_in_memory(
    content: str, start: bytes | bytearray, got: str, where: str
) -> NoReturn:
    read, library = read_from_memory(content, start)
    raise TypeError(
        f"{where}: got {got} of a file. {EXPECTED}. Pass its path, or read it with {library}: "
        f"{_for_each(read, where)}."
    )


def read_from_memory(content: str, start: bytes | bytearray) -> tuple[str, str]:
    """Return code that makes samples and their rate of the bytes of a file, and its library."""
    if is_wav(bytes(start[:4])):
        return f"wavfile.read(io.BytesIO({content}))[::-1]", "scipy.io.wavfile"
    return f"soundfile.read(io.BytesIO({content}))", "soundfile"


def _for_each(code: str, where: str) -> str:
    """Return a list with code for each recording; X is all of them, or one without its list."""
    return f"[{code.format('X')}]" if where == "X" else f"[{code.format('x')} for x in X]"


def _has_two(sample: Any) -> bool:
    return isinstance(sample, (list, tuple)) and len(sample) == 2


def _is_number(value: Any) -> bool:
    is_scalar = isinstance(value, Real) or getattr(value, "shape", None) == ()
    return is_scalar and not isinstance(value, (str, bytes))


def _is_samples(value: Any) -> bool:
    return (
        not isinstance(value, (str, bytes, Mapping))
        and not _is_number(value)
        and hasattr(value, "__len__")
    )
