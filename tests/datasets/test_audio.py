import gzip
import hashlib
import io
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from skrnn.datasets import _data_files as data_files
from skrnn.datasets import fetch_free_spoken_digits
from skrnn.datasets._archives import members_sha256, read_members
from skrnn.datasets._known_files import KNOWN_FILES

PATH = "fsdd/fsdd_wav.tar"


def make_tar(files, **attributes):
    """Return the bytes of a tar archive of ``files``, names to contents."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


# The recordings


def test_every_recording_is_that_of_the_published_file_with_its_digit_speaker_and_take(data_home):
    digits = fetch_free_spoken_digits(split="all", data_home=data_home)
    with tarfile.open(data_home / f"{PATH}.gz") as tar:
        # read in its own order: a compressed archive is read from the start to go back in it.
        files = {member.name: tar.extractfile(member).read() for member in tar}
    columns = (digits.data, digits.target, digits.speakers, digits.takes)
    for audio, digit, speaker, take in zip(*columns, strict=True):
        rate, samples = wavfile.read(io.BytesIO(files[f"{digit}_{speaker}_{take}.wav"]))
        assert rate == digits.sampling_rate
        assert audio.dtype == np.float32
        np.testing.assert_array_equal(audio * 2**15, samples)
    assert len(digits.data) == len(files)


@pytest.mark.parametrize(
    ("split", "n_samples", "takes"), [("train", 2700, range(5, 50)), ("test", 300, range(5))]
)
def test_a_split_has_the_documented_takes_of_every_digit_by_every_speaker(
    data_home, split, n_samples, takes
):
    digits = fetch_free_spoken_digits(split=split, data_home=data_home)
    assert len(digits.data) == n_samples
    columns = (digits.target, digits.speakers, digits.takes)
    keys = list(zip(*(column.tolist() for column in columns), strict=True))
    assert keys == sorted(set(keys))
    counts = Counter((digit, speaker) for digit, speaker, _ in keys)
    assert len(counts) == 10 * 6
    assert set(counts.values()) == {len(takes)}
    assert set(digits.takes.tolist()) == set(takes)
    assert (len(digits.target_names), digits.target_names[7]) == (10, "seven")
    seconds = [len(audio) / digits.sampling_rate for audio in digits.data]
    documented = fetch_free_spoken_digits.__doc__
    assert f"{min(seconds):.2f} to {max(seconds):.2f}" in documented
    assert max(np.abs(audio).max() for audio in digits.data) <= 1
    X, y = fetch_free_spoken_digits(split=split, data_home=data_home, return_X_y=True)
    np.testing.assert_array_equal(y, digits.target)
    for audio, expected in zip(X, digits.data, strict=True):
        np.testing.assert_array_equal(audio, expected)


def test_split_all_is_the_training_recordings_and_then_the_test_recordings(data_home):
    (X_train, y_train), (X_test, y_test), (X, y) = (
        fetch_free_spoken_digits(split=split, data_home=data_home, return_X_y=True)
        for split in ("train", "test", "all")
    )
    assert [*y_train, *y_test] == y.tolist()
    for audio, expected in zip(X, [*X_train, *X_test], strict=True):
        np.testing.assert_array_equal(audio, expected)


@pytest.mark.parametrize("split", ["Train", "dev", None])
def test_an_unknown_split_is_an_error_that_lists_the_choices(tmp_path, split):
    with pytest.raises(ValueError, match=r"split must be one of 'train', 'test', 'all'; got"):
        fetch_free_spoken_digits(split=split, data_home=tmp_path)


# Archives


def test_members_are_read_by_their_names_without_folders_and_nothing_is_written(
    tmp_path, monkeypatch
):
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)
    archive = make_tar({"../up.wav": b"1", "/root.wav": b"2", "a/b.wav": b"3", "a/c.txt": b"4"})
    members = read_members(archive, ".wav")
    assert list(members.items()) == [("b.wav", b"3"), ("root.wav", b"2"), ("up.wav", b"1")]
    assert list(tmp_path.rglob("*")) == [folder]
    assert not Path("/root.wav").exists()


def test_links_in_an_archive_are_no_members():
    link = make_tar({"a.wav": b""}, type=tarfile.SYMTYPE, linkname="/etc/passwd")
    assert read_members(link, ".wav") == {}


def test_the_checksum_of_members_is_that_of_the_list_that_sha256sum_prints():
    files = {"b.wav": b"second", "a.wav": b"first", "readme": b"other"}
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in ("a.wav", "b.wav")]
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    archive = make_tar(files)
    assert members_sha256(archive, ".wav") == expected
    # Packed another time, in another order, with other dates, folders and neighbours.
    packed = {f"folder/{name}": files[name] for name in ("a.wav", "b.wav")}
    assert members_sha256(make_tar(packed, mtime=10**9), ".wav") == expected
    for change in ({"a.wav": b"First"}, {"c.wav": b""}):
        assert members_sha256(make_tar(files | change), ".wav") != expected
    assert members_sha256(b"no archive", ".wav") == hashlib.sha256(b"no archive").hexdigest()


# Downloading


def test_an_archive_packed_in_another_way_is_downloaded_once_and_stored(
    data_home, monkeypatch, tmp_path
):
    # As GitHub packs a whole repository: in a folder, beside other files, in another order.
    recordings = read_members(gzip.decompress((data_home / f"{PATH}.gz").read_bytes()), ".wav")
    names = sorted(recordings, reverse=True)
    repository = {"top/README.md": b"# About"}
    repository |= {f"top/recordings/{name}": recordings[name] for name in names}
    source = tmp_path / "packed.tar.gz"
    source.write_bytes(gzip.compress(make_tar(repository, mtime=10**9), compresslevel=1))
    monkeypatch.setitem(KNOWN_FILES, PATH, KNOWN_FILES[PATH]._replace(url=source.as_uri()))
    home = tmp_path / "new" / "home"
    downloaded = fetch_free_spoken_digits(split="test", data_home=home)
    assert [path for path in home.rglob("*") if path.is_file()] == [home / PATH]

    def no_download(url):
        raise AssertionError(f"{url} was downloaded again")

    monkeypatch.setattr(data_files, "download", no_download)
    again = fetch_free_spoken_digits(split="test", data_home=home)
    published = fetch_free_spoken_digits(split="test", data_home=data_home)
    for other in (again, published):
        np.testing.assert_array_equal(other.speakers, downloaded.speakers)
        for audio, expected in zip(other.data, downloaded.data, strict=True):
            np.testing.assert_array_equal(audio, expected)


def test_an_absent_archive_is_an_error_when_no_download_is_allowed(tmp_path):
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError, match="data set is not in data_home") as error:
        fetch_free_spoken_digits(data_home=home, download_if_missing=False)
    assert str(home / PATH) in str(error.value)
    assert KNOWN_FILES[PATH].url in str(error.value)
    assert not home.exists()


@pytest.mark.parametrize(
    "content", [b"<html>Please log in</html>", make_tar({"0_george_0.wav": b"RIFF"})]
)
def test_other_content_is_refused_stored_or_downloaded(tmp_path, monkeypatch, content):
    source = tmp_path / "other.tar"
    source.write_bytes(content)
    monkeypatch.setitem(KNOWN_FILES, PATH, KNOWN_FILES[PATH]._replace(url=source.as_uri()))
    home = tmp_path / "home"
    with pytest.raises(OSError, match="Nothing was saved") as error:
        fetch_free_spoken_digits(data_home=home)
    assert KNOWN_FILES[PATH].sha256 in str(error.value)
    assert not home.exists()
    (home / "fsdd").mkdir(parents=True)
    (home / PATH).write_bytes(content)
    with pytest.raises(OSError, match=r"is not the published file.*list of \*\.wav files is"):
        fetch_free_spoken_digits(data_home=home)
