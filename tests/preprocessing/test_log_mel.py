"""Log-mel spectrograms are librosa's, and what comes out of them."""

import pickle
import tracemalloc
import warnings

import librosa
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skrnn.datasets import fetch_free_spoken_digits
from skrnn.preprocessing import LogMelSpectrogram
from tests.preprocessing.recordings import RATE, noise, tone, write_wav

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


@pytest.mark.slow
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
    with pytest.raises(ValueError, match=r"n_fft: got 2147483648.*Set n_fft=None"):
        LogMelSpectrogram(8000, n_fft=2**31).fit([np.ones(900)])
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
