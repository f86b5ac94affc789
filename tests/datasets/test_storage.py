"""Where files are looked for, placed by hand, downloaded to and checked."""

import gzip
import shutil
from pathlib import Path

import pytest

from skrnn.datasets import _data_files as data_files
from skrnn.datasets import (
    fetch_cmapss,
    fetch_covid3month,
    fetch_japanese_vowels,
    fetch_sms_spam,
    fetch_ucr_uea,
    get_data_home,
)
from skrnn.datasets._known_files import KNOWN_FILES
from tests.datasets.files import read_text


def all_files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


# get_data_home


def test_data_home_is_the_argument_then_the_environment_then_the_users_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SKRNN_DATA", str(tmp_path / "from_environment"))
    assert get_data_home("here") == Path("here")
    assert get_data_home("~/there") == tmp_path / "there"
    assert get_data_home() == tmp_path / "from_environment"
    monkeypatch.delenv("SKRNN_DATA")
    assert get_data_home() == tmp_path / "skrnn_data"
    assert list(tmp_path.iterdir()) == []


def test_fetching_what_is_there_writes_nothing(data_home, tmp_path):
    home = tmp_path / "home"
    for path in ("ucr_uea/GunPoint_TRAIN.ts", "sms_spam/SMSSpamCollection.gz"):
        (home / path).parent.mkdir(parents=True)
        shutil.copyfile(data_home / path, home / path)
    before = all_files(home)
    fetch_ucr_uea("GunPoint", data_home=home)
    fetch_sms_spam(data_home=home)
    assert all_files(home) == before


# Files that were placed by hand


def test_a_set_placed_by_hand_is_read_by_its_name(tmp_path):
    (tmp_path / "ucr_uea").mkdir()
    (tmp_path / "ucr_uea" / "Mine_TRAIN.ts").write_text(
        "# my set\n@classLabel true b a\n@data\n1,2:b\n3,4:a\n"
    )
    (tmp_path / "ucr_uea" / "Mine_TEST.ts.gz").write_bytes(
        gzip.compress(b"@classLabel true b a\n@data\n1,2,3:a\n4,5,6:a\n")
    )
    train = fetch_ucr_uea("Mine", data_home=tmp_path, download_if_missing=False)
    assert train.data.shape == (2, 2, 1)
    assert train.target_names.tolist() == ["a", "b"]
    assert train.DESCR.endswith("my set")
    # The two files are of one length each, but not of the same one.
    X, y = fetch_ucr_uea("Mine", split="all", data_home=tmp_path, return_X_y=True)
    assert [sample.shape for sample in X] == [(2, 1), (2, 1), (3, 1), (3, 1)]
    assert y.tolist() == ["b", "a", "a", "a"]


@pytest.mark.parametrize("test_text", ["@data\n1:2\n", "@targetLabel true\n@data\n1:2\n"])
def test_two_files_that_do_not_fit_are_not_joined(tmp_path, test_text):
    (tmp_path / "ucr_uea").mkdir()
    (tmp_path / "ucr_uea" / "Mine_TRAIN.ts").write_text("@data\n1\n")
    (tmp_path / "ucr_uea" / "Mine_TEST.ts").write_text(test_text)
    with pytest.raises(ValueError, match=r"Mine do not fit together.*split='train'"):
        fetch_ucr_uea("Mine", split="all", data_home=tmp_path)


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"name='Gunpoint' .*GunPoint.*Gunpoint_TRAIN\.ts"):
        fetch_ucr_uea("Gunpoint", data_home=tmp_path)


@pytest.mark.parametrize("name", ["../secret", "a/b", "", ".", None, 3])
def test_a_name_that_is_no_name_is_an_error(tmp_path, name):
    with pytest.raises(ValueError, match=r"name must be the name of a data set.*got"):
        fetch_ucr_uea(name, data_home=tmp_path)


@pytest.mark.parametrize(
    ("fetch", "split"),
    [
        (fetch_cmapss, "all"),
        (fetch_covid3month, "Train"),
        (fetch_japanese_vowels, None),
        (lambda **options: fetch_ucr_uea("GunPoint", **options), "validation"),
    ],
)
def test_an_unknown_split_is_an_error_that_lists_the_choices(tmp_path, fetch, split):
    with pytest.raises(ValueError, match=f"split must be one of 'train', 'test'.*got {split!r}"):
        fetch(split=split, data_home=tmp_path)


# Downloading

