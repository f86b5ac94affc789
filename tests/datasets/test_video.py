import io
from collections import Counter

import numpy as np
import pytest
from scipy.io import savemat

from skrnn.datasets import _data_files as data_files
from skrnn.datasets import _utd_mhad as utd_mhad
from skrnn.datasets import fetch_utd_mhad


@pytest.fixture(scope="module")
def published(data_home):
    """The file's arrays, each clip's frames by its action, subject and trial."""
    with np.load(data_home / utd_mhad.PATH) as arrays:
        clips = np.split(arrays["X"], np.cumsum(arrays["lengths"])[:-1])
        numbers = zip(arrays["action"], arrays["subject"], arrays["trial"], strict=True)
        return {tuple(map(int, key)): clip for key, clip in zip(numbers, clips, strict=True)}


@pytest.mark.parametrize(
    ("split", "subjects"),
    [("train", [1, 3, 5, 7]), ("test", [2, 4, 6, 8]), ("all", [1, 3, 5, 7, 2, 4, 6, 8])],
)
def test_utd_mhad_is_every_clip_of_its_subjects_in_order(data_home, published, split, subjects):
    clips = fetch_utd_mhad(split=split, data_home=data_home)
    actions = range(1, 28)
    keys = [(a, s, t) for s in subjects for a in actions for t in range(1, 5)]
    keys = [key for key in keys if key in published]
    assert len(keys) == len(clips.data) == {"train": 431, "test": 430, "all": 861}[split]
    for (action, subject, _), clip, name, group in zip(
        keys, clips.data, clips.target, clips.groups, strict=True
    ):
        assert clip.dtype == np.uint8
        assert clip.shape[1:] == (24, 32)
        assert clips.target_names[action - 1] == name
        assert group == subject
    for key, clip in zip(keys, clips.data, strict=True):
        np.testing.assert_array_equal(clip, published[key])
    X, y = fetch_utd_mhad(split=split, data_home=data_home, return_X_y=True)
    assert all(map(np.array_equal, X, clips.data))
    assert y.tolist() == clips.target.tolist()


def test_utd_mhad_has_27_actions_with_the_documented_lengths(data_home):
    for split, numbers in {"train": (431, 24, 51), "test": (430, 21, 63)}.items():
        clips = fetch_utd_mhad(split=split, data_home=data_home)
        lengths = [len(clip) for clip in clips.data]
        assert (len(lengths), min(lengths), max(lengths)) == numbers
        counts = Counter(clips.target.tolist())
        assert sorted(counts) == sorted(clips.target_names)
        assert len(set(clips.target_names)) == 27
        assert set(counts.values()) <= {15, 16}
        words = f"{numbers[0]}", f"{numbers[1]} to {numbers[2]}"
        assert all(word in fetch_utd_mhad.__doc__ for word in words)


def test_what_is_done_to_the_clips_does_not_reach_one_another(data_home):
    clips = fetch_utd_mhad(data_home=data_home).data
    second = clips[1].copy()
    clips[0][:] = 7
    np.testing.assert_array_equal(clips[1], second)


@pytest.mark.parametrize("split", ["Train", "valid", None])
def test_an_unknown_split_is_an_error_that_lists_the_choices(tmp_path, split):
    with pytest.raises(
        ValueError, match=f"split must be one of 'train', 'test', 'all'; got {split!r}"
    ):
        fetch_utd_mhad(split=split, data_home=tmp_path)


# Reducing the originals


def test_a_pixel_is_the_rounded_mean_of_its_block_in_units_of_16_mm_at_every_second_frame():
    depth = np.zeros((240, 320, 5), dtype=np.int16)
    depth[:10, :10, 0] = 3200  # all of the first block: 3200 / 16
    depth[10:15, 10:20, 0] = 3200  # half of a block, the rest is background
    depth[230:, 310, 2] = 2700  # a tenth of the last block: 270 / 16 = 16.9
    depth[:, :, 3] = 3200  # a frame that is left out
    clip = utd_mhad._reduce(depth)
    expected = np.zeros((3, 24, 32))
    expected[0, 0, 0] = 200
    expected[0, 1, 1] = 100
    expected[1, 23, 31] = 17
    assert clip.dtype == np.uint8
    np.testing.assert_array_equal(clip, expected)


def mat_file(depth, **others):
    file = io.BytesIO()
    savemat(file, {"d_depth": depth, **others})
    return file.getvalue()


