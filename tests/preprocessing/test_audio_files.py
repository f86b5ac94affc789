"""Audio files are read as soundfile reads them."""

import struct
import sys
import tracemalloc
import warnings

import librosa
import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from skrnn.preprocessing import read_audio
from tests.preprocessing.recordings import RATE, noise, tone, write_wav


def chunk(name, content, n_declared=None, padding=b"\0"):
    n_declared = len(content) if n_declared is None else n_declared
    return name + struct.pack("<I", n_declared) + content + padding * (len(content) % 2)


def wav_bytes(*chunks):
    content = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def layout(tag=1, n_channels=1, rate=RATE, n_bits=16, timestep=None):
    timestep = n_channels * -(-n_bits // 8) if timestep is None else timestep
    content = struct.pack("<HHIIHH", tag, n_channels, rate, rate * timestep, timestep, n_bits)
    return chunk(b"fmt ", content)


def wide_bytes(n_declared):
    """A file of 64-bit sizes, which declares that many bytes of samples."""
    sizes = chunk(b"ds64", struct.pack("<QQQI", n_declared + 64, n_declared, n_declared // 2, 0))
    data = chunk(b"data", NUMBERS.tobytes(), 2**32 - 1)
    return b"RF64" + b"\xff" * 4 + b"WAVE" + sizes + FORMAT + data


FORMAT = layout()
NUMBERS = np.arange(100, dtype=np.int16)
SAMPLES = chunk(b"data", NUMBERS.tobytes())


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize(
    "extension, subtype",
    [
        ("wav", "ALAW"),
        ("wav", "MS_ADPCM"),
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


WHOLE = {
    "sizes of a stream": wav_bytes(FORMAT, chunk(b"data", NUMBERS.tobytes(), 2**32 - 1)),
    "sizes of another program's stream": wav_bytes(
        FORMAT, chunk(b"data", NUMBERS.tobytes(), 0x7FFFF000)
    ),
    "a size of the whole that is wrong": b"RIFF\x0a\0\0\0" + wav_bytes(FORMAT, SAMPLES)[8:],
    "no size of the whole": b"RIFF\0\0\0\0" + wav_bytes(FORMAT, SAMPLES)[8:],
    "an odd chunk before": wav_bytes(FORMAT, chunk(b"LIST", b"INFOodd"), SAMPLES),
    "an odd chunk that is not filled up": wav_bytes(
        FORMAT, chunk(b"LIST", b"INFOodd", padding=b""), SAMPLES
    ),
    "half a sample more": wav_bytes(FORMAT, chunk(b"data", NUMBERS.tobytes() + b"\1")),
    "no bytes of a timestep": wav_bytes(layout(timestep=0), SAMPLES),
    "12 of 16 bit": wav_bytes(layout(n_bits=12), SAMPLES),
    "something behind the samples": wav_bytes(FORMAT, SAMPLES, b"\0\1\2"),
    "64-bit sizes": wide_bytes(200),
    "64-bit sizes of a stream": wide_bytes(200).replace(b"ds64", b"junk"),
    "64-bit sizes by another name": wide_bytes(200).replace(b"RF64", b"BW64"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_rare_headers_and_wrong_sizes_are_read_to_the_last_sample(case, tmp_path):
    path = tmp_path / "recording.wav"
    path.write_bytes(WHOLE[case])
    audio, rate = read_audio(path)
    assert rate == RATE
    np.testing.assert_array_equal(audio * 2**15, NUMBERS)


@pytest.mark.parametrize("rest", [b"", chunk(b"LIST", b"INFO"), wav_bytes(FORMAT)[12:]])
def test_a_file_without_samples_is_empty(rest, tmp_path):
    path = tmp_path / "empty.wav"
    path.write_bytes(wav_bytes(FORMAT, chunk(b"data", b""), rest))
    audio, rate = read_audio(path, sampling_rate=4000)
    assert (audio.shape, audio.dtype, rate) == ((0,), np.float32, 4000)


def test_a_header_that_was_never_completed_is_read_with_a_warning(tmp_path):
    path = tmp_path / "stopped.wav"
    content = wav_bytes(FORMAT, chunk(b"data", NUMBERS.tobytes(), 0))
    path.write_bytes(b"RIFF\0\0\0\0" + content[8:])
    with pytest.warns(UserWarning, match=r"stopped\.wav' has a header of 0 samples.*100 samples"):
        audio, _ = read_audio(path)
    np.testing.assert_array_equal(audio * 2**15, NUMBERS)


@pytest.mark.parametrize(
    "container, subtype",
    [
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_16"),
        ("WAVEX", "PCM_24"),
        ("RF64", "PCM_16"),
        ("WAV", "DOUBLE"),
        ("WAV", "ULAW"),
        ("WAV", "IMA_ADPCM"),
    ],
)
def test_a_file_cut_at_any_byte_gives_what_soundfile_reads_or_its_name(
    container, subtype, tmp_path
):
    path = tmp_path / "cut.wav"
    audio = np.stack([noise(40, seed) for seed in range(2)], axis=1)
    soundfile.write(path, audio, RATE, format=container, subtype=subtype)
    whole = path.read_bytes()
    n_read = 0
    for end in [*range(0, 120, 5), *np.linspace(121, len(whole) - 1, 9).astype(int)]:
        path.write_bytes(whole[:end])
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                audio, _ = read_audio(path)
            except ValueError as error:
                assert "cut.wav" in str(error)
                assert "Expected" in str(error)
                continue
        n_read += 1
        assert "cut.wav' is cut off" in str(told[0].message)
        np.testing.assert_array_equal(audio, soundfile.read(path, dtype="float32")[0])
    assert n_read > 5


def test_a_size_beyond_memory_reserves_none(tmp_path):
    path = tmp_path / "huge.wav"
    path.write_bytes(wide_bytes(10**15))
    with pytest.warns(UserWarning, match="it has 200 of 1000000000000000 bytes"):
        audio, _ = read_audio(path)
    assert len(audio) == 100


def test_a_file_that_was_cut_off_is_read_with_a_warning_that_says_so(tmp_path):
    path = write_wav(tmp_path / "whole.wav", np.arange(100, dtype=np.int16))
    cut = tmp_path / "cut.wav"
    cut.write_bytes(path.read_bytes()[:-120])
    with pytest.warns(UserWarning, match=r"cut\.wav' is cut off: it has 80 of 200 bytes.*40 samp"):
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
        (b"not audio at all", "cannot be read as audio"),
        (b"RIFF", "ends after 4 bytes"),
        (b"RIFF\x10\0\0\0AVI " + b"\0" * 8, "it holds b'AVI '"),
        (wav_bytes(FORMAT), "it ends before a chunk 'data'"),
        (wav_bytes(FORMAT)[:30], "its chunk b'fmt ' should have 16 bytes, and 10 follow"),
        (wav_bytes(SAMPLES, FORMAT), "no chunk 'fmt '"),
        (wav_bytes(FORMAT, chunk(b"LIST", b"INFO", 5000), SAMPLES), "should have 5000 bytes"),
        (wav_bytes(FORMAT, b"\0" * 16, SAMPLES), "stands where a chunk should begin"),
        (wav_bytes(chunk(b"fmt ", b"\1\0" * 7), SAMPLES), "has 14 bytes of 16"),
        (wav_bytes(layout(n_channels=0), SAMPLES), "0 channels"),
        (wav_bytes(layout(rate=0), SAMPLES), "a rate of 0 Hz"),
        (wav_bytes(layout(n_bits=24, timestep=4), SAMPLES), "do not make 4 bytes a timestep"),
        (wav_bytes(layout(tag=0xFFFE), SAMPLES), "has 16 bytes of 40"),
        (wav_bytes(layout(tag=3), SAMPLES), "float16 samples"),
        (wav_bytes(layout(tag=85), SAMPLES), "cannot be read as audio"),
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


# ------------------------------------------------------------------------------ rate and channels


def band_limited(rate, n_seconds=1.0):
    """The same tones at any rate, all below 3 kHz, fading in and out."""
    seconds = np.arange(int(rate * n_seconds)) / rate
    tones = sum(np.sin(2 * np.pi * hz * seconds + hz) for hz in (110, 697, 1209, 2700))
    return (0.2 * tones * np.sin(np.pi * seconds / n_seconds) ** 2).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rate, asked", [(16000, 8000), (44100, 16000), (8000, 44100), (48000, 11025), (8000, 8000)]
)
def test_audio_is_brought_to_the_rate_that_is_asked_for(rate, asked, tmp_path):
    path = write_wav(tmp_path / "recording.wav", band_limited(rate), rate)
    audio, sampling_rate = read_audio(path, sampling_rate=asked)
    assert (audio.dtype, sampling_rate, len(audio)) == (np.float32, asked, asked)
    np.testing.assert_allclose(audio, band_limited(asked), atol=1e-3)
    given, _ = read_audio(path)
    by_librosa = librosa.resample(given, orig_sr=rate, target_sr=asked, res_type="soxr_hq")
    np.testing.assert_allclose(audio, by_librosa, atol=1e-3)


def test_frequencies_that_a_lower_rate_cannot_hold_are_removed(tmp_path):
    path = write_wav(tmp_path / "high.wav", 0.5 * tone(6000, 16000, 16000), 16000)
    audio, _ = read_audio(path, sampling_rate=8000)
    assert np.abs(audio[100:-100]).max() < 1e-3


def test_mono_averages_the_channels_as_librosa_does(tmp_path):
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.stack([noise(seed=0), noise(seed=1)], axis=1), RATE, subtype="FLOAT")
    audio, _ = read_audio(path, mono=True)
    np.testing.assert_allclose(audio, (noise(seed=0) + noise(seed=1)) / 2, atol=1e-7)
    channels, _ = read_audio(path)
    np.testing.assert_allclose(audio, librosa.to_mono(channels.T), atol=1e-7)
    both, _ = read_audio(path, sampling_rate=4000)
    mixed, _ = read_audio(path, sampling_rate=4000, mono=True)
    assert both.shape == (1000, 2)
    np.testing.assert_allclose(both.mean(axis=1), mixed, atol=1e-6)
    one = write_wav(tmp_path / "one.wav")
    np.testing.assert_array_equal(read_audio(one, mono=True)[0], read_audio(one)[0])


@pytest.mark.parametrize(
    "settings, kind, message",
    [
        ({"sampling_rate": 0}, ValueError, "sampling_rate: got 0.*Pass sampling_rate=16000"),
        ({"sampling_rate": -8000}, ValueError, "sampling_rate: got -8000"),
        ({"sampling_rate": 10**9}, ValueError, "sampling_rate: got 1000000000.*at most"),
        ({"sampling_rate": "16k"}, TypeError, "sampling_rate: got '16k'"),
        ({"sampling_rate": True}, TypeError, "sampling_rate: got True"),
        ({"mono": "yes"}, TypeError, "mono: got 'yes'.*Pass mono=True"),
        ({"mono": 1}, TypeError, "mono: got 1"),
    ],
)
def test_impossible_rates_and_channels_are_refused(settings, kind, message, tmp_path):
    with pytest.raises(kind, match=message):
        read_audio(write_wav(tmp_path / "recording.wav"), **settings)
