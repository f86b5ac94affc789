"""Audio files and log-mel spectrograms, held against soundfile and librosa."""

import pickle
import struct
import sys
import tracemalloc
import warnings
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import wavfile
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from skrnn import RNNClassifier
from skrnn.datasets import fetch_free_spoken_digits
from skrnn.preprocessing import LogMelSpectrogram, SequencePadder, SequenceScaler, read_audio

RATE = 8000


def noise(n_timesteps=2000, seed=0, dtype=np.float32):
    return (0.1 * np.random.default_rng(seed).normal(size=n_timesteps)).astype(dtype)


def tone(hz, n_timesteps=2000, rate=RATE):
    return np.sin(2 * np.pi * hz * np.arange(n_timesteps) / rate)


def write_wav(path, audio=None, rate=RATE):
    samples = noise() if audio is None else audio
    wavfile.write(path, rate, samples)
    return path


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav_bytes(*chunks):
    content = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


FORMAT = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16))


# ---------------------------------------------------------------------------- reading audio files


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize(
    "extension, subtype",
    [
        ("wav", "PCM_U8"),
        ("wav", "PCM_16"),
        ("wav", "PCM_24"),
        ("wav", "PCM_32"),
        ("wav", "FLOAT"),
        ("wav", "DOUBLE"),
        ("wav", "ULAW"),
        ("wav", "IMA_ADPCM"),
        ("flac", "PCM_16"),
        ("flac", "PCM_24"),
        ("ogg", "VORBIS"),
        ("mp3", "MPEG_LAYER_III"),
        ("aiff", "PCM_16"),
    ],
)
def test_a_file_has_the_samples_that_soundfile_reads(tmp_path, extension, subtype, n_channels):
    audio = np.stack([noise(seed=channel) for channel in range(n_channels)], axis=1)
    path = tmp_path / f"recording.{extension}"
    soundfile.write(path, audio, 11025, subtype=subtype)
    samples, sampling_rate = read_audio(path)
    expected, _ = soundfile.read(path, dtype="float32")
    assert (samples.dtype, samples.shape) == (np.float32, expected.shape)
    assert (sampling_rate, type(sampling_rate)) == (11025, int)
    np.testing.assert_allclose(samples, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("header", ["RIFX", "RF64", "WAVEX"])
def test_rarer_headers_of_wav_files_are_read(tmp_path, header):
    path = tmp_path / "recording.wav"
    endian = {"RIFX": "BIG"}.get(header)
    container = {"RIFX": "WAV"}.get(header, header)
    soundfile.write(path, noise(), RATE, format=container, subtype="PCM_16", endian=endian)
    np.testing.assert_array_equal(read_audio(path)[0], soundfile.read(path, dtype="float32")[0])


def test_a_header_that_an_older_scipy_does_not_know_is_read_by_soundfile(tmp_path, monkeypatch):
    path = tmp_path / "recording.wav"
    soundfile.write(path, noise(), RATE, format="RF64", subtype="PCM_16")

    def read(source):
        raise ValueError("File format b'RF64' not understood. Only 'RIFF' and 'RIFX' supported.")

    expected, _ = read_audio(path)
    monkeypatch.setattr(wavfile, "read", read)
    np.testing.assert_array_equal(read_audio(path)[0], expected)


def test_the_full_scale_of_every_integer_is_one(tmp_path):
    for dtype, full_scale in [("int16", 2**15), ("int32", 2**31)]:
        samples = np.array([0, full_scale // 2, -full_scale], dtype=dtype)
        path = write_wav(tmp_path / "recording.wav", samples)
        assert read_audio(path)[0].tolist() == [0, 0.5, -1]
    path = write_wav(tmp_path / "recording.wav", np.array([128, 192, 0], dtype=np.uint8))
    assert read_audio(path)[0].tolist() == [0, 0.5, -1]


def test_the_content_tells_the_format_whatever_the_name(tmp_path):
    soundfile.write(tmp_path / "recording.flac", noise(), RATE)
    renamed = (tmp_path / "recording.flac").rename(tmp_path / "recording.wav")
    assert len(read_audio(renamed)[0]) == 2000
    assert len(read_audio(str(write_wav(tmp_path / "no_extension")))[0]) == 2000


def test_chunks_beside_the_samples_are_skipped_without_a_warning(tmp_path):
    path = tmp_path / "titled.wav"
    samples = np.arange(100, dtype=np.int16)
    title = chunk(b"id3 ", b"A title")
    path.write_bytes(wav_bytes(FORMAT, title, chunk(b"data", samples.tobytes()), title))
    with warnings.catch_warnings():
        # The file is one that scipy warns of.
        warnings.simplefilter("error")
        with pytest.raises(wavfile.WavFileWarning):
            wavfile.read(path)
        filters = list(warnings.filters)
        audio, _ = read_audio(path)
        assert warnings.filters == filters
    np.testing.assert_array_equal(audio * 2**15, samples)


def test_a_file_that_was_cut_off_is_read_with_a_warning_that_says_so(tmp_path):
    path = write_wav(tmp_path / "whole.wav", np.arange(100, dtype=np.int16))
    cut = tmp_path / "cut.wav"
    cut.write_bytes(path.read_bytes()[:-120])
    with pytest.warns(UserWarning, match=r"cut\.wav' is cut off: it has 124 of 244 bytes.*40 samp"):
        audio, _ = read_audio(cut)
    np.testing.assert_array_equal(audio * 2**15, np.arange(40))


def test_a_stream_of_unknown_length_is_read_to_its_end_without_reserving_its_size(tmp_path):
    path = tmp_path / "streamed.wav"
    content = bytearray(write_wav(path, np.arange(100, dtype=np.int16)).read_bytes())
    content[4:8] = content[40:44] = b"\xff" * 4
    path.write_bytes(content)
    tracemalloc.start()
    audio, _ = read_audio(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(audio * 2**15, np.arange(100))
    assert peak < 1e6


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "cannot be read as audio"),
        (b"RIFF", "a WAV file that cannot be read"),
        (b"not audio at all", "cannot be read as audio"),
        (wav_bytes(FORMAT), "a WAV file that cannot be read"),
        (wav_bytes(chunk(b"data", b"\0" * 10)), "a WAV file that cannot be read"),
        (wav_bytes(FORMAT)[:30], "a WAV file that cannot be read"),
    ],
)
def test_a_damaged_file_is_an_error_with_its_path(tmp_path, content, message):
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"path: got '.*bad\.wav', (which|a).*Expected") as error:
        read_audio(path)
    assert message in str(error.value)