@pytest.fixture
def two_originals(monkeypatch):
    """Let the set be two clips of 5 frames that are downloaded from memory."""
    rng = np.random.default_rng(0)
    originals = {
        (1, 1, 1): rng.integers(0, 3300, size=(240, 320, 5), dtype=np.int16),
        (2, 2, 1): rng.integers(0, 3300, size=(240, 320, 5), dtype=np.int16),
    }
    files = {
        f"{utd_mhad.ORIGINALS}/a{a}_s{s}_t{t}_depth.mat": mat_file(depth)
        for (a, s, t), depth in originals.items()
    }
    reduced = [utd_mhad._reduce(depth) for depth in originals.values()]
    monkeypatch.setattr(utd_mhad, "_recordings", lambda: sorted(originals))
    monkeypatch.setattr(utd_mhad, "N_FRAMES", 6)
    monkeypatch.setattr(utd_mhad, "MEAN", np.concatenate(reduced).mean())
    monkeypatch.setattr(data_files, "download", lambda url: files[url])
    return files, reduced


def test_absent_clips_are_made_from_the_originals_once(two_originals, monkeypatch, tmp_path):
    files, reduced = two_originals
    home = tmp_path / "new" / "home"
    for split, expected, name in (("train", reduced[0], "swipe left"), ("test", reduced[1], None)):
        clips = fetch_utd_mhad(split=split, data_home=home)
        (clip,) = clips.data
        np.testing.assert_array_equal(clip, expected)
        assert clips.target.tolist() == [name or "swipe right"]
        files.clear()  # A second download would be a KeyError.
    stored = [path for path in home.rglob("*") if path.is_file()]
    assert stored == [home / utd_mhad.PATH]


def test_absent_clips_are_an_error_when_no_download_is_allowed(tmp_path):
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError, match=r"not in data_home.*861 original clips") as error:
        fetch_utd_mhad(data_home=home, download_if_missing=False)
    for words in (str(home / utd_mhad.PATH), "download_if_missing=True", utd_mhad.ORIGINALS):
        assert words in str(error.value)
    assert not home.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>Please log in</html>", "could not be made.*no MATLAB file"),
        (mat_file(np.zeros((24, 32, 5))), r"\(240, 320, n_frames\), got .*\(24, 32, 5\)"),
        (mat_file(np.zeros((240, 320, 5), np.int16)), "their mean is 0.000, expected"),
        (mat_file(np.zeros((240, 320, 9), np.int16)), "does not hold the UTD-MHAD clips"),
    ],
)
def test_a_download_of_something_else_is_refused_and_not_saved(
    two_originals, tmp_path, content, message
):
    files, _ = two_originals
    files.update(dict.fromkeys(files, content))
    with pytest.raises(OSError, match=message) as error:
        fetch_utd_mhad(data_home=tmp_path / "home")
    assert "Nothing was saved" in str(error.value)
    assert not (tmp_path / "home").exists()


def test_a_failed_download_names_the_file(monkeypatch, tmp_path):
    def no_network(url):
        raise OSError("no network")

    monkeypatch.setattr(data_files, "download", no_network)
    with pytest.raises(OSError, match=r"a1_s1_t1_depth.mat: no network\. Check the network"):
        fetch_utd_mhad(data_home=tmp_path)


def test_a_stored_file_that_cannot_be_read_is_refused(tmp_path):
    stored = tmp_path / utd_mhad.PATH
    stored.parent.mkdir()
    for content in (b"", b"something else", b"PK\x03\x04 cut off"):
        stored.write_bytes(content)
        with pytest.raises(OSError, match="cannot be read as the UTD-MHAD clips") as error:
            fetch_utd_mhad(data_home=tmp_path)
        assert f"Delete {stored}" in str(error.value)


def test_a_damaged_file_is_refused(data_home, tmp_path):
    stored = tmp_path / utd_mhad.PATH
    stored.parent.mkdir()
    whole = (data_home / utd_mhad.PATH).read_bytes()
    for place in (len(whole) // 4, len(whole) // 2):
        stored.write_bytes(whole[:place] + bytes(64) + whole[place + 64 :])
        with pytest.raises(OSError, match="cannot be read as the UTD-MHAD clips"):
            fetch_utd_mhad(data_home=tmp_path)
    stored.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OSError, match="cannot be read as the UTD-MHAD clips"):
        fetch_utd_mhad(data_home=tmp_path)


def test_a_stored_file_with_other_clips_is_refused(published, tmp_path):
    stored = tmp_path / utd_mhad.PATH
    stored.parent.mkdir()
    keys = sorted(published)
    for chosen, scale in ((keys[:-1], 1), ([*keys[:-1], (27, 8, 4)], 1), (keys, 0.9)):
        action, subject, trial = np.array(chosen).T
        clips = [published[min(key, keys[-1])] for key in chosen]
        X = (np.concatenate(clips) * scale).astype(np.uint8)
        lengths = np.array([len(clip) for clip in clips])
        np.savez(stored, X=X, lengths=lengths, action=action, subject=subject, trial=trial)
        with pytest.raises(OSError, match="does not hold the UTD-MHAD clips") as error:
            fetch_utd_mhad(data_home=tmp_path)
        assert f"Delete {stored}" in str(error.value)
