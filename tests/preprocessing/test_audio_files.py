"""Audio files are read as soundfile reads them."""

import struct
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from skrnn.preprocessing import read_audio
from tests.preprocessing.recordings import RATE, noise, write_wav


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav_bytes(*chunks):
    content = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


FORMAT = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16))


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