def test_samples_of_64_bit_integers_are_refused(tmp_path):
    path = write_wav(tmp_path / "wide.wav", np.zeros(100, dtype=np.int64))
    with pytest.raises(ValueError, match=r"int64 samples.*up to 32 bit.*Convert"):
        read_audio(path)


def test_a_path_without_a_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.wav', which does not exist"):
        read_audio(tmp_path / "nothing.wav")
    with pytest.raises(FileNotFoundError, match="which is a folder"):
        read_audio(tmp_path)
    with pytest.raises(TypeError, match=r"got a list.*once for each file"):
        read_audio(["a.wav"])


def test_without_soundfile_wav_files_are_read_and_others_say_how_to_install_it(
    tmp_path, monkeypatch
):
    soundfile.write(tmp_path / "recording.flac", noise(), RATE)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert len(read_audio(write_wav(tmp_path / "recording.wav"))[0]) == 2000
    with pytest.raises(ImportError) as error:
        read_audio(tmp_path / "recording.flac")
    assert 'python -m pip install "skrnn[audio]"' in str(error.value)


# --------------------------------------------------------------------------- held against librosa


def librosa_log_mel(audio, rate, floor=1e-10, **settings):
    with warnings.catch_warnings():
        # It warns of bands without a frequency, of which there are none here.
        warnings.simplefilter("error")
        mel = librosa.feature.melspectrogram(y=audio, sr=rate, **settings)
    return np.log(np.maximum(mel, floor)).T


