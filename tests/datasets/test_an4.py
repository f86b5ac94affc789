"""The AN4 speech database: against the published files, and against what its page says."""

from __future__ import annotations

import io
import struct
import tarfile

import numpy as np
import pytest

from skrnn.datasets import _data_files as data_files
from skrnn.datasets import fetch_an4
from skrnn.datasets._an4 import ARCHIVE
from skrnn.datasets._archives import members_sha256
from skrnn.datasets._known_files import KNOWN_FILES, KnownFile


def archive_of(files):
    """A tar archive whose files lie in folders of any name."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"some/folder/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def features_of(values):
    values = np.asarray(values, dtype=">f4")
    return struct.pack(">i", values.size) + values.tobytes()


SPOKEN = np.arange(39.0).reshape(3, 13)
FILES = {
    "an4_train.fileids": b"an4_clstk/fash/an1-fash-b\nan4_clstk/mblb/an2-mblb-b\n",
    "an4_test.fileids": b"an4test_clstk/menk/an3-menk-b\n",
    # the lines may come in another order, and mark beginning and end.
    "an4_train.transcription": b"<s> B TWO </s> (an2-mblb-b)\nYES (an1-fash-b)\n",
    "an4_test.transcription": b"GO (an3-menk-b)\n",
    "an4.dic": b"A      AH\nA(2)   EY\nGO     G OW\n",
    "an1-fash-b.mfc": features_of(SPOKEN),
    "an2-mblb-b.mfc": features_of(SPOKEN[:1]),
    "an3-menk-b.mfc": features_of(-SPOKEN),
}


@pytest.fixture
def small_home(tmp_path, monkeypatch):
    """A data_home with an archive of three utterances."""
    archive = archive_of(FILES)
    known = KNOWN_FILES[ARCHIVE]
    sha256 = members_sha256(archive, known.members)
    monkeypatch.setitem(data_files.KNOWN_FILES, ARCHIVE, KnownFile("", sha256, known.members))
    (tmp_path / "an4").mkdir()
    (tmp_path / ARCHIVE).write_bytes(archive)
    return tmp_path


def test_features_and_transcripts_are_matched_by_name(small_home):
    an4 = fetch_an4(split="all", data_home=small_home)
    assert an4.target.tolist() == ["YES", "B TWO", "GO"]
    assert an4.speakers.tolist() == ["fash", "mblb", "menk"]
    for x, expected in zip(an4.data, (SPOKEN, SPOKEN[:1], -SPOKEN), strict=True):
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x, expected)
    assert an4.words == ["A", "GO"]
    X, y = fetch_an4(split="test", data_home=small_home, return_X_y=True)
    assert len(X) == 1 and y.tolist() == ["GO"]


def test_a_changed_archive_is_refused(small_home):
    changed = FILES | {"an4_test.transcription": b"STOP (an3-menk-b)\n"}
    (small_home / ARCHIVE).write_bytes(archive_of(changed))
    with pytest.raises(OSError, match="is not the published file"):
        fetch_an4(data_home=small_home)


def test_an_absent_archive_is_not_downloaded_unasked(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"AN4 .* download_if_missing is False"):
        fetch_an4(data_home=tmp_path, download_if_missing=False)
    with pytest.raises(ValueError, match="split"):
        fetch_an4(split="dev", data_home=tmp_path)


def test_the_published_sets_are_as_documented(data_home):
    train, test = (fetch_an4(split=split, data_home=data_home) for split in ("train", "test"))
    table = [line.split()[-2:] for line in fetch_an4.__doc__.splitlines()]
    for counts in (
        [len(part.data) for part in (train, test)],
        [sum(len(text.split()) for text in part.target) for part in (train, test)],
    ):
        assert [str(count) for count in counts] in table
    lines = fetch_an4.__doc__.splitlines()
    (lengths,) = [line for line in lines if "n_timesteps, of" in line]
    shortest = [min(len(x) for x in part.data) for part in (train, test)]
    longest = [max(len(x) for x in part.data) for part in (train, test)]
    shown = [f"{a} to {b}" for a, b in zip(shortest, longest, strict=True)]
    assert " ".join(lengths.split("of 10 ms")[1].split()) == " ".join(shown)
    assert len(set(train.speakers)) == 74 and len(set(test.speakers)) == 10
    assert not set(train.speakers) & set(test.speakers)
    assert len(train.words) == 101
    for part in (train, test):
        assert {word for text in part.target for word in text.split()} <= set(part.words)
        assert all(x.shape[1] == 13 and np.isfinite(x).all() for x in part.data)
