"""Files and recordings as the input of log-mel spectrograms, and what is refused."""

import itertools
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.io.wavfile
import soundfile
import torch

from skrnn.preprocessing import LogMelSpectrogram, read_audio
from tests.preprocessing.recordings import RATE, noise, tone, write_wav

# ------------------------------------------------------------------------------------------ files


def test_a_file_of_a_higher_rate_is_resampled(tmp_path):
    # The same sound at both rates; 6 kHz are more than 8000 samples a second can hold.
    path = write_wav(tmp_path / "high.wav", 0.1 * (tone(440, 16000, 16000)), 16000)
    beyond = write_wav(tmp_path / "beyond.wav", 0.1 * tone(6000, 16000, 16000), 16000)
    low, high, aliased = LogMelSpectrogram(RATE).fit_transform(
        [0.1 * tone(440, 8000), path, beyond]
    )
    assert high.shape == low.shape
    band = low[50].argmax()
    np.testing.assert_allclose(high[5:-5, band], low[5:-5, band], atol=0.01)
    assert aliased[5:-5].max() < low[5:-5].max() - np.log(1e5)


def test_a_file_of_a_lower_rate_is_an_error_unless_the_bands_end_below_its_half(tmp_path):
    path = write_wav(tmp_path / "low.wav", 0.1 * tone(440, 8000))
    with pytest.raises(ValueError, match=r"X\[0\], '.*low\.wav': got a sampling rate of 8000 Hz"):
        LogMelSpectrogram(16000).fit([path])
    spectrogram = LogMelSpectrogram(16000, f_max=4000)
    (from_file, as_array) = spectrogram.fit_transform([path, 0.1 * tone(440, 16000, 16000)])
    band = as_array[50].argmax()
    np.testing.assert_allclose(from_file[5:-5, band], as_array[5:-5, band], atol=0.01)


def test_without_a_sampling_rate_the_files_tell_theirs(tmp_path):
    paths = [write_wav(tmp_path / f"{seed}.wav", noise(seed=seed), 11025) for seed in range(2)]
    spectrogram = LogMelSpectrogram()
    X = spectrogram.fit_transform(paths)
    assert spectrogram.sampling_rate_ == 11025
    np.testing.assert_array_equal(X[1], LogMelSpectrogram(11025).fit_transform(paths)[1])
    other = write_wav(tmp_path / "other.wav", rate=16000)
    for call in (lambda: spectrogram.transform([other]), lambda: spectrogram.fit([*paths, other])):
        with pytest.raises(
            ValueError, match=r"other\.wav': got a sampling rate of 16000 Hz.*11025"
        ):
            call()
    for X in ([noise()], np.stack([noise()] * 2), [paths[0], noise()]):
        with pytest.raises(ValueError, match=r"sampling_rate: got None, and X\[[01]\].*Set"):
            LogMelSpectrogram().fit(X)


def test_files_are_read_one_after_the_other_and_only_once_by_fit_transform(tmp_path):
    asked = []

    class Noting(os.PathLike):
        """A path that notes when it is asked for."""

        def __init__(self, path):
            self.path = path

        def __fspath__(self):
            asked.append(self.path)
            return str(self.path)

    paths = [write_wav(tmp_path / f"{seed}.wav") for seed in range(3)]
    LogMelSpectrogram(RATE).fit_transform([Noting(path) for path in paths])
    assert [path for path, _ in itertools.groupby(asked)] == paths


@pytest.mark.parametrize("extension", ["flac", "ogg"])
def test_compressed_files_are_read_like_wav_files(tmp_path, extension):
    path = tmp_path / f"recording.{extension}"
    soundfile.write(path, noise(), RATE)
    (X,) = LogMelSpectrogram(RATE).fit_transform([path])
    audio, _ = soundfile.read(path)
    np.testing.assert_allclose(X, LogMelSpectrogram(RATE).fit_transform([audio])[0], atol=1e-4)


# ------------------------------------------------------------------------ samples with their rate