FETCHERS = [
    (fetch_cmapss, ["cmapss/train_FD001.txt"]),
    (
        lambda **options: fetch_cmapss(split="test", **options),
        ["cmapss/test_FD001.txt", "cmapss/RUL_FD001.txt"],
    ),
    (
        lambda **options: fetch_covid3month(split="all", **options),
        ["tser/Covid3Month_TRAIN.ts", "tser/Covid3Month_TEST.ts"],
    ),
    (fetch_japanese_vowels, ["ucr_uea/JapaneseVowels_TRAIN.ts"]),
    (
        lambda **options: fetch_ucr_uea("GunPoint", split="test", **options),
        ["ucr_uea/GunPoint_TEST.ts"],
    ),
    (fetch_sms_spam, ["sms_spam/SMSSpamCollection"]),
]


def point_to(monkeypatch, path, source):
    """Let the known file ``path`` be downloaded from the local file ``source``."""
    monkeypatch.setitem(KNOWN_FILES, path, KNOWN_FILES[path]._replace(url=source.as_uri()))


@pytest.mark.parametrize(("fetch", "paths"), FETCHERS)
def test_absent_files_are_downloaded_once_and_stored_uncompressed(
    data_home, monkeypatch, tmp_path, fetch, paths
):
    for path in paths:
        source = data_home / path
        point_to(monkeypatch, path, source if source.exists() else data_home / f"{path}.gz")
    home = tmp_path / "new" / "home"
    X, y = fetch(data_home=home, return_X_y=True)
    assert len(X) == len(y)
    stored = [path for path in home.rglob("*") if path.is_file()]
    assert sorted(stored) == sorted(home / path for path in paths)
    for path in paths:
        assert (home / path).read_text(encoding="utf-8") == read_text(data_home, path)

    def no_download(url):
        raise AssertionError(f"{url} was downloaded again")

    monkeypatch.setattr(data_files, "download", no_download)
    fetch(data_home=home)


def test_a_stored_download_has_the_permissions_of_any_other_file(data_home, monkeypatch, tmp_path):
    point_to(monkeypatch, "ucr_uea/GunPoint_TRAIN.ts", data_home / "ucr_uea" / "GunPoint_TRAIN.ts")
    fetch_ucr_uea("GunPoint", data_home=tmp_path)
    (tmp_path / "other").write_text("")
    stored = tmp_path / "ucr_uea" / "GunPoint_TRAIN.ts"
    assert stored.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(("fetch", "paths"), FETCHERS)
def test_an_absent_file_is_an_error_when_no_download_is_allowed(tmp_path, fetch, paths):
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError) as error:
        fetch(data_home=home, download_if_missing=False)
    for words in ("data set is not in data_home", "download_if_missing=True", "by hand"):
        assert words in str(error.value)
    assert str(home / paths[0]) in str(error.value)
    assert KNOWN_FILES[paths[0]].url in str(error.value)
    assert not home.exists()


@pytest.mark.parametrize(("fetch", "paths"), FETCHERS)
def test_a_failed_download_says_which_file_to_place_where(monkeypatch, tmp_path, fetch, paths):
    source = tmp_path / "not_there"
    point_to(monkeypatch, paths[0], source)
    home = tmp_path / "home"
    with pytest.raises(OSError, match="data set could not be downloaded") as error:
        fetch(data_home=home)
    assert f"place the file from {source.as_uri()} at {home / paths[0]}" in str(error.value)
    assert not home.exists()


def test_a_download_of_something_else_is_refused_and_not_saved(monkeypatch, tmp_path):
    source = tmp_path / "login.html"
    source.write_text("<html>Please log in</html>")
    point_to(monkeypatch, "sms_spam/SMSSpamCollection", source)
    home = tmp_path / "home"
    with pytest.raises(OSError, match="Nothing was saved") as error:
        fetch_sms_spam(data_home=home)
    assert KNOWN_FILES["sms_spam/SMSSpamCollection"].sha256 in str(error.value)
    assert not home.exists()


def test_an_interrupted_write_leaves_no_file(data_home, monkeypatch, tmp_path):
    point_to(monkeypatch, "ucr_uea/GunPoint_TRAIN.ts", data_home / "ucr_uea" / "GunPoint_TRAIN.ts")

    def interrupted(source, destination):
        raise KeyboardInterrupt

    monkeypatch.setattr(data_files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch_ucr_uea("GunPoint", data_home=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("compress", [False, True])
def test_a_stored_file_with_other_content_is_an_error_with_both_checksums(tmp_path, compress):
    folder = tmp_path / "ucr_uea"
    folder.mkdir()
    stored = folder / ("GunPoint_TRAIN.ts.gz" if compress else "GunPoint_TRAIN.ts")
    stored.write_bytes(gzip.compress(b"abc") if compress else b"abc")
    with pytest.raises(OSError, match="is not the published file") as error:
        fetch_ucr_uea("GunPoint", data_home=tmp_path)
    # The SHA-256 of "abc", from the examples of FIPS 180-2.
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    for words in (str(stored), abc, KNOWN_FILES["ucr_uea/GunPoint_TRAIN.ts"].sha256, "Delete"):
        assert words in str(error.value)
