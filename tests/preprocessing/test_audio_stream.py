"""Spectrograms of recordings that arrive chunk by chunk."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skrnn.preprocessing import LogMelSpectrogram


def cut(audio, rng, n_pieces):
    return np.split(audio, np.sort(rng.integers(0, len(audio) + 1, size=n_pieces)))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"n_fft": 1024},
        {"window_length": 0.03125, "hop_length": 0.0101},
        # windows that leave samples out between them, and windows of an odd length
        {"window_length": 0.01, "hop_length": 0.03},
        {"window_length": 0.0201, "n_fft": 333},
    ],
)
@pytest.mark.parametrize("n_samples", [1, 79, 80, 200, 4000, 4001])
def test_pieces_are_the_whole_to_the_last_bit(params, n_samples):
    rng = np.random.default_rng(n_samples)
    whole = np.concatenate([rng.normal(0, 0.1, n_samples), np.zeros(300)])[: max(n_samples, 300)]
    spectrogram = LogMelSpectrogram(sampling_rate=8000, **params).fit([whole])
    expected = spectrogram.transform([whole])[0]
    for n_pieces in (0, 3, 50):
        pieces = list(spectrogram.stream(cut(whole, rng, n_pieces)))
        np.testing.assert_array_equal(np.concatenate(pieces), expected)
        assert all(len(piece) for piece in pieces[:-1])
    if n_samples <= 200:
        pieces = list(spectrogram.stream(whole[:, None]))
        np.testing.assert_array_equal(np.concatenate(pieces), expected)


@pytest.mark.slow
def test_memory_does_not_grow_with_what_has_passed():
    spectrogram = LogMelSpectrogram(sampling_rate=8000).fit([np.zeros(800)])
    stream = spectrogram.stream(np.zeros((10_000, 100)))
    for _ in range(5000):
        next(stream)
    kept = stream.gi_frame.f_locals["spectra"]._audio
    assert len(kept) < 1000


def test_spectra_come_before_the_end():
    passed = []

    def chunks():
        for chunk in np.zeros((20, 400)):
            passed.append(len(spectra))
            yield chunk

    spectra: list[np.ndarray] = []
    for piece in LogMelSpectrogram(sampling_rate=8000).fit([np.zeros(800)]).stream(chunks()):
        spectra.append(piece)
    assert passed == list(range(20))


def test_integers_are_scaled_and_may_change_their_type():
    audio = (np.random.default_rng(0).normal(0, 3000, 4000)).astype(np.int16)
    spectrogram = LogMelSpectrogram(sampling_rate=8000).fit([audio])
    chunks = [audio[:1000], audio[1000:2500].astype(float) / 2**15, audio[2500:]]
    np.testing.assert_array_equal(
        np.concatenate(list(spectrogram.stream(chunks))), spectrogram.transform([audio])[0]
    )


def test_what_is_no_chunk_is_refused_by_its_number():
    with pytest.raises(NotFittedError):
        LogMelSpectrogram(sampling_rate=8000).stream([])
    spectrogram = LogMelSpectrogram(sampling_rate=8000).fit([np.zeros(800)])
    assert list(spectrogram.stream([])) == list(spectrogram.stream([[], np.zeros(0)])) == []
    for chunk in (np.zeros((4, 2)), np.array([0.0, np.nan]), np.array([1e9]), ["a"]):
        with pytest.raises((ValueError, TypeError), match=r"chunks\[1\]"):
            list(spectrogram.stream([np.zeros(100), chunk]))
    for chunks in (None, 5):
        with pytest.raises(TypeError, match=r"chunks: got .* iterable"):
            spectrogram.stream(chunks)
    with pytest.raises(TypeError, match=r"chunks\[0\]: got None"):
        list(spectrogram.stream([None]))
