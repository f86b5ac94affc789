"""Recordings as datasets, torchaudio, scipy and soundfile hold them: read, or refused with code."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.io import wavfile

from skrnn import RNNClassifier, RNNTranscriber
from skrnn.preprocessing import LogMelSpectrogram, SequencePadder, read_audio

RATE = 8000
RNG = np.random.default_rng(0)
AUDIO = [(RNG.normal(size=900 + i) / 8).astype(np.float32) for i in range(3)]
DICTS = [{"path": "a.wav", "array": x, "sampling_rate": RATE} for x in AUDIO]
TENSORS = [torch.from_numpy(x)[None] for x in AUDIO]


def wav(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, RATE, samples)
    return file.getvalue()


FILES = [wav(x) for x in AUDIO]
EXPECTED = LogMelSpectrogram(RATE).fit_transform(AUDIO)


@pytest.mark.parametrize(
    "X",
    [
        DICTS,
        tuple(DICTS),
        pd.Series(DICTS),
        np.array(DICTS, dtype=object),
        [{"raw": x, "sampling_rate": RATE} for x in AUDIO],
        [{"waveform": x, "sample_rate": float(RATE)} for x in TENSORS],
        [{"array": x.tolist(), "sampling_rate": np.int64(RATE)} for x in AUDIO],
        [DICTS[0], (TENSORS[1], RATE), (AUDIO[2], RATE)],
        [(x, RATE) for x in TENSORS],
    ],
    ids=["dicts", "tuple", "Series", "objects", "raw", "waveform", "lists", "mixed", "torchaudio"],
)
def test_samples_with_their_rate_are_read(X):
    for one, other in zip(LogMelSpectrogram().fit_transform(X), EXPECTED, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_rate_in_a_dict_counts():
    X = [{"array": np.repeat(x, 2), "sampling_rate": 2 * RATE} for x in AUDIO]
    with pytest.raises(ValueError, match="got a sampling rate of 16000 Hz"):
        LogMelSpectrogram().fit([DICTS[0], X[0]])
    assert [len(x) for x in LogMelSpectrogram(RATE).fit_transform(X)] == [12, 12, 12]


# What is refused: the error, its words, and whether its code is run.
REFUSED = {
    "a dict alone": (DICTS[0], ValueError, r"got one dict of samples and their rate"),
    "a column in a dict": ({"audio": DICTS}, TypeError, r"X: got a dict"),
    "recordings by name": (dict(enumerate(AUDIO)), TypeError, r"X: got a dict"),
    "rows of a data set": ([{"audio": x} for x in DICTS], TypeError, r"a dict of \['audio'\]"),
    "a table of dicts": (pd.DataFrame({"audio": DICTS}), ValueError, "column of recordings"),
    "no rate": ([{"array": x} for x in AUDIO], TypeError, "not hold both"),
    "a rate of None": ([{"array": AUDIO[0], "sampling_rate": None}], TypeError, "not hold both"),
    "bytes in dicts": ([{"bytes": x, "path": None} for x in FILES], TypeError, "dict with the b"),
    "files": (FILES, TypeError, r"X\[0\]: got a bytes of a file"),
    "a file": (FILES[0], TypeError, r"X: got a bytes of a file"),
    "files in bytearrays": ([bytearray(x) for x in FILES], TypeError, "got a bytearray"),
    "files in arrays": ([np.frombuffer(x, np.uint8) for x in FILES], TypeError, "array of the b"),
    "files in views": ([memoryview(x) for x in FILES], TypeError, "array of the bytes"),
    "pairs of scipy": ([(RATE, x) for x in AUDIO], ValueError, "begins with the number 8000"),
    "one pair of scipy": ((RATE, AUDIO[0]), ValueError, "begins with the number 8000"),
    "a rate of text": ([(x, "8000") for x in AUDIO], ValueError, "the text '8000'"),
    "labels in place of rates": ([(x, "yes") for x in AUDIO], ValueError, "the text 'yes'"),
    "rows of torchaudio": ([(x, RATE, "yes", 7) for x in TENSORS], ValueError, "and 2 more"),
    "two channels": (
        [{"array": np.stack([x, x]), "sampling_rate": RATE} for x in AUDIO],
        ValueError,
        "got 2 channels",
    ),
    "padding": (
        [{"array": np.append(x, np.nan), "sampling_rate": RATE} for x in AUDIO],
        ValueError,
        "Cut padding off",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_forms_are_refused_with_code_that_reads_them(name):
    X, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words) as caught:
        LogMelSpectrogram(RATE).fit(X)
    code = _code(str(caught.value))
    X = eval(code, {"X": X, "io": io, "wavfile": wavfile, "np": np})
    rate = 16000 if "16000" in code else RATE
    got = LogMelSpectrogram(rate).fit_transform(X)
    if rate == RATE:
        for one, other in zip(got, EXPECTED[: len(got)], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)


def _code(message: str) -> str:
    """Return the code after the words that introduce it."""
    words = r"(?:Pass|Pass the \w[^\[]*,|wavfile:|Turn the pair round,|Mix them,|Cut padding off,) "
    found = re.search(words + r"(\[.*?\]|X\[.*?\]|list\(.*\))(?:[.;]|, with|, and|, or|$)", message)
    assert found, message
    return found.group(1)


def test_a_path_without_samples_and_an_open_file_are_refused():
    with pytest.raises(TypeError, match=r"Pass the paths, \[x\['path'\] for x in X\]"):
        LogMelSpectrogram().fit([{"path": "a.wav", "bytes": None}])
    with pytest.raises(TypeError, match=r"\[soundfile.read\(x\) for x in X\]"):
        LogMelSpectrogram().fit([io.BytesIO(x) for x in FILES])
    with pytest.raises(TypeError, match=r"\[soundfile.read\(io.BytesIO\(x\)\) for x in X\]"):
        LogMelSpectrogram().fit([b"fLaC"])


class Decoder:
    """What torchcodec and new releases of datasets have in place of samples."""

    def __init__(self, samples):
        self.data, self.sample_rate = torch.from_numpy(samples)[None], RATE

    def get_all_samples(self):
        return self


def test_decoders_are_refused_with_the_code_that_reads_them():
    X = [Decoder(x) for x in AUDIO]
    code = r"[(x.get_all_samples().data, x.get_all_samples().sample_rate) for x in X]"
    with pytest.raises(TypeError, match=re.escape(code)):
        LogMelSpectrogram().fit(X)
    for one, other in zip(LogMelSpectrogram().fit_transform(eval(code)), EXPECTED, strict=True):
        np.testing.assert_array_equal(one, other)


def test_read_audio_says_how_bytes_and_open_files_are_read():
    with pytest.raises(TypeError, match=r"wavfile.read\(io.BytesIO\(path\)\)\[::-1\]"):
        read_audio(FILES[0])
    with pytest.raises(TypeError, match=r"soundfile.read\(path\)"):
        read_audio(io.BytesIO(FILES[0]))


@pytest.mark.parametrize(
    "X, words",
    [
        (DICTS, "LogMelSpectrogram"),
        ([(RATE, x) for x in AUDIO], r"begins with 8000.*\[x\[1\] for x in X\]"),
        ([(x, RATE) for x in AUDIO], r"ends with the number 8000.*\[x\[0\] for x in X\]"),
        ([(x, "yes") for x in AUDIO], r"an array followed by 'yes'.*\[x\[0\] for x in X\]"),
        ([(x, RATE, "yes") for x in AUDIO], r"an array followed by 8000.*\[x\[0\] for x in X\]"),
        ([{"a": x, "b": x} for x in AUDIO], r"\[pd.DataFrame\(x\) for x in X\]"),
    ],
    ids=["dicts", "scipy", "pairs", "labels", "torchaudio", "features"],
)
@pytest.mark.parametrize("model", [RNNClassifier(), RNNTranscriber(), SequencePadder()], ids=repr)
def test_sequences_are_not_recordings(model, X, words):
    y = {"RNNClassifier": [0, 1, 0], "RNNTranscriber": ["a", "b", "a"]}.get(type(model).__name__)
    with pytest.raises((TypeError, ValueError), match=words):
        model.fit(X, y)