SETTINGS = {
    "8 kHz": (
        {"sampling_rate": 8000},
        {"n_fft": 256, "win_length": 200, "hop_length": 80, "n_mels": 40},
    ),
    "16 kHz": (
        {"sampling_rate": 16000},
        {"n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 40},
    ),
    # Windows of an odd number of samples.
    "22 kHz": (
        {"sampling_rate": 22050, "n_mels": 80},
        {"n_fft": 1024, "win_length": 551, "hop_length": 220, "n_mels": 80},
    ),
    "librosa's defaults": (
        {
            "sampling_rate": 22050,
            "n_mels": 128,
            "window_length": 2048 / 22050,
            "hop_length": 512 / 22050,
        },
        {},
    ),
    "44.1 kHz, HTK": (
        {"sampling_rate": 44100, "mel_scale": "htk", "n_mels": 64, "f_min": 50, "f_max": 16000},
        {
            "n_fft": 2048,
            "win_length": 1102,
            "hop_length": 441,
            "n_mels": 64,
            "htk": True,
            "fmin": 50,
            "fmax": 16000,
        },
    ),
    "a transform that is no power of two": (
        {"sampling_rate": 16000, "n_fft": 400, "n_mels": 20, "log_floor": 1e-3},
        {"n_fft": 400, "hop_length": 160, "n_mels": 20, "floor": 1e-3},
    ),
    "hops longer than the window": (
        {"sampling_rate": 8000, "hop_length": 0.05, "n_mels": 13},
        {"n_fft": 256, "win_length": 200, "hop_length": 400, "n_mels": 13},
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_spectrogram_is_librosas_within_the_stated_tolerance(name):
    ours, theirs = SETTINGS[name]
    rate = ours["sampling_rate"]
    recordings = [
        noise(3 * rate, dtype=np.float64),
        noise(rate // 3 + 17, seed=1, dtype=np.float64),
        0.3 * tone(440, rate, rate) + 1e-3 * noise(rate, dtype=np.float64),
        np.r_[np.zeros(rate // 2), noise(rate // 2)],
    ]
    for audio, spectrogram in zip(
        recordings, LogMelSpectrogram(**ours).fit_transform(recordings), strict=True
    ):
        assert spectrogram.dtype == np.float32
        expected = librosa_log_mel(audio, rate, **theirs)
        np.testing.assert_allclose(spectrogram, expected, rtol=0, atol=2e-6)
        # For float32 audio librosa itself computes in float32.
        (spectrogram,) = LogMelSpectrogram(**ours).fit_transform([audio.astype(np.float32)])
        expected = librosa_log_mel(audio.astype(np.float32), rate, **theirs)
        np.testing.assert_allclose(spectrogram, expected, rtol=0, atol=1e-4)


def test_the_spectrograms_of_real_words_are_librosas(data_home):
    recordings = fetch_free_spoken_digits(split="test", data_home=data_home).data[::20]
    spectrograms = LogMelSpectrogram(sampling_rate=8000).fit_transform(recordings)
    for audio, spectrogram in zip(recordings, spectrograms, strict=True):
        settings = SETTINGS["8 kHz"][1]
        expected = librosa_log_mel(audio.astype(np.float64), 8000, **settings)
        np.testing.assert_allclose(spectrogram, expected, rtol=0, atol=2e-6)
        np.testing.assert_allclose(
            spectrogram, librosa_log_mel(audio, 8000, **settings), rtol=0, atol=1e-4
        )


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_the_bands_have_their_peaks_where_librosa_has_them(scale):
    spectrogram = LogMelSpectrogram(
        sampling_rate=16000, n_mels=30, f_min=100, f_max=7000, mel_scale=scale
    ).fit([np.zeros(400)])
    expected = librosa.mel_frequencies(32, fmin=100, fmax=7000, htk=scale == "htk")
    np.testing.assert_allclose(spectrogram.frequencies_, expected[1:-1], rtol=1e-10)


@pytest.mark.parametrize("hz", [200, 1000, 3000])
def test_a_tone_is_loudest_in_the_band_around_its_frequency(hz):
    spectrogram = LogMelSpectrogram(sampling_rate=RATE)
    (X,) = spectrogram.fit_transform([tone(hz)])
    loudest = spectrogram.frequencies_[X[3:-3].argmax(axis=1)]
    distances = np.abs(spectrogram.frequencies_ - hz)
    # In a band that overlaps: the two nearest ones share a tone between their peaks.
    assert np.isin(loudest, spectrogram.frequencies_[np.argsort(distances)[:2]]).all()


# --------------------------------------------------------------------------------- what comes out


@settings(max_examples=25, deadline=None)
@given(
    n_timesteps=st.integers(200, 4000),
    hop=st.integers(1, 500),
    n_before=st.integers(0, 20),
)
def test_timesteps_are_hops_apart_and_know_only_what_is_under_their_window(
    n_timesteps, hop, n_before
):
    audio = noise(n_timesteps)
    spectrogram = LogMelSpectrogram(sampling_rate=RATE, hop_length=hop / RATE, n_mels=5)
    (X,) = spectrogram.fit_transform([audio])
    assert X.shape == (1 + n_timesteps // hop, 5)
    # Whole hops of silence before the recording shift it.
    (shifted,) = spectrogram.transform([np.r_[np.zeros(n_before * hop, np.float32), audio]])
    np.testing.assert_allclose(shifted[n_before:], X, rtol=0, atol=1e-6)
    # Nothing beyond half a window reaches a timestep.
    changed = audio.copy()
    changed[n_timesteps // 2 :] = 0.5
    (other,) = spectrogram.transform([changed])
    is_before = np.arange(len(X)) * hop + 100 <= n_timesteps // 2
    np.testing.assert_array_equal(other[is_before], X[is_before])
    assert is_before.all() or not np.array_equal(other, X)


def test_twice_the_amplitude_is_four_times_the_power_in_every_band():
    spectrogram = LogMelSpectrogram(sampling_rate=RATE)
    quiet, loud = spectrogram.fit_transform([noise(), 2 * noise()])
    np.testing.assert_allclose(loud - quiet, np.log(4), rtol=0, atol=1e-5)


def test_silence_is_the_logarithm_of_the_floor():
    for floor in (1e-10, 1e-3):
        (X,) = LogMelSpectrogram(RATE, log_floor=floor).fit_transform([np.zeros(500)])
        np.testing.assert_allclose(X, np.log(floor), rtol=1e-6)


@pytest.mark.parametrize(
    "dtype, silence, full_scale",
    [("uint8", 128, 2**7), ("int8", 0, 2**7), ("int16", 0, 2**15), ("int32", 0, 2**31)],
)
def test_integer_samples_are_divided_by_their_full_scale(dtype, silence, full_scale):
    levels = np.clip(noise(dtype=np.float64) * full_scale, -full_scale, full_scale - 1).round()
    spectrogram = LogMelSpectrogram(sampling_rate=RATE)
    X = spectrogram.fit_transform(
        [(levels + silence).astype(dtype), levels / full_scale, (levels + silence).astype(dtype)]
    )
    np.testing.assert_array_equal(X[0], X[1])
    swapped = (levels + silence).astype(np.dtype(dtype).newbyteorder(">"))
    np.testing.assert_array_equal(spectrogram.transform([swapped])[0], X[0])


def test_every_container_of_the_same_recordings_gives_the_same_spectrograms(tmp_path):
    array = np.stack([noise(seed=seed) for seed in range(3)])
    paths = [write_wav(tmp_path / f"{i}.wav", audio) for i, audio in enumerate(array)]
    objects = np.empty(3, dtype=object)
    objects[:] = list(array)
    expected = LogMelSpectrogram(RATE).fit_transform(list(array))
    ragged = [
        tuple(array),
        objects,
        pd.Series(list(array)),
        [audio[:, np.newaxis] for audio in array],
        [audio[np.newaxis] for audio in array],
        [torch.from_numpy(audio) for audio in array],
        [pd.Series(audio) for audio in array],
        paths,
        list(map(str, paths)),
        np.array(list(map(str, paths))),
        pd.Series(list(map(str, paths)), index=[5, 6, 7]),
        [str(paths[0]), array[1], paths[2]],
    ]
    stacked = [
        array,
        array.tolist(),
        array[:, :, np.newaxis],
        pd.DataFrame(array),
        torch.from_numpy(array),
    ]
    for X in ragged + stacked:
        before = pickle.dumps(X)
        fitted = LogMelSpectrogram(RATE).fit(X)
        for result in (fitted.transform(X), LogMelSpectrogram(RATE).fit_transform(X)):
            assert isinstance(result, list if any(X is one for one in ragged) else np.ndarray)
            np.testing.assert_array_equal(np.stack(list(result)), np.stack(expected))
        assert pickle.dumps(X) == before


def test_a_recording_gets_the_same_bits_among_others_and_by_itself():
    spectrogram = LogMelSpectrogram(RATE)
    recordings = [noise(500), noise(90_000, seed=1), noise(2000, seed=2)]
    for audio, X in zip(recordings, spectrogram.fit_transform(recordings), strict=True):
        np.testing.assert_array_equal(spectrogram.transform([audio])[0], X)


def test_read_only_recordings_are_read_and_the_result_is_the_callers_own():
    audio = noise()
    audio.setflags(write=False)
    (X,) = LogMelSpectrogram(RATE).fit_transform([audio])
    X[:] = 0
    np.testing.assert_array_equal(audio, noise())


def test_memory_does_not_grow_with_the_recording_but_for_the_spectrogram():
    spectrogram = LogMelSpectrogram(RATE).fit([noise()])
    audio = np.zeros(600 * RATE, dtype=np.int16)  # ten minutes, 9.6 MB
    tracemalloc.start()
    (X,) = spectrogram.transform([audio])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All windows at once, with zeros, would be 123 MB in float64.
    assert peak - X.nbytes < 10e6


# ------------------------------------------------------------------------------------- parameters


def test_the_transform_is_long_enough_for_a_frequency_in_every_band():
    for n_mels, n_fft in [(40, 256), (80, 256), (150, 512), (300, 1024)]:
        spectrogram = LogMelSpectrogram(RATE, n_mels=n_mels)
        (X,) = spectrogram.fit_transform([noise()])
        assert spectrogram.n_fft_ == n_fft
        assert (X.std(axis=0) > 0).all()
        assert librosa.filters.mel(sr=RATE, n_fft=n_fft, n_mels=n_mels).any(axis=1).all()
    assert not librosa.filters.mel(sr=RATE, n_fft=256, n_mels=150).any(axis=1).all()
    with pytest.raises(ValueError, match=r"n_fft: got 256.*of n_mels=150 bands empty.*n_fft=None"):
        LogMelSpectrogram(RATE, n_mels=150, n_fft=256).fit([noise()])
    with pytest.raises(ValueError, match=r"n_mels: got 40 bands between 100 and 100.001 Hz.*Lower"):
        LogMelSpectrogram(RATE, f_min=100, f_max=100.001).fit([noise()])


@pytest.mark.parametrize(
    "params, message",
    [
        ({"sampling_rate": 0}, "'sampling_rate' parameter"),
        ({"sampling_rate": "8000"}, "'sampling_rate' parameter"),
        ({"n_mels": 0}, "'n_mels' parameter"),
        ({"n_mels": 2.5}, "'n_mels' parameter"),
        ({"window_length": 0}, "'window_length' parameter"),
        ({"hop_length": -0.01}, "'hop_length' parameter"),
        ({"n_fft": 0}, "'n_fft' parameter"),
        ({"f_min": -1}, "'f_min' parameter"),
        ({"f_max": 0}, "'f_max' parameter"),
        ({"mel_scale": "bark"}, "'mel_scale' parameter"),
        ({"log_floor": 0}, "'log_floor' parameter"),
        ({"window_length": 25}, r"window_length: got 25 seconds.*not in milliseconds or samples"),
        ({"hop_length": 80}, r"hop_length: got 80 seconds.*divide samples by 8000"),
        ({"window_length": 1e-4}, r"window_length: got 0.0001 seconds, 0.8 samples at 8000 Hz"),
        ({"hop_length": 1e-5}, r"hop_length: got 1e-05 seconds.*at least 1 sample"),
        ({"sampling_rate": 16}, r"window_length: got 0.025 seconds, 0.4 samples at 16 Hz"),
        ({"n_fft": 128}, r"n_fft: got 128\. Expected at least 200"),
        ({"f_max": 4001}, r"f_max: got bands from f_min=0 to f_max=4001 Hz.*4000 Hz"),
        ({"f_min": 3000, "f_max": 2000}, "f_min below f_max"),
    ],
)
def test_a_parameter_out_of_its_range_is_named_in_fit(params, message):
    transformer = LogMelSpectrogram(**{"sampling_rate": RATE, **params})
    for method in ("fit", "fit_transform"):
        with pytest.raises(ValueError, match=message):
            getattr(transformer, method)([noise()])


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


def test_files_are_read_one_after_the_other_and_only_once_by_fit_transform(tmp_path, monkeypatch):
    from skrnn.preprocessing._audio import recordings

    paths = [write_wav(tmp_path / f"{seed}.wav") for seed in range(3)]
    read = []
    monkeypatch.setattr(
        recordings, "read_audio", lambda path: read.append(path) or read_audio(path)
    )
    LogMelSpectrogram(RATE).fit_transform(paths)
    assert read == paths


@pytest.mark.parametrize("extension", ["flac", "ogg"])
def test_compressed_files_are_read_like_wav_files(tmp_path, extension):
    path = tmp_path / f"recording.{extension}"
    soundfile.write(path, noise(), RATE)
    (X,) = LogMelSpectrogram(RATE).fit_transform([path])
    audio, _ = soundfile.read(path)
    np.testing.assert_allclose(X, LogMelSpectrogram(RATE).fit_transform([audio])[0], atol=1e-4)


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
    "objects": ([np.array([{}] * 500)], TypeError, "not numbers"),
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


# ------------------------------------------------------------------------- scikit-learn's manners


def test_scikit_learns_check_suite_passes_but_for_two_checks_of_what_is_no_audio():
    # Its samples have a handful of columns: windows of two.
    transformer = LogMelSpectrogram(sampling_rate=10, n_mels=2, window_length=0.2, hop_length=0.1)
    results = check_estimator(
        transformer,
        on_skip=None,
        on_fail="raise",
        expected_failed_checks={
            "check_estimators_dtypes": "64-bit integers have no full scale that samples would use",
            "check_fit2d_1feature": "a recording of one sample is shorter than any window",
        },
    )
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    assert len(passed) >= 40


def test_the_tags_tell_what_is_read():
    tags = get_tags(LogMelSpectrogram())
    assert tags.input_tags.string and tags.input_tags.two_d_array
    assert not tags.input_tags.allow_nan
    assert not tags.target_tags.required


def test_transform_before_fit_is_an_error():
    with pytest.raises(NotFittedError):
        LogMelSpectrogram(RATE).transform([noise()])


def test_a_clone_and_a_pickle_give_the_same_spectrograms():
    fitted = LogMelSpectrogram(RATE, n_mels=20, mel_scale="htk").fit([noise()])
    expected = fitted.transform([noise(seed=1)])[0]
    for other in (pickle.loads(pickle.dumps(fitted)), clone(fitted).fit([noise()])):
        np.testing.assert_array_equal(other.transform([noise(seed=1)])[0], expected)


def test_set_output_leaves_the_list_as_it_is():
    pipeline = make_pipeline(LogMelSpectrogram(RATE), SequenceScaler()).set_output(
        transform="pandas"
    )
    assert isinstance(pipeline.fit_transform([noise(), noise(500)]), list)


def test_spectrograms_of_different_lengths_become_one_padded_array():
    pipeline = make_pipeline(LogMelSpectrogram(RATE), SequencePadder())
    padded = pipeline.fit_transform([noise(2000), noise(800)])
    assert padded.shape == (2, 26, 40)
    assert np.isnan(padded[1, 11:]).all() and not np.isnan(padded[1, :11]).any()


def test_a_search_over_a_pipeline_chooses_among_its_settings():
    # Words of two tones, up or down: only their order tells the classes apart.
    rng = np.random.default_rng(0)
    y = np.arange(24) % 2
    X = []
    for label in y:
        up = [tone(hz, rng.integers(800, 1600)) for hz in (500, 1500)]
        word = np.concatenate(up[::-1] if label else up)
        X.append(0.5 * word + noise(len(word), seed=len(X)))
    pipeline = make_pipeline(
        LogMelSpectrogram(RATE, hop_length=0.02),
        RNNClassifier(hidden_size=8, max_epochs=15, random_state=0),
    )
    # Below 100 Hz there is nothing but noise.
    grid = {"logmelspectrogram__f_max": [100, None], "logmelspectrogram__n_mels": [5, 10]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_params_["logmelspectrogram__f_max"] is None
    assert search.score(X, y) == 1