def test_what_read_audio_returns_is_read_like_its_file(tmp_path):
    paths = [write_wav(tmp_path / f"{seed}.wav", noise(seed=seed), 16000) for seed in range(2)]
    pairs = [read_audio(path) for path in paths]
    for rate in (None, RATE):
        expected = LogMelSpectrogram(rate).fit_transform(paths)
        for X in (pairs, tuple(pairs), [list(pair) for pair in pairs], pd.Series(pairs)):
            spectrogram = LogMelSpectrogram(rate).fit(X)
            assert spectrogram.sampling_rate_ == rate or 16000
            for one, other in zip(spectrogram.transform(X), expected, strict=True):
                np.testing.assert_array_equal(one, other)
    mixed = LogMelSpectrogram(16000).fit_transform([pairs[0], paths[1], noise(seed=1)])
    np.testing.assert_array_equal(mixed[1], mixed[2])


def test_pairs_of_integers_tensors_and_lists_are_read(tmp_path):
    samples = (noise() * 2**15).astype(np.int16)
    (expected,) = LogMelSpectrogram(RATE).fit_transform([samples])
    for pair in ((samples, RATE), (torch.from_numpy(samples), np.int64(RATE)), (samples, 8e3)):
        np.testing.assert_array_equal(LogMelSpectrogram().fit_transform([pair])[0], expected)
    (floats,) = LogMelSpectrogram().fit_transform([(noise().tolist(), RATE)])
    np.testing.assert_allclose(floats, LogMelSpectrogram(RATE).fit_transform([noise()])[0])


# -------------------------------------------------------------------------------------- bad input

BAD_RECORDINGS = {
    "none": (None, TypeError, "X: got None.*Pass a list"),
    "one path": ("word.wav", ValueError, r"X: got one path, 'word.wav'.*Pass \[X\]"),
    "one pathlib path": (Path("word.wav"), ValueError, r"X: got one path.*Pass \[X\]"),
    "one recording": (noise(), ValueError, r"single numbers.*\[X\] is one recording"),
    "one recording as a list": (noise().tolist(), ValueError, r"\[X\] is one recording"),
    "a mapping": ({"a": noise()}, TypeError, "got a dict"),
    "a generator": ((x for x in [noise()]), TypeError, r"Pass list\(X\)"),
    "no recordings": ([], ValueError, "0 sample"),
    "an empty array": (np.zeros((0, 500)), ValueError, "0 sample"),
    "recordings without samples": (np.zeros((2, 0)), ValueError, "0 feature"),
    "an empty stereo recording": ([np.zeros((0, 2))], ValueError, r"X\[0\]: got no samples"),
    "an empty recording": ([noise(), []], ValueError, r"X\[1\]: got no samples"),
    "a short recording": ([noise(), noise(199)], ValueError, r"X\[1\]: got 199 samples.*of 200"),
    "NaN": ([np.r_[noise(), np.nan]], ValueError, r"X\[0\]: Input contains NaN.*Cut padding off"),
    "infinity": ([noise(), np.r_[np.inf, noise()]], ValueError, r"X\[1\]: Input.*infinity"),
    "stereo": ([np.zeros((500, 2))], ValueError, r"X\[0\]: got 2 channels.*mean\(axis=1\)"),
    "channels first": ([np.zeros((2, 500))], ValueError, r"got 2 channels.*mean\(axis=0\)"),
    "stereo arrays": (np.zeros((3, 500, 2)), ValueError, r"X\[0\]: got 2 channels"),
    "four dimensions": (np.zeros((1, 2, 500, 2)), ValueError, "Reshape your data"),
    "nested arrays": ([np.zeros((3, 500, 2))], ValueError, r"X\[0\]: got a 3-D array"),
    "text": (["no such.wav"], FileNotFoundError, "no such.wav', which does not exist"),
    "a column of paths": (
        pd.DataFrame({"path": ["a.wav"]}),
        ValueError,
        r"Pass the column of paths, X\['path'\]",
    ),
    "bytes": ([b"RIFF"], TypeError, r"X\[0\]: got a bytes"),
    "none among them": ([noise(), None], TypeError, r"X\[1\]: got None"),
    "int64": ([np.arange(500)], ValueError, r"X\[0\]: got int64 samples.*np\.int16"),
    "uint16": ([np.arange(500, dtype=np.uint16)], ValueError, "full scale is not known"),
    "booleans": ([np.ones(500, dtype=bool)], ValueError, r"X\[0\]: got bool samples"),
    "complex": ([noise() + 1j], ValueError, "Complex data not supported"),
    "numbers as text": ([np.full(500, "0.1")], ValueError, r"got text.*dtype=float"),
    "numbers as text in objects": (
        [noise(), np.full(500, "0.1", dtype=object)],
        ValueError,
        r"X\[1\]: got text.*dtype=float",
    ),
    "objects": ([np.array([{}] * 500)], TypeError, "not numbers"),
    "one pair": ((noise(), RATE), ValueError, r"X: got one pair.*8000 Hz.*Pass \[X\]"),
    "a pair of a lower rate": (
        [(noise(), 4000)],
        ValueError,
        r"X\[0\]: got a sampling rate of 4000",
    ),
    "a pair the wrong way round": (
        [(RATE, noise())],
        ValueError,
        r"X\[0\]: got a pair that begins with the number 8000.*Turn the pair round",
    ),
    "one pair the wrong way round": ((RATE, noise()), ValueError, "Turn the pair round"),
    "a pair of rate 0": ([(noise(), 0)], ValueError, r"X\[0\]: got a pair.*the rate 0"),
    "a pair of stereo": ([(np.zeros((500, 2)), RATE)], ValueError, r"X\[0\]: got 2 channels"),
    "a pair without samples": ([([], RATE)], ValueError, r"X\[0\]: got no samples"),
    "integers as floats": ([3e4 * noise()], ValueError, r"magnitude.*divide 16-bit samples by 327"),
}


@pytest.mark.parametrize("bad", BAD_RECORDINGS)
def test_what_is_no_recording_is_refused_with_a_remedy(bad):
    X, kind, message = BAD_RECORDINGS[bad]
    for method in ("fit", "fit_transform"):
        with pytest.raises(kind, match=rf"(?s){message}"):
            getattr(LogMelSpectrogram(RATE), method)(X)
    if not bad.endswith("generator"):
        with pytest.raises(kind, match=rf"(?s){message}"):
            LogMelSpectrogram(RATE).fit([noise()]).transform(X)


def test_a_stereo_file_is_named_and_how_to_mix_it(tmp_path):
    path = write_wav(tmp_path / "stereo.wav", np.zeros((500, 2), dtype=np.int16))
    with pytest.raises(ValueError, match=r"stereo\.wav': got 2 channels.*read_audio"):
        LogMelSpectrogram(RATE).fit([path])


def remedies(X):
    """The code that the message about two channels offers, run on X."""
    with pytest.raises(ValueError, match="got 2 channels") as caught:
        LogMelSpectrogram(RATE).fit(X)
    codes = re.search(r"Mix them, (.*), or take one, (.*)\.$", str(caught.value)).groups()
    return [eval(code, {"np": np, "X": X, "read_audio": read_audio}) for code in codes]


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32])
@pytest.mark.parametrize("kind", ["arrays", "channels first", "pairs", "files", "lists"])
def test_the_code_for_two_channels_runs_and_keeps_the_scale(kind, dtype, tmp_path):
    mono = tone(440)
    if dtype != np.float32:
        full = np.iinfo(dtype)
        mono = ((mono + 1) / 2 * (full.max - full.min) + full.min).astype(dtype)
    stereo = np.stack([mono, mono], axis=1)
    if kind == "files":
        scipy.io.wavfile.write(tmp_path / "stereo.wav", RATE, stereo)
        X = [tmp_path / "stereo.wav"]
    elif kind == "lists":
        X = [(stereo / stereo.max()).tolist()]
        mono = mono / mono.max()
    else:
        given = stereo.T if kind == "channels first" else stereo
        X = [(given, RATE)] if kind == "pairs" else [given]
    expected = LogMelSpectrogram(RATE).fit_transform([mono])[0]
    for made in remedies(X):
        found = LogMelSpectrogram(RATE).fit_transform(made)[0]
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_the_code_for_padding_of_pairs_runs():
    x = np.append(tone(440), np.nan)
    X = [(x, RATE)]
    with pytest.raises(ValueError, match=r"Cut padding off, (.*), and fill") as caught:
        LogMelSpectrogram().fit(X)
    code = re.search(r"Cut padding off, (.*), and fill", str(caught.value)).group(1)
    made = eval(code, {"np": np, "X": X})
    np.testing.assert_array_equal(made[0][0], tone(440))
